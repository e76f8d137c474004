//! What is known of the base image behind a name.

use super::alpine::Floating;
use super::packed::{Later, packed};
use super::{ImageRef, Keyed, Os, Retired, Runtime, environment, runtimes};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

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
    /// A third-party base that brings its own client and entrypoint (`bref/*` …).
    Client,
    /// An AWS image that no function can run on (`sam/build-*`, `sam/emulation-*`).
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
    /// The runtime behind the tag of a Lambda base; `None` if AWS has no such tag.
    pub runtime: Option<&'static Runtime>,
    /// `python`, `nodejs`, `java`, `dotnet`, `ruby`, `go`, `provided` for Lambda bases with any tag;
    /// `python`, `node` … for general ones.
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
    /// Why the base is retired, for LL403.
    pub retired: Option<&'static Retired>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
struct Bases {
    latest: Keyed<&'static str>,
    os: Vec<Os>,
    base: Later<'static, Vec<General>>,
    floating: Later<'static, Vec<Floating>>,
    client: Later<'static, Vec<Names>>,
    not_a_function: Later<'static, Vec<Names>>,
    retired: Vec<Retired>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "'de: 'static"))]
struct Names {
    names: Vec<&'static str>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct General {
    family: &'static str,
    names: Vec<&'static str>,
    #[serde(default)]
    os: Option<&'static str>,
    #[serde(default)]
    systems: Option<&'static str>,
    #[serde(default)]
    entrypoint: Option<Vec<&'static str>>,
    #[serde(default)]
    cmd: Option<Vec<&'static str>>,
    #[serde(default)]
    workdir: Option<&'static str>,
    #[serde(default)]
    env: Option<Keyed<&'static str>>,
}

static BASES: LazyLock<Bases> = LazyLock::new(|| packed!("base-images"));

/// Tags that name no Alpine and move to each new one.
pub(super) fn floating() -> &'static [Floating] {
    &BASES.floating
}

/// Families of the AWS base images.
const FAMILIES: &[&str] = &["nodejs", "python", "java", "dotnet", "ruby", "go", "provided"];

/// Words in a tag that tell its operating system, the first that fits.
const SYSTEMS: &[(&str, &str)] = &[
    ("alpine", "alpine"),
    ("musl", "alpine"),
    ("nanoserver", "windows"),
    ("windowsservercore", "windows"),
    ("buster", "debian-10"),
    ("bullseye", "debian-11"),
    ("bookworm", "debian-12"),
    ("trixie", "debian-13"),
    ("bionic", "ubuntu-18.04"),
    ("focal", "ubuntu-20.04"),
    ("jammy", "ubuntu-22.04"),
    ("noble", "ubuntu-24.04"),
    ("18.04", "ubuntu-18.04"),
    ("20.04", "ubuntu-20.04"),
    ("22.04", "ubuntu-22.04"),
    ("24.04", "ubuntu-24.04"),
    ("amazonlinux2023", "AL2023-full"),
    ("al2023", "AL2023-full"),
    ("amazonlinux2", "AL2"),
    ("al2", "AL2"),
    ("azurelinux", "rhel"),
    ("cbl-mariner", "rhel"),
    ("ubi", "rhel"),
];

/// What is known of the base image that a reference names. `scratch` is a separate base.
pub fn base(reference: &str) -> Base {
    if reference == "scratch" {
        return Base {
            kind: BaseKind::Scratch,
            entrypoint: Some(Vec::new()),
            cmd: Some(Vec::new()),
            workdir: Some(String::new()),
            env: Some(BTreeMap::new()),
            ..Base::default()
        };
    }
    let Some(parsed) = ImageRef::parse(reference) else { return Base::default() };
    let key = parsed.key();
    let retired = BASES.retired.iter().find(|r| named(&r.names, &key) && covers(&r.tags, parsed.tag.as_deref()));
    let mut base = match lambda_family(&key) {
        Some(family) => lambda(family, &parsed),
        None if named_any(&BASES.not_a_function, &key) => Base { kind: BaseKind::NotAFunction, ..Base::default() },
        None if named_any(&BASES.client, &key) => Base { kind: BaseKind::Client, ..Base::default() },
        None => general(&key, parsed.tag.as_deref().unwrap_or_default()),
    };
    // A digest alone may be of any tag: what tags of one name share is all that is known.
    if parsed.tag.is_none()
        && parsed.digest.is_some()
        && base.kind == BaseKind::General
        && base.family != Some("alpine")
    {
        base.os = None;
    }
    base.retired = retired;
    base.reference = Some(parsed);
    base
}

