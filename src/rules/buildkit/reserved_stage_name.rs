//! `ReservedStageName`.

use super::on_first_line;
use crate::diagnostic::Finding;
use crate::dockerfile::Kind;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/buildkit/ReservedStageName.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    for stage in &general.build.stages {
        let (Kind::From(from), Some(name)) = (&stage.from.kind, &stage.name) else { continue };
        let Some((_, word)) = from.name.as_ref().filter(|_| matches!(name.as_str(), "scratch" | "context")) else {
            continue;
        };
        findings.push(
            Finding::new(format!("Stage name should not use the same name as reserved stage {name:?}"))
                .at(on_first_line(general.build.dockerfile, stage.from, word.span), "means something else to Docker")
                .help("give the stage another name"),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{allows, catches};

    #[test]
    fn reserved() {
        catches("ReservedStageName", "FROM alpine AS Scratch");
        catches("ReservedStageName", "FROM alpine AS context");
        allows("ReservedStageName", "FROM scratch\nFROM alpine AS contexts");
    }
}
