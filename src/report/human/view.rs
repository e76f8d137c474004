//! What miette draws of one diagnostic: a picture for each place, the primary one first.

use super::excerpt::Excerpt;
use crate::check::Checked;
use crate::diagnostic::{Diagnostic, DocumentId, Label, Severity};
use crate::report::{Style, plain};
use miette::{LabeledSpan, SourceCode};
use std::fmt;

/// Lines between two labels that are drawn in one picture.
const NEAR: usize = 4;

/// A picture for each document, and for labels far from each other; the first has the primary label, code and message,
/// the last has the help.
pub(super) fn views<'a>(checked: &'a Checked, diagnostic: &'a Diagnostic, style: &Style) -> Vec<View> {
    let parts = parts(&diagnostic.labels);
    let last = parts.len().saturating_sub(1);
    let view = |(at, labels): (usize, Vec<&'a Label>)| {
        let message = if at == 0 { plain(&diagnostic.message) } else { "and here".into() };
        let (text, place) = drawn(checked, &labels, style)?;
        View {
            severity: diagnostic.severity,
            code: (at == 0).then(|| code(diagnostic)),
            message: message + &place,
            help: (at == last).then(|| diagnostic.help.as_deref().map(plain)).flatten(),
            url: (style.links && at == 0).then(|| diagnostic.url.clone()),
            text,
        }
        .into()
    };
    parts.into_iter().enumerate().filter_map(view).collect()
}

/// `error[LL203 handler-shell-form]`, with `[*]` after it if `--fix` can fix it. BuildKit's checks have their name for a code.
fn code(diagnostic: &Diagnostic) -> String {
    let (severity, code) = (diagnostic.severity.as_str(), diagnostic.code);
    let name = if code == diagnostic.name { String::new() } else { format!(" {}", diagnostic.name) };
    let star = if diagnostic.fix.as_ref().is_some_and(|fix| fix.safe) { " [*]" } else { "" };
    format!("{severity}[{code}{name}]{star}")
}

/// Labels that are drawn together: those of one document that stand near each other, in the order of their first label.
fn parts(labels: &[Label]) -> Vec<Vec<&Label>> {
    let mut parts: Vec<Vec<&Label>> = Vec::new();
    for label in labels {
        let near = |other: &&Label| {
            other.doc == label.doc && (!label.doc.is_text() || other.start.line.abs_diff(label.start.line) <= NEAR)
        };
        match parts.iter_mut().find(|part| part.iter().any(near)) {
            Some(part) => part.push(label),
            None => parts.push(vec![label]),
        }
    }
    parts
}

/// The text that labels point into, or lines below the message for what has no text: a layer, an archive.
fn drawn(checked: &Checked, labels: &[&Label], style: &Style) -> Option<(Option<Excerpt>, String)> {
    let first = labels.first()?;
    let source = checked.sources.get(&first.doc)?;
    let path = plain(&first.path);
    let line = String::from_utf8_lossy(source.bytes());
    let place = match first.doc {
        DocumentId::Layer(at) => {
            let all = checked.image().map_or(at + 1, |image| image.layers);
            format!("{path}: layer {} of {all}: {}", at + 1, plain(&line))
        }
        DocumentId::Archive if line.is_empty() => path,
        DocumentId::Archive => format!("{path}: {}", plain(&line)),
        doc => {
            let name = if doc.is_text() { path } else { format!("{path} ({})", super::super::json::document(doc)) };
            return Some((Some(Excerpt::new(source, labels, name, style.width)), String::new()));
        }
    };
    let said = labels.iter().filter(|label| !label.text.is_empty()).map(|label| format!("\n  {}", plain(&label.text)));
    Some((None, format!("\n{place}{}", said.collect::<String>())))
}

/// What miette prints.
pub(super) struct View {
    severity: Severity,
    code: Option<String>,
    message: String,
    help: Option<String>,
    url: Option<String>,
    text: Option<Excerpt>,
}

impl fmt::Debug for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for View {}

impl miette::Diagnostic for View {
    fn code<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        self.code.as_ref().map(|code| Box::new(code) as Box<dyn fmt::Display>)
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Info => miette::Severity::Advice,
        })
    }

    fn help<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn url<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        self.url.as_ref().map(|url| Box::new(url) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.text.as_ref().map(|text| text as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.text.as_ref()?.labels.iter().cloned()))
    }
}
