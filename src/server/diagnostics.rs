//! Findings as the protocol has them.

use super::client::Client;
use super::documents::{Document, Documents};
use super::look::Judged;
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::report::plain;
use crate::source::{Position, Span};
use gen_lsp_types as lsp;
use gen_lsp_types::{DiagnosticSeverity, DiagnosticTag};
use std::path::Path;

/// Rules about what is past its time: editors strike it through.
const DEPRECATED: &[&str] = &["LL401", "LL402", "LL403", "LL406"];
/// Rules about what does nothing: editors grey it.
const UNNECESSARY: &[&str] = &["LL003", "LL318", "LL320"];

/// What is shown of a document.
pub fn all(judged: &Judged, document: &Document, documents: &Documents, client: &Client) -> Vec<lsp::Diagnostic> {
    let problem = |(span, message): &(Span, String)| lsp::Diagnostic {
        range: document.text.range(*span),
        severity: Some(DiagnosticSeverity::Error),
        source: Some("lamblint".into()),
        message: plain(message).into(),
        ..lsp::Diagnostic::default()
    };
    let findings = judged.findings.iter().filter_map(|finding| one(finding, judged, document, documents, client));
    judged.problems.iter().map(problem).chain(findings).collect()
}

/// A finding; `None` if it has no place in the document.
pub fn one(
    finding: &Diagnostic,
    judged: &Judged,
    document: &Document,
    documents: &Documents,
    client: &Client,
) -> Option<lsp::Diagnostic> {
    let place = judged.place(finding)?;
    let mut message = plain(&finding.message);
    let parts = [("", Some(&place.text)), ("help: ", finding.help.as_ref())];
    for (lead, text) in parts {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            message.extend(["\n", lead, &plain(text)]);
        }
    }
    let tag = |codes: &[&str], tag| codes.contains(&finding.code).then(|| vec![tag]);
    let tags = tag(DEPRECATED, DiagnosticTag::Deprecated).or_else(|| tag(UNNECESSARY, DiagnosticTag::Unnecessary));
    let href = || lsp::CodeDescription { href: finding.url.as_str().into() };
    Some(lsp::Diagnostic {
        range: document.text.range(place.span),
        severity: Some(match finding.severity {
            Severity::Error => DiagnosticSeverity::Error,
            Severity::Warning => DiagnosticSeverity::Warning,
            Severity::Info => DiagnosticSeverity::Information,
        }),
        code: Some(finding.code.to_owned().into()),
        code_description: client.code_description.then(href),
        source: Some("lamblint".into()),
        message: message.into(),
        tags: tags.filter(|_| client.tags),
        related_information: client.related.then(|| related(finding, place, judged, document, documents)),
        ..lsp::Diagnostic::default()
    })
}

/// The other places of a finding. Those in a document that is not open are counted in characters of its lines.
fn related(
    finding: &Diagnostic,
    place: &Label,
    judged: &Judged,
    document: &Document,
    documents: &Documents,
) -> Vec<lsp::DiagnosticRelatedInformation> {
    let others = finding.labels.iter().filter(|label| !std::ptr::eq(*label, place) && label.doc.is_text());
    let one = |label: &Label| {
        let here = label.doc == judged.own;
        let path = std::path::absolute(&label.path).unwrap_or_default();
        let open = if here { Some(document) } else { documents.at(&path) };
        let closed = |at: Position| {
            let count = |number: usize| u32::try_from(number.saturating_sub(1)).unwrap_or(u32::MAX);
            lsp::Position { line: count(at.line), character: count(at.column) }
        };
        let range = open.map_or_else(
            || lsp::Range { start: closed(label.start), end: closed(label.end) },
            |open| open.text.range(label.span),
        );
        let uri = open.map_or_else(|| documents.uri_of(Path::new(&label.path)), |open| open.uri.clone());
        let message = if label.text.is_empty() { "here".to_owned() } else { plain(&label.text) };
        lsp::DiagnosticRelatedInformation { location: lsp::Location { uri: uri.into(), range }, message }
    };
    others.map(one).collect()
}
