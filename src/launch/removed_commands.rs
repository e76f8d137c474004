//! Commands and options that the installed version of a tool no longer has.

use super::{Build, RunCommand, Stage};
use crate::facts::{self, Removed};
use crate::source::Span;

/// A command that the installed tool does not know.
#[derive(Clone, Debug)]
pub struct RemovedCommand {
    /// What is gone.
    pub row: &'static Removed,
    /// Where that is written.
    pub span: Span,
    /// Where the tool is installed.
    pub installed: Span,
    /// The version, if it is pinned.
    pub version: Option<String>,
}

/// What is known of the tool of a stage.
#[derive(Clone, Debug)]
enum Installed {
    /// No visible command installs it, or it is not known which.
    Unknown,
    /// The newest one.
    Newest(Span),
    /// This one.
    Pinned(Span, String),
}

impl Build<'_> {
    /// Commands that the tools of their stages do not know.
    pub fn removed_commands(&self) -> Vec<RemovedCommand> {
        facts::removed_commands().iter().flat_map(|row| self.calls_of_removed(row)).collect()
    }

    fn calls_of_removed(&self, row: &'static Removed) -> Vec<RemovedCommand> {
        let mut found = Vec::new();
        // The tool at the end of each stage: one built FROM it goes on from there.
        let mut ends: Vec<Installed> = Vec::new();
        for stage in &self.stages {
            let mut installed = stage.passed_on(&ends).unwrap_or(Installed::Unknown);
            let plugin = row.plugin.is_some_and(|plugin| stage.steps.iter().any(|step| step.runs(plugin)));
            for ran in stage.ran() {
                if let Some(new) = installs(row.package, stage, ran) {
                    installed = new;
                }
                if row.bound && bounds(row.package, ran) {
                    installed = Installed::Unknown;
                }
                let gone = gone(row, ran).filter(|_| !ran.guarded && !plugin);
                found.extend(gone.and_then(|span| removed(&installed, row, span)));
            }
            ends.push(installed);
        }
        found
    }
}

fn removed(installed: &Installed, row: &'static Removed, span: Span) -> Option<RemovedCommand> {
    match installed {
        Installed::Unknown => None,
        Installed::Newest(at) => Some(RemovedCommand { row, span, installed: *at, version: None }),
        Installed::Pinned(at, version) => {
            let numbers = version.trim_start_matches('v').split('.').map_while(|part| part.parse::<u32>().ok());
            let numbers: Vec<u32> = numbers.collect();
            let late = !numbers.is_empty() && numbers >= row.since;
            late.then(|| RemovedCommand { row, span, installed: *at, version: Some(version.clone()) })
        }
    }
}

/// The version of a tool that a command installs; `None` if it installs none.
fn installs(tool: &str, stage: &Stage<'_>, ran: &RunCommand) -> Option<Installed> {
    if let Some(installed) = by_pip(tool, ran) {
        return Some(installed);
    }
    let program = matches!(ran.program.as_str(), "pipx" | "uv") && ran.does(&["install"]);
    if program && let Some(arg) = ran.args.iter().find(|arg| folded(&arg.raw).starts_with(tool)) {
        let text = arg.text.as_deref().unwrap_or_default();
        return Some(match text.split_once("==") {
            Some((_, version)) => Installed::Pinned(arg.span, version.to_owned()),
            None if is_plain(tool, text) => Installed::Newest(arg.span),
            None => Installed::Unknown,
        });
    }
    if tool == "poetry" && ran.raws().any(|text| text.contains("install.python-poetry.org")) {
        return by_script(stage, ran);
    }
    // A package of the distribution, or another tool, brings another one.
    let other = ran.raws().any(|text| folded(text).contains(tool)) && (ran.install().is_some() || program);
    other.then_some(Installed::Unknown)
}

fn by_pip(tool: &str, ran: &RunCommand) -> Option<Installed> {
    let install = ran.install().filter(|install| install.manager == "pip")?;
    let package = install.packages.into_iter().find(|package| folded(&package.name) == tool)?;
    let written = ran.args.iter().find(|arg| arg.span == package.span)?;
    let plain = written.text.as_deref().is_some_and(|text| is_plain(tool, text));
    Some(match package.version {
        Some(version) if written.text.is_some() => Installed::Pinned(package.span, version),
        // `poetry<2`, `poetry==$VERSION`: a constraint, or a version that is not known.
        _ if plain && !ran.has(&["-c", "--constraint"]) => Installed::Newest(package.span),
        _ => Installed::Unknown,
    })
}

/// The installer of Poetry takes its version from a variable or an option.
fn by_script(stage: &Stage<'_>, ran: &RunCommand) -> Option<Installed> {
    let step = stage.steps.get(ran.step)?;
    let version = step.state.env.get("POETRY_VERSION");
    let told = version.is_some() || step.runs("POETRY_VERSION") || step.runs("--version");
    Some(match version.and_then(|version| version.value().cloned()) {
        Some(version) => Installed::Pinned(ran.span, version),
        None if told => Installed::Unknown,
        None => Installed::Newest(ran.span),
    })
}

/// Whether a command installs other packages, whose versions may decide that of a tool.
fn bounds(tool: &str, ran: &RunCommand) -> bool {
    let Some(install) = ran.install().filter(|install| install.manager == "pip") else { return false };
    let lists =
        ran.has(&["-r", "--requirement", "-c", "--constraint", "-e", "."]) || ran.args.iter().any(|a| a.text.is_none());
    let others = install.packages.iter().any(|package| {
        let written = ran.args.iter().find(|arg| arg.span == package.span);
        folded(&package.name) != tool && written.is_none_or(|arg| arg.raw.contains(['=', '<', '>', '~', '@']))
    });
    lists || others
}

/// A requirement of the tool that takes any version: extras do not matter.
fn is_plain(tool: &str, text: &str) -> bool {
    let (name, rest) = text.split_once('[').unwrap_or((text, "]"));
    folded(name) == tool && rest.ends_with(']')
}

/// The name of a package as the index folds it.
fn folded(name: &str) -> String {
    name.to_ascii_lowercase().replace('_', "-")
}

/// Where a command asks for what is gone.
fn gone(row: &Removed, ran: &RunCommand) -> Option<Span> {
    if ran.program != row.program {
        return None;
    }
    let arg = |text: &str| ran.args.iter().find(|arg| arg.text.as_deref() == Some(text)).map(|arg| arg.span);
    if !row.verb.is_empty() && ran.verb() != row.verb {
        return None;
    }
    match row.flags.as_slice() {
        [] if row.verb.is_empty() => Some(ran.program_span),
        [] => Some(arg(row.verb).unwrap_or(ran.span)),
        flags => flags.iter().find_map(|flag| arg(flag)),
    }
}
