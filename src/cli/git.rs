//! `--changed-since REV`: what git says.

use crate::programs;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The files that have changed, by their real paths.
pub(super) struct Changed(BTreeSet<PathBuf>);

impl Changed {
    /// Asks git for what differs from where the branch left `rev`, and for what it does not track yet.
    pub(super) fn since(rev: &str) -> Result<Self, String> {
        let git = Git::new()?;
        let hash = |args: &[&str]| git.line(args).map(|line| Some(line).filter(|line| is_hash(line)));
        // A hash from here on: nothing in it can be taken for an option.
        let commit = hash(&["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{rev}^{{commit}}")])
            .map_err(|error| if error.is_empty() { format!("git knows no revision {rev}") } else { error })?
            .ok_or_else(|| format!("{rev} is not a git revision"))?;
        // Without a common ancestor (a shallow clone) the revision itself.
        let base = hash(&["merge-base", &commit, "HEAD"]).ok().flatten().unwrap_or(commit);
        let top = PathBuf::from(git.line(&["rev-parse", "--show-toplevel"])?);
        let changed =
            ["diff-index", "--name-only", "--no-relative", "--diff-filter=d", "--no-ext-diff", "--no-textconv"];
        let changed = git.run(&[&changed[..], &["--ignore-submodules=all", "-z", &base, "--"]].concat())?;
        let untracked = git.run(&["ls-files", "--others", "--exclude-standard", "--full-name", "-z", "--", ":/"])?;
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

/// The name of an object.
fn is_hash(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// git, so that the settings of a repository start no program: no monitor of files, no hook, no filter, nothing that
/// fetches; and so that a bare repository inside another is not used.
struct Git {
    program: PathBuf,
    settings: Vec<String>,
}

impl Git {
    fn new() -> Result<Self, String> {
        let program = programs::find("git").ok_or("there is no git on PATH")?;
        let hooks = if cfg!(windows) { "core.hooksPath=NUL" } else { "core.hooksPath=/dev/null" };
        let settings = ["core.fsmonitor=false", "core.untrackedCache=false", "safe.bareRepository=explicit", hooks];
        let mut git = Self { program, settings: settings.map(str::to_owned).to_vec() };
        // A file that may have changed within a second is read through the filters of its attributes. Without them, one
        // of git-lfs may count as changed.
        let filters = git.run(&["config", "-z", "--name-only", "--get-regexp", "^filter\\."]).unwrap_or_default();
        for key in filters.split(|byte| *byte == 0).map(String::from_utf8_lossy) {
            let Some((driver, _)) = key.rsplit_once('.') else { continue };
            if driver.contains('=') {
                return Err(format!("git: the setting {key} cannot be turned off"));
            }
            let off = ["clean=", "smudge=", "process=", "required=false"];
            git.settings.extend(off.iter().map(|setting| format!("{driver}.{setting}")));
        }
        Ok(git)
    }

    fn line(&self, args: &[&str]) -> Result<String, String> {
        self.run(args).map(|bytes| String::from_utf8_lossy(&bytes).trim_end().to_owned())
    }

    fn run(&self, args: &[&str]) -> Result<Vec<u8>, String> {
        let output = Command::new(&self.program)
            .args(self.settings.iter().flat_map(|setting| ["-c", setting]))
            .args(args)
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_NO_LAZY_FETCH", "1")
            .env("GIT_ALLOW_PROTOCOL", "none")
            .env("GIT_TERMINAL_PROMPT", "0")
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("git: {error}"))?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(said.lines().next().map(|line| format!("git: {line}")).unwrap_or_default())
    }
}
