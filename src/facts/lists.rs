//! Lists of dependencies by the names of their files, as `rules/facts/lists.toml` has them.

use super::packed;
use crate::path::last;
use serde::Deserialize;
use std::sync::LazyLock;

/// A kind of list.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListKind {
    /// The file's name; a `*` at the beginning stands for anything.
    file: &'static str,
    /// How it is written.
    pub format: ListFormat,
    /// The language of the packages.
    pub language: &'static str,
}

/// How a list is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ListFormat {
    Requirements,
    Pyproject,
    Pipfile,
    PipfileLock,
    /// `[[package]]` tables: Poetry, uv, PDM and Cargo lock so.
    TomlLock,
    PackageJson,
    PackageLock,
    YarnLock,
    Gemfile,
    GemfileLock,
    GoMod,
    Cargo,
    Pom,
    Gradle,
    Csproj,
}

#[derive(Debug, Default, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
struct Lists {
    list: Vec<ListKind>,
}

static LISTS: LazyLock<Lists> = LazyLock::new(|| packed!("lists"));

/// The kind of list that a file of this name is.
pub fn list_kind(path: &str) -> Option<&'static ListKind> {
    let name = last(path);
    LISTS.list.iter().find(|kind| match kind.file.strip_prefix('*') {
        Some(ending) => name.ends_with(ending),
        None => name == kind.file,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_can_be_read() {
        assert!(LISTS.list.len() > 15);
        assert_eq!(list_kind("/app/My.Api.csproj").map(|kind| kind.format), Some(ListFormat::Csproj));
        assert_eq!(list_kind("poetry.lock").map(|kind| kind.language), Some("python"));
        assert!(list_kind("package.yaml").is_none());
    }
}
