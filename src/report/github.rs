//! GitHub Actions: a workflow command an annotation, and a table for the job's summary.
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>

use super::{Run, in_text, message_of_one_place, plain, whereabouts};
use crate::diagnostic::{Diagnostic, Severity};
use std::fmt::Write;

/// A step's summary may be 1 MiB long, what other commands of the step wrote included.
const LONGEST_SUMMARY: usize = 900_000;
/// A comment on GitHub may have 65,536 characters.
pub(super) const LONGEST_COMMENT: usize = 60_000;

pub(super) fn render(run: &Run<'_>) -> String {
    let mut text = String::new();
    for (_, diagnostic) in run.diagnostics() {
        let command = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "notice",
        };
        let mut place = format!("file={}", property(&plain(&run.portable(&diagnostic.path))));
        if let Some(label) = in_text(diagnostic) {
            let (start, end) = (label.start, label.end);
            let _ = write!(place, ",line={},col={},endLine={}", start.line, start.column, end.line);
            // Only on one line does GitHub take an end.
            if start.line == end.line {
                let _ = write!(place, ",endColumn={}", end.column);
            }
        }
        let title = property(&title(diagnostic));
        // The log shows the text alone, without the place.
        let at = format!("{}:{}", plain(&run.portable(&diagnostic.path)), whereabouts(diagnostic));
        let message = format!("{at}: {} {}", diagnostic.code, message_of_one_place(diagnostic));
        let _ = writeln!(text, "::{command} {place},title={title}::{}", data(&message));
    }
    for unreadable in run.unreadable {
        let (file, message) = (property(&plain(&run.portable(&unreadable.path))), data(&plain(&unreadable.message)));
        let _ = writeln!(text, "::error file={file},title=could not be read::{message}");
    }
    let _ = writeln!(text, "{}", plain(&super::total::line(run)));
    text
}

/// The Markdown that goes to the end of `$GITHUB_STEP_SUMMARY`.
pub fn summary(run: &Run<'_>) -> String {
    table(run, LONGEST_SUMMARY)
}

/// The same for a comment on a pull request.
pub(super) fn markdown(run: &Run<'_>) -> String {
    table(run, LONGEST_COMMENT)
}

fn table(run: &Run<'_>, longest: usize) -> String {
    let mut text = format!("### lamblint: {}\n\n", cell(&super::total::line(run)));
    let mut rows: Vec<String> = Vec::new();
    for (_, diagnostic) in run.diagnostics() {
        let place = match in_text(diagnostic) {
            Some(label) => format!("{}:{}", run.portable(&diagnostic.path), label.start.line),
            None => format!("{} {}", run.portable(&diagnostic.path), whereabouts(diagnostic)),
        };
        let (severity, rule) = (diagnostic.severity.as_str(), title(diagnostic));
        let (url, message) = (&diagnostic.url, cell(&message_of_one_place(diagnostic)));
        rows.push(format!("| {severity} | [{rule}]({url}) | {} | {message} |\n", cell(&place)));
    }
    for unreadable in run.unreadable {
        rows.push(format!("| error | could not be read | | {} |\n", cell(&unreadable.message)));
    }
    if !rows.is_empty() {
        text.push_str("| | rule | where | what |\n|--|--|--|--|\n");
    }
    for (at, row) in rows.iter().enumerate() {
        if text.len() + row.len() > longest {
            let _ = writeln!(text, "\n… and {} more, in the log.", rows.len() - at);
            break;
        }
        text.push_str(row);
    }
    text.push('\n');
    text
}

/// Code and name; BuildKit's and ShellCheck's rules have no other name than their code.
pub(super) fn title(diagnostic: &Diagnostic) -> String {
    if diagnostic.code == diagnostic.name {
        diagnostic.code.to_owned()
    } else {
        format!("{} {}", diagnostic.code, diagnostic.name)
    }
}

/// A command's message.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A command's property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// A table's cell, in which nothing is markup, a formula or a link.
pub(super) fn cell(text: &str) -> String {
    let mut cell = String::new();
    for c in plain(text).chars() {
        match c {
            '$' => cell.push_str("&#36;"),
            '<' => cell.push_str("&lt;"),
            '&' => cell.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '@' | '#' => cell.extend(['\\', c]),
            c => cell.push(c),
        }
    }
    cell.replace("www.", "www&#46;").replace("://", ":&#47;/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_finding_is_taken_for_a_command() {
        assert_eq!(property("a,b:c%\n"), "a%2Cb%3Ac%25%0A");
        assert_eq!(data("50%: done\r\n::error::x"), "50%25: done%0D%0A::error::x");
        assert_eq!(cell("https://e.x $a$ www.e.x"), "https:&#47;/e.x &#36;a&#36; www&#46;e.x");
        assert_eq!(cell("a|b <img> `x`\n"), "a\\|b &lt;img> \\`x\\`\\\\u{a}");
    }
}
