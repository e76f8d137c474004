//! Findings with one cause at several places are one: the first, which names the others.

use crate::diagnostic::Diagnostic;
use std::collections::BTreeMap;

/// Rules whose finding is the base's fault, and stands at each step that meets it.
const FOLDED: &[&str] = &["LL801"];

/// Maximum number of places of a finding that are shown.
const MAX_LABELS: usize = 5;

/// Puts the findings of one rule with one message and one base together. They are sorted by their places.
pub(super) fn same_cause(diagnostics: &mut Vec<Diagnostic>) {
    if !diagnostics.iter().any(|diagnostic| FOLDED.contains(&diagnostic.code)) {
        return;
    }
    let mut first: BTreeMap<_, usize> = BTreeMap::new();
    let mut kept: Vec<(Diagnostic, usize)> = Vec::new();
    for diagnostic in diagnostics.drain(..) {
        if !FOLDED.contains(&diagnostic.code) {
            kept.push((diagnostic, 1));
            continue;
        }
        let cause = diagnostic.labels.get(1).map(|label| (label.doc, label.span));
        let key = (diagnostic.code, diagnostic.severity, diagnostic.message.clone(), cause);
        match first.get(&key).copied().and_then(|at| kept.get_mut(at)) {
            Some((one, places)) => {
                add(one, diagnostic);
                *places += 1;
            }
            None => {
                first.insert(key, kept.len());
                kept.push((diagnostic, 1));
            }
        }
    }
    diagnostics.extend(kept.into_iter().map(|(mut diagnostic, places)| {
        if places > 1 {
            diagnostic.message = format!("{}, at {places} places", diagnostic.message);
        }
        diagnostic
    }));
}

fn add(one: &mut Diagnostic, other: Diagnostic) {
    if one.labels.len() < MAX_LABELS {
        one.labels.extend(other.labels.into_iter().take(1));
    }
    if let (Some(fix), Some(more)) = (&mut one.fix, other.fix) {
        fix.edits.extend(more.edits);
    }
}

#[cfg(test)]
mod tests {
    use crate::check;
    use crate::options::Options;

    #[test]
    fn one_cause_is_one_finding() {
        let runs = "RUN yum install -y a\n".repeat(8);
        let text = format!("FROM public.ecr.aws/lambda/python:3.13\n{runs}RUN apt-get update\nCMD [\"a.handler\"]\n");
        let options = Options::new(jiff::civil::date(2026, 11, 24));
        let mut checked = check::dockerfile("Dockerfile", text, &options);
        checked.fold();
        let found: Vec<_> = checked.diagnostics.iter().filter(|d| d.code == "LL801").collect();
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].message.ends_with("has no yum, at 8 places"));
        assert_eq!((found[0].labels.len(), found[0].fix.as_ref().map(|fix| fix.edits.len())), (5, Some(8)));
        assert_eq!(found[1].labels.len(), 2);
    }

    #[test]
    fn a_comment_silences_its_own_place() {
        let ignored = "# lamblint: ignore=LL801\nRUN yum install -y a\n";
        let text =
            format!("FROM public.ecr.aws/lambda/python:3.13\n{ignored}RUN yum install -y b\nCMD [\"a.handler\"]\n");
        let mut checked = check::dockerfile("Dockerfile", text, &Options::new(jiff::civil::date(2026, 11, 24)));
        checked.fold();
        let found: Vec<_> = checked.diagnostics.iter().filter(|d| d.code == "LL801").collect();
        assert!(found.len() == 1 && found[0].labels[0].start.line == 4, "{found:?}");
        assert!(checked.diagnostics.iter().all(|d| d.code != "LL003"));
    }
}
