//! DL3041 unpinned-dnf-package.

use super::installs;
use crate::diagnostic::Finding;
use crate::launch::RunCommand;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3041-unpinned-dnf-package.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    let free = |ran: &RunCommand| ran.does(&["group", "groupinstall"]);
    if general.as_hadolint() {
        installs::unpinned(general, findings, &installs::DNF, free, installs::rpm_pinned_or_module, installs::rpm_help);
    } else {
        installs::unpinned(general, findings, &installs::DNF, free, installs::rpm_bound, installs::rpm_help);
        // A release of Amazon Linux 2023 has one set of packages, and the base names the release.
        let on_al2023 = |finding: &Finding| {
            let at = finding.labels.first().map_or(0, |label| label.place.span.start);
            let behind = general.build.stages.partition_point(|stage| stage.from.span.start < at);
            let stage = behind.checked_sub(1).and_then(|index| general.build.stages.get(index));
            let base = stage.and_then(|stage| general.build.base_of(stage));
            base.and_then(|base| base.os).is_some_and(|os| os.id.starts_with("AL2023"))
        };
        findings.retain(|finding| !on_al2023(finding));
    }
}
