//! DL3034 zypper-asks.

use super::installs;
use crate::diagnostic::Finding;
use crate::launch::RunCommand;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3034-zypper-asks.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    let asks = |ran: &RunCommand| {
        let words = ["install", "in", "remove", "rm", "source-install", "si", "patch"];
        ran.program == "zypper"
            && ran.does(&words)
            && !ran.flagged('n', &["non-interactive"])
            && !ran.flagged('y', &["no-confirm"])
    };
    if general.as_hadolint() || !installs::answered(general) {
        installs::asking(general, findings, asks, "-n");
    }
}
