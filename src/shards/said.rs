//! What a check says of an image, as a document has it: all that any report needs, and no more.

use super::text::{self, Piece};
use crate::check::{Checked, ImageOutcome, Outcome};
use crate::diagnostic::{Diagnostic, DocumentId, Fix, Label, Severity, Suppressed};
use crate::inventory::Inventory;
use crate::page;
use crate::rules;
use crate::source::{Position, Source, Span};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The largest line, column or offset that is believed, and so no sum overflows.
const MAX_PLACE: usize = 1 << 32;
/// The same of layers and files.
const MAX_NUMBER: usize = 1 << 20;

/// What is said of one image.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Said {
    path: String,
    image: ImageSaid,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    diagnostics: Vec<DiagnosticSaid>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    suppressed: Vec<SuppressedSaid>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    cut: BTreeMap<String, usize>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    texts: Vec<(String, Vec<Piece>)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ImageSaid {
    name: Option<String>,
    unpacked_bytes: Option<u64>,
    flattened_bytes: Option<u64>,
    layers: usize,
    verified_layers: usize,
    files: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    not_asked: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    inventory: Option<InventorySaid>,
}

/// Where the bytes are, with the counts that its own document leaves out.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct InventorySaid {
    shown: Box<Inventory>,
    telling_folders: usize,
    file_counts: (usize, usize),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DiagnosticSaid {
    code: String,
    severity: Severity,
    message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    help: Option<String>,
    /// Where it is not that of the subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    labels: Vec<LabelSaid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fix: Option<Fix>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SuppressedSaid {
    diagnostic: DiagnosticSaid,
    reason: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LabelSaid {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    doc: String,
    span: (usize, usize),
    start: [usize; 3],
    end: [usize; 3],
    text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pointer: Option<String>,
}

impl Said {
    /// What a check of an image has said; `None` if it was none of an image.
    pub(super) fn of(checked: &Checked) -> Option<Self> {
        let image = checked.image()?;
        let diagnostic = |one: &Diagnostic| DiagnosticSaid::of(one, &checked.path);
        let suppressed =
            |one: &Suppressed| SuppressedSaid { diagnostic: diagnostic(&one.diagnostic), reason: one.reason.clone() };
        let said = checked.diagnostics.iter().chain(checked.suppressed.iter().map(|one| &one.diagnostic));
        let mut labels: BTreeMap<DocumentId, Vec<&Label>> = BTreeMap::new();
        said.flat_map(|one| &one.labels).for_each(|label| labels.entry(label.doc).or_default().push(label));
        let text = |(doc, labels): (DocumentId, Vec<&Label>)| {
            Some((name_of(doc), text::pieces(doc, checked.sources.get(&doc)?, &labels)))
        };
        Some(Self {
            path: checked.path.clone(),
            image: ImageSaid::of(image),
            diagnostics: checked.diagnostics.iter().map(diagnostic).collect(),
            suppressed: checked.suppressed.iter().map(suppressed).collect(),
            cut: checked.cut.iter().map(|(code, more)| ((*code).to_owned(), *more)).collect(),
            texts: labels.into_iter().filter_map(text).collect(),
            notes: checked.notes.clone(),
        })
    }

    /// The same again; `None` if lamblint would not have written it. `room` is how many bytes texts may still have.
    pub(super) fn checked(self, room: &mut usize) -> Option<Checked> {
        let path = self.path;
        let suppressed = |one: SuppressedSaid| {
            Some(Suppressed { diagnostic: one.diagnostic.diagnostic(&path)?, reason: one.reason })
        };
        let diagnostics: Vec<Diagnostic> =
            self.diagnostics.into_iter().map(|one| one.diagnostic(&path)).collect::<Option<_>>()?;
        let suppressed: Vec<Suppressed> = self.suppressed.into_iter().map(suppressed).collect::<Option<_>>()?;
        let cut = self.cut.iter().map(|(code, more)| Some((rule(code)?.0, *more))).collect::<Option<_>>()?;
        let mut sources = BTreeMap::new();
        for (name, pieces) in &self.texts {
            sources.insert(document_of(name)?, text::source(pieces, room)?);
        }
        let all = diagnostics.iter().chain(suppressed.iter().map(|one| &one.diagnostic));
        if !all.flat_map(|one| &one.labels).all(|label| is_there(label, &sources)) {
            return None;
        }
        let (outcome, notes) = (Outcome::Image(self.image.outcome()?), self.notes);
        Some(Checked { path, outcome, diagnostics, cut, suppressed, known: 0, sources, notes })
    }

    /// Whether it says where the image's bytes are.
    pub(super) fn has_inventory(&self) -> bool {
        self.image.inventory.is_some()
    }
}

impl ImageSaid {
    fn of(image: &ImageOutcome) -> Self {
        let codes = |codes: &Vec<&'static str>| codes.iter().map(|code| (*code).to_owned()).collect();
        let inventory = |inventory: &Inventory| InventorySaid {
            shown: Box::new(inventory.clone()),
            telling_folders: inventory.telling_folders,
            file_counts: inventory.file_counts,
        };
        Self {
            name: image.name.clone(),
            unpacked_bytes: image.unpacked_bytes,
            flattened_bytes: image.flattened_bytes,
            layers: image.layers,
            verified_layers: image.verified_layers,
            files: image.files,
            not_asked: image.not_asked.as_ref().map(codes),
            inventory: image.inventory.as_deref().map(inventory),
        }
    }

    fn outcome(self) -> Option<ImageOutcome> {
        let codes = |codes: Vec<String>| codes.iter().map(|code| Some(rule(code)?.0)).collect::<Option<Vec<_>>>();
        let inventory = |said: InventorySaid| {
            let (telling_folders, file_counts) = (said.telling_folders, said.file_counts);
            Box::new(Inventory { telling_folders, file_counts, ..*said.shown })
        };
        Some(ImageOutcome {
            name: self.name,
            unpacked_bytes: self.unpacked_bytes,
            flattened_bytes: self.flattened_bytes,
            layers: self.layers,
            verified_layers: self.verified_layers,
            files: self.files,
            inventory: self.inventory.map(inventory),
            contradiction: None,
            not_asked: match self.not_asked {
                Some(listed) => Some(codes(listed)?),
                None => None,
            },
        })
    }
}

impl DiagnosticSaid {
    fn of(diagnostic: &Diagnostic, path: &str) -> Self {
        let label = |label: &Label| LabelSaid {
            path: other(&label.path, path),
            doc: name_of(label.doc),
            span: (label.span.start, label.span.end),
            start: numbers(label.start),
            end: numbers(label.end),
            text: label.text.clone(),
            pointer: label.pointer.clone(),
        };
        Self {
            code: diagnostic.code.to_owned(),
            severity: diagnostic.severity,
            message: diagnostic.message.clone(),
            help: diagnostic.help.clone(),
            path: other(&diagnostic.path, path),
            labels: diagnostic.labels.iter().map(label).collect(),
            fix: diagnostic.fix.clone(),
        }
    }

    fn diagnostic(self, path: &str) -> Option<Diagnostic> {
        let (code, name) = rule(&self.code)?;
        let labels: Vec<Label> = self.labels.into_iter().map(|label| label.label(path)).collect::<Option<_>>()?;
        let sound = |fix: &Fix| fix.edits.iter().all(|edit| edit.start <= edit.end && edit.end <= MAX_PLACE);
        (!labels.is_empty() && self.fix.as_ref().is_none_or(sound)).then(|| Diagnostic {
            code,
            name,
            severity: self.severity,
            url: page::url(code, name),
            message: self.message,
            help: self.help,
            path: self.path.unwrap_or_else(|| path.to_owned()),
            labels,
            fix: self.fix,
        })
    }
}

impl LabelSaid {
    fn label(self, path: &str) -> Option<Label> {
        let all = self.start.iter().chain(&self.end).chain([&self.span.0, &self.span.1]);
        let sound = all.into_iter().all(|place| *place <= MAX_PLACE) && self.span.0 <= self.span.1;
        let position = |[line, column, offset]: [usize; 3]| Position { line, column, offset };
        Some(Label {
            path: self.path.unwrap_or_else(|| path.to_owned()),
            doc: document_of(&self.doc).filter(|_| sound)?,
            span: Span::new(self.span.0, self.span.1),
            start: position(self.start),
            end: position(self.end),
            text: self.text,
            pointer: self.pointer,
        })
    }
}

/// Whether a label stands where its text has that place.
fn is_there(label: &Label, sources: &BTreeMap<DocumentId, Source>) -> bool {
    let Some(source) = sources.get(&label.doc) else { return true };
    let fits = |said: Position, offset: usize| {
        let place = source.position(offset);
        (said.line, said.offset) == (place.line, place.offset)
    };
    fits(label.start, label.span.start) && fits(label.end, label.span.end)
}

fn other(path: &str, than: &str) -> Option<String> {
    (path != than).then(|| path.to_owned())
}

fn numbers(place: Position) -> [usize; 3] {
    [place.line, place.column, place.offset]
}

/// Code and name of a rule as this program has them.
fn rule(code: &str) -> Option<(&'static str, &'static str)> {
    rules::find(code).map(|rule| (rule.code(), rule.name()))
}

fn name_of(doc: DocumentId) -> String {
    match doc {
        DocumentId::Dockerfile => "dockerfile".into(),
        DocumentId::Archive => "archive".into(),
        DocumentId::Index => "index".into(),
        DocumentId::Manifest => "manifest".into(),
        DocumentId::Config => "config".into(),
        DocumentId::Layer(at) => format!("layer:{at}"),
        DocumentId::File(at) => format!("file:{at}"),
    }
}

fn document_of(name: &str) -> Option<DocumentId> {
    let number = |text: &str| text.parse().ok().filter(|number| *number <= MAX_NUMBER);
    Some(match name.split_once(':') {
        Some(("layer", at)) => DocumentId::Layer(number(at)?),
        Some(("file", at)) => DocumentId::File(number(at)?),
        Some(_) => return None,
        None => match name {
            "dockerfile" => DocumentId::Dockerfile,
            "archive" => DocumentId::Archive,
            "index" => DocumentId::Index,
            "manifest" => DocumentId::Manifest,
            "config" => DocumentId::Config,
            _ => return None,
        },
    })
}
