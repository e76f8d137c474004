//! System libraries that a package was compiled against and that the final image does not have.

use super::{Build, Copied, Kept, Launch, Origin, Package, RunCommand, Stage};
use crate::diagnostic::Location;
use crate::facts::{self, Needs};
use crate::path::under;

/// A library that a package needs when it runs, and that is not in the image.
#[derive(Clone, Debug)]
pub struct LeftBehind {
    /// The package.
    pub package: Package,
    /// The library.
    pub library: String,
    /// The command that takes it away; `None` if the base never had it.
    pub taken: Option<Location>,
    /// What installs it, where that is known.
    pub install: Option<&'static str>,
}

/// Maximum number of COPY instructions from one stage that are looked at.
const MAX_COPIES: usize = 16;

impl Launch<'_> {
    /// The libraries that packages of the final image lack.
    pub fn left_behind(&self) -> Vec<LeftBehind> {
        let Some(build) = self.build else { return Vec::new() };
        let mut kept = None;
        let mut lacking: Vec<LeftBehind> = self.client_without_libstdcxx(build, &mut kept).into_iter().collect();
        let needs = &facts::native_packages().needs;
        lacking.extend(needs.iter().filter_map(|need| self.without_library(build, need, &mut kept)));
        lacking
    }

    /// A client that was compiled on Alpine needs libstdc++, which the base does not bring.
    fn client_without_libstdcxx(&self, build: &Build<'_>, kept: &mut Option<Kept>) -> Option<LeftBehind> {
        // The images of node have libstdc++, for node itself needs it.
        if self.base.musl() != Some(true) || self.base.family == Some("node") {
            return None;
        }
        let language = self.client()?.language;
        let (_, package) = installs(build).find(|(_, package)| match language {
            "python" => package.name == "awslambdaric" && self.is_compiled(package),
            "ruby" => package.name == "aws_lambda_ric",
            _ => false,
        })?;
        let kept = kept.get_or_insert_with(|| build.kept());
        let table = &facts::native_packages().musl_cpp;
        // What a package brings with it only the known ones tell.
        if kept.unknown
            || kept.packages.iter().any(|kept| !table.plain.contains(&kept.name.as_str()))
            || brings_libraries(build)
        {
            return None;
        }
        let taken = kept.removed.iter().find(|(package, _)| table.brought_by.contains(&package.name.as_str()));
        let taken = taken.map(|(_, span)| (*span).into());
        let install = Some("apk add --no-cache libstdc++");
        Some(LeftBehind { package, library: "libstdc++".into(), taken, install })
    }

    /// Wheels for musl, which bring their libraries, came with version 4, which needs Python 3.10.
    fn is_compiled(&self, package: &Package) -> bool {
        match &package.version {
            Some(version) => {
                version.split('.').next().and_then(|major| major.parse().ok()).is_some_and(|major: u32| major < 4)
            }
            None => self.base.python_minor().is_some_and(|minor| minor < 10),
        }
    }

    /// A package that was compiled against a library which is only in the stage that compiled it.
    fn without_library(&self, build: &Build<'_>, need: &Needs, kept: &mut Option<Kept>) -> Option<LeftBehind> {
        let (stage, package) = installs(build).find(|(_, package)| package.name.eq_ignore_ascii_case(need.package))?;
        let brings = |text: &str| need.brought_by.iter().any(|&part| text.contains(part));
        let found = |package, taken| LeftBehind { package, library: need.library.to_owned(), taken, install: None };
        if build.final_stages().iter().any(|of| of.index == stage.index) {
            let kept = kept.get_or_insert_with(|| build.kept());
            let (_, span) = kept.removed.iter().find(|(package, _)| brings(&package.name))?;
            let stays = kept.packages.iter().any(|package| brings(&package.name));
            return (!stays && !kept.unknown).then(|| found(package, Some((*span).into())));
        }
        // Bases with compilers have most libraries, too.
        let bare = self.on_lambda_base() || self.base.musl() == Some(true) || self.base.has_variant("slim");
        let mentioned = || need.brought_by.iter().any(|part| build.runs_mention(part));
        if !bare || mentioned() || brings_libraries(build) {
            return None;
        }
        let comes = |copied: &&Copied<'_, '_>| match &copied.origin {
            Origin::Stage(from) => build.ancestors(from).iter().any(|of| of.index == stage.index),
            _ => false,
        };
        let copies = build.copies();
        copies.iter().filter(comes).take(MAX_COPIES).find_map(|copied| build.native(copied))?;
        Some(found(package, None))
    }
}

/// The packages that pip and gem install by name, in any stage.
fn installs<'b>(build: &'b Build<'_>) -> impl Iterator<Item = (&'b Stage<'b>, Package)> {
    build.stages.iter().flat_map(|stage| {
        let installs = stage.ran().iter().filter_map(RunCommand::install);
        let installs = installs.filter(|install| matches!(install.manager, "pip" | "gem"));
        installs.flat_map(|install| install.packages).map(move |package| (stage, package))
    })
}

/// Whether a COPY from elsewhere fills a folder where libraries are looked for.
pub(super) fn brings_libraries(build: &Build<'_>) -> bool {
    const FOLDERS: &[&str] =
        &["/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/opt/lib", "/var/task/lib"];
    build.copies().iter().any(|copied| {
        let Some(destination) = copied.destination.as_deref() else { return true };
        let library =
            copied.sources.iter().any(|(source, _)| source.as_deref().is_none_or(|text| text.contains(".so")));
        let folder = FOLDERS.iter().any(|folder| under(destination, folder)) && !destination.contains("/python");
        library || folder || matches!(destination, "/" | "/usr" | "/usr/local" | "/opt")
    })
}
