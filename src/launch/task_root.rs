//! Whether the runtime client for Node finds the handler: from version 4 on it looks in `LAMBDA_TASK_ROOT`.

use super::{Build, Launch, Package, RunCommand, Stage};
use crate::diagnostic::{DocumentId, Location};
use crate::facts::{Base, BaseKind};

/// A client that looks in `LAMBDA_TASK_ROOT`, where nothing sets the variable.
#[derive(Clone, Debug)]
pub struct UnsetTaskRoot {
    /// The folder where the client starts, in which the handler is.
    pub workdir: String,
    /// The client's major version; `None` if it is the newest.
    pub major: Option<u32>,
    /// The package that a command installs.
    pub installed: Option<Location>,
    /// What starts it.
    pub entrypoint: Location,
    /// Where a line can be inserted above ENTRYPOINT.
    pub insert_at: Option<usize>,
}

/// The client for Node.
pub const NODE_CLIENT: &str = "aws-lambda-ric";
/// The first major version that looks there.
const FIRST_MAJOR: u32 = 4;

impl Launch<'_> {
    /// The client for Node that does not find the handler in the folder where it starts.
    pub fn unset_task_root(&self) -> Option<UnsetTaskRoot> {
        let workdir = self.workdir.value().map_or("/", String::as_str);
        // In /var/task, where Lambda's own value points, the handler is found.
        if self.env("LAMBDA_TASK_ROOT").is_some() || workdir == "/var/task" || self.client()?.name != NODE_CLIENT {
            return None;
        }
        let entrypoint = self.place_of(&self.entrypoint);
        let workdir = workdir.to_owned();
        let Some(build) = self.build else {
            let major = self.client_major().filter(|major| *major >= FIRST_MAJOR && !self.on_lambda_base())?;
            return Some(UnsetTaskRoot { workdir, major: Some(major), installed: None, entrypoint, insert_at: None });
        };
        if !matches!(self.base.kind, BaseKind::General | BaseKind::Scratch) || self.workdir.is_unknown() {
            return None;
        }
        let (package, major) = self.installed_node_client(build)?;
        let insert_at = start_of_line(build, entrypoint).filter(|_| !self.entrypoint.is_inherited());
        Some(UnsetTaskRoot { workdir, major, installed: Some(package.span.into()), entrypoint, insert_at })
    }

    /// The client that gets installed, where it is certain to be version 4 or later.
    fn installed_node_client(&self, build: &Build<'_>) -> Option<(Package, Option<u32>)> {
        let installs = build.stages.iter().flat_map(Stage::ran).filter_map(RunCommand::install);
        let npm = installs.filter(|install| install.manager == "npm");
        let package = npm.flat_map(|install| install.packages).find(|package| package.name == NODE_CLIENT)?;
        let Some(version) = &package.version else {
            // Without a version npm takes the newest; a project that needs one for an older Node pins it.
            return is_recent_node(&self.base).then_some((package, None));
        };
        let major: u32 = version.trim_start_matches(['^', '~', '=', 'v']).split('.').next()?.parse().ok()?;
        (major >= FIRST_MAJOR).then_some((package, Some(major)))
    }

    /// Whether the client for Node starts off an AWS base, so that it reads `LAMBDA_TASK_ROOT` also where no Lambda
    /// sets it. Those of Python, Ruby and Java never do.
    pub fn reads_task_root(&self) -> bool {
        let starts = match self.client() {
            Some(client) => client.name == NODE_CLIENT,
            None => self.runs_mention(NODE_CLIENT),
        };
        !self.on_lambda_base() && starts
    }
}

/// Node 22 or later: by its number, or because `latest`, `lts` and no tag have been for long.
fn is_recent_node(base: &Base) -> bool {
    let Some(reference) = base.reference.as_ref().filter(|_| base.family == Some("node")) else { return false };
    match (base.version(), &reference.tag, &reference.digest) {
        (Some((major, _)), ..) => major >= 22,
        (None, None, digest) => digest.is_none(),
        (None, Some(tag), _) => matches!(tag.split('-').next(), Some("latest" | "lts" | "current" | "slim" | "alpine")),
    }
}

fn start_of_line(build: &Build<'_>, place: Location) -> Option<usize> {
    if place.doc != DocumentId::Dockerfile {
        return None;
    }
    let source = &build.dockerfile.source;
    let line = source.line(source.line_of(place.span.start));
    (line.start == place.span.start).then_some(line.start)
}
