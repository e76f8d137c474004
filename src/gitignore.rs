//! `.gitignore`, read within bounds: a repository may hold one that is a link to a device, or one of a gigabyte.

use crate::source::read_file;
use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Maximum length of a file, in bytes.
const MAX_BYTES: u64 = 256 * 1024;
/// Maximum number of patterns that hold in one folder, those of the folders above it counted too: a pattern takes some
/// kilobytes of memory.
const MAX_PATTERNS: usize = 8_192;
/// Maximum length of a line, in bytes: no path of Linux is longer.
const MAX_LINE: usize = 4_096;

/// A file of patterns that does not hold, and why.
pub type Fault = (PathBuf, String);

/// The patterns that hold in a folder, its own before those of the folder above.
#[derive(Clone, Debug)]
pub struct Patterns(Option<Rc<Level>>);

#[derive(Debug)]
struct Level {
    own: Gitignore,
    count: usize,
    above: Patterns,
}

impl Patterns {
    /// Those that hold in a folder for what lies above it: up to the root of the repository, or of the disk where there
    /// is none. A file that cannot be read stands in `faults`.
    pub fn above(folder: &Path, faults: &mut Vec<Fault>) -> Self {
        let mut upward = Vec::new();
        if !is_repository(folder) {
            for above in folder.ancestors().skip(1) {
                upward.push(above);
                if is_repository(above) {
                    break;
                }
            }
        }
        let mut patterns = Self(None);
        for above in upward.into_iter().rev() {
            patterns = patterns.of(above, faults);
        }
        patterns
    }

    /// Those that hold in a folder, where these hold in the one above it.
    #[must_use]
    pub fn of(&self, folder: &Path, faults: &mut Vec<Fault>) -> Self {
        let mut patterns = self.clone();
        // What a repository's own settings leave out comes after what its files say.
        for name in [".git/info/exclude", ".gitignore"] {
            let file = folder.join(name);
            match patterns.read(folder, &file) {
                Ok(Some(own)) => patterns = own,
                Ok(None) => {}
                Err(why) => faults.push((file, why)),
            }
        }
        patterns
    }

    fn read(&self, folder: &Path, file: &Path) -> Result<Option<Self>, String> {
        // Git does not follow a link either.
        if !std::fs::symlink_metadata(file).is_ok_and(|metadata| metadata.is_file()) {
            return Ok(None);
        }
        let bytes = read_file(file, MAX_BYTES).map_err(|error| {
            let (name, text) = (format!("{}: ", file.display()), error.to_string());
            text.strip_prefix(&name).unwrap_or(&text).to_owned()
        })?;
        let text = String::from_utf8_lossy(&bytes);
        let mut builder = GitignoreBuilder::new(folder);
        let mut count = self.0.as_ref().map_or(0, |level| level.count);
        for line in text.strip_prefix('\u{feff}').unwrap_or(&text).lines() {
            if line.len() > MAX_LINE || line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            count += 1;
            if count > MAX_PATTERNS {
                return Err(format!("over {MAX_PATTERNS} patterns with those of the folders above"));
            }
            // Git passes over a pattern that it cannot read.
            let _ = builder.add_line(None, line);
        }
        let own = builder.build().map_err(|error| error.to_string())?;
        Ok(Some(Self(Some(Rc::new(Level { own, count, above: self.clone() })))))
    }

    /// Whether git leaves out a path below the folder; the folders on the way are not asked about.
    pub fn leave_out(&self, path: &Path, is_folder: bool) -> bool {
        let mut level = self.0.as_ref();
        while let Some(one) = level {
            match one.own.matched(path, is_folder) {
                Match::Ignore(_) => return true,
                Match::Whitelist(_) => return false,
                Match::None => level = one.above.0.as_ref(),
            }
        }
        false
    }

    /// The same, with the folders on the way asked about, by any of the files.
    pub fn leave_out_below(&self, path: &Path, is_folder: bool) -> bool {
        let mut level = self.0.as_ref();
        while let Some(one) = level {
            if path.starts_with(one.own.path()) && one.own.matched_path_or_any_parents(path, is_folder).is_ignore() {
                return true;
            }
            level = one.above.0.as_ref();
        }
        false
    }
}

/// Whether a folder is the root of a repository.
pub fn is_repository(folder: &Path) -> bool {
    folder.join(".git").exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [(".git/HEAD", ""), ("a/b/x", "")].iter().chain(files) {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        folder
    }

    /// Whether a path is left out, by the patterns that hold in its folder.
    fn out(folder: &tempfile::TempDir, path: &str) -> bool {
        let (path, mut faults) = (folder.path().join(path), Vec::new());
        let patterns = Patterns::above(path.parent().unwrap(), &mut faults).of(path.parent().unwrap(), &mut faults);
        assert!(faults.is_empty(), "{faults:?}");
        patterns.leave_out(&path, false)
    }

    #[test]
    fn the_nearest_file_decides_and_the_repository_ends_it() {
        let folder = folder(&[
            (".gitignore", "\u{feff}*.log\n/only\n# a comment\n\n"),
            ("a/.gitignore", "!kept.log\n"),
            (".git/info/exclude", "secret\n*.log\n"),
        ]);
        assert!(out(&folder, "x.log") && out(&folder, "a/b/x.log") && !out(&folder, "a/b/kept.log"));
        assert!(out(&folder, "only") && !out(&folder, "a/only") && out(&folder, "a/b/secret"));
        std::fs::create_dir(folder.path().join("a/.git")).unwrap();
        assert!(!out(&folder, "a/b/x.log"), "another repository");
    }

    #[test]
    fn what_is_no_file_or_too_long_does_not_hold() {
        let folder = folder(&[("a/.gitignore", &"b*c\n".repeat(MAX_PATTERNS))]);
        let of = |folder: &Path| {
            let mut faults = Vec::new();
            let patterns = Patterns::above(folder, &mut faults).of(folder, &mut faults);
            (faults, patterns.leave_out(&folder.join("bc"), false))
        };
        assert_eq!(of(&folder.path().join("a")), (vec![], true));
        std::fs::write(folder.path().join("a/b/.gitignore"), "one more\n").unwrap();
        let (faults, out) = of(&folder.path().join("a/b"));
        assert!(out && faults[0].1.contains("over 8192 patterns"), "{faults:?}");
        std::fs::write(folder.path().join(".gitignore"), vec![b'a'; 300_000]).unwrap();
        assert_eq!(of(folder.path()).0[0].1, "over 262144 bytes");
        std::fs::write(folder.path().join(".gitignore"), ["a".repeat(9_000).as_str(), "\nbc\n"].concat()).unwrap();
        assert_eq!(of(folder.path()), (vec![], true));
    }

    #[test]
    #[cfg(unix)]
    fn links_to_devices_are_not_followed() {
        let folder = folder(&[]);
        std::os::unix::fs::symlink("/dev/zero", folder.path().join(".gitignore")).unwrap();
        std::fs::create_dir_all(folder.path().join(".git/info")).unwrap();
        std::os::unix::fs::symlink("/dev/zero", folder.path().join(".git/info/exclude")).unwrap();
        assert!(!out(&folder, "a"));
    }
}
