//! DL3027 apt-for-people.

use crate::diagnostic::{Edit, Finding, Fix};
use crate::launch::RunCommand;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3027-apt-for-people.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    for seen in general.runs() {
        let all: Vec<&&RunCommand> = seen.commands.iter().filter(|ran| ran.program == "apt").collect();
        let Some(first) = all.first() else { continue };
        let same = |ran: &&&RunCommand| {
            matches!(
                ran.verb(),
                "install" | "update" | "upgrade" | "remove" | "purge" | "autoremove" | "clean" | "autoclean"
            )
        };
        let mut finding = Finding::new("apt is for people; scripts call apt-get")
            .at(first.program_span, "its output and options may change")
            .help("write apt-get");
        if all.iter().all(same) {
            let edit = |ran: &&&RunCommand| Edit {
                start: ran.program_span.end - "apt".len(),
                end: ran.program_span.end,
                text: "apt-get".into(),
            };
            finding =
                finding.fix(Fix { safe: true, title: "write apt-get".into(), edits: all.iter().map(edit).collect() });
        }
        findings.push(finding);
    }
}
