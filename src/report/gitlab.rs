//! GitLab's Code Quality: <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>.

use super::{Run, in_text, message_of_one_place, plain};
use crate::diagnostic::{Diagnostic, Severity};
use crate::fingerprint;
use serde_json::{Value, json};

pub(super) fn render(run: &Run<'_>) -> String {
    let prints = fingerprint::counted(run.diagnostics());
    let issue = |((_, diagnostic), print): ((_, &Diagnostic), &String)| {
        let path = run.portable(&diagnostic.path);
        let lines = in_text(diagnostic)
            .map_or(json!({"begin": 1}), |label| json!({"begin": label.start.line, "end": label.end.line}));
        json!({
            "description": format!("{}: {}", diagnostic.code, message_of_one_place(diagnostic)),
            "check_name": diagnostic.code,
            // GitLab takes findings of one fingerprint for one, even in different files.
            "fingerprint": fingerprint::hash(&[&path, print]),
            "severity": severity(diagnostic.severity),
            "location": {"path": path, "lines": lines},
        })
    };
    let mut issues: Vec<Value> = run.diagnostics().zip(&prints).map(issue).collect();
    issues.extend(run.unreadable.iter().map(|unreadable| {
        let path = run.portable(&unreadable.path);
        json!({
            "description": plain(&unreadable.message),
            "check_name": "unreadable",
            "fingerprint": fingerprint::hash(&[&path, "unreadable"]),
            "severity": "blocker",
            "location": {"path": path, "lines": {"begin": 1}},
        })
    }));
    format!("{:#}\n", Value::from(issues))
}

/// One of `info`, `minor`, `major`, `critical` and `blocker`.
fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "critical",
        Severity::Warning => "major",
        Severity::Info => "info",
    }
}
