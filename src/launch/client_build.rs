//! Runtime clients that a package manager has to build from their sources, and that cannot be built.

use super::{Build, Package, RunCommand, Stage};
use crate::diagnostic::Location;
use crate::facts::{Base, ClientBuild, Os, packages};
use crate::source::Span;

/// A client that cannot be built.
#[derive(Clone, Debug)]
pub struct UnbuildableClient {
    /// The package.
    pub package: Package,
    /// What keeps it from being built.
    pub why: Unbuildable,
    /// The base it is built on.
    pub base: Location,
}

/// What keeps a client from being built.
#[derive(Clone, Debug)]
pub enum Unbuildable {
    /// `apk add --virtual make cmake`: the group is called make, and make is not installed.
    GroupName { name: String, place: Span },
    /// Sources that want <execinfo.h> on an Alpine that has none; Alpine's version, and what to use.
    NoExecinfo { alpine: String, place: Span, instead: &'static str },
    /// Tools that are certainly missing, of those it needs.
    NoTools { missing: Vec<&'static str>, needs: &'static [&'static str], musl: bool },
}

/// Maximum number of parent stages whose commands are looked at.
const MAX_PARENTS: usize = 8;

/// What is known where a client is installed.
struct Site<'b> {
    client: &'static ClientBuild,
    base: &'b Base,
    os: &'b Os,
    package: Package,
    /// The commands before, those of the stages below among them.
    before: Vec<&'b RunCommand>,
}

impl<'a> Build<'a> {
    /// Clients that a stage installs and cannot build, one a stage.
    pub fn unbuildable_clients(&self) -> Vec<UnbuildableClient> {
        let of_stage = |stage: &Stage<'a>| {
            let site = self.client_site(stage)?;
            let why = site.group_name().or_else(|| site.no_execinfo()).or_else(|| site.no_tools())?;
            Some(UnbuildableClient { package: site.package, why, base: self.root(stage).image_place })
        };
        self.stages.iter().filter_map(of_stage).collect()
    }

    fn client_site<'b>(&'b self, stage: &'b Stage<'a>) -> Option<Site<'b>> {
        let clients = &packages().client;
        let mut commands = stage.ran().iter().enumerate().filter(|(_, ran)| !ran.guarded);
        let (at, package) = commands.find_map(|(at, ran)| {
            let install = ran.install()?;
            let known = |package: &&Package| {
                clients.iter().any(|one| one.package == package.name && one.manager == install.manager)
            };
            Some((at, install.packages.iter().find(known)?.clone()))
        })?;
        let base = self.base_of(stage)?;
        let os = base.os?;
        let builds = |client: &&ClientBuild| client.package == package.name && is_built(client, base, os, &package);
        let client = clients.iter().find(builds)?;
        let parents = self.ancestors(stage).into_iter().skip(1).take(MAX_PARENTS).flat_map(Stage::ran);
        let before: Vec<&RunCommand> = parents.chain(stage.ran().iter().take(at)).collect();
        let unknown = |ran: &&RunCommand| {
            ran.is_opaque() || ran.args.iter().any(|arg| arg.text.is_none() && ran.install().is_some())
        };
        (!before.iter().any(unknown)).then_some(Site { client, base, os, package, before })
    }
}

impl Site<'_> {
    fn installed(&self) -> impl Iterator<Item = Package> {
        self.before.iter().filter_map(|ran| ran.install()).flat_map(|install| install.packages)
    }

    fn group_name(&self) -> Option<Unbuildable> {
        self.before.iter().filter(|ran| ran.program == "apk" && !ran.guarded).find_map(|ran| {
            let name = ran.value(&["--virtual", "-t"])?;
            let tool =
                self.client.needs.contains(&name) || matches!(name, "build-base" | "gcc" | "python3" | "curl-dev");
            if !tool || self.installed().any(|package| package.name == name) {
                return None;
            }
            let place = ran.args.iter().find(|arg| arg.text.as_deref() == Some(name)).map_or(ran.span, |arg| arg.span);
            Some(Unbuildable::GroupName { name: name.to_owned(), place })
        })
    }

    fn no_execinfo(&self) -> Option<Unbuildable> {
        let alpine = self.base.alpine()?;
        let from = &self.client.no_execinfo_from;
        let limit = if from.is_empty() { [3, 17].as_slice() } else { from };
        let (major, minor) = alpine.version;
        if [major, minor].as_slice() < limit {
            return None;
        }
        let asked = self.installed().find(|package| package.name == "libexecinfo-dev").map(|package| package.span);
        let place = asked.or_else(|| (!from.is_empty()).then_some(self.package.span))?;
        let later = if alpine.floating { " and later" } else { "" };
        let alpine = format!("{major}.{minor}{later}");
        Some(Unbuildable::NoExecinfo { alpine, place, instead: self.client.instead })
    }

    /// No compiler, no make, no cmake: what of it is missing for sure.
    fn no_tools(&self) -> Option<Unbuildable> {
        let slim = self.base.has_variant("slim");
        let bare = self.os.musl || slim || matches!(self.base.family, Some("debian" | "ubuntu"));
        let installed: Vec<Package> = self.installed().collect();
        let has = |tool: &str| {
            installed.iter().any(|package| {
                let name = package.name.as_str();
                // autoconf, automake and libtool are drawn in by nothing else.
                name == tool
                    || (matches!(tool, "g++" | "make")
                        && matches!(name, "build-base" | "build-essential" | "alpine-sdk" | "clang"))
            })
        };
        // The full images of Python and Node have all but cmake.
        let needs = self.client.needs.as_slice();
        let missing = needs.iter().copied().filter(|tool| !has(tool) && (bare || *tool == "cmake"));
        let missing: Vec<&str> = missing.collect();
        // With most of it installed the author has tried, and the rest may come from elsewhere.
        let tried =
            missing.len() < needs.len() && !missing.iter().any(|tool| matches!(*tool, "g++" | "make" | "cmake"));
        (!missing.is_empty() && !tried).then_some(Unbuildable::NoTools { missing, needs, musl: self.os.musl })
    }
}

/// Whether installing a version of a client on a base means building it.
fn is_built(client: &ClientBuild, base: &Base, os: &Os, package: &Package) -> bool {
    if (client.musl_only && !os.musl)
        || !matches!(base.family, Some("python" | "node" | "alpine" | "debian" | "ubuntu"))
    {
        return false;
    }
    let newest = |base: &Base| {
        let version = language(base)?;
        Some(version >= client.newest_from)
    };
    match package.version.as_deref() {
        Some(version) => {
            let major = version.split('.').next().and_then(|major| major.parse::<u32>().ok());
            major.is_some_and(|major| {
                client.from.is_none_or(|from| major >= from) && client.below.is_none_or(|below| major < below)
            })
        }
        // pip goes back to one that fits the interpreter, npm takes the newest and ignores the engine.
        None if client.manager == "pip" => newest(base) == Some(false),
        None => client.from.is_some() && newest(base) == Some(true),
    }
}

/// The language's version in a base's tag: `[3, 8]` of `python:3.8-alpine`, `[22]` of `node:22-slim`.
fn language(base: &Base) -> Option<Vec<u32>> {
    base.family.filter(|family| matches!(*family, "python" | "node"))?;
    numbers(base.reference.as_ref()?.tag.as_deref()?)
}

fn numbers(text: &str) -> Option<Vec<u32>> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    text[..end].split('.').map(|part| part.parse().ok()).collect()
}
