//! Files that are not checked: patterns as in a `.gitignore`, of the command line and of `lamblint.toml`.

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use std::path::Path;

/// Patterns of files that are not checked, and the folder that they are from.
#[derive(Clone, Debug)]
pub struct Excludes(Gitignore);

impl Excludes {
    /// Patterns from a folder; an error says which is none.
    pub fn new(folder: &Path, patterns: &[String]) -> Result<Self, String> {
        matcher(folder, patterns).map(Self)
    }

    /// Whether a path or a folder above it fits one of them.
    pub fn has(&self, path: &Path) -> bool {
        let path = std::path::absolute(path).map(|path| crate::path::plain(&path)).unwrap_or_default();
        // A path elsewhere is nothing that patterns of this folder can mean.
        path.starts_with(self.0.path()) && self.0.matched_path_or_any_parents(&path, false).is_ignore()
    }
}

pub(super) fn matcher<'a>(folder: &Path, patterns: impl IntoIterator<Item = &'a String>) -> Result<Gitignore, String> {
    let mut builder = GitignoreBuilder::new(folder);
    for pattern in patterns {
        builder.add_line(None, pattern).map_err(|error| format!("exclude: {pattern}: {error}"))?;
    }
    builder.build().map_err(|error| format!("exclude: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_those_of_gitignore() {
        let folder = std::env::current_dir().unwrap();
        let excludes = |pattern: &str| Excludes::new(&folder, &[pattern.to_owned()]).unwrap();
        assert!(excludes("vendor/").has(Path::new("a/vendor/b/Dockerfile")));
        assert!(excludes("/vendor").has(Path::new("./vendor/Dockerfile")));
        assert!(!excludes("/vendor").has(Path::new("a/vendor/Dockerfile")));
        assert!(excludes("*.gen.Dockerfile").has(Path::new("a/b.gen.Dockerfile")));
        assert!(!excludes("*").has(Path::new("/elsewhere/Dockerfile")));
        assert!(Excludes::new(&folder, &["[b-a]".to_owned()]).is_err());
    }
}
