//! Applying fixes: edits to a Dockerfile, checked by reading it again.

use crate::check::{self, Checked, Subject};
use crate::diagnostic::{Diagnostic, Edit, Severity};
use crate::options::Options;
use std::collections::{BTreeMap, BTreeSet};

/// A Dockerfile after its fixes.
#[derive(Clone, Debug)]
pub struct Fixed {
    /// The new bytes.
    pub bytes: Vec<u8>,
    /// The fixes applied, as (code, title), in the order of the file.
    pub applied: Vec<(&'static str, String)>,
    /// What a check says of the new bytes.
    pub checked: Checked,
}

/// Maximum number of checks of one Dockerfile, and of bytes that they read together: one fix may uncover another, and a
/// megabyte of commands takes some seconds. A second `--fix` goes on with what is left of a very long file.
const MAX_CHECKS: usize = 256;
const MAX_CHECKED: usize = 1024 * 1024;
/// Maximum number of fixes of one rule that are refused before all others of it are, where none of them was any good.
const MAX_REFUSED: usize = 8;

/// Applies the fixes that a check offers, the unsafe ones only if asked. A fix that does not make its finding
/// go away, or that brings a new one, is taken back; a fault of the first call may come to light when the start is fixed.
pub fn apply(subject: &Subject<'_>, options: &Options, unsafe_too: bool) -> Fixed {
    let checked = check::subject(subject, options);
    let mut fixed = Fixed { bytes: subject.bytes.to_vec(), applied: Vec::new(), checked };
    let mut fixing = Fixing { subject, options, checks: 0, read: 0 };
    let mut refused: BTreeSet<(&'static str, Vec<Edit>)> = BTreeSet::new();
    while fixing.may_go_on(&fixed) {
        let wanted = |d: &&Diagnostic| {
            d.fix
                .as_ref()
                .is_some_and(|fix| (fix.safe || unsafe_too) && !refused.contains(&(d.code, fix.edits.clone())))
        };
        let batch = disjoint(fixed.checked.diagnostics.iter().filter(wanted));
        if batch.is_empty() {
            break;
        }
        let (next, bad) = fixing.most_of(&fixed, &batch);
        refused.extend(bad.iter().filter_map(|d| Some((d.code, d.fix.as_ref()?.edits.clone()))));
        match next {
            Some(next) => fixed = next,
            // All of it is refused, or there is nothing left to try it with.
            None if bad.is_empty() => break,
            None => {}
        }
    }
    fixed
}

/// The work of fixing one Dockerfile.
struct Fixing<'a> {
    subject: &'a Subject<'a>,
    options: &'a Options,
    checks: usize,
    read: usize,
}

impl Fixing<'_> {
    fn may_go_on(&self, fixed: &Fixed) -> bool {
        self.checks < MAX_CHECKS && (self.checks == 0 || self.read + fixed.bytes.len() <= MAX_CHECKED)
    }

    /// The Dockerfile with as many fixes of a batch as do no harm, and those that do. Where a part does harm, its rules
    /// are tried one by one, and then halves, so that a few bad fixes among a thousand are found in a few checks.
    fn most_of(&mut self, before: &Fixed, batch: &[Diagnostic]) -> (Option<Fixed>, Vec<Diagnostic>) {
        let (mut best, mut good, mut bad) = (None, Vec::<Diagnostic>::new(), Vec::<Diagnostic>::new());
        let mut parts = vec![batch.to_vec()];
        while let Some(part) = parts.pop() {
            if !self.may_go_on(before) {
                break;
            }
            let mut rules: BTreeMap<&'static str, Vec<Diagnostic>> = BTreeMap::new();
            part.iter().for_each(|diagnostic| rules.entry(diagnostic.code).or_default().push(diagnostic.clone()));
            let tried = |code: &str, of: &[Diagnostic]| of.iter().filter(|diagnostic| diagnostic.code == code).count();
            let hopeless = rules.keys().all(|code| tried(code, &bad) >= MAX_REFUSED && tried(code, &good) == 0);
            let together: Vec<Diagnostic> = good.iter().chain(&part).cloned().collect();
            match if hopeless { None } else { self.attempt(before, &together) } {
                Some(next) => (best, good) = (Some(next), together),
                None if hopeless || part.len() == 1 => bad.extend(part),
                None if rules.len() > 1 => parts.extend(rules.into_values().rev()),
                None => {
                    let (first, second) = part.split_at(part.len() / 2);
                    parts.extend([second.to_vec(), first.to_vec()]);
                }
            }
        }
        (best, bad)
    }

