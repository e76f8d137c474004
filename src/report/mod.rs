//! Printing what was found. Reports decide nothing: selection, severity and order are settled before.

mod asff;
mod checkstyle;
mod github;
mod gitlab;
mod html;
mod human;
mod json;
mod jsonl;
mod junit;
#[cfg(feature = "registry")]
mod parts;
mod safe;
mod sarif;
mod short;
mod size;
mod statistics;
mod total;

pub use github::summary as github_summary;
pub use html::{growths as growth_as_html, sizes as size_as_html};
pub(crate) use json::diagnostic;
#[cfg(feature = "registry")]
pub use parts::sarif_parts;
pub use safe::{for_log, json as plain_json, plain, plain_lines};
pub use size::{SizeStyle, growth_as_markdown, growth_for_people, size_as_markdown, size_for_people};
pub use statistics::statistics;
pub use total::plural;

use crate::check::Checked;
use crate::diagnostic::{Diagnostic, Label, Severity};
use jiff::civil::Date;
use std::path::Path;

/// The formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people: the text, underlined, with what to do.
    Human,
    /// A line each: `path:line:column: severity[CODE] message`.
    Short,
    /// For programs: one document, `schemas/output.json`.
    Json,
    /// The same diagnostics, a line of JSON each.
    Jsonl,
    /// SARIF 2.1.0, for GitHub code scanning and editors.
    Sarif,
    /// Annotations of GitHub Actions, and a table in the job's summary.
    Github,
    /// GitLab's Code Quality.
    Gitlab,
    /// `JUnit` XML: a suite a file, a failed case a finding.
    Junit,
    /// Checkstyle XML.
    Checkstyle,
    /// Markdown, for comments on pull requests.
    Markdown,
    /// One page for a browser: findings with their lines, and images in pictures; no script.
    Html,
    /// AWS Security Finding Format, for Security Hub; needs `AWS_ACCOUNT_ID` and `AWS_REGION`.
    Asff,
}

/// All that a run has to say.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// What was checked, in the order to show it.
    pub checked: &'a [Checked],
    /// What could not be looked at.
    pub unreadable: &'a [Unreadable],
    /// The folder that the paths named are relative to.
    pub folder: &'a Path,
    /// The folder that paths in reports for other programs are relative to: that one, or the repository's around it.
    pub root: &'a Path,
    /// The least severity that fails the run; none where nothing does.
    pub fail_on: Option<Severity>,
    /// The day of the run.
    pub today: Date,
    /// The account that findings are imported to, for ASFF.
    pub account: Option<&'a Account>,
}

/// An AWS account in a region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The twelve digits.
    pub id: String,
    /// For example `eu-central-1`.
    pub region: String,
}

/// Something that could not be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// The path as the user named it, or as a folder led to it.
    pub path: String,
    /// Why, on one line, the path included.
    pub message: String,
}

impl<'a> Run<'a> {
    /// A run on a day in the current folder that warnings fail.
    pub fn new(checked: &'a [Checked], unreadable: &'a [Unreadable], today: Date) -> Self {
        let here = Path::new("");
        Self { checked, unreadable, folder: here, root: here, fail_on: Some(Severity::Warning), today, account: None }
    }

    /// Every diagnostic with the subject it is of.
    fn diagnostics(&self) -> impl Iterator<Item = (&'a Checked, &'a Diagnostic)> + use<'a> {
        self.checked.iter().flat_map(|checked| checked.diagnostics.iter().map(move |diagnostic| (checked, diagnostic)))
    }

    /// A path as other programs want it: below the root without the root, with slashes, without `./`.
    fn portable(&self, path: &str) -> String {
        let whole = crate::path::plain(&self.folder.join(path));
        let below = whole.strip_prefix(self.root).ok().and_then(Path::to_str).filter(|_| path != "-").unwrap_or(path);
        let path = if std::path::MAIN_SEPARATOR == '\\' { below.replace('\\', "/") } else { below.to_owned() };
        path.strip_prefix("./").unwrap_or(&path).to_owned()
    }
}

/// How to print for people.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Whether to use colours.
    pub color: bool,
    /// Whether codes are links to their pages.
    pub links: bool,
    /// Whether lines are drawn with more than ASCII.
    pub unicode: bool,
    /// Columns.
    pub width: usize,
    /// Whether to leave out all but the findings.
    pub quiet: bool,
}

/// The report of a run.
pub fn render(format: Format, run: &Run<'_>, style: &Style) -> String {
    match format {
        Format::Human => human::render(run, style),
        Format::Short => short::render(run),
        Format::Json => safe::json(&json::render(run)),
        Format::Jsonl => safe::json(&jsonl::render(run)),
        Format::Sarif => safe::json(&sarif::render(run, None)),
        Format::Github => github::render(run),
        Format::Gitlab => safe::json(&gitlab::render(run)),
        Format::Junit => junit::render(run),
        Format::Checkstyle => checkstyle::render(run),
        Format::Markdown => github::markdown(run),
        Format::Html => html::render(run),
        Format::Asff => safe::json(&asff::render(run)),
    }
}

/// How many errors, warnings and infos there are.
fn counts(checked: &[Checked]) -> [usize; 3] {
    use crate::diagnostic::Severity::{Error, Info, Warning};
    let count = |severity| checked.iter().flat_map(|c| &c.diagnostics).filter(|d| d.severity == severity).count();
    [count(Error), count(Warning), count(Info)]
}

/// The place in a Dockerfile or template that a diagnostic points to first; `None` for what is in an image.
fn in_text(diagnostic: &Diagnostic) -> Option<&Label> {
    diagnostic.labels.first().filter(|label| label.doc.is_text())
}

/// Where a diagnostic points to first, in a word: `3:1`, `config/config/Cmd`, `layer:2`.
fn whereabouts(diagnostic: &Diagnostic) -> String {
    match diagnostic.labels.first() {
        Some(label) if label.doc.is_text() => format!("{}:{}", label.start.line, label.start.column),
        Some(label) => json::document(label.doc) + label.pointer.as_deref().unwrap_or_default(),
        None => "1:1".into(),
    }
}

/// The message with what other files have to do with it and what to do, for formats that have one place and one text.
fn message_of_one_place(diagnostic: &Diagnostic) -> String {
    let others = diagnostic.labels.iter().filter(|label| label.doc.is_text() && label.path != diagnostic.path);
    let one = |label: &Label| format!("; {}:{}: {}", label.path, label.start.line, label.text);
    let others: String = others.map(one).collect();
    match &diagnostic.help {
        Some(help) => plain(&format!("{}{others} (help: {help})", diagnostic.message)),
        None => plain(&format!("{}{others}", diagnostic.message)),
    }
}

/// The message with what to do.
fn message_with_help(diagnostic: &Diagnostic) -> String {
    match &diagnostic.help {
        Some(help) => plain(&format!("{} (help: {help})", diagnostic.message)),
        None => plain(&diagnostic.message),
    }
}
