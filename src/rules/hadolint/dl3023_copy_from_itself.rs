//! DL3023 copy-from-itself.

use crate::diagnostic::Finding;
use crate::dockerfile::Kind;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3023-copy-from-itself.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    if !general.as_hadolint() && !general.has_all_stages() {
        return;
    }
    for written in general.build.written().filter(|written| !written.onbuild) {
        let instruction = written.step.instruction;
        let from = instruction.flag("from").and_then(|flag| flag.value.as_ref());
        let (Kind::Copy(_), Some(from), Some(stage)) = (&instruction.kind, from, written.stage) else { continue };
        let own = if general.as_hadolint() {
            general.stage_named(&from.text, stage.index + 1).is_some_and(|found| found.index == stage.index)
        } else {
            let name = written.step.expand(from).map(|name| name.to_ascii_lowercase());
            // An earlier stage of the same name is not meant: the last one hides it.
            name.is_some() && name == stage.name
        };
        if own {
            findings.push(
                Finding::new(format!("COPY --from={} takes from the stage it stands in", from.text))
                    .at(from.span, "this is the same stage")
                    .help("copy from an earlier stage, or use RUN cp"),
            );
        }
    }
}
