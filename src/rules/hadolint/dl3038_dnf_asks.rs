//! DL3038 dnf-asks.

use super::installs;
use crate::diagnostic::Finding;
use crate::launch::RunCommand;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3038-dnf-asks.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    // microdnf asks nothing where it has no terminal.
    let asks = |ran: &RunCommand| {
        matches!(ran.program.as_str(), "dnf" | "microdnf")
            && ran.does(&["install", "groupinstall", "localinstall"])
            && !ran.flagged('y', &["assumeyes", "yes"])
    };
    let asks_really = |ran: &RunCommand| {
        ran.program == "dnf"
            && ran.does(&["install", "groupinstall", "localinstall", "in"])
            && !ran.flagged('y', &["assumeyes", "yes", "downloadonly", "assumeno"])
    };
    if general.as_hadolint() {
        installs::asking(general, findings, asks, "-y");
    } else if !installs::answered(general) {
        installs::asking(general, findings, asks_really, "-y");
    }
}
