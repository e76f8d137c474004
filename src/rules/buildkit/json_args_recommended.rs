//! `JSONArgsRecommended`.

use super::{in_stage, is_trigger, steps};
use crate::diagnostic::{Finding, Fix};
use crate::dockerfile::{Command, Kind, Text};
use crate::launch::{Argv, Setting, Stage, json};
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/buildkit/JSONArgsRecommended.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    for (stage, step) in steps(general.build) {
        let instruction = step.instruction;
        let (Kind::Cmd(Command::Shell(text)) | Kind::Entrypoint(Command::Shell(text))) = &instruction.kind else {
            continue;
        };
        // An author who sets a SHELL means it.
        if step.state.shell.is_some() {
            continue;
        }
        let name = &instruction.keyword.text;
        let place = in_stage(general.build, stage, instruction, instruction.keyword.span);
        let mut finding = Finding::new(format!(
            "JSON arguments recommended for {name} to prevent unintended behavior related to OS signals"
        ))
        .at(place, "a shell stands between Docker and the program, and keeps signals to itself");
        match plain_words(text) {
            Some(words) => {
                let array = json(&words);
                finding = finding.help(format!("write {name} {array}"));
                if !is_trigger(stage, instruction) {
                    let safe = stands_alone(stage, matches!(instruction.kind, Kind::Cmd(_)));
                    finding = finding.fix(Fix::replace(safe, "write it in exec form", text.span, array));
                }
            }
            None => finding = finding.help(format!("write a JSON array: {name} [\"program\", \"argument\"]")),
        }
        findings.push(finding);
    }
}

/// The words of a command that a shell would pass on as they are.
fn plain_words(text: &Text) -> Option<Vec<&str>> {
    /// What only a shell can do.
    const BUILTINS: &[&str] = &[
        ".", ":", "alias", "cd", "command", "eval", "exit", "export", "set", "shift", "source", "trap", "ulimit",
        "umask", "unset", "wait",
    ];
    let plain = |c: char| c.is_ascii_alphanumeric() || " _./:@%+,=-".contains(c);
    if text.map.len() > 1 || !text.text.chars().all(plain) {
        return None;
    }
    let mut words: Vec<&str> = text.text.split_ascii_whitespace().collect();
    if words.len() > 1 && words.first() == Some(&"exec") {
        words.remove(0);
    }
    let first = words.first()?;
    let program = !first.contains('=') && !first.starts_with('-') && !BUILTINS.contains(first);
    program.then_some(words)
}

/// Whether ENTRYPOINT and CMD are not both there: a shell drops CMD's words, and exec form would pass them on.
fn stands_alone(stage: &Stage<'_>, is_cmd: bool) -> bool {
    let none = |setting: &Setting<Argv>| match setting {
        Setting::Unset => true,
        Setting::Unknown(_) => false,
        setting => setting.value().is_some_and(|argv| argv.args.is_empty()),
    };
    none(if is_cmd { &stage.end.entrypoint } else { &stage.end.cmd })
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{allows, catches};

    #[test]
    fn a_shell_that_was_asked_for() {
        catches("JSONArgsRecommended", "FROM alpine\nCMD serve --port 80");
        catches("JSONArgsRecommended", "FROM alpine\nENTRYPOINT serve $PORT && echo");
        catches("JSONArgsRecommended", "FROM alpine AS a\nONBUILD CMD serve\nFROM a");
        allows("JSONArgsRecommended", "FROM alpine\nSHELL [\"/bin/bash\", \"-c\"]\nCMD serve");
        allows("JSONArgsRecommended", "FROM alpine\nCMD [\"serve\"]\nHEALTHCHECK CMD curl localhost");
    }

    #[test]
    fn which_words_are_plain() {
        let plain = |text: &str| {
            let text = crate::dockerfile::Text { text: text.into(), ..Default::default() };
            super::plain_words(&text).map(|words| words.join("|"))
        };
        assert_eq!(plain("exec serve --port=80").as_deref(), Some("serve|--port=80"));
        for shell in ["a && b", "A=1 serve", "cd /a", "serve $PORT", "serve 'x'", "", "serve *.py", "~/serve"] {
            assert_eq!(plain(shell), None, "{shell}");
        }
    }
}
