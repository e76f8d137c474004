//! DL3061 instruction-before-from.

use crate::diagnostic::Finding;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule = Rule {
    page: include_str!("../../../rules/hadolint/DL3061-instruction-before-from.md"),
    check: Check::Docker(check),
};

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    for instruction in &general.build.dockerfile.instructions {
        let is = |word: &str| instruction.keyword.text.eq_ignore_ascii_case(word);
        if is("from") {
            return;
        }
        if !is("arg") {
            findings.push(
                Finding::new(format!("{} before the first FROM", instruction.keyword.text.to_ascii_uppercase()))
                    .at(instruction.span, "only ARG may stand here")
                    .help("move it after FROM"),
            );
        }
    }
}
