//! DL3003 cd-in-run.

use crate::diagnostic::Finding;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3003-cd-in-run.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    for seen in general.runs() {
        let Some(ran) = seen.commands.iter().find(|ran| ran.program == "cd") else { continue };
        // Inside brackets it does not affect other commands, which is its purpose.
        if ran.subshell && !general.as_hadolint() {
            continue;
        }
        let to = ran.args.first().map(|arg| arg.raw.as_str()).unwrap_or_default();
        findings.push(
            Finding::new("cd in a RUN holds for this RUN only")
                .at(ran.span, "")
                .help(format!("write WORKDIR {to}").trim_end().to_owned()),
        );
    }
}
