//! DL3059 consecutive-runs.

use crate::diagnostic::Finding;
use crate::dockerfile::Kind;
use crate::launch::Written;
use crate::rules::{Check, DockerfileContext, Rule};
use std::collections::BTreeSet;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3059-consecutive-runs.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    let strict = general.as_hadolint();
    for stage in general.build.parts() {
        if !strict && stage.is_some_and(|stage| !stage.is_final) {
            continue;
        }
        let written: Vec<Written<'_, '_>> = general.build.written_in(stage).collect();
        for pair in written.windows(2) {
            let [first, second] = pair else { continue };
            if first.onbuild || second.onbuild || !is_run(first) || !is_run(second) {
                continue;
            }
            if flags(first) == flags(second) && commands(first) < 2 && commands(second) < 2 {
                findings.push(
                    Finding::new("this RUN could go on where the one above ends")
                        .at(second.step.instruction.keyword.span, "this makes its own layer")
                        .at(first.step.instruction.keyword.span, "the layer before it")
                        .help("join them with &&"),
                );
            }
        }
    }
}

fn is_run(written: &Written<'_, '_>) -> bool {
    matches!(written.step.instruction.kind, Kind::Run(_))
}

fn flags(written: &Written<'_, '_>) -> BTreeSet<(String, String)> {
    let flag = |flag: &crate::dockerfile::Flag| (flag.name.clone(), flag.value.clone().unwrap_or_default().text);
    written.step.instruction.flags.iter().map(flag).collect()
}

fn commands(written: &Written<'_, '_>) -> usize {
    // What is not a script is one thing, and `[ … ]` none of its own.
    if written.step.is_broken() {
        return 0;
    }
    let is_test =
        |command: &crate::shell::SimpleCommand| command.texts().next().is_some_and(|first| first.starts_with('['));
    let scripts = written.step.scripts_in_any_shell();
    scripts.iter().flat_map(|script| &script.commands).filter(|command| !command.quoted && !is_test(command)).count()
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{passes, reports};

    #[test]
    fn hadolint_says_it_of_stages_that_only_lend_files_too() {
        let lent = "FROM node:18 AS build\nRUN a\nRUN b\nFROM node:18\nCOPY --from=build /x /x";
        passes("DL3059", lent);
        reports("DL3059", 1, lent);
    }
}
