//! Modules that belong to Python or Node itself, and those that change where others are looked for.

use super::packed;
use serde::Deserialize;
use std::sync::LazyLock;

/// Lists, and not sets: a check of a Dockerfile asks for a few names, and building a set takes longer than that.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'static"))]
struct Modules {
    standard: Vec<&'static str>,
    changes_path: Vec<&'static str>,
    harmless_path_files: Vec<&'static str>,
    version: Vec<Version>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
struct Version {
    minor: u32,
    standard: Vec<&'static str>,
}

static MODULES: LazyLock<Modules> = LazyLock::new(|| packed!("python-modules"));

/// Whether a module of this name belongs to a version of Python; in a version that is not known, whether it belongs to
/// any.
pub fn is_standard_module(minor: u32, name: &str) -> bool {
    let known = MODULES.version.iter().any(|version| version.minor == minor);
    let mut versions = MODULES.version.iter().filter(|version| version.minor == minor || !known);
    MODULES.standard.contains(&name) || versions.any(|version| version.standard.contains(&name))
}

/// Whether a package changes where modules are looked for once it is imported.
pub fn changes_search_path(name: &str) -> bool {
    MODULES.changes_path.contains(&name)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'static"))]
struct NodeModules {
    builtin: Vec<&'static str>,
}

static NODE: LazyLock<NodeModules> = LazyLock::new(|| packed!("node-modules"));

/// Whether a module belongs to Node itself.
pub fn is_node_module(name: &str) -> bool {
    name.starts_with("node:") || NODE.builtin.contains(&name.trim_end_matches('/'))
}

/// Whether a path file that starts code adds no folder.
pub fn is_harmless_path_file(name: &str) -> bool {
    MODULES.harmless_path_files.contains(&name) || name.ends_with("-nspkg.pth")
}

#[cfg(test)]
mod tests {
    use super::is_standard_module;

    #[test]
    fn versions() {
        assert!(is_standard_module(8, "json") && is_standard_module(13, "_io"));
        assert!(is_standard_module(11, "distutils") && !is_standard_module(12, "distutils"));
        assert!(is_standard_module(99, "distutils") && !is_standard_module(99, "requests"));
    }
}
