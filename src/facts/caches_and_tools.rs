//! Packages by what they are for.

use super::packed;
use serde::Deserialize;
use std::sync::LazyLock;

#[derive(Debug, Default, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
struct Tools {
    packages: Vec<&'static str>,
    programs: Vec<&'static str>,
    endings: Vec<&'static str>,
    cache: Vec<PackageCache>,
}

/// What a package manager keeps, and what prevents it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackageCache {
    /// The manager as people call it.
    pub name: &'static str,
    /// Its programs.
    pub programs: Vec<&'static str>,
    /// The first operands that fill the cache.
    pub verbs: Vec<&'static str>,
    /// Flags with which nothing is kept.
    #[serde(default)]
    pub flags: Vec<&'static str>,
    /// The variable with which nothing is kept.
    #[serde(default)]
    pub env: Option<&'static str>,
    /// Texts of a RUN that empties it, or says that there is none.
    pub cleaned: Vec<&'static str>,
    /// Where it lies.
    pub paths: Vec<&'static str>,
    /// The command that empties it; `{}` stands for the program.
    #[serde(default)]
    pub append: Option<&'static str>,
    /// The flag that prevents it.
    #[serde(default)]
    pub flag: Option<&'static str>,
    /// Whether it seldom weighs enough for a warning.
    #[serde(default)]
    pub small: bool,
}

static TOOLS: LazyLock<Tools> = LazyLock::new(|| packed!("caches-and-tools"));

/// What package managers keep.
pub fn package_caches() -> &'static [PackageCache] {
    &TOOLS.cache
}

/// Where programs that only building needs lie in an image.
pub fn build_programs() -> &'static [&'static str] {
    &TOOLS.programs
}

/// Whether a distribution's package is for building only: compilers, headers, `git`.
pub fn build_tool(package: &str) -> bool {
    let name = package.to_ascii_lowercase();
    TOOLS.packages.contains(&name.as_str())
        || TOOLS.endings.iter().any(|&end| name.len() > end.len() && name.ends_with(end))
}

/// Whether a path or an address names the runtime interface emulator.
pub fn emulator(path: &str) -> bool {
    // `aws-lambda-rie-arm64` too; `aws-lambda-rie.log` is something else, and so is a client's `aws-lambda-ric`.
    let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    matches!(name, "aws-lambda-rie" | "aws-lambda-rie-arm64" | "aws-lambda-rie-x86_64" | "aws-lambda-rie-amd64")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert!(package_caches().len() > 5);
        assert!(build_tool("gcc") && build_tool("libcurl-devel") && build_tool("Development Tools"));
        assert!(!build_tool("libcurl") && !build_tool("-dev") && !build_tool("libgcc"));
        assert!(emulator("https://x/aws-lambda-rie") && !emulator("aws-lambda-ric") && !emulator("aws-lambda-rie.log"));
    }
}