/// The operating system with an id of the table.
pub fn os(id: &str) -> Option<&'static Os> {
    BASES.os.iter().find(|os| os.id == id)
}

/// Programs that people expect and that some base leaves out.
pub fn absent_tools() -> impl Iterator<Item = &'static str> {
    BASES.os.iter().flat_map(|os| &os.absent_tools).copied()
}

/// What is known of a base when only the beginning of its name is known, `public.ecr.aws/lambda/python:`.
pub fn base_with_unknown_tag(prefix: &str) -> Base {
    let Some((name, tag)) = prefix.rsplit_once(':') else { return Base::default() };
    if tag.contains('/') {
        return Base::default();
    }
    let mut base = base(name);
    // What the tag decides is not known: the version, and with it the system.
    base.reference = None;
    base.runtime = None;
    base.published = None;
    base.retired = base.retired.filter(|retired| retired.tags.is_empty());
    base.os = None;
    base
}

/// The published tag that a wrong one of a Lambda base was meant to be.
pub fn nearest_tag(base: &Base) -> Option<&'static str> {
    let tag = base.reference.as_ref()?.tag.as_deref()?;
    let of_family = runtimes().iter().filter(|runtime| Some(runtime.family) == base.family);
    let tags: Vec<&'static str> = of_family.map(|runtime| runtime.tag).collect();
    // `3.12-slim` and `3.12.1` begin with a tag that exists.
    let begins =
        tags.iter().copied().filter(|known| tag.strip_prefix(known).is_some_and(|rest| rest.starts_with(['-', '.'])));
    begins.max_by_key(|known| known.len()).or_else(|| crate::suggest::nearest(tag, tags))
}

fn named(names: &[&str], key: &str) -> bool {
    names.iter().any(|name| match name.strip_suffix('*') {
        Some(beginning) => key.starts_with(beginning),
        None => key == *name,
    })
}

fn named_any(lists: &[Names], key: &str) -> bool {
    lists.iter().any(|list| named(&list.names, key))
}

fn covers(tags: &[&str], tag: Option<&str>) -> bool {
    tags.is_empty() || tag.is_some_and(|tag| tags.contains(&tag))
}

fn lambda_family(key: &str) -> Option<&'static str> {
    let name = key.strip_prefix("public.ecr.aws/lambda/").or_else(|| key.strip_prefix("amazon/aws-lambda-"))?;
    FAMILIES.iter().copied().find(|family| *family == name)
}

fn lambda(family: &'static str, reference: &ImageRef) -> Base {
    let tag = Tag::parse(reference.tag.as_deref().unwrap_or("latest"));
    let version = match tag.version {
        "latest" => BASES.latest.get(family).copied().unwrap_or_default(),
        version => version,
    };
    let known: Option<&'static Runtime> =
        runtimes().iter().find(|runtime| runtime.family == family && runtime.tag == version);
    // A digest alone says nothing about the version.
    let runtime = known.filter(|_| reference.tag.is_some() || reference.digest.is_none());
    let os = runtime.and_then(|runtime| BASES.os.iter().find(|os| os.id == runtime.os));
    let published = match (known, &reference.tag) {
        (_, None) => None,
        (Some(_), Some(_)) if tag.regular => Some(true),
        (_, Some(written)) => certainly_not(family, written).then_some(false),
    };
    let mut env = owned(&environment().base);
    if family == "dotnet" {
        env.insert("DOTNET_ROOT".into(), "/var/lang/bin".into());
    }
    Base {
        kind: BaseKind::Lambda,
        runtime,
        family: Some(family),
        published,
        arch: tag.arch,
        entrypoint: Some(vec!["/lambda-entrypoint.sh".into()]),
        cmd: Some(Vec::new()),
        workdir: Some("/var/task".into()),
        env: Some(env),
        os,
        ..Base::default()
    }
}

/// An AWS tag: `<version>[.YYYY.MM.DD.HH][-preview][-arch]`.
struct Tag<'a> {
    version: &'a str,
    arch: Option<&'static str>,
    /// Whether it has that grammar and nothing else.
    regular: bool,
}

