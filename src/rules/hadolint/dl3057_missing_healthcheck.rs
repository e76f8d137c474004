//! DL3057 missing-healthcheck.

use super::labels;
use crate::diagnostic::Finding;
use crate::dockerfile::Kind;
use crate::launch::Written;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3057-missing-healthcheck.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    if general.left_to_lambda() {
        return;
    }
    let has = |written: &Written<'_, '_>| matches!(written.step.instruction.kind, Kind::Healthcheck(_));
    for stage in labels::lacking(general, &has, false) {
        if general.as_hadolint() || general.build.target == Some(stage.index) {
            findings.push(
                Finding::new("the image has no HEALTHCHECK")
                    .at(stage.image_place, "")
                    .help("add HEALTHCHECK CMD, or HEALTHCHECK NONE"),
            );
        }
    }
}
