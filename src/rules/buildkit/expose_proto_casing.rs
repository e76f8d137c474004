//! `ExposeProtoCasing`.

use super::{in_stage, is_trigger, steps};
use crate::diagnostic::{Finding, Fix};
use crate::dockerfile::Kind;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/buildkit/ExposeProtoCasing.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    for (stage, step) in steps(general.build) {
        let Kind::Expose(words) = &step.instruction.kind else { continue };
        for word in words.iter().filter(|word| word.text.contains(['/', '$'])) {
            for port in step.words(word) {
                let container = port.rsplit(':').next().unwrap_or_default();
                let Some((_, protocol)) = container.split_once('/') else { continue };
                if !protocol.chars().any(char::is_uppercase) {
                    continue;
                }
                let place = in_stage(general.build, stage, step.instruction, word.span);
                let mut finding =
                    Finding::new(format!("Defined protocol '{port}' in EXPOSE instruction should be lowercase"))
                        .at(place, "")
                        .help(format!("write {}", protocol.to_lowercase()));
                if word.text == port && !is_trigger(stage, step.instruction) {
                    let right = port.to_lowercase();
                    finding = finding.fix(Fix::replace(true, "write the protocol in lower case", word.span, right));
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
    fn protocols() {
        catches("ExposeProtoCasing", "FROM alpine\nEXPOSE 80/TCP");
        catches("ExposeProtoCasing", "FROM alpine\nENV P=80/Udp\nEXPOSE $P");
        allows("ExposeProtoCasing", "FROM alpine\nARG P\nEXPOSE 80/tcp 443 $P");
    }
}
