//! Printing what was found. Reports decide nothing: selection, severity and order are settled before.

mod human;
mod json;
mod short;

use crate::check::Checked;

/// The formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people: the text, underlined, with what to do.
    Human,
    /// A line each: `path:line:column: severity[CODE] message`.
    Short,
    /// For programs: one document, `schemas/output.json`.
    Json,
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
pub fn render(format: Format, checked: &[Checked], style: &Style) -> String {
    match format {
        Format::Human => human::render(checked, style),
        Format::Short => short::render(checked),
        Format::Json => json::render(checked),
    }
}

/// How many errors, warnings and infos there are.
fn counts(checked: &[Checked]) -> [usize; 3] {
    use crate::diagnostic::Severity::{Error, Info, Warning};
    let count = |severity| checked.iter().flat_map(|c| &c.diagnostics).filter(|d| d.severity == severity).count();
    [count(Error), count(Warning), count(Info)]
}

/// A text that cannot move a terminal's cursor or hide itself: control and direction characters are shown as
/// `\u{1b}`.
pub fn plain(text: &str) -> String {
    text.chars().map(|c| if hidden(c) { c.escape_unicode().to_string() } else { c.to_string() }).collect()
}

/// Characters that change how others look and are not seen themselves.
fn hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}
