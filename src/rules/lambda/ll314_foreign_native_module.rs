//! LL314 foreign-native-module.

use crate::arch::Arch;
use crate::diagnostic::{Finding, Severity};
use crate::launch::{Launch, Ran, Step};
use crate::rules::{Check, Rule};
use crate::source::Span;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL314-foreign-native-module.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let Some(build) = launch.build else { return in_image(launch, findings) };
    for junk in launch.context_junk() {
        let Some(folder) = junk.folder.as_deref() else { continue };
        // It must be the same folder: COPY lays over what a command has made in its working directory.
        let here = |step: &Step<'_>| step.state.absolute(".").is_some_and(|home| home == folder);
        let mut installed: Option<Span> = None;
        let mut again = false;
        for (step, ran) in build.final_ran() {
            let made = makes(ran, junk.name);
            if step.instruction.span.start > junk.copy.start {
                again |= made.is_some() || ran.is_opaque();
            } else if made == Some(true) && here(step) {
                installed = Some(ran.span);
            }
        }
        let (Some(installed), false) = (installed, again) else { continue };
        findings.push(
            Finding::new(format!("{} of this machine is laid over the one that was installed", junk.name))
                .at(junk.source, format!("brings {} along", junk.name))
                .at(installed, "installed here, for the image")
                .help(format!("add {} to .dockerignore", junk.name)),
        );
    }
}

fn in_image(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let architecture = launch.machine().map_or("amd64", Arch::oci);
    for module in launch.foreign_modules().into_iter().take(10) {
        let more = if module.count > 1 { format!(", and {} more beside it", module.count - 1) } else { String::new() };
        findings.push(
            Finding::new(format!("{} is {}, and its package has none for this image", module.path, module.built_for))
                .at(launch.place_of_file(&module.path), format!("{}{more}", module.path))
                .help(format!("install it in the build, for linux/{architecture}; keep the host's modules out"))
                .severity(Severity::Error),
        );
    }
    // Whether anything starts these is not seen.
    for (path, built_for) in launch.foreign_programs().into_iter().take(10) {
        findings.push(
            Finding::new(format!("{path} is built for {built_for}, and the image is for {architecture}"))
                .at(launch.place_of_file(&path), "it is on PATH, and cannot start")
                .help(format!("take the program for linux/{architecture}")),
        );
    }
}

/// Whether a command makes a folder of modules: `Some(false)` where it only mends one.
fn makes(ran: &Ran, name: &str) -> Option<bool> {
    let verb = ran.verb();
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
