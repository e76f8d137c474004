//! A line of JSON a diagnostic, as in `json`, and one a thing that could not be looked at.

use super::{Run, json};
use std::fmt::Write;

pub(super) fn render(run: &Run<'_>) -> String {
    let mut text = String::new();
    let diagnostics = run.diagnostics().map(|(_, diagnostic)| json::diagnostic(diagnostic));
    for value in diagnostics.chain(run.unreadable.iter().map(json::unreadable)) {
        let _ = writeln!(text, "{value}");
    }
    text
}
