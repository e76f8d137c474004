//! DL3035 zypper-dist-upgrade.

use crate::diagnostic::Finding;
use crate::launch::RunCommand;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3035-zypper-dist-upgrade.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    for seen in general.runs() {
        let upgrades = |ran: &&&RunCommand| ran.program == "zypper" && ran.does(&["dist-upgrade", "dup"]);
        if let Some(ran) = seen.commands.iter().find(|ran| upgrades(ran)) {
            findings.push(
                Finding::new("zypper upgrades the whole distribution")
                    .at(ran.span, "")
                    .help("name a newer release in FROM"),
            );
        }
    }
}
