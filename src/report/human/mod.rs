//! For people: miette draws the text with its underlines. What matters most stands last, next to the prompt: infos
//! come first, then warnings, then errors.

mod excerpt;
mod fold;
mod summary;
mod view;

use super::total::plural;
use super::{Run, Style, plain, whereabouts};
use crate::check::Checked;
use crate::diagnostic::{Diagnostic, Severity};
use fold::Group;
use miette::{GraphicalReportHandler, GraphicalTheme};
use std::fmt::Write;

/// Columns that prose is wrapped at, however wide the terminal is.
const MAX_PROSE: usize = 120;
/// Least columns that anything is drawn for.
const MIN_WIDTH: usize = 40;

/// A diagnostic and the subject that it is of.
type Of<'a> = (&'a Checked, &'a Diagnostic);

pub(super) fn render(run: &Run<'_>, style: &Style) -> String {
    let style = Style { width: style.width.max(MIN_WIDTH), ..*style };
    let mut found: Vec<Of<'_>> = run.diagnostics().collect();
    found.sort_by_key(|(_, diagnostic)| diagnostic.severity);
    let handler = handler(&style);
    let mut text = String::new();
    for group in fold::groups(&found, run.checked.len()) {
        draw(&mut text, &handler, &group, &style);
    }
    if !style.quiet {
        let lines = summary::render(run, &found);
        for line in lines.lines() {
            let _ = writeln!(text, "{}", textwrap::fill(line, style.width.min(MAX_PROSE)));
        }
    }
    text
}

fn handler(style: &Style) -> GraphicalReportHandler {
    let theme = match (style.unicode, style.color) {
        (true, true) => GraphicalTheme::unicode(),
        (true, false) => GraphicalTheme::unicode_nocolor(),
        (false, true) => GraphicalTheme { characters: miette::ThemeCharacters::ascii(), ..GraphicalTheme::unicode() },
        (false, false) => GraphicalTheme::none(),
    };
    // The link stands on the code itself.
    GraphicalReportHandler::new_themed(theme)
        .with_width(style.width.min(MAX_PROSE))
        .with_links(style.links)
        .with_link_display_text("")
}

/// Draws the first finding of a group, and lists the others.
fn draw(text: &mut String, handler: &GraphicalReportHandler, group: &Group<'_>, style: &Style) {
    let (checked, diagnostic) = group.first;
    for shown in view::views(checked, diagnostic, style) {
        if handler.render_report(text, &shown).is_err() {
            let _ = writeln!(text, "{}: {}", plain(&diagnostic.path), plain(&diagnostic.message));
        }
    }
    list(text, group);
    text.push('\n');
}

/// Infos that are listed after the one that is drawn.
const MAX_INFOS: usize = 2;

/// The places of the other findings of a group. Nothing above an info is left out.
fn list(text: &mut String, group: &Group<'_>) {
    if group.others.is_empty() {
        return;
    }
    let first = group.first.1;
    let listed = match first.severity {
        Severity::Info => group.others.len().min(MAX_INFOS),
        _ => group.others.len(),
    };
    let _ = writeln!(text, "  {} also at:", first.code);
    for (_, other) in &group.others[..listed] {
        let place = format!("{}:{}", plain(&other.path), whereabouts(other));
        let message =
            if other.message == first.message { String::new() } else { format!("  {}", plain(&other.message)) };
        let _ = writeln!(text, "    {place}{message}");
    }
    let left = &group.others[listed..];
    if !left.is_empty() {
        let more = plural(fold::files(left), "file");
        let _ = writeln!(text, "    and {} more in {more} (--format short lists all)", left.len());
    }
}

#[cfg(test)]
mod tests;
