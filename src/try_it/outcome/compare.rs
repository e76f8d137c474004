//! The verdict of a trial held against what `lamblint check` says of the same image.

use super::{Explained, Outcome, Verdict};
use crate::diagnostic::{Diagnostic, Severity};
use crate::explain;
use crate::try_it::plan::Asked;
use crate::try_it::spec::{Happening, What};
use std::collections::BTreeSet;

/// How much of a log is asked about.
const LAST_LINES: usize = 20;

impl Outcome {
    /// Holds the verdict against what `check` says. A rule is named only where both mean the same, or `explain` is certain.
    pub(super) fn compare(&mut self, asked: &Asked, found: &[Diagnostic]) {
        let launch = |code: &str| code.starts_with("LL2") || code.starts_with("LL3");
        let errors: Vec<&Diagnostic> =
            found.iter().filter(|one| one.severity == Severity::Error && launch(one.code)).collect();
        if self.verdict == Verdict::Answers {
            self.check.disagrees = !errors.is_empty() && !asked.overrides();
            return;
        }
        let Some(error) = &self.error else { return };
        let log: Vec<&str> = self.timeline.iter().rev().filter_map(of_log).take(LAST_LINES).collect();
        let log: Vec<&str> = log.into_iter().rev().collect();
        let text = format!("{}: {}\n{}", error.kind, error.message, log.join("\n"));
        let matches = explain::search(&text);
        let explained = |diagnostic: &Diagnostic| Explained {
            code: diagnostic.code.to_owned(),
            name: diagnostic.name.to_owned(),
            finding: Some(diagnostic.message.clone()),
        };
        let means = |one: &&Diagnostic| matches.iter().any(|found| found.rule.code() == one.code);
        let both = |severity| {
            let of = found.iter().filter(move |one| one.severity == severity && launch(one.code));
            of.filter(means).map(explained).collect::<Vec<_>>()
        };
        self.explained_by = both(Severity::Error);
        if self.explained_by.is_empty() {
            self.explained_by = both(Severity::Warning);
        }
        // What takes too long may do so for any reason.
        let certain = self.verdict == Verdict::Fails && self.explained_by.is_empty();
        if let ([only], true) = (errors.as_slice(), certain) {
            self.explained_by.push(explained(only));
        } else if certain && errors.is_empty() && explain::clear(&matches) {
            let first = matches.iter().take(1).map(|found| Explained {
                code: found.rule.code().to_owned(),
                name: found.rule.name().to_owned(),
                finding: None,
            });
            self.explained_by.extend(first);
        }
        let mut seen = BTreeSet::new();
        self.explained_by.retain(|one| seen.insert(one.code.clone()));
    }
}

fn of_log(happening: &Happening) -> Option<&str> {
    match &happening.what {
        What::Log { line, .. } => Some(line),
        What::LogCut { tail, .. } => Some(tail),
        _ => None,
    }
}
