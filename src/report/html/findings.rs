//! Findings with the lines that they are about, and every file that has some, once.

use super::escape::{escape, escape_line, head};
use crate::check::Checked;
use crate::diagnostic::{Diagnostic, DocumentId, Label, Severity};
use crate::report::json::document;
use crate::report::{Run, github};
use crate::source::{Source, Span};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Maximum number of findings with their lines; the others are counted.
const MAX_FINDINGS: usize = 500;
/// Lines of a long span that are shown.
const MAX_SPAN: usize = 6;
/// Maximum number of lines of a file.
const MAX_LINES: usize = 2_000;
/// Characters of a line, and of a text, that are shown.
const MAX_COLUMNS: usize = 400;
const MAX_TEXT: usize = 2_000;

/// A finding and the subject it is of.
type Of<'a> = (&'a Checked, &'a Diagnostic);

/// The findings of a run, the worst first, and the files they are in.
pub(super) struct Findings<'a> {
    all: Vec<Of<'a>>,
    files: BTreeMap<&'a str, File<'a>>,
}

/// A text with what was found in it.
struct File<'a> {
    /// Its number on the page.
    at: usize,
    source: &'a Source,
    /// The places, with the number of the finding.
    spans: Vec<(Span, usize)>,
}

impl<'a> Findings<'a> {
    pub(super) fn of(run: &Run<'a>) -> Self {
        let mut all: Vec<Of<'a>> = run.diagnostics().collect();
        all.sort_by_key(|(_, diagnostic)| std::cmp::Reverse(diagnostic.severity));
        let mut files: BTreeMap<&str, File<'_>> = BTreeMap::new();
        for (number, (checked, diagnostic)) in all.iter().enumerate().take(MAX_FINDINGS) {
            for label in diagnostic.labels.iter().filter(|label| label.doc.is_text()) {
                if let Some(source) = checked.sources.get(&label.doc) {
                    let file = File { at: 0, source, spans: Vec::new() };
                    files.entry(&label.path).or_insert(file).spans.push((label.span, number));
                }
            }
        }
        files.values_mut().enumerate().for_each(|(at, file)| file.at = at + 1);
        Self { all, files }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The names of the files, with the addresses on the page.
    pub(super) fn links(&self) -> impl Iterator<Item = (String, &str)> {
        self.files.iter().map(|(path, file)| (format!("file{}", file.at), *path))
    }

    /// Every finding.
    pub(super) fn list(&self, out: &mut String) {
        for (number, (checked, diagnostic)) in self.all.iter().enumerate().take(MAX_FINDINGS) {
            self.article(out, number, checked, diagnostic);
        }
        let more = self.all.len().saturating_sub(MAX_FINDINGS);
        if more > 0 {
            let _ = writeln!(out, "<p>And {more} more findings, which <code>--format json</code> lists.</p>");
        }
    }

    fn article(&self, out: &mut String, number: usize, checked: &Checked, diagnostic: &Diagnostic) {
        let severity = diagnostic.severity.as_str();
        let (url, title) = (escape(&diagnostic.url), escape(&github::title(diagnostic)));
        let message = head(&diagnostic.message, MAX_TEXT);
        let _ = writeln!(
            out,
            "<article class=\"{severity}\" id=\"finding{}\"><h3>{}: <a href=\"{url}\" rel=\"noreferrer\">{title}</a></h3>\n<p>{message}</p>",
            number + 1,
            named(diagnostic.severity)
        );
        for label in &diagnostic.labels {
            self.label(out, checked, label);
        }
        if let Some(help) = &diagnostic.help {
            let _ = writeln!(out, "<p><b>Help:</b> {}</p>", head(help, MAX_TEXT));
        }
        out.push_str("</article>\n");
    }

    fn label(&self, out: &mut String, checked: &Checked, label: &Label) {
        let path = escape(&label.path);
        let line = label.start.line;
        let place = match self.files.get(label.path.as_str()).filter(|_| label.doc.is_text()) {
            Some(file) if line <= MAX_LINES => {
                format!("<a href=\"#file{}-{line}\">{path}:{line}:{}</a>", file.at, label.start.column)
            }
            _ if label.doc.is_text() => format!("{path}:{line}:{}", label.start.column),
            _ => match label.doc {
                DocumentId::Layer(at) => format!("{path}, layer {}", at + 1),
                DocumentId::Archive => path,
                doc => format!("{path}, {}", escape(&document(doc))),
            },
        };
        let text = if label.text.is_empty() { String::new() } else { format!(": {}", head(&label.text, MAX_TEXT)) };
        let _ = writeln!(out, "<p class=\"label\">{place}{text}</p>");
        let Some(source) = checked.sources.get(&label.doc) else { return };
        match label.doc {
            DocumentId::Archive => {}
            // A layer has a line of its own: what made it.
            DocumentId::Layer(_) => {
                let line = source.text(source.line(1));
                let _ = writeln!(out, "<pre>{}</pre>", head(&line, MAX_COLUMNS));
            }
            _ => excerpt(out, source, label),
        }
    }

    /// Every file, with links back to what was found in it.
    pub(super) fn sources(&self, out: &mut String) {
        for (path, file) in &self.files {
            let _ = write!(out, "<section id=\"file{}\"><h2>{}</h2>\n<pre>", file.at, escape(path));
            let lines = file.source.line_count();
            let digits = lines.min(MAX_LINES).to_string().len();
            for line in 1..=lines.min(MAX_LINES) {
                let span = file.source.line(line);
                let here: Vec<(Span, usize)> =
                    file.spans.iter().copied().filter(|(place, _)| touches(*place, span)).collect();
                let text = marked(file.source, span, here.iter().map(|(place, _)| *place));
                let _ = write!(out, "<span id=\"file{}-{line}\">{line:>digits$}  {text}</span>", file.at);
                // Where a finding begins, it is named.
                let mut begins: Vec<usize> =
                    here.iter().filter(|(place, _)| place.start >= span.start).map(|(_, number)| *number).collect();
                begins.dedup();
                for number in begins {
                    let code = self.all.get(number).map_or("", |(_, diagnostic)| diagnostic.code);
                    let _ = write!(out, "  <a href=\"#finding{}\">{}</a>", number + 1, escape(code));
                }
                out.push('\n');
            }
            if lines > MAX_LINES {
                let _ = writeln!(out, "and {} more lines", lines - MAX_LINES);
            }
            out.push_str("</pre></section>\n");
        }
    }
}

fn named(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "Error",
        Severity::Warning => "Warning",
        Severity::Info => "Info",
    }
}

