//! Modules that the build installs, and that a COPY of the build context lays the host's own over.

use super::{Launch, RunCommand, Step};
use crate::source::Span;

/// A folder of modules that the host's own is laid over.
#[derive(Clone, Debug)]
pub struct Overlaid {
    /// Its name: `node_modules`, `.venv`.
    pub name: &'static str,
    /// The source of the COPY.
    pub source: Span,
    /// The command that made it for the image.
    pub installed: Span,
}

impl Launch<'_> {
    /// Folders of modules that a COPY replaces with the host's; empty where the context was not looked at.
    pub fn overlaid_modules(&self) -> Vec<Overlaid> {
        let mut overlaid = Vec::new();
        for junk in self.context_junk() {
            let Some(folder) = junk.folder.as_deref() else { continue };
            // It must be the same folder: COPY lays over what a command has made in its working directory.
            let here = |step: &Step<'_>| step.state.absolute(".").is_some_and(|home| home == folder);
            let mut installed: Option<Span> = None;
            let mut again = false;
            for (step, ran) in self.final_commands() {
                let made = makes(ran, junk.name);
                if step.instruction.span.start > junk.copy.start {
                    again |= made.is_some() || ran.is_opaque();
                } else if made == Some(true) && here(step) {
                    installed = Some(ran.span);
                }
            }
            if let (Some(installed), false) = (installed, again) {
                overlaid.push(Overlaid { name: junk.name, source: junk.source, installed });
            }
        }
        overlaid
    }
}

/// Whether a command makes a folder of modules: `Some(false)` if it only repairs one.
fn makes(ran: &RunCommand, name: &str) -> Option<bool> {
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
