//! Checking one subject: read it, work out its launch, run the rules, sign what they find.

use crate::context;
use crate::diagnostic::{Diagnostic, Doc, Silenced};
use crate::dockerfile::Dockerfile;
use crate::image::Image;
use crate::launch::{Build, Launch, Pairing};
use crate::options::Options;
use crate::rules::{self, Subject};
use crate::source::{Source, Span};
use std::collections::BTreeMap;

/// What was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SubjectKind {
    /// A Dockerfile.
    Dockerfile,
    /// A saved image.
    Image,
}

/// One subject and all that was said of it.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The path as the user named it; `-` for standard input.
    pub path: String,
    /// What it was.
    pub kind: SubjectKind,
    /// What rules say, sorted by [`Diagnostic::sort_key`].
    pub diagnostics: Vec<Diagnostic>,
    /// What comments have silenced, sorted likewise.
    pub suppressed: Vec<Silenced>,
    /// How many more a baseline has left out.
    pub known: usize,
    /// The texts that labels point into.
    pub sources: BTreeMap<Doc, Source>,
    /// The image's own name, if the archive gives one.
    pub image: Option<String>,
    /// Length of all layers' unpacked tar streams in bytes; `None` where unknowable.
    pub unpacked_bytes: Option<u64>,
    /// Regular files of the merged tree in bytes, hard links once; `None` where unknowable.
    pub flattened_bytes: Option<u64>,
    /// How many layers the image has.
    pub layers: Option<usize>,
    /// How many of them were read whole and held against their digests.
    pub verified_layers: Option<usize>,
    /// Non-directory entries of the merged tree.
    pub files: Option<u64>,
    /// Why the subject could not be checked as asked (`--target` names no stage).
    pub error: Option<String>,
    /// Why the Dockerfile given with an image did not make it.
    pub contradiction: Option<String>,
    /// What `--verbose` says: what was left out, and why.
    pub notes: Vec<String>,
    /// Whether it makes the exit code 1.
    pub fails: bool,
}

/// Checks a Dockerfile.
pub fn dockerfile(path: &str, bytes: impl Into<Vec<u8>>, options: &Options) -> Checked {
    let dockerfile = Dockerfile::read(bytes);
    let mut build = Build::new(&dockerfile, options);
    // All that is looked up on the disk is looked up here: rules never touch it.
    build.context = options.context.as_ref().and_then(|folder| context::look(&build, folder));
    let build = build;
    let error =
        options.target.as_ref().filter(|_| build.target.is_none()).map(|name| format!("no stage is named {name}"));
    let mut notes = Vec::new();
    let lambda = options.function.unwrap_or_else(|| build.points_to_lambda());
    if !lambda {
        let why = if options.function.is_some() {
            "lamblint.toml says so"
        } else {
            "nothing in it points to Lambda; --lambda checks it all the same"
        };
        notes.push(format!("checked as no Lambda function: {why}"));
    }
    let launch = Launch::of_build(&build, options).filter(|_| lambda);
    let sources = BTreeMap::from([(Doc::Dockerfile, dockerfile.source.clone())]);
    let (build, launch) = (Some(&build), launch.as_ref());
    let outcome = rules::run(&Subject { path, options, build, image: None, launch, sources: &sources, made_by: None });
    Checked {
        path: path.to_owned(),
        kind: SubjectKind::Dockerfile,
        diagnostics: outcome.diagnostics,
        suppressed: outcome.suppressed,
        known: 0,
        sources,
        image: None,
        unpacked_bytes: None,
        flattened_bytes: None,
        layers: None,
        verified_layers: None,
        files: None,
        error,
        contradiction: None,
        notes,
        fails: false,
    }
}

/// Checks an image that was read from an archive or layout.
pub fn image(path: &str, image: &Image, options: &Options) -> Checked {
    image_of(path, image, None, options)
}

/// Checks an image together with the Dockerfile that made it (its path and bytes): findings about a layer point
/// at the instruction that made it.
pub fn image_of(path: &str, image: &Image, dockerfile: Option<(&str, &[u8])>, options: &Options) -> Checked {
    let mut sources = image.sources();
    let (mut notes, mut contradiction) = (Vec::new(), None);
    let mut layers: Vec<Option<Span>> = Vec::new();
    if let Some((name, bytes)) = dockerfile {
        let dockerfile = Dockerfile::read(bytes);
        let pairing = Pairing::of(&Build::new(&dockerfile, options), image);
        contradiction = pairing.contradiction.map(|why| format!("{name} did not make this image: {why}"));
        layers = pairing.spans;
        sources.insert(Doc::Dockerfile, dockerfile.source);
    }
    if image.form == crate::image::Form::DockerArchive {
        notes.push(
            "an old docker-archive hides the index and rewrites layers; `docker buildx build -o type=oci` or \
             `skopeo copy` saves what would be pushed"
                .to_owned(),
        );
    }
    let (verified, all) = (image.layers.iter().filter(|layer| layer.verified).count(), image.layers.len());
    let rest = if verified < all { "; --verify reads the plain ones too" } else { "" };
    notes.push(format!("{verified} of {all} layers were read whole and held against their digests{rest}"));
    let launch = Launch::of_image(image, options);
    let (image_, launch) = (Some(image), Some(&launch));
    let made_by = dockerfile.map(|(name, _)| (name, layers.as_slice()));
    let subject = Subject { path, options, build: None, image: image_, launch, sources: &sources, made_by };
    let outcome = rules::run(&subject);
    Checked {
        path: path.to_owned(),
        kind: SubjectKind::Image,
        diagnostics: outcome.diagnostics,
        suppressed: outcome.suppressed,
        known: 0,
        sources,
        image: image.name.clone(),
        unpacked_bytes: image.unpacked_bytes(),
        flattened_bytes: image.flattened_bytes(),
        layers: Some(image.layers.len()),
        verified_layers: Some(verified),
        files: image.file_count(),
        error: None,
        contradiction,
        notes,
        fails: false,
    }
}
