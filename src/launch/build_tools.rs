//! What only building or testing needs and the final image ships.

use super::{Launch, Package, Presence};
use crate::diagnostic::Location;
use crate::facts::{self, BaseKind};
use crate::path::last;

/// Where people put the runtime interface emulator in an image.
const EMULATORS: &[&str] = &["/usr/local/bin/aws-lambda-rie", "/usr/bin/aws-lambda-rie", "/aws-lambda/aws-lambda-rie"];

impl Launch<'_> {
    /// The packages of the final image that only building needs.
    pub fn build_packages(&self) -> Vec<Package> {
        let mut tools: Vec<Package> = Vec::new();
        for stage in self.build.into_iter().flat_map(super::Build::final_stages) {
            // A RUN that removes packages is taken to remove these.
            let removing: Vec<usize> =
                stage.ran().iter().filter(|ran| ran.removes_packages()).map(|ran| ran.step).collect();
            for ran in stage.ran().iter().filter(|ran| removing.binary_search(&ran.step).is_err()) {
                let Some(install) = ran.install() else { continue };
                // Into another root it is not a part of the image yet.
                let here = !ran.has(&["--installroot", "--root", "-p"]);
                if here && matches!(install.manager, "apt" | "apk" | "dnf" | "yum") {
                    tools.extend(install.packages.into_iter().filter(|package| facts::build_tool(&package.name)));
                }
            }
        }
        tools
    }

    /// The programs of a saved image that only building needs, each with its layer.
    pub fn build_programs(&self) -> Vec<(&'static str, Location)> {
        let there = |path: &&'static str| Some((*path, self.layer_of(path)?));
        facts::build_programs().iter().filter_map(there).collect()
    }

    /// What brings the runtime interface emulator; `None` on AWS bases, which have it.
    pub fn emulator(&self) -> Option<Location> {
        if matches!(self.base.kind, BaseKind::Lambda | BaseKind::Client) {
            return None;
        }
        let brought = self.copied_emulator().or_else(|| self.fetched_emulator());
        brought.or_else(|| EMULATORS.iter().find_map(|path| self.layer_of(path)))
    }

    fn copied_emulator(&self) -> Option<Location> {
        self.copies().into_iter().find_map(|copied| {
            let source = copied.sources.iter().find(|(source, _)| source.as_deref().is_some_and(facts::emulator));
            let renamed = copied.destination.as_deref().is_some_and(|path| facts::emulator(last(path)));
            let (_, span) = source.or(copied.sources.first().filter(|_| renamed))?;
            Some((*span).into())
        })
    }

    fn fetched_emulator(&self) -> Option<Location> {
        let fetches = |program: &str| matches!(program, "curl" | "wget" | "aria2c");
        let mut args = self.final_commands().filter(|(_, ran)| fetches(&ran.program)).flat_map(|(_, ran)| &ran.args);
        let arg = args.find(|arg| facts::emulator(arg.raw.trim_matches(['"', '\''])))?;
        Some(arg.span.into())
    }

    /// The layer of a saved image that brings a file.
    fn layer_of(&self, path: &str) -> Option<Location> {
        match self.image?.presence(path) {
            Presence::Present(place) => Some(place),
            _ => None,
        }
    }
}
