//! DL4001 wget-and-curl.

use crate::diagnostic::Finding;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL4001-wget-and-curl.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    let mut stage = None;
    let (mut wget, mut curl) = (false, false);
    for seen in general.runs().filter(|seen| !seen.written.onbuild) {
        let here = seen.written.stage.map(|stage| stage.index);
        if here != stage {
            (stage, wget, curl) = (here, false, false);
        }
        let of = |name: &str| seen.commands.iter().find(|ran| ran.program == name).map(|ran| ran.program_span);
        wget |= of("wget").is_some();
        curl |= of("curl").is_some();
        // From the first RUN with the other one on, each RUN with either is one too many.
        if let Some(span) = of("curl").or_else(|| of("wget")).filter(|_| wget && curl) {
            findings.push(
                Finding::new("this stage uses both wget and curl")
                    .at(span, "one of them would do")
                    .help("use the same one everywhere"),
            );
        }
    }
}
