//! DL3049 missing-label.

use super::labels;
use crate::diagnostic::Finding;
use crate::launch::Written;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3049-missing-label.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    for name in general.options.label_schema.keys() {
        let has = |written: &Written<'_, '_>| labels::of(general, written.step).iter().any(|label| label.key == *name);
        for stage in labels::lacking(general, &has, true) {
            // Our own preset asks it of the image that is built, not of stages on the way.
            if general.as_hadolint() || general.build.target == Some(stage.index) {
                findings.push(
                    Finding::new(format!("label {name} is missing"))
                        .at(stage.image_place, "nothing in this stage or below sets it")
                        .help(format!("add LABEL {name}=")),
                );
            }
        }
    }
}
