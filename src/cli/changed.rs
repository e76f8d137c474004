//! `--changed-since REV`: what git says.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The files that have changed, by their real paths.
pub(super) struct Changed(BTreeSet<PathBuf>);

impl Changed {
    /// Asks git for what differs from where the branch left `rev`, and for what it does not track yet.
    pub(super) fn since(rev: &str) -> Result<Self, String> {
        let text = |args: &[&str]| git(args).map(|bytes| String::from_utf8_lossy(&bytes).trim_end().to_owned());
        // A hash from here on: nothing in it can be taken for an option.
        let commit = text(&["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{rev}^{{commit}}")])
            .map_err(|error| if error.is_empty() { format!("git knows no revision {rev}") } else { error })?;
        // Without a common ancestor (a shallow clone) the revision itself.
        let base = text(&["merge-base", &commit, "HEAD"]).unwrap_or(commit);
        let top = PathBuf::from(text(&["rev-parse", "--show-toplevel"])?);
        let changed = git(&["diff", "--name-only", "--no-relative", "--diff-filter=d", "-z", &base, "--"])?;
        let untracked = git(&["ls-files", "--others", "--exclude-standard", "--full-name", "-z", "--", ":/"])?;
        let names = changed.split(|byte| *byte == 0).chain(untracked.split(|byte| *byte == 0));
        let names = names.filter(|name| !name.is_empty());
        Ok(Self(names.filter_map(|name| top.join(&*path(name)).canonicalize().ok()).collect()))
    }

    /// Whether a file, or something in a folder, has changed. Standard input is always looked at.
    pub(super) fn has(&self, file: &Path) -> bool {
        if file == Path::new("-") {
            return true;
        }
        // What cannot be found is not left out either: it is said to be missing.
        file.canonicalize()
            .map_or(true, |file| self.0.range(file.clone()..).next().is_some_and(|changed| changed.starts_with(&file)))
    }
}

#[cfg(unix)]
fn path(name: &[u8]) -> std::borrow::Cow<'_, Path> {
    Path::new(<std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(name)).into()
}

#[cfg(not(unix))]
fn path(name: &[u8]) -> std::borrow::Cow<'_, Path> {
    PathBuf::from(String::from_utf8_lossy(name).into_owned()).into()
}

fn git(args: &[&str]) -> Result<Vec<u8>, String> {
    let output = Command::new("git").args(args).output().map_err(|error| format!("git: {error}"))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(said.lines().next().map(|line| format!("git: {line}")).unwrap_or_default())
}
