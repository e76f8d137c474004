//! What packages need of an image: system libraries, a place to write, a wheel that fits, no other package in the way.

use super::packed;
use serde::Deserialize;
use std::sync::LazyLock;

/// What packages need.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'static"))]
pub struct PackageNeeds {
    /// System libraries that wheels load and do not bring.
    pub library: Vec<SystemLibrary>,
    /// Packages that write when they are first used.
    pub writer: Vec<Writer>,
    /// Versions of packages without a wheel for an old glibc.
    pub wheel: Vec<NewWheel>,
    /// System packages that others stand in the way of.
    pub conflict: Vec<Conflict>,
    /// Images with an extension for each libc.
    pub extension: Vec<ExtensionImage>,
}

/// A system library that wheels load and do not bring.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SystemLibrary {
    /// The packages, as pip knows them.
    pub packages: Vec<&'static str>,
    /// The library, if it is one.
    #[serde(default)]
    pub library: &'static str,
    /// The program, if it is one.
    #[serde(default)]
    pub program: Option<&'static str>,
    /// Systems without it, by their ids, and `slim`.
    pub lacking: Vec<&'static str>,
    /// What Amazon Linux calls the package that brings it; empty if it has none.
    pub amazon: &'static str,
    /// What Debian calls it.
    pub debian: &'static str,
    /// Packages that do the same without the library.
    #[serde(default)]
    pub twins: Vec<&'static str>,
    /// Parts of names of what brings it.
    pub brought_by: Vec<&'static str>,
}

/// A package that writes when it is first used.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Writer {
    /// The packages.
    pub packages: Vec<&'static str>,
    /// Parts of the beginnings of names of system packages that are it.
    #[serde(default)]
    pub system: Vec<&'static str>,
    /// The end of the path of its program, where an image shows it by that.
    #[serde(default)]
    pub program: Option<&'static str>,
    /// What they do, half a sentence.
    pub writes: &'static str,
    /// Variables that move it.
    pub variables: Vec<&'static str>,
    /// What to set.
    pub set: &'static str,
    /// Parts of names that say that it is looked after.
    pub content: Vec<&'static str>,
}

/// The first version of a package whose wheels want a newer glibc.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewWheel {
    /// The package, as pip knows it.
    pub package: &'static str,
    /// The version.
    pub since: &'static str,
    /// The glibc that its wheels want.
    pub glibc: &'static str,
    /// The first minor version of Python 3 that gets it.
    pub python: u32,
}

/// A system package that cannot be installed beside another one.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conflict {
    /// The system, by its id.
    pub os: &'static str,
    /// The package.
    pub package: &'static str,
    /// The one that is there.
    pub with: &'static str,
    /// What to do.
    pub instead: &'static str,
}

/// An image with an extension for each libc.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExtensionImage {
    /// The end of its name.
    pub repository: &'static str,
    /// The part of a tag that means musl.
    pub musl: &'static str,
}

static NEEDS: LazyLock<PackageNeeds> = LazyLock::new(|| packed!("package-needs"));

/// The name of a package of Python as its index has it: letter case and underscores make no difference.
pub fn python_name(name: &str) -> String {
    name.to_ascii_lowercase().replace(['_', '.'], "-")
}

/// What packages need.
pub fn package_needs() -> &'static PackageNeeds {
    &NEEDS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_can_be_read() {
        let table: toml::Table = include_str!("../../rules/facts/package-needs.toml").parse().unwrap();
        assert!(table["source"].is_str() && table["checked"].is_str());
        let needs = package_needs();
        assert!(needs.library.len() > 3 && needs.writer.len() > 3 && needs.wheel.len() > 3);
        assert!(!needs.conflict.is_empty() && !needs.extension.is_empty());
    }
}
