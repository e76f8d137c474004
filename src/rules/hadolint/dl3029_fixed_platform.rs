//! DL3029 fixed-platform.

use crate::diagnostic::Finding;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3029-fixed-platform.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    for stage in &general.build.stages {
        let Some(flag) = stage.from.flag("platform") else { continue };
        let Some(value) = &flag.value else { continue };
        // A variable is no fixed platform; hadolint knows the two that BuildKit brings.
        let free = if general.as_hadolint() {
            value.text.contains("BUILDPLATFORM") || value.text.contains("TARGETPLATFORM")
        } else {
            value.text.contains('$')
        };
        if !free {
            findings.push(
                Finding::new(format!("the platform is fixed to {}", value.text))
                    .at(flag.span, "ignores docker build --platform")
                    .help("leave --platform to docker build"),
            );
        }
    }
}
