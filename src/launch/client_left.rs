//! A runtime client that a build stage installs, and that no COPY brings into the final image.

use super::tools::is_program;
use super::{Build, Copied, Launch, Origin, RunCommand, Stage, Step};
use crate::diagnostic::Location;
use crate::facts::{self, BaseKind, RuntimeClient};
use crate::path::{clean, under};
use crate::source::Span;

/// A client that stays in a build stage.
#[derive(Clone, Copy, Debug)]
pub struct LeftClient {
    /// The client.
    pub client: &'static RuntimeClient,
    /// Where it is installed.
    pub install: Span,
    /// Where it is started.
    pub start: Location,
}

/// Maximum number of installations that each COPY is compared with.
const MAX_INSTALLS: usize = 16;

impl Launch<'_> {
    /// The client that starts, where only a build stage installs it and nothing copies it from there.
    pub fn client_left(&self) -> Option<LeftClient> {
        let build = self.build.filter(|_| self.base.kind == BaseKind::General)?;
        let started = self.client()?.name;
        let start = self.entrypoint.place().or(self.cmd.place())?;
        let copies = build.copies();
        if build.may_have_done_anything() || build.final_commands().any(|(_, ran)| may_install(ran)) {
            return None;
        }
        let last: Vec<usize> = build.final_stages().iter().map(|stage| stage.index).collect();
        let installs =
            build.reachable_stages().into_iter().filter(|stage| !last.contains(&stage.index)).flat_map(|stage| {
                stage
                    .ran()
                    .iter()
                    .filter_map(move |ran| Some((stage, stage.steps.get(ran.step)?, ran, installed(ran)?)))
            });
        let of_started = installs.filter(|(_, _, _, (client, _))| client.package == started);
        let left = of_started.take(MAX_INSTALLS).map(|(stage, step, ran, (client, span))| {
            let folder = folder_of(client, stage, step, ran)?;
            let stays = !copies.iter().any(|copied| may_bring(copied, build, stage, &folder));
            stays.then_some(LeftClient { client, install: span, start })
        });
        // Where one of several installations may be copied, nothing is known.
        left.collect::<Option<Vec<_>>>()?.into_iter().next()
    }
}

/// Whether a command of the final image may install a client: it installs packages of a language, or unpacks something.
fn may_install(ran: &RunCommand) -> bool {
    const PROGRAMS: &[&str] =
        &["npm", "yarn", "pnpm", "bun", "pip", "uv", "poetry", "gem", "bundle", "tar", "unzip", "cp", "mv"];
    PROGRAMS.contains(&ran.program.as_str()) || ran.is_opaque()
}

/// The client that a command installs by name.
fn installed(ran: &RunCommand) -> Option<(&'static RuntimeClient, Span)> {
    let install = ran.install()?;
    install
        .packages
        .iter()
        .find_map(|package| Some((facts::runtime_client(install.manager, &package.name)?, package.span)))
}

/// The folder that a client is installed to; `None` if that is not known.
fn folder_of(client: &RuntimeClient, stage: &Stage<'_>, step: &Step<'_>, ran: &RunCommand) -> Option<String> {
    let folder = match client.manager {
        "npm" if ran.has(&["-g", "--global"]) => "/usr/local/lib/node_modules".to_owned(),
        "npm" if ran.has(&["--prefix", "-C", "--dir", "--cwd"]) => return None,
        "npm" => format!("{}/node_modules", ran.absolute(".")?),
        "pip" => match ran.value(&["-t", "--target"]) {
            Some(target) => ran.absolute(target)?,
            None if stage.virtual_environments().next().is_some() || ran.has(&["--user", "--prefix", "--root"]) => {
                return None;
            }
            None => "/usr/local/lib".to_owned(),
        },
        _ => "/usr/local/bundle".to_owned(),
    };
    let moved = ["GEM_HOME", "BUNDLE_PATH", "NPM_CONFIG_PREFIX", "npm_config_prefix", "PIP_TARGET", "PIP_PREFIX"];
    (!moved.iter().any(|name| step.state.env.contains_key(*name))).then(|| clean(&folder))
}

/// Whether a COPY may bring what a stage has in a folder: it takes the folder, one above it or one in it, or something
/// unknown.
fn may_bring(copied: &Copied<'_, '_>, build: &Build<'_>, stage: &Stage<'_>, folder: &str) -> bool {
    let of_stage = match &copied.origin {
        Origin::Stage(from) => build.ancestors(from).iter().any(|one| one.index == stage.index),
        // The build context, and other images, may hold packages too.
        Origin::Context => {
            // No packages of a language lie in a file among the programs.
            let program = copied.destination.as_deref().is_some_and(is_program);
            let files = copied.names().all(|name| name.contains('.')) && copied.names().count() > 0;
            return copied.opens() || !program && !files;
        }
        Origin::Image(..) | Origin::Unknown => return true,
    };
    let Origin::Stage(from) = &copied.origin else { return true };
    copied.sources.iter().any(|(source, _)| {
        let Some(source) = source else { return true };
        let path = from.end.absolute(source.trim_end_matches('*'));
        // What another stage made of it is not known.
        !of_stage
            || path.is_none_or(|path| under(folder, &path) || under(&path, folder) || path.contains("node_modules"))
    })
}
