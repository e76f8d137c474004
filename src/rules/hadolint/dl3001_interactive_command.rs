//! DL3001 interactive-command.

use crate::diagnostic::Finding;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3001-interactive-command.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    const POINTLESS: &[&str] = &["ssh", "vim", "shutdown", "service", "ps", "free", "top", "kill", "mount"];
    for seen in general.runs() {
        let Some(ran) = seen.commands.iter().find(|ran| POINTLESS.contains(&ran.program.as_str())) else { continue };
        // A build that starts a program for a test stops it, too; `mount` may be allowed in.
        let meant = matches!(ran.program.as_str(), "kill" | "ssh") || ran.guarded;
        if meant && !general.as_hadolint() {
            continue;
        }
        findings.push(
            Finding::new(format!("{} does nothing of use in a build", ran.program))
                .at(ran.program_span, "there is no terminal and no running system here")
                .help("leave it out, or do it when the container starts"),
        );
    }
}
