//! Runtime clients that the build installs, or that lie in the image, and whether they fit the interpreter.

use super::{Build, Launch};
use crate::diagnostic::Location;
use crate::facts::{self, RuntimeClient};
use crate::source::Span;

/// A client that a RUN of a stage with a part in the image installs.
#[derive(Clone, Debug)]
pub struct ClientInstall {
    /// The client.
    pub client: &'static RuntimeClient,
    /// Its name on the command line.
    pub span: Span,
    /// Whether a version or a bound is written.
    pub pinned: bool,
    /// Why it does not fit the base's interpreter.
    unfit: Option<Unfit>,
}

/// A version of a client that needs a later interpreter.
#[derive(Clone, Debug)]
struct Unfit {
    version: String,
    needed: &'static str,
    found: String,
    base_place: Location,
}

/// A client that needs a later interpreter than there is.
#[derive(Clone, Debug)]
pub struct UnfitClient {
    /// The client.
    pub client: &'static RuntimeClient,
    /// Its version.
    pub version: String,
    /// The first version of the interpreter that it runs on.
    pub needed: &'static str,
    /// The version of the interpreter.
    pub found: String,
    /// What brings it.
    pub by: BroughtBy,
}

/// What brings a client.
#[derive(Clone, Debug)]
pub enum BroughtBy {
    /// A command, on a base.
    Command { install: Span, pinned: bool, base: Location },
    /// A layer, with the file that tells the version.
    Layer { path: String, layer: Location },
}

impl ClientInstall {
    /// Whether its version fits the base's interpreter, as far as both are known.
    pub fn fits(&self) -> bool {
        self.unfit.is_none()
    }
}

impl Launch<'_> {
    /// Clients that start and that need a later interpreter than the base or the image has.
    pub fn unfit_clients(&self) -> Vec<UnfitClient> {
        let installs = self.build.map(Build::client_installs).unwrap_or_default();
        let mut unfit: Vec<UnfitClient> =
            installs.into_iter().filter_map(|install| self.unfit_install(install)).collect();
        // One that the base's own entrypoint passes by never starts.
        if !self.starts_lambda_entrypoint() {
            unfit.extend(self.unfit_files());
        }
        unfit
    }

    fn unfit_install(&self, install: ClientInstall) -> Option<UnfitClient> {
        let ClientInstall { client, span, pinned, unfit } = install;
        let Unfit { version, needed, found, base_place } = unfit?;
        // pip and RubyGems refuse such a version; npm installs it, and where the base's own client starts nothing loads it.
        if client.manager == "npm" && self.starts_lambda_entrypoint() {
            return None;
        }
        let by = BroughtBy::Command { install: span, pinned, base: base_place };
        Some(UnfitClient { client, version, needed, found, by })
    }

    /// The clients of a saved image, by what their packages say of themselves.
    fn unfit_files(&self) -> Vec<UnfitClient> {
        let unfit = self.installed_clients().into_iter().filter_map(|installed| {
            let client = facts::runtime_client(installed.manager, installed.package)?;
            let needed = client.too_new_for(&installed.version, &installed.interpreter)?;
            let by = BroughtBy::Layer { layer: self.place_of_file(&installed.path), path: installed.path };
            Some(UnfitClient { client, version: installed.version, needed, found: installed.interpreter, by })
        });
        unfit.collect()
    }
}

impl Build<'_> {
    /// The clients that stages with a part in the image install by name, one a client and stage.
    pub fn client_installs(&self) -> Vec<ClientInstall> {
        let mut all = Vec::new();
        for stage in self.reachable_stages() {
            for ran in stage.ran() {
                let Some(install) = ran.install() else { continue };
                for package in &install.packages {
                    let Some(client) = facts::runtime_client(install.manager, &package.name) else { continue };
                    let raw = ran.args.iter().find(|arg| arg.span == package.span).map_or("", |arg| arg.raw.as_str());
                    // `awslambdaric<4`, `${RIC_VERSION}`, a file of constraints: a bound of some kind.
                    let pinned = package.version.is_some()
                        || raw.contains(['<', '=', '~', '$', '!'])
                        || ran.has(&["-c", "--constraint"])
                        || (install.manager == "gem" && ran.has(&["-v", "--version"]));
                    let version =
                        package.version.as_deref().or((!pinned && client.takes_newest).then_some(client.newest));
                    let unfit = version.and_then(|version| {
                        let needed = client.needs(version)?;
                        let found = client.found_on(self.base_of(stage)?, needed)?;
                        let base_place = self.root(stage).image_place;
                        Some(Unfit { version: version.to_owned(), needed, found, base_place })
                    });
                    all.push(ClientInstall { client, span: package.span, pinned, unfit });
                }
            }
        }
        all
    }
}
