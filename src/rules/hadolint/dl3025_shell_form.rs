//! DL3025 shell-form.

use crate::diagnostic::{Finding, Fix};
use crate::dockerfile::{Command, Kind};
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3025-shell-form.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    let strict = general.as_hadolint();
    for written in general.build.written().filter(|written| !(strict && written.onbuild)) {
        let (Kind::Cmd(command) | Kind::Entrypoint(command) | Kind::Healthcheck(Some(command))) =
            &written.step.instruction.kind
        else {
            continue;
        };
        let Command::Shell(text) = command else { continue };
        let keyword = &written.step.instruction.keyword;
        // HEALTHCHECK's own command gets no signals.
        if !strict && matches!(written.step.instruction.kind, Kind::Healthcheck(_)) {
            continue;
        }
        let mut finding = Finding::new(format!("{} is run by a shell", keyword.text.to_ascii_uppercase()))
            .at(text.span, "not a JSON array")
            .help("write it as a JSON array");
        let words: Vec<&str> = text.text.split_whitespace().collect();
        let plain = |c: char| c.is_ascii_alphanumeric() || "/._-=:,@%+".contains(c);
        if words.iter().all(|word| word.chars().all(plain))
            && words.first().is_some_and(|first| !first.contains('='))
            && !words.is_empty()
        {
            let json = crate::launch::json(&words);
            finding =
                finding.help(format!("write {json}")).fix(Fix::replace(false, "write a JSON array", text.span, json));
        }
        findings.push(finding);
    }
}
