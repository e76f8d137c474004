//! Findings of one rule that are shown together, so that a run over hundreds of files can be read.

use super::Of;
use crate::diagnostic::Severity;
use std::collections::{BTreeMap, BTreeSet};

/// More findings than this make a long report, in which warnings and errors are folded too.
const LONG: usize = 20;
/// A rule with more findings than this is folded in a long report.
const MANY: usize = 3;

/// Findings of one rule and one severity: the first is drawn, the others are listed.
pub(super) struct Group<'a> {
    pub(super) first: Of<'a>,
    pub(super) others: Vec<Of<'a>>,
}

/// Parts findings into groups, in the order of the first finding of each. Infos of one rule are one group where they are
/// in several of the `subjects`, or many.
pub(super) fn groups<'a>(found: &[Of<'a>], subjects: usize) -> Vec<Group<'a>> {
    let mut count: BTreeMap<(Severity, &str), (usize, BTreeSet<&str>)> = BTreeMap::new();
    for (_, diagnostic) in found {
        let (number, paths) = count.entry((diagnostic.severity, diagnostic.code)).or_default();
        *number += 1;
        paths.insert(&diagnostic.path);
    }
    let folds = |severity: Severity, code: &str| {
        let (number, files) = count.get(&(severity, code)).map_or((0, 0), |(number, paths)| (*number, paths.len()));
        match severity {
            Severity::Info => number > MANY || (files > 1 && subjects > 1),
            Severity::Warning | Severity::Error => found.len() > LONG && number > MANY,
        }
    };
    let mut groups: Vec<Group<'a>> = Vec::new();
    let mut at: BTreeMap<(Severity, &str), usize> = BTreeMap::new();
    for &(checked, diagnostic) in found {
        let key = (diagnostic.severity, diagnostic.code);
        if let Some(group) = at.get(&key).and_then(|&at| groups.get_mut(at)) {
            group.others.push((checked, diagnostic));
            continue;
        }
        if folds(diagnostic.severity, diagnostic.code) {
            at.insert(key, groups.len());
        }
        groups.push(Group { first: (checked, diagnostic), others: Vec::new() });
    }
    groups
}

/// In how many files some findings are.
pub(super) fn files(found: &[Of<'_>]) -> usize {
    found.iter().map(|(_, diagnostic)| diagnostic.path.as_str()).collect::<BTreeSet<_>>().len()
}
