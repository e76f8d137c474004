//! DL3030 yum-asks.

use super::installs;
use crate::diagnostic::Finding;
use crate::launch::RunCommand;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3030-yum-asks.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    let asks = |ran: &RunCommand| {
        ran.program == "yum"
            && ran.does(&["install", "groupinstall", "localinstall"])
            && !ran.flagged('y', &["assumeyes", "yes"])
    };
    if general.as_hadolint() || !installs::answered(general) {
        installs::asking(general, findings, asks, "-y");
    }
}
