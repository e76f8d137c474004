//! Applying fixes: edits to a Dockerfile, checked by reading it again.

use crate::check::{self, Checked, Subject};
use crate::diagnostic::{Diagnostic, Edit};
use crate::options::Options;

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

/// Maximum number of checks: one fix may uncover another, and a fix that brings itself back must end.
const ATTEMPTS: usize = 256;

/// Applies the fixes that a check offers, the unsafe ones only if asked. A fix that does not make its finding
/// go away, or that brings a new one, is taken back.
pub fn apply(subject: &Subject<'_>, options: &Options, unsafe_too: bool) -> Fixed {
    let checked = check::subject(subject, options);
    let mut fixed = Fixed { bytes: subject.bytes.to_vec(), applied: Vec::new(), checked };
    let mut refused: Vec<(&'static str, Vec<Edit>)> = Vec::new();
    let mut most = usize::MAX;
    for _ in 0..ATTEMPTS {
        let wanted = |d: &&Diagnostic| {
            d.fix.as_ref().is_some_and(|fix| {
                (fix.safe || unsafe_too) && !refused.iter().any(|(code, edits)| *code == d.code && *edits == fix.edits)
            })
        };
        let mut batch = disjoint(fixed.checked.diagnostics.iter().filter(wanted));
        batch.truncate(most);
        most = usize::MAX;
        match (attempt(subject, &fixed, &batch, options), batch.as_slice()) {
            (_, []) => break,
            (Some(next), _) => fixed = next,
            (None, [one]) => refused.extend(one.fix.iter().map(|fix| (one.code, fix.edits.clone()))),
            // Together they do harm: halves show which one does, so that it does not hold up the others.
            (None, batch) => most = batch.len() / 2,
        }
    }
    fixed
}

/// The diagnostics whose edits do not overlap those of an earlier one.
fn disjoint<'a>(diagnostics: impl Iterator<Item = &'a Diagnostic>) -> Vec<Diagnostic> {
    let mut taken: Vec<Edit> = Vec::new();
    let mut batch = Vec::new();
    for diagnostic in diagnostics {
        let Some(fix) = &diagnostic.fix else { continue };
        let clash = |edit: &Edit| taken.iter().any(|other| edit.start <= other.end && other.start <= edit.end);
        if fix.edits.iter().any(clash) {
            continue;
        }
        taken.extend(fix.edits.iter().cloned());
        batch.push(diagnostic.clone());
    }
    batch
}

/// The Dockerfile with a batch of fixes, if each of them mends its finding and none brings another.
fn attempt(subject: &Subject<'_>, before: &Fixed, batch: &[Diagnostic], options: &Options) -> Option<Fixed> {
    let edits = batch.iter().filter_map(|diagnostic| diagnostic.fix.as_ref()).flat_map(|fix| fix.edits.clone());
    let bytes = replace(&before.bytes, edits.collect());
    let checked = check::subject(&Subject { bytes: &bytes, ..*subject }, options);
    let count = |checked: &Checked, code: &str| checked.diagnostics.iter().filter(|d| d.code == code).count();
    let mut codes: Vec<&str> = checked.diagnostics.iter().map(|d| d.code).collect();
    codes.extend(batch.iter().map(|d| d.code));
    let good = codes.iter().all(|code| {
        let mended = batch.iter().filter(|d| d.code == *code).count();
        count(&checked, code) + mended <= count(&before.checked, code)
    });
    let mut applied = before.applied.clone();
    applied.extend(batch.iter().filter_map(|d| Some((d.code, d.fix.as_ref()?.title.clone()))));
    good.then_some(Fixed { bytes, applied, checked })
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
    fn a_fix_that_does_harm_holds_up_no_other() {
        let text = "# lamblint: ignore=LL801\n# lamblint: ignore=LL801\nA\nRUN yum install -y jq && \\\n\nFROM \
            public.ecr.aws/lambda/python:3.12 AS a\nMAINTAINER me\nMAINTAINER me\n# lamblint: ignore=LL801\n\
            # lamblint: ignore=LL801\nRUN yum install -y jq && \\\n# lamblint: ignore=LL801\nA\n";
        let options = Options { function: Some(true), ..Options::new(jiff::civil::date(2026, 11, 25)) };
        let once = apply(&Subject::new("Dockerfile", text.as_bytes()), &options, true);
        let twice = apply(&Subject::new("Dockerfile", &once.bytes), &options, true);
        assert!(once.applied.len() > 8 && twice.applied.is_empty(), "{:?} {:?}", once.applied, twice.applied);
    }
}
