//! DL3060 yarn-cache-kept.

use super::caches;
use crate::diagnostic::Finding;
use crate::launch::Ran;
use crate::rules::{Check, General, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3060-yarn-cache-kept.md"), check: Check::General(check) };

fn check(general: &General<'_>, findings: &mut Vec<Finding>) {
    let cleans: fn(&Ran, &Ran) -> bool = if general.as_hadolint() {
        |_, ran| ran.program == "yarn" && ran.does(&["cache"]) && ran.does(&["clean"])
    } else {
        |_, ran| {
            (ran.program == "yarn" && ran.does(&["cache"]) && ran.does(&["clean"]))
                || (ran.program == "rm" && ran.raws().any(|text| text.contains("yarn") || text.contains(".cache")))
        }
    };
    let cache = caches::Cache {
        fills: |ran| ran.program == "yarn" && ran.does(&["install"]),
        cleans,
        mounts: &[".cache/yarn"],
        command: "yarn cache clean",
        only_shipped: true,
    };
    caches::uncleaned(general, findings, &cache);
}
