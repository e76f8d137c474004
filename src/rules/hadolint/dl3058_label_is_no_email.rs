//! DL3058 label-is-no-email.

use super::labels;
use crate::diagnostic::Finding;
use crate::options::LabelKind;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3058-label-is-no-email.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    labels::judge(general, findings, LabelKind::Email, is_email, "an address of e-mail");
}

fn is_email(text: &str) -> bool {
    let atom = |text: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c))
    };
    let mut parts = text.split('@');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(local), Some(domain), None) => {
            !text.starts_with('$') && local.split('.').all(atom) && domain.split('.').all(atom)
        }
        _ => false,
    }
}