impl<'a> Tag<'a> {
    fn parse(tag: &'a str) -> Self {
        let (rest, arch) = match tag.rsplit_once('-') {
            Some((rest, "x86_64")) => (rest, Some("x86_64")),
            Some((rest, "arm64")) => (rest, Some("arm64")),
            _ => (tag, None),
        };
        let rest = rest.strip_suffix("-preview").unwrap_or(rest);
        // The last four parts of a dated tag are YYYY.MM.DD.HH.
        let parts: Vec<&str> = rest.split('.').collect();
        let number = |part: &&str, length: usize| part.len() == length && part.bytes().all(|b| b.is_ascii_digit());
        let dated = match parts.as_slice() {
            [_, .., year, month, day, hour] => number(year, 4) && number(month, 2) && number(day, 2) && number(hour, 2),
            _ => false,
        };
        let version = if dated { &rest[..rest.len() - 14] } else { rest };
        Self { version, arch, regular: !version.contains('-') }
    }
}

/// Whether AWS certainly never published a tag: Docker Hub's suffixes, patch versions, versions in between.
/// A version newer than all that is known may have come out since.
fn certainly_not(family: &str, tag: &str) -> bool {
    const FOREIGN: &[&str] = &[
        "slim",
        "alpine",
        "bookworm",
        "bullseye",
        "buster",
        "trixie",
        "stretch",
        "jammy",
        "focal",
        "noble",
        "lts",
        "onbuild",
        "windowsservercore",
        "sdk",
        "runtime",
        "jdk",
        "jre",
        "dev",
        "full",
        "minimal",
    ];
    let parsed = Tag::parse(tag);
    if tag.split(['-', '_']).skip(1).any(|part| FOREIGN.iter().any(|word| part.starts_with(word))) {
        return true;
    }
    if parsed.version.contains('-') {
        return false;
    }
    let numbers = |text: &str| text.split('.').map(str::parse).collect::<Result<Vec<u32>, _>>().ok();
    let known: Vec<Vec<u32>> =
        runtimes().iter().filter(|runtime| runtime.family == family).filter_map(|r| numbers(r.tag)).collect();
    match numbers(parsed.version) {
        Some(version) => {
            let newest = known.iter().max().cloned().unwrap_or_default();
            // `python:3` and `nodejs:22.1` were never tags; `python:3.99` may be one some day.
            version <= newest || known.iter().any(|tag| version.starts_with(tag) && version.len() > tag.len())
        }
        // `18.x` is the runtime's id and not a tag.
        None => parsed.version.strip_suffix(".x").is_some_and(|version| numbers(version).is_some()) || tag == "lts",
    }
}

fn general(key: &str, tag: &str) -> Base {
    let Some(known) = BASES.base.iter().find(|base| named(&base.names, key)) else { return distroless(key) };
    let from_tag = match known.systems {
        Some("amazonlinux") => Some(amazon_linux(tag).to_owned()),
        Some(numbered) if numbered.ends_with('-') => Some(numbered_system(numbered, tag)),
        Some(_) => SYSTEMS.iter().find(|(word, _)| tag.contains(word)).map(|(_, os)| (*os).to_owned()),
        None => None,
    };
    // A dated tag with no system in its name stands on the default of its day, so only the kind is sure.
    let by_id = |id: &str| BASES.os.iter().find(|os| os.id == id);
    // What stayed on an old release does not stand on the default of today.
    let default = if super::debian::is_built_on_buster(known.family, tag) { Some("debian") } else { known.os };
    let os = from_tag.and_then(|id| by_id(&id)).or_else(|| by_id(default?));
    Base {
        kind: BaseKind::General,
        family: Some(known.family),
        entrypoint: known.entrypoint.as_deref().map(strings),
        cmd: known.cmd.as_deref().map(strings),
        workdir: known.workdir.map(str::to_owned),
        env: known.env.as_ref().map(owned),
        os,
        ..Base::default()
    }
}

fn strings(list: &[&str]) -> Vec<String> {
    list.iter().map(|&text| text.to_owned()).collect()
}

fn owned(variables: &Keyed<&str>) -> BTreeMap<String, String> {
    variables.iter().map(|(name, value)| (name.to_owned(), (*value).to_owned())).collect()
}

/// A system by the number that a tag begins with: `fedora-40` of `40`, `el-9` of `9.4-minimal` and `stream9`.
fn numbered_system(numbered: &str, tag: &str) -> String {
    let tag = tag.strip_prefix("stream").unwrap_or(tag);
    let end = tag.find(|c: char| !c.is_ascii_digit()).unwrap_or(tag.len());
    format!("{numbered}{}", &tag[..end])
}

