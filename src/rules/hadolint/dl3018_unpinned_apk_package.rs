//! DL3018 unpinned-apk-package.

use super::installs;
use crate::diagnostic::Finding;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3018-unpinned-apk-package.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    let pinned = |text: &str| text.is_empty() || text.contains(['=', '~', '<', '>']) || text.ends_with(".apk");
    installs::unpinned(
        general,
        findings,
        &installs::APK,
        |_| false,
        pinned,
        |name| format!("apk search -x {name} shows the version; write {name}= and that"),
    );
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{passes, reports};

    #[test]
    fn a_list_in_a_variable_is_read() {
        passes("DL3018", "FROM alpine:3\nARG P=\"bash=5.0.0-r0\"\nRUN apk add --no-cache $P");
        reports("DL3018", 1, "FROM alpine:3\nARG P=\"bash=5.0.0-r0\"\nRUN apk add --no-cache $P");
        passes("DL3018", "FROM alpine:3\nARG P\nRUN apk add --no-cache $P");
    }
}
