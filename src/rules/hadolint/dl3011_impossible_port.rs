//! DL3011 impossible-port.

use crate::diagnostic::Finding;
use crate::dockerfile::Kind;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3011-impossible-port.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    for written in general.build.written().filter(|written| !(general.as_hadolint() && written.onbuild)) {
        let Kind::Expose(ports) = &written.step.instruction.kind else { continue };
        let number = |text: &str| text.parse::<u64>().unwrap_or(0);
        let wrong =
            |text: &str| text.split('/').next().unwrap_or_default().split('-').any(|port| number(port) > 65_535);
        if let Some(port) = ports.iter().find(|port| wrong(&port.text)) {
            findings.push(
                Finding::new(format!("EXPOSE {}: ports end at 65535", port.text))
                    .at(port.span, "no such port")
                    .help("name a port from 1 to 65535"),
            );
        }
    }
}
