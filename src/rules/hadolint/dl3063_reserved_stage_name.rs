//! DL3063 reserved-stage-name.

use crate::diagnostic::Finding;
use crate::dockerfile::Kind;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3063-reserved-stage-name.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    for stage in &general.build.stages {
        let Kind::From(from) = &stage.from.kind else { continue };
        let Some((_, name)) =
            from.name.as_ref().filter(|(_, name)| matches!(name.text.as_str(), "scratch" | "context"))
        else {
            continue;
        };
        findings.push(
            Finding::new(format!("a stage is named {}", name.text))
                .at(name.span, "this word has a special meaning")
                .help("give it another name"),
        );
    }
}
