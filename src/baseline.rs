//! Findings that are known and let be: a file that old code is adopted with, so that only new faults fail.

use crate::check::Checked;
use crate::error::Error;
use crate::fingerprint;
use crate::source::read_file;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

/// A longer file is not read, in bytes.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// Findings of one file with one fingerprint.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// The file, from the folder that the baseline lies in.
    pub path: String,
    /// The rule.
    pub code: String,
    /// What they are recognised by.
    pub fingerprint: String,
    /// How many there are.
    pub count: usize,
    /// The message of the first, for people.
    pub message: String,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Document {
    baseline: u32,
    findings: Vec<Known>,
}

/// A baseline in use: what it knows, less what has been met again.
#[derive(Clone, Debug)]
pub struct Baseline {
    folder: PathBuf,
    known: Vec<Known>,
    /// Where in `known` a finding is.
    places: BTreeMap<(String, String, String), usize>,
    /// Where in `known` findings of one rule with one fingerprint are.
    prints: BTreeMap<(String, String), Vec<usize>>,
    /// Which files are there, as far as it was looked.
    there: RefCell<BTreeMap<String, bool>>,
}

/// The text of a baseline of everything found; `folder` is where it will lie.
pub fn write(checked: &[Checked], folder: &Path) -> String {
    let mut findings: BTreeMap<(String, &str, String), Known> = BTreeMap::new();
    for (checked, diagnostic) in checked.iter().flat_map(|c| c.diagnostics.iter().map(move |d| (c, d))) {
        let (path, fingerprint) = (relative(folder, &diagnostic.path), fingerprint::of(checked, diagnostic));
        let (code, message) = (diagnostic.code.to_owned(), diagnostic.message.clone());
        let known = Known { path: path.clone(), code, fingerprint: fingerprint.clone(), count: 0, message };
        findings.entry((path, diagnostic.code, fingerprint)).or_insert(known).count += 1;
    }
    let document = Document { baseline: 1, findings: findings.into_values().collect() };
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

impl Baseline {
    /// Reads a baseline.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = read_file(path, MAX_BYTES)?;
        let refuse = |why: String| Error::new(format!("{}: no baseline: {why}", path.display()));
        let document: Document = serde_json::from_slice(&text).map_err(|error| refuse(error.to_string()))?;
        if document.baseline != 1 {
            return Err(refuse(format!("it is of version {}, and this program knows 1", document.baseline)));
        }
        let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
        let key = |known: &Known| (known.path.clone(), known.code.clone(), known.fingerprint.clone());
        let places = document.findings.iter().enumerate().map(|(at, known)| (key(known), at)).collect();
        let mut prints: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
        for (at, known) in document.findings.iter().enumerate() {
            prints.entry((known.code.clone(), known.fingerprint.clone())).or_default().push(at);
        }
        Ok(Self { folder, known: document.findings, places, prints, there: RefCell::default() })
    }

    /// Takes the findings that it knows out of a subject, each as often as it knows it.
    pub fn take(&mut self, checked: &mut Checked) {
        let mut kept = Vec::new();
        for diagnostic in std::mem::take(&mut checked.diagnostics) {
            let path = relative(&self.folder, &diagnostic.path);
            let key = (path, diagnostic.code.to_owned(), fingerprint::of(checked, &diagnostic));
            let here = self.places.get(&key).copied().filter(|at| self.known.get(*at).is_some_and(|k| k.count > 0));
            match here.or_else(|| self.moved(&key.1, &key.2)).and_then(|at| self.known.get_mut(at)) {
                Some(known) => {
                    known.count -= 1;
                    checked.known += 1;
                }
                _ => kept.push(diagnostic),
            }
        }
        checked.diagnostics = kept;
    }

    /// Where the same finding is known of a file that is not there any more: it has moved.
    fn moved(&self, code: &str, fingerprint: &str) -> Option<usize> {
        let places = self.prints.get(&(code.to_owned(), fingerprint.to_owned()))?;
        let left = |known: &Known| known.count > 0 && self.is_gone_from_disk(known);
        places.iter().copied().find(|at| self.known.get(*at).is_some_and(left))
    }

    /// Whether the file of a finding does not exist any more.
    fn is_gone_from_disk(&self, known: &Known) -> bool {
        let mut there = self.there.borrow_mut();
        let look = || self.folder.join(&known.path).exists();
        known.path != "-" && !*there.entry(known.path.clone()).or_insert_with(look)
    }

    /// What it knows and no longer is: not met again, though the file was looked at (`looked` says by which
    /// path, and whether a rule ran there) or does not exist any more.
    pub fn gone<R: Fn(&str) -> bool>(&self, looked: &[(String, R)]) -> Vec<&Known> {
        let mut by_path: BTreeMap<String, Vec<&R>> = BTreeMap::new();
        for (path, ran) in looked {
            by_path.entry(relative(&self.folder, path)).or_default().push(ran);
        }
        let is_gone = |known: &&Known| match by_path.get(&known.path) {
            None => self.is_gone_from_disk(known),
            Some(here) => here.iter().any(|ran| ran(&known.code)),
        };
        self.known.iter().filter(|known| known.count > 0).filter(is_gone).collect()
    }
}

/// A path from a folder, with slashes: the same from wherever the program is started.
fn relative(folder: &Path, path: &str) -> String {
    if path == "-" {
        return path.to_owned();
    }
    let (folder, path) = (steps(folder), steps(Path::new(path)));
    let shared = folder.iter().zip(&path).take_while(|(a, b)| a == b).count();
    let up = folder.iter().skip(shared).map(|_| "..".to_owned());
    up.chain(path.into_iter().skip(shared)).collect::<Vec<_>>().join("/")
}

/// The names on the way to a path from the root.
fn steps(path: &Path) -> Vec<String> {
    let mut steps = Vec::new();
    let path = std::path::absolute(if path == Path::new("") { Path::new(".") } else { path });
    for component in path.unwrap_or_default().components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => drop(steps.pop()),
            other => steps.push(other.as_os_str().to_string_lossy().into_owned()),
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_the_same_from_everywhere() {
        let here = Path::new("/r/ci");
        assert_eq!(relative(here, "/r/ci/a/Dockerfile"), "a/Dockerfile");
        assert_eq!(relative(here, "/r/./x/../api/Dockerfile"), "../api/Dockerfile");
        assert_eq!(relative(Path::new(""), "./Dockerfile"), "Dockerfile");
        assert_eq!(relative(here, "-"), "-");
    }
}
