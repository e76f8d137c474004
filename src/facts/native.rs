//! Packages that hold machine code, what some of them need when they run, and what the web adapter reads.

use super::{Base, packed};
use serde::Deserialize;
use std::sync::LazyLock;

/// Packages with machine code in them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'static"))]
pub struct NativePackages {
    /// Packages of pip that hold machine code.
    pub python: Vec<&'static str>,
    /// Packages of pip that are compiled where they are installed.
    pub python_source: Vec<&'static str>,
    /// Packages of npm that hold machine code.
    pub node: Vec<&'static str>,
    /// Packages of npm that are compiled where they are installed.
    pub node_source: Vec<&'static str>,
    /// Programs of distributions that are linked with their libc.
    pub programs: Vec<&'static str>,
    /// Libraries that packages load when they run.
    pub needs: Vec<Needs>,
    /// What brings libstdc++ on Alpine.
    pub musl_cpp: MuslCpp,
}

/// A library that a package loads when it runs.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Needs {
    /// The package, as pip knows it.
    pub package: &'static str,
    /// The library.
    pub library: &'static str,
    /// Parts of names of system packages that bring it.
    pub brought_by: Vec<&'static str>,
}

/// What brings libstdc++ on Alpine.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, bound(deserialize = "'de: 'static"))]
pub struct MuslCpp {
    /// Packages that do.
    pub brought_by: Vec<&'static str>,
    /// Packages that are known not to.
    pub plain: Vec<&'static str>,
}

/// Variables of the Lambda Web Adapter.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'static"))]
pub struct WebAdapter {
    /// Names that it knows or once knew.
    pub known: Vec<&'static str>,
    /// Names that it reads no longer.
    pub retired: Vec<RetiredName>,
}

/// A variable that the adapter reads no longer.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetiredName {
    /// The variable.
    pub name: &'static str,
    /// The major version that dropped it.
    pub since: u32,
    /// What took its place.
    pub instead: &'static str,
}

static PACKAGES: LazyLock<NativePackages> = LazyLock::new(|| packed!("native-packages"));
static ADAPTER: LazyLock<WebAdapter> = LazyLock::new(|| packed!("web-adapter"));

/// Packages with machine code in them.
pub fn native_packages() -> &'static NativePackages {
    &PACKAGES
}

/// What the web adapter reads.
pub fn web_adapter() -> &'static WebAdapter {
    &ADAPTER
}

impl Base {
    /// Major and minor version of the language that the tag names: `3.12` of `python:3.12-slim`, `22` and none of
    /// `node:22`.
    pub fn version(&self) -> Option<(u32, Option<u32>)> {
        let tag = match self.runtime {
            Some(runtime) => runtime.tag,
            None => self.reference.as_ref()?.tag.as_deref()?,
        };
        let mut parts = tag.split(['.', '-']);
        let major = parts.next()?.parse().ok()?;
        Some((major, parts.next().and_then(|part| part.parse().ok())))
    }

    /// The minor version of the Python 3 that the base is for.
    pub fn python_minor(&self) -> Option<u32> {
        match self.version() {
            Some((3, minor)) if self.family == Some("python") => minor,
            _ => None,
        }
    }

    /// The glibc that the base has at least, as major and minor version; `None` for musl and if it is not known.
    pub fn glibc(&self) -> Option<(u32, u32)> {
        let os = self.os?;
        if let Some(version) = &os.glibc {
            let (major, minor) = version.split_once('.')?;
            return Some((major.parse().ok()?, minor.parse().ok()?));
        }
        // A tag without a system was built on the Debian of its day: bookworm (2.36) from these versions on.
        let newer = match (self.family?, self.version()) {
            ("rust", Some((1, minor))) => minor.is_none_or(|minor| minor >= 71),
            ("rust", None) => self.reference.as_ref()?.digest.is_none(),
            ("python", Some((3, Some(minor)))) => minor >= 8,
            ("golang", Some((1, Some(minor)))) => minor >= 21,
            _ => false,
        };
        (os.id == "debian" && newer).then_some((2, 36))
    }

    /// Whether a part of the tag is a word: `slim` of `python:3.13-slim-bookworm`.
    pub fn has_variant(&self, word: &str) -> bool {
        let tag = self.reference.as_ref().and_then(|reference| reference.tag.as_deref());
        tag.is_some_and(|tag| tag.split('-').any(|part| part == word))
    }

    /// Whether the base's libc is known to be musl (`Some(true)`) or glibc (`Some(false)`).
    pub fn musl(&self) -> Option<bool> {
        let os = self.os?;
        let glibc = os.glibc.is_some() || matches!(os.id, "debian" | "ubuntu" | "rhel");
        (os.musl || glibc).then_some(os.musl)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::base;

    #[test]
    fn the_tables_can_be_read() {
        for text in
            [include_str!("../../rules/facts/native-packages.toml"), include_str!("../../rules/facts/web-adapter.toml")]
        {
            let table: toml::Table = text.parse().unwrap();
            assert!(table["source"].is_str() && table["checked"].is_str());
        }
        assert!(!native_packages().needs.is_empty() && !native_packages().musl_cpp.plain.is_empty());
        assert!(web_adapter().known.len() > 20 && web_adapter().retired.len() > 5);
    }

    #[test]
    fn versions_of_bases() {
        assert_eq!(base("python:3.12-slim").version(), Some((3, Some(12))));
        assert_eq!(base("node:22").version(), Some((22, None)));
        assert_eq!(base("public.ecr.aws/lambda/python:3.9").version(), Some((3, Some(9))));
        assert_eq!(base("node:lts").version(), None);
    }

    #[test]
    fn glibc_of_bases() {
        assert_eq!(base("rust:1.80-bullseye").glibc(), Some((2, 31)));
        assert_eq!(base("rust:latest").glibc(), Some((2, 36)));
        assert_eq!(base("python:3.12-slim").glibc(), Some((2, 36)));
        assert_eq!(base("rust:1.60").glibc(), None);
        assert_eq!(base("public.ecr.aws/lambda/provided:al2").glibc(), Some((2, 26)));
        assert_eq!((base("rust:alpine").musl(), base("python:3.12").musl()), (Some(true), Some(false)));
        assert_eq!(base("acme/x").musl(), None);
    }
}
