//! `MultipleInstructionsDisallowed`.

use super::in_stage;
use crate::diagnostic::Finding;
use crate::dockerfile::Kind;
use crate::rules::{Check, DockerfileContext, Rule};
use crate::source::Span;

pub(super) const RULE: Rule = Rule {
    page: include_str!("../../../rules/buildkit/MultipleInstructionsDisallowed.md"),
    check: Check::Docker(check),
};

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    for stage in &general.build.stages {
        let mut earlier: [Option<Span>; 3] = [None; 3];
        for step in &stage.steps {
            let slot = match step.instruction.kind {
                Kind::Cmd(_) => 0,
                Kind::Entrypoint(_) => 1,
                Kind::Healthcheck(_) => 2,
                _ => continue,
            };
            let keyword = &step.instruction.keyword;
            let here = in_stage(general.build, stage, step.instruction, keyword.span);
            let Some(before) = earlier[slot].replace(here) else { continue };
            let message = format!(
                "Multiple {} instructions should not be used in the same stage because only the last one will be used",
                keyword.text
            );
            findings.push(Finding::new(message).at(before, "has no effect").at(here, "replaces it").help("remove it"));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{allows, catches};

    #[test]
    fn in_one_stage() {
        catches("MultipleInstructionsDisallowed", "FROM alpine\nCMD [\"a\"]\nCMD [\"b\"]");
        catches("MultipleInstructionsDisallowed", "FROM alpine\nHEALTHCHECK NONE\nHEALTHCHECK CMD b");
        allows("MultipleInstructionsDisallowed", "FROM alpine AS a\nCMD [\"a\"]\nFROM a\nCMD [\"b\"]");
        allows("MultipleInstructionsDisallowed", "FROM alpine\nENTRYPOINT [\"a\"]\nCMD [\"b\"]\nONBUILD CMD [\"c\"]");
    }
}
