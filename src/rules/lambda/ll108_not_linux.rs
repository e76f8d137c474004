//! LL108 not-linux.

use crate::diagnostic::Finding;
use crate::launch::Launch;
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL108-not-linux.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let Some(os) = launch.os.value().filter(|os| !os.is_empty() && *os != "linux") else { return };
    let label = if launch.os.is_inherited() { "this base is not for Linux" } else { "Lambda has Linux only" };
    findings.push(
        Finding::new(format!("the image is for {os}, and Lambda runs Linux images only"))
            .at(launch.place_of(&launch.os), label)
            .help("build for linux/amd64 or linux/arm64, on a Linux base"),
    );
}
