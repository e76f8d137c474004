//! DL3060 yarn-cache-kept.

use super::caches;
use crate::diagnostic::Finding;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3060-yarn-cache-kept.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    let cache = caches::Cache {
        fills: |ran| ran.program == "yarn" && ran.does(&["install"]),
        cleans: |_, ran| ran.program == "yarn" && ran.does(&["cache"]) && ran.does(&["clean"]),
        folders: &[".cache/yarn", "/root/.cache", "~/.cache", "/usr/local/share/.cache", "/root/.yarn"],
        known_mounts: &[".cache/yarn"],
        any_removal: false,
        command: "yarn cache clean",
        only_shipped: true,
    };
    caches::uncleaned(general, findings, &cache);
}
