//! DL3037 unpinned-zypper-package.

use super::installs;
use crate::diagnostic::Finding;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule = Rule {
    page: include_str!("../../../rules/hadolint/DL3037-unpinned-zypper-package.md"),
    check: Check::Docker(check),
};

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    let pinned = |text: &str| text.contains(['=', '<', '>']) || text.ends_with(".rpm") || text.is_empty();
    installs::unpinned(
        general,
        findings,
        &installs::ZYPPER,
        |_| false,
        pinned,
        |name| format!("write {name}= and a version"),
    );
}
