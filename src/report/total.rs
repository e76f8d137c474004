//! What was found in how much, in one line.

use super::{Run, counts};
use crate::check::{Checked, Outcome};

/// `2 errors, 1 warning in 1 Dockerfile and 2 functions (1 ignored by comments); 1 could not be read`.
pub(super) fn line(run: &Run<'_>) -> String {
    if run.checked.is_empty() {
        return format!("nothing was checked{}", unread(run));
    }
    format!("{} in {}{}{}", total(run.checked), subjects(run.checked), left_out(run.checked), unread(run))
}

/// `1 Dockerfile`, `2 Dockerfiles`.
pub fn plural(count: usize, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}

/// `2 errors, 1 warning`, or `no problems`.
fn total(checked: &[Checked]) -> String {
    let [errors, warnings, infos] = counts(checked);
    let named = [(errors, "error"), (warnings, "warning"), (infos, "info")];
    let found: Vec<String> =
        named.into_iter().filter(|(count, _)| *count > 0).map(|(c, name)| plural(c, name)).collect();
    if found.is_empty() { "no problems".into() } else { found.join(", ") }
}

/// `1 Dockerfile and 2 functions`.
fn subjects(checked: &[Checked]) -> String {
    let files = checked.iter().filter(|checked| matches!(checked.outcome, Outcome::Dockerfile { .. })).count();
    let images = checked.iter().filter(|checked| checked.image().is_some()).count();
    let functions = checked.iter().map(|checked| checked.functions().len()).sum();
    let scripts = checked.iter().filter(|checked| checked.is_script()).count();
    let counted = [(files, "Dockerfile"), (images, "image"), (functions, "function"), (scripts, "script")];
    let subjects: Vec<String> =
        counted.into_iter().filter(|(count, _)| *count > 0).map(|(count, one)| plural(count, one)).collect();
    subjects.join(" and ")
}

/// ` (1 ignored by comments)`.
fn left_out(checked: &[Checked]) -> String {
    let suppressed: usize = checked.iter().map(|checked| checked.suppressed.len()).sum();
    let known: usize = checked.iter().map(|checked| checked.known).sum();
    let counted = [(suppressed, "ignored by comments"), (known, "in the baseline")];
    let left_out: Vec<String> =
        counted.into_iter().filter(|(count, _)| *count > 0).map(|(count, why)| format!("{count} {why}")).collect();
    if left_out.is_empty() { String::new() } else { format!(" ({})", left_out.join(", ")) }
}

fn unread(run: &Run<'_>) -> String {
    match run.unreadable.len() {
        0 => String::new(),
        count => format!("; {count} could not be read"),
    }
}
