//! DL3048 invalid-label-key.

use super::labels;
use crate::diagnostic::Finding;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3048-invalid-label-key.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    for written in general.build.written() {
        let Some(label) = labels::of(general, written.step).into_iter().find(|label| !is_valid(&label.key)) else {
            continue;
        };
        findings.push(
            Finding::new(format!("{} is not a good key for a label", label.key))
                .at(label.key_span, "")
                .help("use lower-case letters, numbers, single dots and dashes, and no prefix of Docker"),
        );
    }
}

fn is_valid(key: &str) -> bool {
    let first = key.starts_with(|c: char| c.is_ascii_lowercase());
    let last = key.ends_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    let all = key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-_/".contains(c));
    let reserved = ["com.docker.", "io.docker.", "org.dockerproject."].iter().any(|start| key.starts_with(start));
    first && last && all && !reserved && !key.contains("..") && !key.contains("--")
}