    /// The Dockerfile with a batch of fixes, if each of them removes its finding and none adds another.
    fn attempt(&mut self, before: &Fixed, batch: &[Diagnostic]) -> Option<Fixed> {
        let edits = batch.iter().filter_map(|diagnostic| diagnostic.fix.as_ref()).flat_map(|fix| fix.edits.clone());
        let bytes = replace(&before.bytes, edits.collect());
        let checked = check::subject(&Subject { bytes: &bytes, ..*self.subject }, self.options);
        self.checks += 1;
        self.read += bytes.len();
        let (old, mut new) = (counts(&before.checked), counts(&checked));
        // Each fix makes one less.
        batch.iter().for_each(|diagnostic| *new.entry(diagnostic.code).or_default() += 1);
        let uncovers = batch.iter().any(is_of_launch);
        let good = new.iter().all(|(code, count)| {
            *count <= old.get(code).copied().unwrap_or(0) || (uncovers && code.starts_with(OF_INVOKE))
        });
        let mut applied = before.applied.clone();
        applied.extend(batch.iter().filter_map(|d| Some((d.code, d.fix.as_ref()?.title.clone()))));
        good.then_some(Fixed { bytes, applied, checked })
    }
}

/// How the codes of rules about the first call begin.
const OF_INVOKE: &str = "LL3";

/// Whether a finding says that the function does not start. Until that is fixed, what fails at its first call cannot be
/// seen: a fix that lets it be seen does no harm.
fn is_of_launch(diagnostic: &Diagnostic) -> bool {
    diagnostic.severity == Severity::Error && diagnostic.code.starts_with("LL2")
}

/// How many findings there are of each code, those that are not shown too.
fn counts(checked: &Checked) -> BTreeMap<&'static str, usize> {
    let mut counts = checked.cut.clone();
    checked.diagnostics.iter().for_each(|diagnostic| *counts.entry(diagnostic.code).or_default() += 1);
    counts
}

/// The diagnostics whose edits do not overlap those of an earlier one.
fn disjoint<'a>(diagnostics: impl Iterator<Item = &'a Diagnostic>) -> Vec<Diagnostic> {
    // Where each edit that is taken begins, and where it ends; none of them touches another.
    let mut taken: BTreeMap<usize, usize> = BTreeMap::new();
    let mut batch = Vec::new();
    for diagnostic in diagnostics {
        let Some(fix) = &diagnostic.fix else { continue };
        let clash = |edit: &Edit| taken.range(..=edit.end).next_back().is_some_and(|(_, &end)| edit.start <= end);
        if fix.edits.iter().any(clash) {
            continue;
        }
        taken.extend(fix.edits.iter().map(|edit| (edit.start, edit.end)));
        batch.push(diagnostic.clone());
    }
    batch
}

/// Makes replacements that do not overlap.
pub fn replace(bytes: &[u8], mut edits: Vec<Edit>) -> Vec<u8> {
    edits.sort_by_key(|edit| edit.start);
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    for edit in edits {
        let (start, end) = (edit.start.min(bytes.len()), edit.end.min(bytes.len()));
        if start < at {
            continue;
        }
        out.extend_from_slice(&bytes[at..start]);
        out.extend_from_slice(edit.text.as_bytes());
        at = end.max(start);
    }
    out.extend_from_slice(&bytes[at..]);
    out
}

