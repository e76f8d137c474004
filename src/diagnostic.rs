//! What rules say: findings, and the diagnostics that the runner makes of them by signing.

use crate::source::{Position, Span};

/// How bad a diagnostic is, mildest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Advice.
    Info,
    /// Probably fails, or is silently without effect.
    Warning,
    /// Fails on Lambda, and what is visible proves it.
    Error,
}

impl Severity {
    /// The word users read and write.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// The document that a place lies in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocumentId {
    /// The Dockerfile itself.
    #[default]
    Dockerfile,
    /// The archive as a whole: what it holds has no document of its own.
    Archive,
    /// The OCI index that was pushed, or `manifest.json` of a docker-archive.
    Index,
    /// The image's manifest.
    Manifest,
    /// The image's config.
    Config,
    /// A layer, counted from 0, lowest first.
    Layer(usize),
    /// A text file beside the subject: a template, or the Dockerfile of a function. They are numbered per run.
    File(usize),
}

impl DocumentId {
    /// `true` if it is a file that people write, with its own lines.
    pub fn is_text(self) -> bool {
        matches!(self, Self::Dockerfile | Self::File(_))
    }
}

/// Where something was said: a span in a document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location {
    /// The document.
    pub doc: DocumentId,
    /// The bytes in it.
    pub span: Span,
}

impl Location {
    /// A span of the Dockerfile.
    pub fn dockerfile(span: Span) -> Self {
        Self { doc: DocumentId::Dockerfile, span }
    }

    /// A span of another document.
    pub fn new(doc: DocumentId, span: Span) -> Self {
        Self { doc, span }
    }
}

impl From<Span> for Location {
    fn from(span: Span) -> Self {
        Self::dockerfile(span)
    }
}

/// A place with a word on why *here*.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annotation {
    /// Where.
    pub place: Location,
    /// Why here; may be empty.
    pub text: String,
}

/// One replacement of bytes in the Dockerfile.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// First byte replaced, counted from 0.
    pub start: usize,
    /// One past the last byte replaced.
    pub end: usize,
    /// What stands there afterwards.
    pub text: String,
}

/// A change to the Dockerfile that fixes a finding.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fix {
    /// Whether the change cannot alter what a working image does.
    pub safe: bool,
    /// What the change does, as a command to the reader.
    pub title: String,
    /// The replacements; they never overlap.
    pub edits: Vec<Edit>,
}

impl Fix {
    /// A fix of one replacement.
    pub fn replace(safe: bool, title: impl Into<String>, span: Span, text: impl Into<String>) -> Self {
        Self { safe, title: title.into(), edits: vec![Edit { start: span.start, end: span.end, text: text.into() }] }
    }
}

/// What a rule says, before the runner signs it. Reads as a sentence:
///
/// ```text
/// Finding::new("CMD has three elements")
///     .at(place, "the base's entrypoint takes one")
///     .help("write CMD [\"app.handler\"]");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What is wrong: lower case, no full stop.
    pub message: String,
    /// One thing to do, as a command where there is one.
    pub help: Option<String>,
    /// Places; the first is the one underlined first and sorted by.
    pub labels: Vec<Annotation>,
    /// The severity, where it is not the rule's own.
    pub severity: Option<Severity>,
    /// A change that fixes it.
    pub fix: Option<Fix>,
}

impl Finding {
    /// A finding with a message and nothing else.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, labels: Vec::new(), severity: None, fix: None }
    }

    /// Adds a place, and why here. The first call names the primary place.
    #[must_use]
    pub fn at(mut self, place: impl Into<Location>, text: impl Into<String>) -> Self {
        self.labels.push(Annotation { place: place.into(), text: text.into() });
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Gives this finding a severity other than its rule's.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = Some(severity);
        self
    }

    /// Offers a change that fixes it.
    #[must_use]
    pub fn fix(mut self, fix: Fix) -> Self {
        self.fix = Some(fix);
        self
    }
}

/// A label whose place has been worked out for people.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Label {
    /// The file or archive that the document is, or is in, as the user named it.
    pub path: String,
    /// The document.
    pub doc: DocumentId,
    /// The bytes in it.
    pub span: Span,
    /// Where the span begins.
    pub start: Position,
    /// Where the span ends.
    pub end: Position,
    /// Why here.
    pub text: String,
    /// The JSON pointer of the value, for documents of an image.
    pub pointer: Option<String>,
}

/// A finding signed by the runner with the rule that made it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Diagnostic {
    /// The rule's code, for example `LL203`.
    pub code: &'static str,
    /// The rule's name, for example `handler-shell-form`.
    pub name: &'static str,
    /// How bad it is, overrides included.
    pub severity: Severity,
    /// The address of the rule's page.
    pub url: String,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// The file or archive that the first place is in, as the user named it.
    pub path: String,
    /// Places; the first is the primary one. Never empty.
    pub labels: Vec<Label>,
    /// A change that fixes it.
    pub fix: Option<Fix>,
}

/// A diagnostic that a comment in the Dockerfile has silenced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppressed {
    /// What would have been said.
    pub diagnostic: Diagnostic,
    /// The reason that the comment gives.
    pub reason: Option<String>,
}

impl Diagnostic {
    /// What diagnostics are sorted by: path, place, code, then message.
    pub fn sort_key(&self) -> (&str, DocumentId, Span, &str, &str) {
        let (doc, span) = self.labels.first().map(|l| (l.doc, l.span)).unwrap_or_default();
        (&self.path, doc, span, self.code, &self.message)
    }
}
