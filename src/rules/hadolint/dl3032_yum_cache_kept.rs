//! DL3032 yum-cache-kept.

use super::caches;
use crate::diagnostic::Finding;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3032-yum-cache-kept.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    let cache = caches::Cache {
        fills: |ran| ran.program == "yum" && ran.does(&["install"]),
        cleans: |_, ran| ran.program == "yum" && ran.does(&["clean"]),
        folders: &["/var/cache/yum", "/var/cache/dnf", "/var/cache/libdnf5"],
        known_mounts: &[],
        any_removal: true,
        command: "yum clean all",
        only_shipped: false,
    };
    caches::uncleaned(general, findings, &cache);
}
