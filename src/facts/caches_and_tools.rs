//! Packages by what they are for.

use super::packed;
use serde::Deserialize;
use std::sync::LazyLock;

#[derive(Debug, Default, Deserialize)]
struct Tools {
    packages: Vec<String>,
    programs: Vec<String>,
    endings: Vec<String>,
    cache: Vec<PackageCache>,
}

/// What a package manager keeps, and what prevents it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackageCache {
    /// The manager as people call it.
    pub name: String,
    /// Its programs.
    pub programs: Vec<String>,
    /// The first operands that fill the cache.
    pub verbs: Vec<String>,
    /// Flags with which nothing is kept.
    #[serde(default)]
    pub flags: Vec<String>,
    /// The variable with which nothing is kept.
    #[serde(default)]
    pub env: Option<String>,
    /// Texts of a RUN that empties it, or says that there is none.
    pub cleaned: Vec<String>,
    /// Where it lies.
    pub paths: Vec<String>,
    /// The command that empties it; `{}` stands for the program.
    #[serde(default)]
    pub append: Option<String>,
    /// The flag that prevents it.
    #[serde(default)]
    pub flag: Option<String>,
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
pub fn build_programs() -> &'static [String] {
    &TOOLS.programs
}

/// Whether a distribution's package is for building only: compilers, headers, `git`.
pub fn build_tool(package: &str) -> bool {
    let name = package.to_ascii_lowercase();
    TOOLS.packages.contains(&name)
        || TOOLS.endings.iter().any(|end| name.len() > end.len() && name.ends_with(end.as_str()))
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
        let table = toml::from_str::<Tools>(include_str!("../../rules/facts/caches-and-tools.toml"));
        assert!(table.is_ok_and(|table| table.cache.len() > 5));
        assert!(build_tool("gcc") && build_tool("libcurl-devel") && build_tool("Development Tools"));
        assert!(!build_tool("libcurl") && !build_tool("-dev") && !build_tool("libgcc"));
        assert!(emulator("https://x/aws-lambda-rie") && !emulator("aws-lambda-ric") && !emulator("aws-lambda-rie.log"));
    }
}
