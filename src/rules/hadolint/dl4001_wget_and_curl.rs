//! DL4001 wget-and-curl.

use crate::diagnostic::Finding;
use crate::launch::Stage;
use crate::rules::{Check, General, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL4001-wget-and-curl.md"), check: Check::General(check) };

fn check(general: &General<'_>, findings: &mut Vec<Finding>) {
    for stage in general.build.parts() {
        let (mut wget, mut curl) = (Vec::new(), Vec::new());
        for seen in general.runs().filter(|seen| same(seen.written.stage, stage) && !seen.written.onbuild) {
            let of = |name: &str| seen.commands.iter().find(|ran| ran.program == name).map(|ran| ran.program_span);
            wget.extend(of("wget"));
            let already = wget.len();
            curl.extend(of("curl"));
            // From the first RUN with the other one on, each RUN with either is one too many.
            let here = of("curl").or_else(|| of("wget"));
            if let Some(span) = here.filter(|_| already > 0 && !curl.is_empty()) {
                findings.push(
                    Finding::new("this stage uses both wget and curl")
                        .at(span, "one of them would do")
                        .help("use the same one everywhere"),
                );
            }
        }
    }
}

fn same(one: Option<&Stage<'_>>, other: Option<&Stage<'_>>) -> bool {
    one.map(|stage| stage.index) == other.map(|stage| stage.index)
}