/// Whether a place is on a line. An empty place is on the line that it stands in.
fn touches(place: Span, line: Span) -> bool {
    place.start <= line.end && (place.end > line.start || (place.is_empty() && place.start >= line.start))
}

/// The lines of a place and those around it.
fn excerpt(out: &mut String, source: &Source, label: &Label) {
    let last = label.end.line.min(label.start.line + MAX_SPAN - 1);
    let (from, to) = (label.start.line.saturating_sub(1).max(1), (last + 1).min(source.line_count()));
    let digits = to.to_string().len();
    out.push_str("<pre>");
    for line in from..=to {
        let text = marked(source, source.line(line), std::iter::once(label.span));
        let _ = writeln!(out, "{line:>digits$}  {text}");
    }
    out.push_str("</pre>\n");
}

/// A line with its places marked; a long one is cut around the first of them.
fn marked(source: &Source, line: Span, places: impl Iterator<Item = Span>) -> String {
    let mut places: Vec<Span> = places
        .map(|place| Span::new(place.start.clamp(line.start, line.end), place.end.clamp(line.start, line.end)))
        .filter(|place| !place.is_empty())
        .collect();
    places.sort_unstable();
    let start = places.first().map_or(line.start, |place| place.start);
    let from = if start - line.start > MAX_COLUMNS / 2 { start - MAX_COLUMNS / 4 } else { line.start };
    let end = line.end.min(from + MAX_COLUMNS);
    let mut out = String::from(if from > line.start { "…" } else { "" });
    let mut at = from;
    for place in places {
        let (start, stop) = (place.start.clamp(at, end), place.end.clamp(at, end));
        out.push_str(&escape_line(&source.text(Span::new(at, start))));
        if stop > start {
            let _ = write!(out, "<mark>{}</mark>", escape_line(&source.text(Span::new(start, stop))));
        }
        at = stop.max(start);
    }
    out.push_str(&escape_line(&source.text(Span::new(at, end))));
    if end < line.end {
        out.push('…');
    }
    out
}
