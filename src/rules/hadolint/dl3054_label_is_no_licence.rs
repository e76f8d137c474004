//! DL3054 label-is-no-licence.

use super::labels;
use crate::diagnostic::Finding;
use crate::options::LabelKind;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3054-label-is-no-licence.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    if !general.as_hadolint() {
        labels::judge(general, findings, LabelKind::Spdx, is_expression, "a licence by its SPDX name");
        return;
    }
    labels::judge(general, findings, LabelKind::Spdx, is_licence, "a licence by its SPDX name");
}

fn is_licence(text: &str) -> bool {
    // Names that SPDX has retired are not licences.
    spdx::license_id(text).is_some_and(|id| id.name == text && !id.is_deprecated())
}

/// Our own preset reads expressions, `MIT OR Apache-2.0`.
fn is_expression(text: &str) -> bool {
    is_licence(text) || spdx::Expression::parse(text).is_ok()
}
