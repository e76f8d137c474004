//! `ExposeInvalidFormat`.

use super::{in_stage, is_trigger, steps};
use crate::diagnostic::{Finding, Fix};
use crate::dockerfile::Kind;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/buildkit/ExposeInvalidFormat.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    for (stage, step) in steps(general.build) {
        let Kind::Expose(words) = &step.instruction.kind else { continue };
        for word in words.iter().filter(|word| word.text.contains([':', '$'])) {
            for port in step.words(word) {
                let Some((outside, container)) = port.rsplit_once(':') else { continue };
                if outside.is_empty() {
                    continue;
                }
                let message =
                    format!("EXPOSE instruction should not define an IP address or host-port mapping, found '{port}'");
                let place = in_stage(general.build, stage, step.instruction, word.span);
                let mut finding = Finding::new(message)
                    .at(place, format!("only {container} is looked at"))
                    .help(format!("write EXPOSE {container}, and publish with docker run -p"));
                if word.text == port && !container.is_empty() && !is_trigger(stage, step.instruction) {
                    finding = finding.fix(Fix::replace(true, "keep the container's port", word.span, container));
                }
                findings.push(finding);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{allows, catches};

    #[test]
    fn mappings() {
        catches("ExposeInvalidFormat", "FROM alpine\nEXPOSE 8080:80");
        catches("ExposeInvalidFormat", "FROM alpine\nEXPOSE [::1]:80:80/tcp");
        allows("ExposeInvalidFormat", "FROM alpine\nARG P\nEXPOSE 80 8000-8010/udp $P ${P:-9000}");
    }
}
