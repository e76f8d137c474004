//! LL314 foreign-native-module.

use crate::diagnostic::Finding;
use crate::launch::{Launch, Ran, Step, under};
use crate::rules::{Check, Rule};
use crate::source::Span;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL314-foreign-native-module.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let Some(build) = launch.build else { return };
    for junk in launch.context_junk() {
        let Some(folder) = junk.folder.as_deref() else { continue };
        let installs = |(step, ran): &(&Step<'_>, &Ran)| {
            makes(step, ran, junk.name) == Some(true)
                && home(step, ran).is_none_or(|home| under(&home, folder) && under(folder, &home))
        };
        let place = |ran: &Ran| ran.span;
        let before: Option<Span> = build
            .final_ran()
            .filter(|(step, _)| step.instruction.span.start < junk.copy.start)
            .filter(installs)
            .map(|(_, ran)| place(ran))
            .last();
        let again = build.final_ran().any(|(step, ran)| {
            step.instruction.span.start > junk.copy.start && (makes(step, ran, junk.name).is_some() || ran.is_opaque())
        });
        let (Some(installed), false) = (before, again) else { continue };
        findings.push(
            Finding::new(format!("{} of this machine is laid over the one that was installed", junk.name))
                .at(junk.source, format!("brings {} along", junk.name))
                .at(installed, "installed here, for the image")
                .help(format!("add {} to .dockerignore", junk.name)),
        );
    }
}

/// Whether a command makes a folder of modules: `Some(false)` where it only mends one.
fn makes(step: &Step<'_>, ran: &Ran, name: &str) -> Option<bool> {
    let verb = ran.verb();
    let _ = step;
    match (name, ran.program.as_str()) {
        ("node_modules", "npm") => match verb {
            "ci" | "install" | "i" | "clean-install" => Some(!ran.has(&["--global", "-g", "--prefix"])),
            "rebuild" => Some(false),
            _ => None,
        },
        ("node_modules", "yarn" | "pnpm" | "bun") => matches!(verb, "" | "install" | "add" | "i").then_some(true),
        ("node_modules" | ".venv" | "venv", "rm") => ran.args.iter().any(|arg| arg.raw.contains(name)).then_some(false),
        (".venv", "uv") => matches!(verb, "sync" | "venv").then_some(true),
        (".venv" | "venv", "venv" | "virtualenv") => ran.args.iter().any(|arg| arg.raw == name).then_some(true),
        _ => None,
    }
}

/// The folder it is made in: the working directory, unless a `cd` went before.
fn home(step: &Step<'_>, ran: &Ran) -> Option<String> {
    let _ = ran;
    step.state.absolute(".")
}
