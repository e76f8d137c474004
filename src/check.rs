//! Checking one subject: read it, work out its launch, run the rules, sign what they find.

use crate::config::OwnBase;
use crate::context::{Context, Folder};
use crate::diagnostic::{Diagnostic, Doc, Severity, Silenced};
use crate::dockerfile::Dockerfile;
use crate::image::Image;
use crate::launch::{Build, Launch, Pairing};
use crate::rules::{self, Preset, Subject};
use crate::shellcheck::Answers;
use crate::source::{Source, Span};
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A processor architecture that Lambda has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Arch {
    /// `x86_64` to Lambda, `amd64` to OCI.
    X86_64,
    /// `arm64` to both.
    Arm64,
}

impl Arch {
    /// Reads Lambda's, OCI's and the kernel's names.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "x86_64" | "amd64" | "x86-64" => Some(Self::X86_64),
            "arm64" | "aarch64" => Some(Self::Arm64),
            _ => None,
        }
    }

    /// Lambda's name.
    pub fn lambda(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Arm64 => "arm64",
        }
    }

    /// OCI's and Docker's name.
    pub fn oci(self) -> &'static str {
        match self {
            Self::X86_64 => "amd64",
            Self::Arm64 => "arm64",
        }
    }
}

/// What the user says about the check; everything that is not in the files themselves.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// The day that lifecycle rules count from.
    pub today: Date,
    /// The architecture the function is declared with, if said.
    pub arch: Option<Arch>,
    /// The stage to check in place of the last (`docker build --target`).
    pub target: Option<String>,
    /// Values of ARGs (`docker build --build-arg`).
    pub build_args: BTreeMap<String, String>,
    /// The user's own bound on unpacked bytes.
    pub max_size: Option<u64>,
    /// What runs where nothing is selected.
    pub preset: Preset,
    /// Codes, prefixes or families to run; empty = as the preset has it.
    pub select: Vec<String>,
    /// Codes or prefixes not to run.
    pub ignore: Vec<String>,
    /// Severities by code or prefix, the last that fits wins.
    pub severities: Vec<(String, Severity)>,
    /// The handler comes from the function's configuration (`ImageConfig.Command`), so CMD need not bring it.
    pub handler_in_template: bool,
    /// Whether it is a Lambda function: said by the user, or to be found out from the file.
    pub function: Option<bool>,
    /// Base images of one's own.
    pub bases: Vec<OwnBase>,
    /// Registries that images may come from, `*` standing for any text at either end; empty = all.
    pub trusted_registries: Vec<String>,
    /// Labels that an image must have, and what their values must look like.
    pub label_schema: BTreeMap<String, LabelKind>,
    /// Whether an image may have no label but those.
    pub strict_labels: bool,
    /// Where the build context is, for what only its files can tell.
    pub context: Option<Folder>,
    /// What ShellCheck says of the scripts; `None` where it was not asked.
    pub shellcheck: Option<Arc<Answers>>,
    /// Whether hadolint's comments are not obeyed.
    pub disobey_hadolint: bool,
}

/// What the value of a label must look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LabelKind {
    /// Any text that is not empty.
    #[serde(alias = "rawtext")]
    Text,
    /// A date and time as RFC 3339 has it.
    Rfc3339,
    /// A semantic version.
    Semver,
    /// An address with a scheme.
    Url,
    /// A Git commit.
    Hash,
    /// A licence by its SPDX name.
    Spdx,
    /// An address of e-mail.
    Email,
}

impl Options {
    /// The defaults on a given day.
    pub fn new(today: Date) -> Self {
        Self {
            today,
            arch: None,
            target: None,
            build_args: BTreeMap::new(),
            max_size: None,
            preset: Preset::default(),
            select: Vec::new(),
            ignore: Vec::new(),
            severities: Vec::new(),
            handler_in_template: false,
            function: None,
            bases: Vec::new(),
            trusted_registries: Vec::new(),
            label_schema: BTreeMap::new(),
            strict_labels: false,
            context: None,
            shellcheck: None,
            disobey_hadolint: false,
        }
    }
}

/// Today, in UTC.
pub fn today() -> Date {
    jiff::tz::Offset::UTC.to_datetime(jiff::Timestamp::now()).date()
}

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
    build.context = options.context.as_ref().and_then(|folder| Context::look(&build, folder));
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
