//! The files of a folder that git would not leave out: hidden ones aside, and no link followed.

use crate::error::Error;
use crate::gitignore::{Fault, Patterns};
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use std::path::{Path, PathBuf};

/// What stands at a path of a walk: a file, or why something there cannot be looked at.
pub(super) type Step = (PathBuf, Result<(), Error>);

/// The files below a folder whose names are wanted, in the order of their paths.
pub(super) fn files(folder: &Path, wanted: fn(&str) -> bool) -> Vec<Step> {
    // Patterns of folders above are about whole paths.
    let whole = folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf());
    let mut faults = Vec::new();
    let above = Patterns::above(&whole, &mut faults);
    let everywhere = GitignoreBuilder::new("").build_global().0;
    let mut walk = Walk { wanted, everywhere, found: Vec::new(), faults };
    if is_gone(folder) {
        walk.found.push((folder.to_path_buf(), Err(Error::new(format!("{}: it has been removed", folder.display())))));
    }
    let mut todo = vec![(folder.to_path_buf(), whole, above)];
    while let Some((folder, whole, above)) = todo.pop() {
        todo.extend(walk.folder(&folder, &whole, &above));
    }
    let here = std::env::current_dir().and_then(|here| here.canonicalize()).unwrap_or_default();
    for (path, why) in walk.faults {
        let path = path.strip_prefix(&here).unwrap_or(&path).to_path_buf();
        let error = Error::new(format!("{}: {why}", path.display()));
        walk.found.push((path, Err(error)));
    }
    walk.found.sort_by(|(a, _), (b, _)| a.cmp(b));
    walk.found
}

struct Walk {
    wanted: fn(&str) -> bool,
    /// What the user leaves out in every repository.
    everywhere: Gitignore,
    found: Vec<Step>,
    /// Files of patterns that cannot be read.
    faults: Vec<Fault>,
}

impl Walk {
    /// Looks at what lies in a folder; the folders in it come back, to be looked at next.
    fn folder(&mut self, folder: &Path, whole: &Path, above: &Patterns) -> Vec<(PathBuf, PathBuf, Patterns)> {
        let patterns = above.of(whole, &mut self.faults);
        let mut folders = Vec::new();
        let fail = |path: &Path, error: &std::io::Error| (short(path), Err(Error::io(&short(path), error)));
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => {
                self.found.push(fail(folder, &error));
                return folders;
            }
        };
        for entry in entries {
            let (entry, kind) = match entry.and_then(|entry| entry.file_type().map(|kind| (entry, kind))) {
                Ok(both) => both,
                Err(error) => {
                    self.found.push(fail(folder, &error));
                    continue;
                }
            };
            let name = entry.file_name();
            let text = name.to_string_lossy();
            if text.starts_with('.') || !(kind.is_dir() || kind.is_file() && (self.wanted)(&text)) {
                continue;
            }
            let (path, whole) = (folder.join(&name), whole.join(&name));
            let left_out =
                patterns.leave_out(&whole, kind.is_dir()) || self.everywhere.matched(&whole, kind.is_dir()).is_ignore();
            if left_out {
                continue;
            }
            if kind.is_dir() {
                folders.push((path, whole, patterns.clone()));
            } else {
                self.found.push((short(&path), Ok(())));
            }
        }
        folders
    }
}

/// `./Dockerfile` reads worse than `Dockerfile`.
fn short(path: &Path) -> PathBuf {
    path.strip_prefix("./").unwrap_or(path).to_path_buf()
}

/// Whether a folder has been removed while it is still the current one: it lists nothing then.
#[cfg(unix)]
fn is_gone(folder: &Path) -> bool {
    std::fs::metadata(folder).is_ok_and(|metadata| std::os::unix::fs::MetadataExt::nlink(&metadata) == 0)
}

#[cfg(not(unix))]
fn is_gone(_: &Path) -> bool {
    false
}
