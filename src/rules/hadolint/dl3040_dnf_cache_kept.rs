//! DL3040 dnf-cache-kept.

use super::caches;
use crate::diagnostic::Finding;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3040-dnf-cache-kept.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    const FILLS: &[&str] = &["install", "in", "reinstall", "rei", "upgrade", "up", "upgrade-minimal", "up-min"];
    let cache = caches::Cache {
        fills: |ran| matches!(ran.program.as_str(), "dnf" | "microdnf") && ran.does(FILLS),
        cleans: |filled, ran| ran.program == filled.program && ran.does(&["clean"]),
        folders: &["/var/cache/libdnf5", "/var/cache/dnf", "/var/cache/yum"],
        known_mounts: &["/var/cache/libdnf5"],
        any_removal: true,
        command: "{} clean all",
        only_shipped: false,
    };
    caches::uncleaned(general, findings, &cache);
}
