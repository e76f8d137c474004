//! DL3065 redundant-platform.

use crate::diagnostic::{Finding, Fix};
use crate::rules::{Check, DockerfileContext, Rule};
use crate::source::Span;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3065-redundant-platform.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    for stage in &general.build.stages {
        let Some(flag) = stage.from.flag("platform") else { continue };
        if flag
            .value
            .as_ref()
            .is_some_and(|value| matches!(value.text.as_str(), "$TARGETPLATFORM" | "${TARGETPLATFORM}"))
        {
            let end = stage.from.rest.span.start;
            findings.push(
                Finding::new("the target platform is the default")
                    .at(flag.span, "has no effect")
                    .help("remove it")
                    .fix(Fix::replace(true, "remove --platform", Span::new(flag.span.start, end), "")),
            );
        }
    }
}
