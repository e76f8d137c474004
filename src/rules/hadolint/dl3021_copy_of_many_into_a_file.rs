//! DL3021 copy-of-many-into-a-file.

use crate::diagnostic::{Finding, Fix};
use crate::dockerfile::Kind;
use crate::rules::{Check, General, Rule};

pub(super) const RULE: Rule = Rule {
    page: include_str!("../../../rules/hadolint/DL3021-copy-of-many-into-a-file.md"),
    check: Check::General(check),
};

fn check(general: &General<'_>, findings: &mut Vec<Finding>) {
    let strict = general.as_hadolint();
    for written in general.build.written().filter(|written| !(strict && written.onbuild)) {
        let Kind::Copy(copy) = &written.step.instruction.kind else { continue };
        let text = copy.destination.text.trim_matches(['"', '\'']);
        // `.` is a folder, and a variable may end in a slash; what Docker says of Windows' slashes depends.
        let known = written.step.expand(&copy.destination);
        let folder = |text: &str| text.ends_with(['/', '\\']) || matches!(text.rsplit('/').next(), Some("." | ".."));
        let spared = if strict { text.ends_with('/') } else { known.as_deref().is_none_or(folder) };
        if copy.sources.len() < 2 || spared {
            continue;
        }
        let mut finding =
            Finding::new(format!("COPY of {} sources to {text}, which is not said to be a folder", copy.sources.len()))
                .at(copy.destination.span, "does not end in a slash")
                .help(format!("write {text}/"));
        if !copy.json && text == copy.destination.text && !text.contains('$') {
            let at = copy.destination.span;
            finding = finding.fix(Fix::replace(true, "end the destination with a slash", at, format!("{text}/")));
        }
        findings.push(finding);
    }
}
