//! DL3004 sudo.

use crate::diagnostic::{Finding, Severity};
use crate::launch::RunCommand;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3004-sudo.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    for seen in general.runs().chain(hidden(general)) {
        // A command after it is seen by its own name, with what stands before it.
        let behind =
            |ran: &&&RunCommand| ran.program == "sudo" || ran.written.split_whitespace().next() == Some("sudo");
        let Some(ran) = seen.commands.iter().find(behind) else { continue };
        let finding = Finding::new("sudo in a build")
            .at(ran.span, "a build is root unless USER says otherwise")
            .help("leave sudo out, and write USER root before this RUN where it is needed");
        // hadolint calls it an error; a build with sudo works as well.
        findings.push(if general.as_hadolint() { finding.severity(Severity::Error) } else { finding });
    }
}

/// Under hadolint's preset the commands after sudo are left out of all rules but this.
fn hidden<'b>(general: &DockerfileContext<'b>) -> impl Iterator<Item = super::seen::Seen<'b>> {
    let strict = general.as_hadolint();
    general.build.written().filter(move |_| strict).filter_map(|written| {
        let commands: Vec<&RunCommand> = written.step.ran().iter().filter(|ran| !ran.plain).collect();
        (!commands.is_empty()).then_some(super::seen::Seen { written, commands })
    })
}