fn amazon_linux(tag: &str) -> &'static str {
    match tag.split(['.', '-']).next().unwrap_or_default() {
        "1" | "2017" | "2018" => "AL1",
        "2" => "AL2",
        "2023" if tag.contains("minimal") => "AL2023",
        _ => "AL2023-full",
    }
}

/// Distroless and the like: no shell, defaults of their own that are not certain.
fn distroless(key: &str) -> Base {
    let known = key.starts_with("gcr.io/distroless/") || key.starts_with("cgr.dev/chainguard/");
    Base { kind: if known { BaseKind::General } else { BaseKind::Unknown }, ..Base::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_can_be_read() {
        let table = &*BASES;
        assert!(table.os.len() > 20 && table.floating.len() > 3);
        for id in runtimes().iter().map(|r| r.os).chain(table.base.iter().filter_map(|base| base.os)) {
            assert!(table.os.iter().any(|os| os.id == id), "no operating system {id}");
        }
        for (_, id) in SYSTEMS {
            assert!(table.os.iter().any(|os| os.id == *id), "no operating system {id}");
        }
        for (family, tag) in table.latest.iter() {
            assert!(runtimes().iter().any(|r| r.family == family && r.tag == *tag), "{family}:{tag}");
        }
    }

    #[test]
    fn tags_of_lambda_bases() {
        for (tag, published) in [
            ("python:3.12", Some(true)),
            ("python:3.12-arm64", Some(true)),
            ("python:3.11.2023.12.05.16", Some(true)),
            ("nodejs:24.2026.04.22.11-x86_64", Some(true)),
            ("python:3.12-slim", Some(false)),
            ("python:3.12.1", Some(false)),
            ("python:3", Some(false)),
            ("nodejs:18-alpine", Some(false)),
            ("nodejs:18.x", Some(false)),
            ("nodejs:28", None),
            ("python:3.16", None),
            ("java:8.al2", Some(true)),
            ("dotnet:core3.1", Some(true)),
            ("provided:al2023", Some(true)),
            ("python:latest", Some(true)),
            ("python:3.12-rapid", None),
            ("python", None),
        ] {
            assert_eq!(base(&format!("public.ecr.aws/lambda/{tag}")).published, published, "{tag}");
        }
    }

    #[test]
    fn kinds() {
        for (name, kind) in [
            ("scratch", BaseKind::Scratch),
            ("amazon/aws-lambda-python:3.9", BaseKind::Lambda),
            ("public.ecr.aws/lambda/ruby:3.3", BaseKind::Lambda),
            ("public.ecr.aws/lambda/unheard-of:1", BaseKind::Unknown),
            ("bref/php-83:2", BaseKind::Client),
            ("public.ecr.aws/sam/build-python3.12", BaseKind::NotAFunction),
            ("public.ecr.aws/docker/library/python:3.12", BaseKind::General),
            ("mypython:3", BaseKind::Unknown),
            ("registry.example.com/python:3", BaseKind::Unknown),
        ] {
            assert_eq!(base(name).kind, kind, "{name}");
        }
    }

    #[test]
    fn systems() {
        let os = |name: &str| base(name).os.map(|os| os.id);
        assert_eq!(os("public.ecr.aws/lambda/python:3.11"), Some("AL2"));
        assert_eq!(os("public.ecr.aws/lambda/provided"), Some("AL2023"));
        assert_eq!(os("python:3.12-slim-bookworm"), Some("debian-12"));
        assert_eq!(os("node:20-alpine3.19"), Some("alpine"));
        assert_eq!(os("amazonlinux:2"), Some("AL2"));
        assert_eq!(os("amazonlinux:2023"), Some("AL2023-full"));
        assert_eq!(os("ubuntu:22.04"), Some("ubuntu-22.04"));
        assert_eq!(os("rust@sha256:0"), None);
    }

    #[test]
    fn an_unknown_tag_leaves_what_every_tag_has() {
        let base = base_with_unknown_tag("public.ecr.aws/lambda/python:");
        assert_eq!((base.kind, base.family, base.os.is_none()), (BaseKind::Lambda, Some("python"), true));
        assert_eq!(base_with_unknown_tag("public.ecr.aws/lambda/py").kind, BaseKind::Unknown);
    }
}
