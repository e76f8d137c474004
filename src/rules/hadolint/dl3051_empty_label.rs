//! DL3051 empty-label.

use super::labels;
use crate::diagnostic::Finding;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3051-empty-label.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    for written in general.build.written() {
        let asked = |key: &str| general.options.label_schema.contains_key(key);
        for label in labels::of(general, written.step) {
            if asked(&label.key) && label.value.as_deref() == Some("") {
                findings.push(
                    Finding::new(format!("label {} is empty", label.key))
                        .at(label.key_span, "")
                        .help("give it a value"),
                );
            }
        }
    }
}
