//! What is known to be wrong: `change: CODE@SAMPLE …`, each code with a sample on which the change turns it.

use super::compare::Seen;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A change that turns a code, and a sample that shows it.
pub(super) struct Entry {
    pub(super) change: String,
    code: String,
    pub(super) sample: String,
}

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/metamorphic/not_yet.txt")
}

pub(super) fn read() -> Vec<Entry> {
    let text = std::fs::read_to_string(path()).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(": "));
    let entry = |change: &str, word: &str| {
        let (code, sample) = word.split_once('@').unwrap();
        Entry { change: change.to_owned(), code: code.to_owned(), sample: sample.to_owned() }
    };
    lines.flat_map(|(change, words)| words.split(' ').map(move |word| entry(change, word))).collect()
}

/// The entries that are no longer true, or whose sample is gone.
pub(super) fn mended(known: &[Entry], seen: &Seen) -> Vec<String> {
    let wrong: BTreeSet<_> =
        seen.turned.iter().map(|turned| (turned.change.name, turned.code, turned.sample.as_str())).collect();
    let right = known.iter().filter(|entry| !wrong.contains(&(&entry.change, &entry.code, &entry.sample)));
    right.map(|Entry { change, code, sample }| format!("{change}: {code}@{sample}")).collect()
}

/// Fails if a change turns a code that it is not known to turn.
pub(super) fn assert_known(known: &[Entry], seen: &Seen) {
    let known: BTreeSet<_> = known.iter().map(|entry| (entry.change.as_str(), entry.code.as_str())).collect();
    let mut new: BTreeMap<String, &str> = BTreeMap::new();
    for turned in seen.turned.iter().filter(|turned| !known.contains(&(turned.change.name, turned.code))) {
        new.entry(format!("{}/{}", turned.change.name, turned.code)).or_insert(&turned.sample);
    }
    assert!(new.is_empty(), "a change that keeps the meaning turns a verdict (SHOW=change/code prints it): {new:#?}");
}

/// Keeps of what was known what is still wrong, each with the first sample that shows it.
pub(super) fn write(known: &[Entry], seen: &Seen) {
    let text = std::fs::read_to_string(path()).unwrap();
    let head: String = text.lines().filter(|line| line.starts_with('#')).map(|line| format!("{line}\n")).collect();
    let mut changes: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for entry in known {
        let shows = seen.turned.iter().find(|turned| turned.change.name == entry.change && turned.code == entry.code);
        if let Some(turned) = shows {
            changes.entry(&entry.change).or_default().push(format!("{}@{}", entry.code, turned.sample));
        }
    }
    let lines: String = changes.iter().map(|(change, words)| format!("{change}: {}\n", words.join(" "))).collect();
    std::fs::write(path(), head + &lines).unwrap();
}
