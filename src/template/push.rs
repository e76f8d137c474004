//! Images that a workflow, a Makefile or a script builds and pushes: how, and whether what arrives is one image.

use crate::diagnostic::Location;
use crate::shell::{SimpleCommand, Word};

/// A build whose image is pushed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Push {
    /// The command or the action that builds.
    pub place: Location,
    /// What makes an index of the image.
    pub index: Index,
    /// How it builds.
    pub builder: Builder,
    /// What it is built from, from the folder that it runs in; `None` if an expression decides.
    pub from: Option<(String, String)>,
    /// `true` if the image is deployed as a function: the file does it, or its Dockerfile is that of one.
    pub deployed: bool,
}

/// What makes an index of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Index {
    /// Attestations, which are on by default.
    Default,
    /// Attestations, which were asked for there.
    Asked(Location),
    /// Several platforms, named there.
    Platforms(Location),
}

/// What builds an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Builder {
    /// The action `docker/build-push-action`.
    Action,
    /// `docker buildx build --push`.
    Buildx,
    /// `docker build` and `docker push`, which depends on how Docker keeps its images.
    Docker,
}

/// A `docker build` as a script has it.
pub(super) struct Command<'a> {
    words: Vec<Argument<'a>>,
    pub(super) buildx: bool,
}

/// One word after the verb.
struct Argument<'a> {
    /// As it is written.
    raw: &'a str,
    word: &'a Word,
}

/// Flags of `docker build` that are followed by a value.
const WITH_VALUE: &[&str] = &[
    "-f",
    "--file",
    "-t",
    "--tag",
    "--build-arg",
    "--target",
    "--platform",
    "-o",
    "--output",
    "--cache-from",
    "--cache-to",
    "--secret",
    "--ssh",
    "--label",
    "--network",
    "--progress",
    "--build-context",
    "--builder",
    "--iidfile",
    "--metadata-file",
    "--provenance",
    "--sbom",
    "--attest",
    "--add-host",
    "--allow",
    "--annotation",
    "--call",
    "--cgroup-parent",
    "--shm-size",
    "--ulimit",
    "--no-cache-filter",
    "--isolation",
    "-m",
    "--memory",
    "--cpuset-cpus",
    "--cpu-shares",
    "--security-opt",
];

impl<'a> Command<'a> {
    /// Reads `docker build`, `docker buildx build` and their other spellings.
    pub(super) fn of(simple: &'a SimpleCommand, script: &'a str) -> Option<Self> {
        let (program, word) = simple.program()?;
        let behind = simple.words.iter().skip_while(|other| other.span != word.span).skip(1);
        let mut words = behind.map(|word| {
            let raw = script.get(word.span.0..word.span.1).unwrap_or_default();
            Argument { raw, word }
        });
        let mut verb = || words.by_ref().map(|argument| argument.raw).find(|raw| !raw.starts_with('-'));
        let buildx = match program {
            "docker" => match verb()? {
                "build" => false,
                "buildx" => matches!(verb()?, "build" | "b").then_some(true)?,
                "image" | "builder" => (verb()? == "build").then_some(false)?,
                _ => return None,
            },
            "docker-buildx" => matches!(verb()?, "build" | "b").then_some(true)?,
            _ => return None,
        };
        Some(Self { words: words.collect(), buildx })
    }

    /// The values of a flag, each as it is written and, if that is literal, as it is read.
    fn values(&self, flags: &[&str]) -> Vec<(&'a str, Option<&'a str>, (usize, usize))> {
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(argument) = self.words.get(at) {
            at += 1;
            let (name, joined) = match argument.raw.split_once('=') {
                Some((name, raw)) if name.starts_with('-') => (name, Some(raw)),
                _ => (argument.raw, None),
            };
            let next = (joined.is_none() && WITH_VALUE.contains(&name)).then(|| self.words.get(at)).flatten();
            at += usize::from(next.is_some());
            if flags.contains(&name) {
                let text = |word: &'a Word| word.text.as_deref();
                let span = next.map_or(argument.word.span, |next| (argument.word.span.0, next.word.span.1));
                found.push(match (joined, next) {
                    (Some(raw), _) => (raw, text(argument.word).and_then(|text| Some(text.split_once('=')?.1)), span),
                    (None, Some(next)) => (next.raw, text(next.word), span),
                    (None, None) => ("", Some(""), span),
                });
            }
        }
        found
    }

