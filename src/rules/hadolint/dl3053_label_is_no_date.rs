//! DL3053 label-is-no-date.

use super::labels;
use crate::diagnostic::Finding;
use crate::options::LabelKind;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3053-label-is-no-date.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    labels::judge(general, findings, LabelKind::Rfc3339, is_date, "a date and time");
}

/// RFC 3339, the offset with or without its colon.
fn is_date(text: &str) -> bool {
    let upper = text.to_ascii_uppercase();
    upper.contains('T') && upper.len() > 18 && upper.parse::<jiff::Timestamp>().is_ok()
}
