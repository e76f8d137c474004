//! Every rule page is run: bad examples yield the page's code and no other, good ones are silent, output
//! and fixed blocks are exact. `UPDATE=1 cargo test --test pages` rewrites those blocks and the index.

use crate::support::check_picture;
use crate::support::internals::check::{self, Subject};
use crate::support::internals::diagnostic::{Diagnostic, DocumentId};
use crate::support::internals::page::{Family, Page};
use crate::support::internals::rules::{RULES, Rule};
use crate::support::pages::{check_folder, files, folder, options};
use lamblint::{Folder, Options};
use libtest_mimic::{Failed, Trial};
use std::fmt::Write as _;
use std::path::PathBuf;

/// A test for each rule.
pub(crate) fn trials() -> impl Iterator<Item = Trial> {
    RULES.iter().map(|rule| {
        let name = format!("page::{}-{}", rule.code(), rule.name());
        Trial::test(name, || does_what_it_says(rule))
    })
}

fn does_what_it_says(rule: &Rule) -> Result<(), Failed> {
    let path = path(rule);
    let text = std::fs::read_to_string(&path)?;
    let mut page = Reader { rule, failures: String::new(), section: String::new(), subject: None, context: None };
    let updated = page.run(&text);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, updated)?;
    } else if updated != text {
        writeln!(page.failures, "an output or fixed block is out of date; UPDATE=1 rewrites it")?;
        writeln!(page.failures, "{}", difference(&text, &updated))?;
    }
    if page.failures.is_empty() { Ok(()) } else { Err(format!("{}\n{}", path.display(), page.failures).into()) }
}

fn path(rule: &Rule) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("rules").join(Page::file(rule.code(), rule.name()))
}

fn difference(old: &str, new: &str) -> String {
    let lines: Vec<_> = old.lines().collect();
    new.lines().filter(|line| !lines.contains(line)).map(|line| format!("  now: {line}\n")).collect()
}

struct Reader<'a> {
    rule: &'a Rule,
    failures: String,
    section: String,
    subject: Option<(Vec<Diagnostic>, String)>,
    /// The build context that the next Dockerfile is checked in.
    context: Option<tempfile::TempDir>,
}

impl Reader<'_> {
    /// Runs a page's blocks; returns the page with output and fixed blocks as they are today.
    fn run(&mut self, text: &str) -> String {
        let mut updated = String::new();
        let mut seen = (0, 0);
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            writeln!(updated, "{line}").unwrap();
            if let Some(section) = line.strip_prefix("## ") {
                section.clone_into(&mut self.section);
            }
            let Some(info) = line.strip_prefix("```").filter(|info| !info.is_empty()) else { continue };
            let body: String =
                lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect();
            let (kind, flags) = info.split_once(' ').unwrap_or((info, ""));
            let body = match kind {
                "dockerfile" | "image" | "template" => {
                    let bad = self.section == "Bad";
                    if bad {
                        seen.0 += 1;
                    } else {
                        seen.1 += 1;
                    }
                    self.example(kind, flags, &body, bad);
                    body
                }
                "context" => {
                    self.context = Some(folder(&body));
                    body
                }
                "output" => self.subject.as_ref().map(|(found, _)| output(found)).unwrap_or_default(),
                "fixed" => self.fixed(),
                _ => body,
            };
            writeln!(updated, "{body}```").unwrap();
        }
        if seen.0 == 0 || seen.1 == 0 {
            writeln!(self.failures, "needs a bad and a good example").unwrap();
        }
        updated
    }

    fn example(&mut self, kind: &str, flags: &str, body: &str, bad: bool) {
        let options = self.options(flags);
        let context = self.context.take();
        let folder = context.as_ref().map(|folder| Folder {
            path: folder.path().to_path_buf(),
            given: true,
            dockerfile: folder.path().join("Dockerfile"),
        });
        let found = match kind {
            "image" => check_picture(body, &options).diagnostics,
            "template" => check_folder(files(body).path(), &options),
            _ => {
                let subject = Subject { context: folder.as_ref(), ..Subject::new("Dockerfile", body.as_bytes()) };
                check::subject(&subject, &options).diagnostics
            }
        };
        let codes: Vec<_> = found.iter().map(|d| d.code).collect();
        let right = if bad {
            !codes.is_empty() && codes.iter().all(|code| *code == self.rule.code())
        } else {
            codes.is_empty()
        };
        if !right {
            let wanted = if bad { "this code and no other" } else { "silence" };
            writeln!(self.failures, "wanted {wanted} for:\n{body}but got:\n{}", output(&found)).unwrap();
        }
        self.subject = Some((found, body.to_owned()));
    }

    /// The example with every fix applied; it must be silent then.
    fn fixed(&mut self) -> String {
        let Some((found, body)) = &self.subject else { return String::new() };
        let mut text = body.clone();
        let mut edits: Vec<_> = found.iter().filter_map(|d| d.fix.as_ref()).flat_map(|fix| fix.edits.clone()).collect();
        edits.sort_by_key(|edit| std::cmp::Reverse(edit.start));
        if edits.is_empty() {
            writeln!(self.failures, "a fixed block and no fix").unwrap();
        }
        for edit in edits {
            text.replace_range(edit.start..edit.end, &edit.text);
        }
        let after = check::dockerfile("Dockerfile", text.as_str(), &self.options(""));
        if !after.diagnostics.is_empty() {
            writeln!(self.failures, "not silent when fixed:\n{text}{}", output(&after.diagnostics)).unwrap();
        }
        text
    }
}

impl Reader<'_> {
    /// A page about Lambda is held against all rules about Lambda, any other against its own rule: the families
    /// say the same of many a line.
    fn options(&self, flags: &str) -> Options {
        let mut options = options(flags);
        if self.rule.family() == Family::Lambda {
            options.select.push("lambda".into());
        } else {
            options.select.push(self.rule.code().into());
            options.function = options.function.or(Some(false));
        }
        options
    }
}

fn output(diagnostics: &[Diagnostic]) -> String {
    let mut text = String::new();
    let in_folder = diagnostics.iter().flat_map(|d| &d.labels).any(|label| matches!(label.doc, DocumentId::File(_)));
    for diagnostic in diagnostics {
        let Diagnostic { code, severity, message, .. } = diagnostic;
        writeln!(text, "{}[{code}]: {message}", severity.as_str()).unwrap();
        for label in &diagnostic.labels {
            let place = match (&label.pointer, label.doc) {
                (Some(pointer), doc) => format!("{doc:?} {pointer}").to_lowercase(),
                (None, DocumentId::Layer(n)) => format!("layer {}", n + 1),
                (None, _) if in_folder => format!("{}:{}:{}", label.path, label.start.line, label.start.column),
                (None, _) => format!("{}:{}", label.start.line, label.start.column),
            };
            let colon = if label.text.is_empty() { "" } else { ": " };
            writeln!(text, "  --> {place}{colon}{}", label.text).unwrap();
        }
        if let Some(help) = &diagnostic.help {
            writeln!(text, "  = help: {help}").unwrap();
        }
    }
    text
}
