//! DL3008 unpinned-apt-package.

use super::installs;
use crate::diagnostic::Finding;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3008-unpinned-apt-package.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    let pinned = |text: &str| text.is_empty() || text.contains(['=', '/']) || text.ends_with(".deb");
    installs::unpinned(
        general,
        findings,
        &installs::APT,
        |_| false,
        pinned,
        |name| format!("apt-cache madison {name} shows the versions; write {name}= and one"),
    );
}
