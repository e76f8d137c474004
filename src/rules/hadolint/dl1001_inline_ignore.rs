//! DL1001 inline-ignore.

use crate::diagnostic::Finding;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL1001-inline-ignore.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    let silences = |text: &str| {
        let order = text.trim().strip_prefix("hadolint").map(str::trim_start);
        order.and_then(|order| order.strip_prefix("ignore")).is_some_and(|rest| rest.trim_start().starts_with('='))
    };
    for comment in general.build.dockerfile.comments.iter().filter(|comment| silences(&comment.text)) {
        findings.push(
            Finding::new("a comment silences rules for one instruction")
                .at(comment.span, "this exception is not in the configuration")
                .help("move the codes to `ignore` in lamblint.toml"),
        );
    }
}
