//! DL3036 zypper-cache-kept.

use super::caches;
use crate::diagnostic::Finding;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3036-zypper-cache-kept.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    let cache = caches::Cache {
        fills: |ran| ran.program == "zypper" && ran.does(&["install", "in"]),
        cleans: |_, ran| ran.program == "zypper" && ran.does(&["clean", "cc"]),
        folders: &["/var/cache/zypp"],
        known_mounts: &["/var/cache/zypp"],
        any_removal: false,
        command: "zypper clean",
        only_shipped: false,
    };
    caches::uncleaned(general, findings, &cache);
}
