//! DL3045 copy-without-workdir.

use crate::diagnostic::Finding;
use crate::dockerfile::Kind;
use crate::launch::{Setting, Stage};
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3045-copy-without-workdir.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    let strict = general.as_hadolint();
    // Which stages have a WORKDIR at their end.
    let mut has: Vec<bool> = Vec::new();
    for part in general.build.parts() {
        // hadolint knows stages by the very letters of their names.
        let below = part.filter(|stage| !strict || general.stage_exactly(stage)).and_then(Stage::below);
        let mut set = below.is_some_and(|below| has.get(below) == Some(&true));
        let mut triggered = false;
        for written in general.build.written_in(part) {
            let instruction = written.step.instruction;
            if let Kind::Workdir(_) = instruction.kind {
                if written.onbuild {
                    triggered = true;
                } else {
                    set = true;
                }
                continue;
            }
            let Kind::Copy(copy) = &instruction.kind else { continue };
            if set || (written.onbuild && (strict || triggered)) || is_placed(&copy.destination.text) {
                continue;
            }
            // An unknown base may have any WORKDIR.
            let at_root = matches!(&written.step.state.workdir, Setting::Unset)
                || matches!(&written.step.state.workdir, Setting::Inherited(dir, _) if dir.is_empty() || dir == "/");
            if strict || at_root {
                findings.push(
                    Finding::new(format!("COPY to {}, and no WORKDIR says from where", copy.destination.text))
                        .at(copy.destination.span, "relative to the root of the image")
                        .help("set WORKDIR before it, or write an absolute path"),
                );
            }
        }
        if part.is_some() {
            has.push(set);
        }
    }
}

/// Whether a destination is absolute, on Windows too, or begins with a variable.
fn is_placed(text: &str) -> bool {
    let text = text.trim_matches(['"', '\'']);
    let drive = text.as_bytes().first().is_some_and(u8::is_ascii_alphabetic) && text.as_bytes().get(1) == Some(&b':');
    text.starts_with(['/', '$']) || drive
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{passes, reports};

    #[test]
    fn an_unknown_base_may_have_a_workdir() {
        passes("DL3045", "FROM registry.example.com/own:1\nCOPY a b");
        reports("DL3045", 1, "FROM public.ecr.aws/lambda/python:3.13\nCOPY app.py ./");
    }
}
