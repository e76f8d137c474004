//! DL3021 copy-of-many-into-a-file.

use crate::diagnostic::{Finding, Fix, Severity};
use crate::dockerfile::{Kind, Word};
use crate::launch::Written;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule = Rule {
    page: include_str!("../../../rules/hadolint/DL3021-copy-of-many-into-a-file.md"),
    check: Check::Docker(check),
};

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    let strict = general.as_hadolint();
    for written in general.build.written().filter(|written| !(strict && written.onbuild)) {
        let Kind::Copy(copy) = &written.step.instruction.kind else { continue };
        let text = copy.destination.text.trim_matches(['"', '\'']);
        let spared = if strict { text.ends_with('/') } else { is_folder(&written, &copy.destination) };
        if copy.sources.len() < 2 || spared {
            continue;
        }
        let mut finding =
            Finding::new(format!("COPY of {} sources to {text}, which may not be a folder", copy.sources.len()))
                .at(copy.destination.span, "does not end in a slash")
                .help(format!("write {text}/"));
        if !strict {
            finding = finding.severity(Severity::Warning);
        }
        if !copy.json && text == copy.destination.text && !text.contains('$') {
            let at = copy.destination.span;
            finding = finding.fix(Fix::replace(true, "end the destination with a slash", at, format!("{text}/")));
        }
        findings.push(finding);
    }
}

/// Whether a destination is a folder: by its form, or because it is known to be there. What is not known may be.
fn is_folder(written: &Written<'_, '_>, destination: &Word) -> bool {
    const THERE: &[&str] =
        &["/", "/var/task", "/opt", "/tmp", "/etc", "/usr/local/bin", "/usr/bin", "/bin", "/root", "/home", "/srv"];
    let Some(text) = written.step.expand(destination) else { return true };
    let dotted = matches!(text.rsplit('/').next(), Some("" | "." | "..")) || text.ends_with('\\');
    let path = written.step.state.absolute(&text);
    let workdir = written.step.state.workdir.value();
    dotted || path.is_none_or(|path| THERE.contains(&path.as_str()) || workdir == Some(&path))
}
