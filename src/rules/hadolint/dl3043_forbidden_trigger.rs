//! DL3043 forbidden-trigger.

use crate::diagnostic::Finding;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3043-forbidden-trigger.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    for instruction in &general.build.dockerfile.instructions {
        let text = instruction.rest.text.to_ascii_uppercase();
        let trigger = text.split_whitespace().next().unwrap_or_default();
        if instruction.keyword.text.eq_ignore_ascii_case("onbuild")
            && matches!(trigger, "FROM" | "MAINTAINER" | "ONBUILD")
        {
            findings.push(
                Finding::new(format!("{trigger} cannot follow ONBUILD"))
                    .at(instruction.rest.locate(0, trigger.len()), "Docker refuses it")
                    .help("leave it out"),
            );
        }
    }
}