/// What changed, as a unified diff with three lines around each change.
pub fn diff(path: &str, old: &[u8], new: &[u8]) -> String {
    let (old, new) = (String::from_utf8_lossy(old), String::from_utf8_lossy(new));
    similar::TextDiff::from_lines(&*old, &*new).unified_diff().header(path, path).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_made_in_any_order_and_never_twice_in_one_place() {
        let edit = |start, end, text: &str| Edit { start, end, text: text.into() };
        assert_eq!(replace(b"abcdef", vec![edit(4, 5, "X"), edit(0, 1, "YY")]), b"YYbcdXf");
        assert_eq!(replace(b"abc", vec![edit(0, 2, "x"), edit(1, 3, "y")]), b"xc");
        assert_eq!(replace(b"abc", vec![edit(9, 12, "x")]), b"abcx");
    }

    #[test]
    fn a_start_that_is_fixed_may_show_what_fails_at_the_first_call() {
        let text = "FROM public.ecr.aws/lambda/python:3.13\nCOPY app.py ./\nCMD app\n";
        let options = Options { function: Some(true), ..Options::new(jiff::civil::date(2026, 11, 25)) };
        let fixed = apply(&Subject::new("Dockerfile", text.as_bytes()), &options, false);
        assert!(String::from_utf8_lossy(&fixed.bytes).ends_with("CMD [\"app\"]\n"), "{:?}", fixed.applied);
        assert!(fixed.checked.diagnostics.iter().any(|d| d.code == "LL302"), "{:?}", fixed.checked.diagnostics);
    }

    #[test]
    fn a_fix_that_does_harm_holds_up_no_other() {
        let text = "# lamblint: ignore=LL801\n# lamblint: ignore=LL801\nA\nRUN yum install -y jq && \\\n\nFROM \
            public.ecr.aws/lambda/python:3.12 AS a\nMAINTAINER me\nMAINTAINER me\n# lamblint: ignore=LL801\n\
            # lamblint: ignore=LL801\nRUN yum install -y jq && \\\n# lamblint: ignore=LL801\nA\n";
        let options = Options { function: Some(true), ..Options::new(jiff::civil::date(2026, 11, 25)) };
        let once = apply(&Subject::new("Dockerfile", text.as_bytes()), &options, true);
        let twice = apply(&Subject::new("Dockerfile", &once.bytes), &options, true);
        assert!(once.applied.len() > 8 && twice.applied.is_empty(), "{:?} {:?}", once.applied, twice.applied);
    }

    #[test]
    fn more_findings_than_are_shown_are_all_mended() {
        let many: String = (0..2_500).map(|at| format!("MAINTAINER b{at}\n")).collect();
        let text = format!("FROM public.ecr.aws/lambda/python:3.13\n{many}");
        let options = Options::new(jiff::civil::date(2026, 11, 24));
        let fixed = apply(&Subject::new("Dockerfile", text.as_bytes()), &options, true);
        let left = String::from_utf8_lossy(&fixed.bytes).matches("MAINTAINER").count();
        assert_eq!((fixed.applied.len(), left), (2_500, 0));
    }

    #[test]
    fn a_bad_fix_among_many_costs_few_checks() {
        let options = Options::new(jiff::civil::date(2026, 11, 24));
        let many: String = (0..500).map(|at| format!("MAINTAINER b{at}\n")).collect();
        let text = format!("FROM public.ecr.aws/lambda/python:3.13\n{many}");
        let subject = Subject::new("Dockerfile", text.as_bytes());
        let checked = check::subject(&subject, &options);
        let mut batch = disjoint(checked.diagnostics.iter().filter(|d| d.fix.is_some()));
        assert!(batch.len() >= 500);
        // One that leaves its finding, and one that brings another.
        batch[7].fix.as_mut().unwrap().edits[0].text = "MAINTAINER b".into();
        batch[300].fix.as_mut().unwrap().edits[0].text = "NONSENSE".into();
        let before = Fixed { bytes: text.clone().into_bytes(), applied: Vec::new(), checked };
        let mut fixing = Fixing { subject: &subject, options: &options, checks: 0, read: 0 };
        let (best, bad) = fixing.most_of(&before, &batch);
        assert_eq!((best.unwrap().applied.len(), bad.len()), (batch.len() - 2, 2));
        assert!(fixing.checks < 50, "{}", fixing.checks);
    }
}
