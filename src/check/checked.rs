//! What a check says of one subject.

use super::fold;
use crate::diagnostic::{Diagnostic, DocumentId, Suppressed};
use crate::image::Image;
use crate::inventory::Inventory;
use crate::source::Source;
use std::collections::{BTreeMap, BTreeSet};

/// One subject and all its findings.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The path as the user named it; `-` for standard input.
    pub path: String,
    /// What it was, and what only a subject of that kind has.
    pub outcome: Outcome,
    /// What rules say, sorted by [`Diagnostic::sort_key`].
    pub diagnostics: Vec<Diagnostic>,
    /// How many more findings each rule has than are told.
    pub cut: BTreeMap<&'static str, usize>,
    /// What comments have silenced, sorted likewise.
    pub suppressed: Vec<Suppressed>,
    /// How many more a baseline has left out.
    pub known: usize,
    /// The texts that labels point into.
    pub sources: BTreeMap<DocumentId, Source>,
    /// What `--verbose` says: what was left out, and why.
    pub notes: Vec<String>,
}

/// What was checked.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// A Dockerfile.
    Dockerfile {
        /// Why it could not be checked as asked (`--target` names no stage).
        error: Option<String>,
        /// Whether it is a Lambda function's: the others get no Lambda rule.
        lambda: bool,
        /// Whether no build context was found to check its sources against.
        no_context: bool,
    },
    /// A saved image.
    Image(ImageOutcome),
    /// A template, and its functions from images.
    Template(Vec<FunctionOutcome>),
}

/// A function of a template that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionOutcome {
    /// Its id in the template.
    pub name: String,
    /// The file that declares it.
    pub template: String,
    /// The Dockerfile that its image is built from, if it is known.
    pub dockerfile: Option<String>,
    /// The image that the template names, if it names one, or the archive of it.
    pub image: Option<String>,
}

/// What is reported of an image besides diagnostics.
#[derive(Clone, Debug, Default)]
pub struct ImageOutcome {
    /// The image's own name, if the archive gives one.
    pub name: Option<String>,
    /// Length of all layers' unpacked tar streams in bytes; `None` where unknowable.
    pub unpacked_bytes: Option<u64>,
    /// Regular files of the merged tree in bytes, hard links once; `None` where unknowable.
    pub flattened_bytes: Option<u64>,
    /// How many layers the image has.
    pub layers: usize,
    /// How many of them were read whole and held against their digests.
    pub verified_layers: usize,
    /// Non-directory entries of the merged tree.
    pub files: Option<u64>,
    /// Where its bytes are, if the report shows that.
    pub inventory: Option<Box<Inventory>>,
    /// Why the Dockerfile given with the image did not make it.
    pub contradiction: Option<String>,
    /// Rules that were not asked because its layers were not read; none if they were.
    pub not_asked: Option<Vec<&'static str>>,
}

impl Checked {
    /// Adds what another check says of the same subject.
    pub fn add(&mut self, other: Self) {
        self.diagnostics.extend(other.diagnostics);
        self.diagnostics.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
        self.suppressed.extend(other.suppressed);
        self.suppressed.sort_by(|a, b| a.diagnostic.sort_key().cmp(&b.diagnostic.sort_key()));
        for (code, more) in other.cut {
            *self.cut.entry(code).or_default() += more;
        }
    }

    /// Lets go of the texts that nothing points into: a run may have tens of thousands of images.
    pub fn let_go_of_texts(&mut self) {
        let said = || self.diagnostics.iter().chain(self.suppressed.iter().map(|one| &one.diagnostic));
        let mut used: BTreeSet<DocumentId> = said().flat_map(|one| &one.labels).map(|label| label.doc).collect();
        used.extend(said().any(|one| one.fix.is_some()).then_some(DocumentId::Dockerfile));
        self.sources.retain(|doc, _| used.contains(doc));
    }

    /// Puts what has one cause at several places together, once a baseline has taken what it knows.
    pub fn fold(&mut self) {
        fold::same_cause(&mut self.diagnostics);
    }

    /// Why the subject could not be checked as asked.
    pub fn error(&self) -> Option<&str> {
        match &self.outcome {
            Outcome::Dockerfile { error, .. } => error.as_deref(),
            Outcome::Image(_) | Outcome::Template(_) => None,
        }
    }

    /// What is reported besides diagnostics; `None` if it is not an image.
    pub fn image(&self) -> Option<&ImageOutcome> {
        match &self.outcome {
            Outcome::Dockerfile { .. } | Outcome::Template(_) => None,
            Outcome::Image(image) => Some(image),
        }
    }

    /// `true` for a workflow, a Makefile or a script, which declares no function.
    pub fn is_script(&self) -> bool {
        matches!(&self.outcome, Outcome::Template(functions) if functions.is_empty())
    }

    /// The functions, where it is a template.
    pub fn functions(&self) -> &[FunctionOutcome] {
        match &self.outcome {
            Outcome::Dockerfile { .. } | Outcome::Image(_) => &[],
            Outcome::Template(functions) => functions,
        }
    }
}

impl ImageOutcome {
    pub(super) fn of(image: &Image, contradiction: Option<String>) -> Self {
        Self {
            name: image.name.clone(),
            unpacked_bytes: image.unpacked_bytes(),
            flattened_bytes: image.flattened_bytes(),
            layers: image.layers.len(),
            verified_layers: image.layers.iter().filter(|layer| layer.verified).count(),
            files: image.file_count(),
            inventory: None,
            contradiction,
            not_asked: None,
        }
    }
}
