//! Python packages that a build stage installs among its interpreter's own, and that the final image does not take.

use super::{Build, Copied, Launch, Origin, RunCommand, Stage, Step};
use crate::command::Handed;
use crate::diagnostic::Location;
use crate::facts::{self, CommandEffect, CommandKind};
use crate::path::{last, under};

/// Packages that stay in a stage.
#[derive(Clone, Debug)]
pub struct LeftInStage {
    /// The command that installs them.
    pub install: Location,
    /// The COPY that takes something else from the stage.
    pub taken: Location,
    /// What that takes.
    pub source: String,
}

/// Words of paths and commands by which packages get out of an interpreter's own folders.
const MOVES: &[&str] = &["site-packages", "dist-packages", "PYTHONPATH", "venv", "/.local"];
/// Maximum number of COPY instructions whose stages are looked at.
const MAX_COPIES: usize = 16;
/// Lists that only building and testing need.
const OTHER_LISTS: &[&str] = &["dev", "test", "build", "lint", "doc", "ci"];

impl Launch<'_> {
    /// Packages that pip installs in a stage of which the final image takes other folders only.
    pub fn left_in_stage(&self) -> Option<LeftInStage> {
        let build = self.build?;
        let python = self.base.family == Some("python") && (self.on_lambda_base() || self.client().is_some());
        let told = self.env("PYTHONPATH").is_some() || self.env("AWS_LAMBDA_EXEC_WRAPPER").is_some();
        if !python || told || self.function().is_no() || brings_packages(build) {
            return None;
        }
        let copies = build.copies();
        copies.iter().take(MAX_COPIES).find_map(|copied| {
            let Origin::Stage(from) = &copied.origin else { return None };
            let install = list_install(build, from)?;
            let (source, span) = copied.sources.first()?;
            Some(LeftInStage { install: install.span.into(), taken: (*span).into(), source: source.clone()? })
        })
    }
}

/// Whether anything may bring packages of Python into the final image.
fn brings_packages(build: &Build<'_>) -> bool {
    let unseen = |stage: &Stage<'_>| build.first_hidden_step(stage).is_some();
    let mounts = |step: &Step<'_>| step.is_run() && step.instruction.flag("mount").is_some();
    build.final_stages().into_iter().any(unseen)
        || build.final_steps().into_iter().any(mounts)
        || build.final_commands().any(|(_, ran)| installs_python(ran))
        || build.copies().iter().any(may_hold_packages)
}

fn installs_python(ran: &RunCommand) -> bool {
    let Some(row) = ran.reading.row else { return true };
    let other = matches!(row.manager, Some("npm" | "gem"));
    (row.effect() == CommandEffect::Packages && !other)
        || row.language == Some("python")
        || MOVES.iter().any(|word| ran.line().contains(word))
}

/// Whether a COPY may take packages along.
fn may_hold_packages(copied: &Copied<'_, '_>) -> bool {
    const VENDORED: &[&str] = &[
        "packages",
        "package",
        "vendor",
        "lib",
        "libs",
        "python",
        "deps",
        "dependencies",
        "layer",
        "layers",
        "build",
        "dist",
    ];
    const OTHERS: &[&str] = &["lambda-adapter", "aws-lambda-rie", "extensions"];
    copied.sources.iter().any(|(source, _)| {
        let Some(source) = source.as_deref() else { return true };
        let moves = MOVES.iter().any(|word| source.contains(word));
        match &copied.origin {
            Origin::Context => moves || VENDORED.contains(&last(source)),
            Origin::Image(..) => !OTHERS.iter().any(|word| source.contains(word)),
            Origin::Unknown => true,
            // A folder that holds the interpreter's own, or lies in it.
            Origin::Stage(_) => {
                let own = ["/usr/local/lib/python3", "/usr/lib/python3", "/var/lang/lib/python3"];
                moves
                    || own.iter().any(|folder| under(folder, source))
                    || ["/usr/local", "/var/lang", "/usr/lib"].iter().any(|folder| under(source, folder))
                    || facts::is_wheel_name(last(source))
            }
        }
    })
}

/// The `pip install -r` of a stage that puts packages among the interpreter's own, where nothing else of the stage may
/// take them elsewhere.
fn list_install<'b>(build: &'b Build<'_>, from: &'b Stage<'_>) -> Option<&'b RunCommand> {
    let line = build.ancestors(from);
    let python = build.base_of(from)?.family == Some("python");
    let stays = |ran: &RunCommand| moves_nothing(ran) && !moved(ran);
    let unseen = |stage: &&Stage<'_>| build.first_hidden_step(stage).is_some();
    let all = || line.iter().flat_map(|stage| stage.ran());
    // What it takes from elsewhere may be packages that are ready.
    let taken =
        line.iter().flat_map(|stage| build.copies_of(stage)).any(|copied| !matches!(copied.origin, Origin::Context));
    if !python || taken || line.iter().any(unseen) || !all().all(stays) {
        return None;
    }
    let told = ["PIP_TARGET", "PIP_PREFIX", "PIP_USER", "PYTHONUSERBASE", "VIRTUAL_ENV"];
    let stage = line.iter().find(|stage| stage.ran().iter().any(is_list_install))?;
    let ran = stage.ran().iter().find(|ran| is_list_install(ran))?;
    let state = &stage.steps.get(ran.step)?.state;
    let elsewhere = told.iter().any(|name| state.env.contains_key(*name) || state.args.contains_key(*name))
        || state.variable("PATH").is_some_and(|path| path.contains("venv"));
    (!elsewhere).then_some(ran)
}

/// Whether a command leaves the files that it finds where they are. What a shell is given as a text, or reads from a
/// here-document, stands among the commands.
fn moves_nothing(ran: &RunCommand) -> bool {
    use CommandEffect::{Edits, Folders, Mode, Nothing, Output, Packages, Remove, System};
    let Some(row) = ran.reading.row else { return false };
    match row.kind {
        CommandKind::Shell => !matches!(ran.reading.handed, Handed::File(_)),
        // `env` alone prints the variables.
        CommandKind::Wrapper => ran.reading.handed == Handed::Nothing,
        _ => matches!(row.effect(), Nothing | Output | System | Packages | Mode | Folders | Remove | Edits),
    }
}

/// Whether a command names another place for packages.
fn moved(ran: &RunCommand) -> bool {
    let into = ran.reading.row.is_some_and(|row| ran.values_of(&row.into).next().is_some());
    let flags = ["-t", "--target", "--prefix", "--root", "--user", "-d", "--download"];
    into || ran.has(&flags) || MOVES.iter().any(|word| ran.line().contains(word) || ran.path.contains(word))
}

fn is_list_install(ran: &RunCommand) -> bool {
    let list = ran.value(&["-r", "--requirement"]).filter(|list| !list.is_empty());
    let other = |list: &str| OTHER_LISTS.iter().any(|word| last(list).contains(word));
    ran.program == "pip" && !ran.guarded && ran.does(&["install"]) && list.is_some_and(|list| !other(list))
}
