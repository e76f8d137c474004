//! Commands and options that Poetry 2 no longer has, where that version is installed.

use super::{Build, Parent, RunCommand, Stage};
use crate::source::Span;

/// A command that the installed Poetry does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemovedCommand {
    /// What it no longer has.
    pub gone: Gone,
    /// Where that is written.
    pub span: Span,
    /// Where Poetry is installed.
    pub installed: Span,
    /// The version, if it is pinned.
    pub version: Option<String>,
}

/// What Poetry 2 no longer has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gone {
    /// `poetry export`, which is a plugin's now.
    Export,
    /// `--no-dev` of `poetry install`.
    NoDev,
}

/// What is known of the Poetry of a stage.
#[derive(Clone, Debug)]
enum Installed {
    /// Nothing installs it in sight, or nobody can tell which.
    Unknown,
    /// The newest one.
    Newest(Span),
    /// This one.
    Pinned(Span, String),
}

impl Build<'_> {
    /// Commands that the Poetry of their stage does not know.
    pub fn removed_commands(&self) -> Vec<RemovedCommand> {
        let mut found = Vec::new();
        // The Poetry at the end of each stage: one built FROM it goes on from there.
        let mut ends: Vec<Installed> = Vec::new();
        for stage in &self.stages {
            let mut installed = match stage.parent {
                Parent::Stage(parent) => ends.get(parent).cloned().unwrap_or(Installed::Unknown),
                Parent::Image(_) => Installed::Unknown,
            };
            let plugin = stage.steps.iter().any(|step| step.runs("poetry-plugin-export"));
            for ran in stage.ran() {
                if let Some(new) = installs(stage, ran) {
                    installed = new;
                }
                let gone = gone(ran).filter(|(gone, _)| !ran.guarded && (*gone != Gone::Export || !plugin));
                found.extend(gone.and_then(|(gone, span)| removed(&installed, gone, span)));
            }
            ends.push(installed);
        }
        found
    }
}

fn removed(installed: &Installed, gone: Gone, span: Span) -> Option<RemovedCommand> {
    match installed {
        Installed::Unknown => None,
        Installed::Newest(at) => Some(RemovedCommand { gone, span, installed: *at, version: None }),
        Installed::Pinned(at, version) => {
            let major: u32 = version.trim_start_matches('v').split('.').next()?.parse().ok()?;
            (major >= 2).then(|| RemovedCommand { gone, span, installed: *at, version: Some(version.clone()) })
        }
    }
}

/// The Poetry that a command installs; `None` if it installs none.
fn installs(stage: &Stage<'_>, ran: &RunCommand) -> Option<Installed> {
    let named = |ran: &RunCommand| {
        let install = ran.install().filter(|install| install.manager == "pip")?;
        install.packages.into_iter().find(|package| package.name == "poetry")
    };
    if let Some(package) = named(ran) {
        let written = ran.args.iter().find(|arg| arg.span == package.span)?;
        let plain = written.text.as_deref() == Some("poetry");
        return Some(match package.version {
            Some(version) if written.text.is_some() => Installed::Pinned(package.span, version),
            // `poetry<2`, `poetry==$VERSION`: a constraint, or a version that is not known.
            _ if plain && !ran.has(&["-c", "--constraint"]) => Installed::Newest(package.span),
            _ => Installed::Unknown,
        });
    }
    let tool = matches!(ran.program.as_str(), "pipx" | "uv") && ran.does(&["install"]);
    if tool && let Some(arg) = ran.args.iter().find(|arg| arg.raw.starts_with("poetry")) {
        let text = arg.text.as_deref().unwrap_or_default();
        return Some(match text.split_once("==") {
            Some((_, version)) => Installed::Pinned(arg.span, version.to_owned()),
            None if text == "poetry" => Installed::Newest(arg.span),
            None => Installed::Unknown,
        });
    }
    let script = ran.raws().any(|text| text.contains("install.python-poetry.org"));
    if script {
        let version = stage.steps.get(ran.step)?.state.env.get("POETRY_VERSION");
        let told = version.is_some() || stage.steps.get(ran.step)?.runs("POETRY_VERSION");
        let told = told || stage.steps.get(ran.step)?.runs("--version");
        return Some(match version.and_then(|version| version.value().cloned()) {
            Some(version) => Installed::Pinned(ran.span, version),
            None if told => Installed::Unknown,
            None => Installed::Newest(ran.span),
        });
    }
    // A package of the distribution, or another tool, brings another one.
    let other = ran.raws().any(|text| text.contains("poetry")) && (ran.install().is_some() || tool);
    other.then_some(Installed::Unknown)
}

/// What a command asks of Poetry and version 2 no longer has.
fn gone(ran: &RunCommand) -> Option<(Gone, Span)> {
    if ran.program != "poetry" {
        return None;
    }
    let arg = |text: &str| ran.args.iter().find(|arg| arg.text.as_deref() == Some(text)).map(|arg| arg.span);
    match ran.verb() {
        "export" => Some((Gone::Export, arg("export").unwrap_or(ran.span))),
        "install" => arg("--no-dev").map(|span| (Gone::NoDev, span)),
        _ => None,
    }
}
