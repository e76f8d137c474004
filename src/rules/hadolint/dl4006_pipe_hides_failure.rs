//! DL4006 pipe-hides-failure.

use crate::diagnostic::Finding;
use crate::dockerfile::Kind;
use crate::launch::{RunCommand, Written};
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL4006-pipe-hides-failure.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    let strict = general.as_hadolint();
    for stage in general.build.parts() {
        let mut own: Option<Vec<String>> = None;
        for written in general.build.written_in(stage).filter(|written| !written.onbuild) {
            if let Kind::Shell(words) = &written.step.instruction.kind {
                own = Some(words.iter().map(|word| word.text.clone()).collect());
                continue;
            }
            // A stage has the shell of the one below; hadolint does not know.
            let shell = if strict { own.clone() } else { written.step.state.shell.clone() };
            if shell.as_ref().is_some_and(|shell| looks(shell, strict)) {
                continue;
            }
            if let Some(ran) = first_pipe(&written, strict).filter(|_| !(strict && written.step.is_broken())) {
                findings.push(
                    Finding::new("a failure before the pipe goes unseen")
                        .at(ran.span, "only the last command of the pipe counts")
                        .help("write SHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"] before it, or begin with set -o pipefail"),
                );
            }
        }
    }
}

/// Whether a shell looks at all commands of a pipe, or is of another kind altogether.
fn looks(shell: &[String], strict: bool) -> bool {
    const FOREIGN: &[&str] = &["pwsh", "powershell", "cmd"];
    let name = shell
        .first()
        .map(|program| program.rsplit(['/', '\\']).next().unwrap_or_default().to_ascii_lowercase())
        .unwrap_or_default();
    let name = name.trim_end_matches(".exe");
    let knows = matches!(name, "bash" | "zsh" | "ash") || (!strict && matches!(name, "sh" | "ksh" | "env"));
    FOREIGN.contains(&name) || (knows && shell.iter().any(|word| word == "pipefail"))
}

fn first_pipe<'b>(written: &Written<'b, '_>, strict: bool) -> Option<&'b RunCommand> {
    let mut looked_at: Vec<usize> = Vec::new();
    for ran in written.step.ran() {
        if ran.program == "set" && ran.does(&["pipefail"]) {
            looked_at.push(ran.script);
        }
        let seen = if strict { !ran.quoted } else { !looked_at.contains(&ran.script) && !ran.guarded };
        if ran.piped && seen {
            return Some(ran);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{passes, reports};

    #[test]
    fn here_documents_are_read_by_the_shell_they_name() {
        let said = "FROM ubuntu:24.04\nRUN <<EOF\n#!/usr/bin/env bash\nset -eux -o pipefail\necho abc | cat\nEOF";
        passes("DL4006", said);
        reports("DL4006", 1, said);
    }
}
