//! DL3055 label-is-no-commit.

use super::labels;
use crate::diagnostic::Finding;
use crate::options::LabelKind;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3055-label-is-no-commit.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    labels::judge(general, findings, LabelKind::Hash, is_commit, "a Git commit");
}

/// As Git prints it, whole or short.
fn is_commit(text: &str) -> bool {
    matches!(text.len(), 7 | 40) && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}
