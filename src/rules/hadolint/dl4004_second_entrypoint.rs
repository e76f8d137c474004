//! DL4004 second-entrypoint.

use crate::diagnostic::Finding;
use crate::dockerfile::Kind;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL4004-second-entrypoint.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    for stage in general.build.parts() {
        let own = general.build.written_in(stage).filter(|written| !written.onbuild);
        let mut all = own.filter(|written| matches!(written.step.instruction.kind, Kind::Entrypoint(_)));
        let Some(first) = all.next() else { continue };
        for again in all {
            findings.push(
                Finding::new("a second ENTRYPOINT in this stage: only the last one counts")
                    .at(again.whole, "")
                    .at(first.whole, "has no effect")
                    .help("remove all but the last"),
            );
        }
    }
}
