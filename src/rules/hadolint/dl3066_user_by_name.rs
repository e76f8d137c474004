//! DL3066 user-by-name.

use crate::diagnostic::Finding;
use crate::dockerfile::Kind;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3066-user-by-name.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    if general.left_to_lambda() {
        return;
    }
    let strict = general.as_hadolint();
    for written in general.build.written().filter(|written| !(strict && written.onbuild)) {
        let Kind::User(word) = &written.step.instruction.kind else { continue };
        let text = if strict {
            // The ARGs of the stage are put in, ENV is not.
            DockerfileContext::with_args(&word.text, &written)
        } else {
            match written.step.expand(word) {
                Some(text) => text,
                None => continue,
            }
        };
        let user = text.split(':').next().unwrap_or_default();
        if user.is_empty() || !user.bytes().all(|byte| byte.is_ascii_digit()) {
            findings.push(
                Finding::new(format!("USER {text}: a name, not a number")).at(word.span, "").help("write the number"),
            );
        }
    }
}
