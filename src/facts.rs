//! What AWS and the makers of base images publish, as data: `rules/facts/*.toml`, typed.
//!
//! Every table carries `source` and `checked`. A new runtime is a change to one TOML file.

use jiff::civil::Date;
use std::collections::BTreeMap;

/// A reference to an image, taken apart as Docker does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageRef {
    /// `public.ecr.aws`; `docker.io` where none is written.
    pub registry: String,
    /// `lambda/python`; `library/` is taken off for Docker Hub's own images.
    pub repository: String,
    /// `3.12`, if written.
    pub tag: Option<String>,
    /// `sha256:…`, if written.
    pub digest: Option<String>,
}

impl ImageRef {
    /// Takes a reference apart; `None` where Docker would refuse it or a variable is left in it.
    pub fn parse(reference: &str) -> Option<Self> {
        let _ = reference;
        None
    }
}

/// What kind of base an image is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BaseKind {
    /// Nothing is known of it.
    #[default]
    Unknown,
    /// `FROM scratch`.
    Scratch,
    /// AWS's own function base (`public.ecr.aws/lambda/*`, `amazon/aws-lambda-*`).
    Lambda,
    /// A base of somebody else's that brings its own client and entrypoint (`bref/*` …).
    Client,
    /// An image of AWS's that no function can run on (`sam/build-*`, `sam/emulation-*`).
    NotAFunction,
    /// A general base whose defaults are known (`python`, `node`, `debian`, `alpine` …).
    General,
}

/// What is known of a base image.
#[derive(Clone, Debug, Default)]
pub struct Base {
    /// What kind it is.
    pub kind: BaseKind,
    /// The reference, where there is one that can be taken apart.
    pub reference: Option<ImageRef>,
    /// The runtime behind a Lambda base's tag, where the tag is one of AWS's.
    pub runtime: Option<&'static Runtime>,
    /// `python`, `nodejs`, `java`, `dotnet`, `ruby`, `go`, `provided` for Lambda bases, whatever the tag;
    /// `python`, `node` … for general ones; of no use for anything but telling languages apart.
    pub family: Option<&'static str>,
    /// Whether a Lambda base's tag was ever published: `Some(false)` is certain.
    pub published: Option<bool>,
    /// The architecture that the tag's suffix names.
    pub arch: Option<&'static str>,
    /// ENTRYPOINT; `None` = not known, empty = none.
    pub entrypoint: Option<Vec<String>>,
    /// CMD; `None` = not known, empty = none.
    pub cmd: Option<Vec<String>>,
    /// WORKDIR; `None` = not known, empty = not set.
    pub workdir: Option<String>,
    /// Variables the base sets; `None` = not known.
    pub env: Option<BTreeMap<String, String>>,
    /// The operating system, where known.
    pub os: Option<&'static Os>,
    /// When and why the base is retired, for LL403.
    pub retired: Option<&'static Retired>,
}

/// An operating system as bases bring it.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Os {
    /// `AL2023`, `AL2`, `AL1`, `debian-12`, `alpine` …
    pub id: String,
    /// `Amazon Linux 2023 (minimal container image)`.
    pub name: String,
    /// Glibc's version; none for musl.
    #[serde(default)]
    pub glibc: Option<String>,
    /// Whether its libc is musl.
    #[serde(default)]
    pub musl: bool,
    /// Package managers that are there, the usual one first.
    #[serde(default)]
    pub package_managers: Vec<String>,
    /// Programs people expect and that are not there until installed.
    #[serde(default)]
    pub absent_tools: Vec<String>,
}

/// A base that no longer gets anything.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retired {
    /// Why, as half a sentence: `lambci's images have had no update since 2022`.
    pub reason: String,
    /// What to use instead.
    pub instead: String,
}

/// A managed runtime or OS-only base, one tag of AWS's images.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "names are those of AWS's runtime table")]
pub struct Runtime {
    pub id: String,
    pub family: String,
    pub tag: String,
    /// `x86_64`, `arm64`.
    pub archs: Vec<String>,
    /// The id of an [`Os`].
    pub os: String,
    #[serde(default)]
    pub released: Option<Date>,
    /// When AWS stops patching it; none = not scheduled.
    #[serde(default)]
    pub deprecation: Option<Date>,
    #[serde(default)]
    pub block_create: Option<Date>,
    #[serde(default)]
    pub block_update: Option<Date>,
}

/// What is known of the base image that a reference names. `scratch` is a base of its own.
pub fn base(reference: &str) -> Base {
    let _ = reference;
    Base::default()
}
