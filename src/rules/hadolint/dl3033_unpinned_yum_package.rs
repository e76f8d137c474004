//! DL3033 unpinned-yum-package.

use super::installs;
use crate::diagnostic::Finding;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3033-unpinned-yum-package.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    if general.as_hadolint() {
        installs::unpinned(
            general,
            findings,
            &installs::YUM,
            |_| false,
            installs::rpm_pinned_or_module,
            installs::rpm_help,
        );
    } else {
        installs::unpinned(general, findings, &installs::YUM, |_| false, installs::rpm_bound, installs::rpm_help);
    }
}
