//! The last lines of the report: what was found in how much, what was not looked at, and what to do next.

use super::Of;
use crate::check::{Checked, Outcome};
use crate::diagnostic::Fix;
use crate::report::{Run, total};
use std::fmt::Write;

pub(super) fn render(run: &Run<'_>, found: &[Of<'_>]) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "{}", total::line(run));
    for line in unseen(run.checked) {
        let _ = writeln!(text, "{line}");
    }
    text.push_str(&next(found));
    text
}

/// A line for each thing that was not checked, so that silence about it is not taken for praise.
fn unseen(checked: &[Checked]) -> Vec<String> {
    let of = |wanted: fn(bool, bool) -> bool| {
        let is = |one: &&Checked| matches!(one.outcome, Outcome::Dockerfile { lambda, no_context, .. } if wanted(lambda, no_context));
        checked.iter().filter(is).count()
    };
    let files = checked.iter().filter(|checked| matches!(checked.outcome, Outcome::Dockerfile { .. })).count();
    let mut lines = Vec::new();
    let (others, elsewhere) = (of(|lambda, _| !lambda), of(|lambda, no_context| lambda && no_context));
    if others > 0 {
        let (who, got) = match (others, files) {
            (1, 1) => ("the Dockerfile is".to_owned(), "it"),
            (1, _) => (format!("1 of {files} Dockerfiles is"), "it"),
            _ => (format!("{others} of {files} Dockerfiles are"), "they"),
        };
        lines.push(format!(
            "{who} not recognised as a Lambda function: {got} got general checks only (--lambda runs all)"
        ));
    }
    if elsewhere > 0 {
        let whose = total::plural(elsewhere, "Dockerfile");
        lines.push(format!("the sources of COPY were not checked for {whose}: name the build context with --context"));
    }
    let not_read: Vec<usize> = checked.iter().filter_map(|one| Some(one.image()?.not_asked.as_ref()?.len())).collect();
    if let Some(most) = not_read.iter().max() {
        let whose = total::plural(not_read.len(), "image");
        lines.push(format!(
            "the layers of {whose} were not read (--depth config): {} that need them were not asked",
            total::plural(*most, "rule")
        ));
    }
    lines
}

/// What to do next: how many findings `--fix` can fix, and where to read more.
fn next(found: &[Of<'_>]) -> String {
    let Some((_, worst)) = found.last() else { return String::new() };
    let fixes = || found.iter().filter_map(|(_, diagnostic)| diagnostic.fix.as_ref());
    let safe = fixes().filter(|fix| fix.safe).count();
    let mut text = String::new();
    match (safe, fixes().filter(|fix: &&Fix| !fix.safe).count()) {
        (0, 0) => {}
        (0, unsafe_) => {
            let _ = writeln!(text, "{unsafe_} can be fixed with lamblint --fix --unsafe-fixes");
        }
        (safe, 0) => {
            let _ = writeln!(text, "[*] {safe} can be fixed with lamblint --fix");
        }
        (safe, unsafe_) => {
            let _ = writeln!(text, "[*] {safe} can be fixed with lamblint --fix, {unsafe_} more with --unsafe-fixes");
        }
    }
    if worst.code.starts_with("LL") || worst.code != worst.name {
        let _ = writeln!(text, "why, and examples: lamblint explain {}", worst.code);
    }
    text
}
