//! DL3000 relative-workdir.

use crate::diagnostic::Finding;
use crate::dockerfile::Kind;
use crate::launch::Setting;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3000-relative-workdir.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    for written in general.build.written().filter(|written| !(general.as_hadolint() && written.onbuild)) {
        let Kind::Workdir(word) = &written.step.instruction.kind else { continue };
        let path = word.text.trim_matches(['"', '\'']);
        // hadolint says it of every relative one; below an absolute one it is not a riddle.
        let below = !general.as_hadolint() && matches!(&written.step.state.workdir, Setting::Set(..));
        if path.is_empty() || path.starts_with(['/', '$']) || has_drive(path) || below {
            continue;
        }
        findings.push(
            Finding::new(format!("WORKDIR {path} is relative"))
                .at(word.span, "depends on the WORKDIR before it")
                .help(format!("write WORKDIR /{}", path.trim_start_matches("./"))),
        );
    }
}

/// `C:`.
fn has_drive(path: &str) -> bool {
    path.as_bytes().first().is_some_and(u8::is_ascii_alphabetic) && path.as_bytes().get(1) == Some(&b':')
}
