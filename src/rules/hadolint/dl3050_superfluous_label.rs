//! DL3050 superfluous-label.

use super::labels;
use crate::diagnostic::Finding;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3050-superfluous-label.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    if !general.options.strict_labels {
        return;
    }
    for written in general.build.written() {
        let known = |key: &str| general.options.label_schema.contains_key(key);
        let Some(label) = labels::of(general, written.step).into_iter().find(|label| !known(&label.key)) else {
            continue;
        };
        findings.push(
            Finding::new(format!("label {} is not in the schema", label.key))
                .at(label.key_span, "")
                .help("remove it, or add it to label-schema"),
        );
    }
}
