//! DL3036 zypper-cache-kept.

use super::caches;
use crate::diagnostic::Finding;
use crate::launch::Ran;
use crate::rules::{Check, General, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3036-zypper-cache-kept.md"), check: Check::General(check) };

fn check(general: &General<'_>, findings: &mut Vec<Finding>) {
    let cleans: fn(&Ran, &Ran) -> bool = if general.as_hadolint() {
        |_, ran| ran.program == "zypper" && ran.does(&["clean", "cc"])
    } else {
        |_, ran| {
            (ran.program == "zypper" && ran.does(&["clean", "cc"]))
                || caches::removes(ran, &["/var/cache/zypp", "/var/cache/*"])
        }
    };
    let cache = caches::Cache {
        fills: |ran| ran.program == "zypper" && ran.does(&["install", "in"]),
        cleans,
        mounts: &["/var/cache/zypp"],
        command: "zypper clean",
        only_shipped: false,
    };
    caches::uncleaned(general, findings, &cache);
}
