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

/// How often fixes are applied anew: one fix may uncover another, and a fix that brings itself back must end.
const ROUNDS: usize = 8;

/// Applies the fixes that a check offers, the unsafe ones only if asked. A fix that does not make its finding
/// go away, or that brings a new one, is taken back.
pub fn apply(subject: &Subject<'_>, options: &Options, unsafe_too: bool) -> Fixed {
    let checked = check::subject(subject, options);
    let mut fixed = Fixed { bytes: subject.bytes.to_vec(), applied: Vec::new(), checked };
    let mut refused: Vec<(&'static str, Vec<Edit>)> = Vec::new();
    for _ in 0..ROUNDS {
        let wanted = |d: &&Diagnostic| {
            d.fix.as_ref().is_some_and(|fix| {
                (fix.safe || unsafe_too) && !refused.iter().any(|(code, edits)| *code == d.code && *edits == fix.edits)
            })
        };
        let batch = disjoint(fixed.checked.diagnostics.iter().filter(wanted));
        if batch.is_empty() {
            break;
        }
        if let Some(next) = attempt(subject, &fixed, &batch, options) {
            fixed = next;
            continue;
        }
        // Together they do harm: try them one at a time, so that one bad fix does not hold up the others.
        let mut moved = false;
        for diagnostic in batch {
            match attempt(subject, &fixed, std::slice::from_ref(&diagnostic), options) {
                Some(next) => {
                    fixed = next;
                    moved = true;
                    break;
                }
                None => refused.extend(diagnostic.fix.iter().map(|fix| (diagnostic.code, fix.edits.clone()))),
            }
        }
        if !moved && refused.is_empty() {
            break;
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
}
