//! DL4000 maintainer.

use crate::diagnostic::{Finding, Fix};
use crate::dockerfile::Kind;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL4000-maintainer.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    for instruction in &general.build.dockerfile.instructions {
        let Kind::Maintainer(word) = &instruction.kind else { continue };
        let name = word.text.trim_matches('"').replace('\\', "\\\\").replace('"', "\\\"");
        let label = format!("LABEL org.opencontainers.image.authors=\"{name}\"");
        findings.push(
            Finding::new("MAINTAINER is deprecated")
                .at(instruction.keyword.span, "")
                .help(format!("write {label}"))
                .fix(Fix::replace(true, "write a label", instruction.span, label)),
        );
    }
}
