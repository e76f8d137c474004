//! DL3002 runs-as-root.

use crate::diagnostic::{Finding, Severity};
use crate::dockerfile::Kind;
use crate::launch::{Argv, Setting, Stage};
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3002-runs-as-root.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    if general.left_to_lambda() {
        return;
    }
    if general.as_hadolint() {
        general.build.parts().for_each(|stage| last_of(general, stage, findings));
        return;
    }
    let Some(stage) = general.build.final_stages().last().copied() else { return };
    // A shell is for a person who works in the image, not for a service.
    let serves = |argv: &Setting<Argv>| {
        let program = argv.set().and_then(|(argv, _)| argv.program()).map(|program| program.text.rsplit('/').next());
        program.is_some_and(|name| {
            argv.value().is_some_and(|argv| argv.shell) || !matches!(name, Some("sh" | "bash" | "ash" | "zsh"))
        })
    };
    let starts = [&stage.end.entrypoint, &stage.end.cmd].into_iter().any(serves);
    match &stage.end.user {
        Setting::Set(user, place) if is_root(user) => findings.push(
            Finding::new("the image runs as root")
                .at(*place, "the last USER")
                .help("end with USER and a number, USER 10001"),
        ),
        // No USER: the user of the base decides, and that is root where it is known.
        Setting::Unset | Setting::Unknown(_) if starts && no_user(general) && general.build.starts_as_root(stage) => {
            // Advice: most images are like that, and many are kept from harm in other ways.
            findings.push(
                Finding::new("the image runs as root")
                    .severity(Severity::Info)
                    .at(general.build.root(stage).image_place, "this base's user, and no USER changes it")
                    .help("add USER and a number before ENTRYPOINT, USER 10001"),
            );
        }
        _ => {}
    }
}

fn no_user(general: &DockerfileContext<'_>) -> bool {
    general.build.final_steps().iter().all(|step| !matches!(step.instruction.kind, Kind::User(_)))
}

/// hadolint looks at the last USER of every stage that is not built on.
fn last_of(general: &DockerfileContext<'_>, stage: Option<&Stage<'_>>, findings: &mut Vec<Finding>) {
    let users = general.build.written_in(stage).filter(|written| !written.onbuild);
    let last = users.filter_map(|written| match &written.step.instruction.kind {
        Kind::User(word) => Some(word),
        _ => None,
    });
    if let Some(word) = last.last().filter(|word| is_root(&word.text)) {
        findings.push(
            Finding::new("the last user is root").at(word.span, "").help("end with USER and a number, USER 10001"),
        );
    }
}

fn is_root(user: &str) -> bool {
    matches!(user.split(':').next(), Some("root" | "0"))
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{passes, reports};

    #[test]
    fn on_lambda_it_is_silent_and_under_hadolints_preset_it_is_not() {
        passes("DL3002", "FROM public.ecr.aws/lambda/python:3.13\nUSER root\nCMD [\"a.b\"]");
        reports("DL3002", 1, "FROM public.ecr.aws/lambda/python:3.13\nUSER root\nCMD [\"a.b\"]");
        reports("DL3002", 1, "FROM debian:12 AS a\nUSER root\nFROM debian:12\nUSER 5");
    }
}