    /// What stands for itself and is no value of a flag.
    fn operands(&self) -> Vec<&Argument<'a>> {
        let mut found = Vec::new();
        let mut words = self.words.iter();
        while let Some(argument) = words.next() {
            if WITH_VALUE.contains(&argument.raw) {
                words.next();
            } else if !argument.raw.starts_with('-') || argument.raw == "-" {
                found.push(argument);
            }
        }
        found
    }

    /// Words without quotes that an expression makes several of, other than the last, which is the build context.
    pub(super) fn open_words(&self) -> Vec<&'a str> {
        let operands = self.operands();
        let (_, before) = operands.split_last().unzip();
        let before: &[&Argument<'_>] = before.unwrap_or_default();
        before.iter().filter(|argument| argument.word.text.is_none()).map(|argument| argument.raw).collect()
    }

    /// `true` if it pushes the image itself.
    pub(super) fn pushes(&self) -> bool {
        let to_registry = |raw: &str| raw.contains("type=registry") || raw.contains("push=true");
        self.values(&["--push"]).iter().any(|(_, text, _)| *text != Some("false"))
            || self.values(&["-o", "--output"]).iter().any(|(raw, ..)| to_registry(raw))
    }

    /// The names of the image as they are written.
    pub(super) fn tags(&self) -> Vec<&'a str> {
        self.values(&["-t", "--tag"]).into_iter().map(|(raw, ..)| raw.trim_matches(['"', '\''])).collect()
    }

    /// What makes an index of the image, with the bytes that say so; `None` if nothing does, or if it cannot be told.
    pub(super) fn index(&self) -> Option<(Index, Option<(usize, usize)>)> {
        let platforms = self.values(&["--platform"]);
        if let Some((.., span)) = platforms.iter().find(|(_, text, _)| text.is_some_and(is_several)) {
            return Some((Index::Platforms(Location::default()), Some(*span)));
        }
        let said = self.values(&["--provenance", "--sbom", "--attest"]);
        if said.iter().any(|(_, text, _)| text.is_none()) {
            return None;
        }
        let sbom = self.values(&["--sbom"]).into_iter().find(|(_, text, _)| !is_off(text.unwrap_or_default()));
        let attested = self.values(&["--attest"]).into_iter().find(|(_, text, _)| !is_off(text.unwrap_or_default()));
        if let Some((.., span)) = sbom.or(attested) {
            return Some((Index::Asked(Location::default()), Some(span)));
        }
        match self.values(&["--provenance"]).last() {
            Some((_, Some(text), _)) if is_off(text) => None,
            Some((.., span)) => Some((Index::Asked(Location::default()), Some(*span))),
            None if said.iter().any(|(raw, ..)| raw.contains("provenance")) => None,
            None => Some((Index::Default, None)),
        }
    }

    /// Build context and Dockerfile, if both are literal.
    pub(super) fn from(&self) -> Option<(String, String)> {
        let context = self.operands().last()?.word.text.clone()?;
        let file = match self.values(&["-f", "--file"]).last() {
            Some((_, text, _)) => (*text)?.to_owned(),
            None => format!("{}/Dockerfile", context.trim_end_matches('/')),
        };
        Some((context, file))
    }
}

/// Several platforms.
pub(super) fn is_several(platforms: &str) -> bool {
    let mut all = platforms.split([',', '\n']).map(str::trim).filter(|platform| !platform.is_empty());
    let first = all.next();
    all.any(|other| Some(other) != first)
}

/// A value of `--provenance`, `--sbom` or `--attest` that switches off.
pub(super) fn is_off(value: &str) -> bool {
    ["false", "0", "f"].contains(&value.to_ascii_lowercase().as_str()) || value.contains("disabled=true")
}

/// `true` if an image of that name may be in ECR: its registry is, or is not known.
pub(super) fn may_be_in_ecr(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    if lower.starts_with("public.ecr.aws/") {
        return false;
    }
    name.contains('$') || lower.contains(".dkr.ecr")
}
