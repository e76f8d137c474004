//! Settings with which AWS's Lambda Web Adapter does not reach the web server.

use super::adapter::Port;
use super::{Adapter, Launch, Presence, StepKind};
use crate::diagnostic::Location;
use crate::facts::{self, WebAdapter};
use crate::source::Span;
use crate::suggest;

/// What keeps the adapter from the web server.
#[derive(Clone, Debug)]
pub enum AdapterFault {
    /// Nothing starts what lies at this path.
    Unstarted(String),
    /// The base's entrypoint starts its own runtime.
    OtherRuntime,
    /// The server is on another port, and what says so.
    OtherPort { asked: Port, server: u16, place: Location },
    /// Version 0.7.0 asks whether the server is ready on PORT or 8080, and ignores `AWS_LWA_PORT`.
    Readiness { port: u16, place: Location },
    /// A variable that the adapter does not read.
    Misnamed(Misnamed),
}

/// A variable that the adapter does not read.
#[derive(Clone, Debug)]
pub struct Misnamed {
    /// The variable.
    pub name: String,
    /// Where it is set.
    pub place: Location,
    /// Major and minor version of the adapter that no longer reads it; `None` if none ever did.
    pub retired: Option<(u32, u32)>,
    /// The name that is read.
    pub right: Option<&'static str>,
    /// The name in the Dockerfile, where it is written plainly.
    pub written: Option<Span>,
}

impl Launch<'_> {
    /// What keeps the adapter from the web server.
    pub fn adapter_faults(&self, adapter: &Adapter) -> Vec<AdapterFault> {
        let mut faults: Vec<AdapterFault> = self.unstarted(adapter).into_iter().collect();
        faults.extend(self.starts_other_runtime().then_some(AdapterFault::OtherRuntime));
        faults.extend(self.other_port());
        faults.extend(self.other_readiness(adapter));
        let misnamed = self.own_env().filter_map(|(name, _, place)| self.misnamed(adapter, name, place));
        faults.extend(misnamed.map(AdapterFault::Misnamed));
        faults
    }

    /// Lambda starts what lies in `/opt/extensions` itself, and nothing anywhere else.
    fn unstarted(&self, adapter: &Adapter) -> Option<AdapterFault> {
        let path = adapter.path.as_deref()?;
        let (folder, name) = path.rsplit_once('/')?;
        let moved = self.runs_mention(name) || self.runs_mention("/opt/extensions");
        // An image that starts nothing only hands the adapter on.
        let started = self.argv().is_none_or(|argv| argv.is_empty() || argv.iter().any(|arg| arg.text.contains(name)));
        // A custom script may start it.
        let scripted = self.image.is_some()
            && (self.chain().iter().any(|link| matches!(link.role, StepKind::Read | StepKind::Interpreter))
                || self.started().is_none());
        (folder != "/opt/extensions" && !moved && !started && !scripted)
            .then(|| AdapterFault::Unstarted(path.to_owned()))
    }

    /// Whether the base's entrypoint starts its own runtime, and no web server.
    pub fn starts_other_runtime(&self) -> bool {
        // A custom bootstrap may be the web server; a wrapper may start it.
        let own = self.is_provided() && self.presence("/var/runtime/bootstrap") != Presence::Absent;
        self.starts_lambda_entrypoint() && !own && self.env("AWS_LAMBDA_EXEC_WRAPPER").is_none()
    }

    fn other_port(&self) -> Option<AdapterFault> {
        let asked = self.adapter_port()?;
        let listens = self.listens_on()?;
        let (server, place) = match listens.first() {
            Some(&first) if listens.iter().all(|(number, _)| *number != asked.number) => first,
            Some(_) => return None,
            // EXPOSE only tells what the server listens on, and only against a port that is written down.
            None => self.exposed().filter(|(number, _)| asked.place.is_some() && *number != asked.number)?,
        };
        Some(AdapterFault::OtherPort { asked, server, place })
    }

    fn other_readiness(&self, adapter: &Adapter) -> Option<AdapterFault> {
        let asked = self.adapter_port().filter(|port| port.variable == Some("AWS_LWA_PORT") && port.number != 8080)?;
        let told = ["PORT", "READINESS_CHECK_PORT", "AWS_LWA_READINESS_CHECK_PORT"];
        if adapter.version != Some((0, 7, 0)) || told.iter().any(|name| self.env(name).is_some()) {
            return None;
        }
        Some(AdapterFault::Readiness { port: asked.number, place: asked.place? })
    }

    /// A name that the adapter does not read: retired by its version, misspelt, or unknown.
    fn misnamed(&self, adapter: &Adapter, name: &str, place: Location) -> Option<Misnamed> {
        let table = facts::web_adapter();
        let retired = table.retired.iter().find(|retired| retired.name == name).zip(adapter.version);
        let retired = retired.filter(|(retired, (major, ..))| *major >= retired.since);
        let prefixed = name.starts_with("AWS_LWA_");
        let like = prefixed
            || name.starts_with(LONG)
            || name.starts_with("READ")
            || name.contains("NESS_CHECK")
            || name.contains("LWA_");
        if retired.is_none() && (!like || table.known.contains(&name)) {
            return None;
        }
        let right = match retired {
            Some((retired, _)) => Some(retired.instead),
            None => meant(table, name),
        };
        // A version that came out after the table was compared may know it.
        let compared = prefixed && adapter.version.is_some_and(|version| version < (1, 1, 0));
        if right.is_none() && !compared {
            return None;
        }
        // The place is key and value together, and the key stands first, if nothing is quoted.
        let key = Span::new(place.span.start, place.span.start + name.len());
        let written = Some(key).filter(|key| self.source_text(*key).is_some_and(|text| text == name));
        let retired = retired.map(|(_, (major, minor, _))| (major, minor));
        Some(Misnamed { name: name.to_owned(), place, retired, right, written })
    }
}

/// What the beginning `AWS_LWA_` stands for, and nothing reads.
const LONG: &str = "AWS_LAMBDA_WEB_ADAPTER_";

/// The name that was meant: `AWS_LWA_READINESS_PATH` leaves out a word, `LWA_PORT` the beginning.
fn meant(table: &'static WebAdapter, name: &str) -> Option<&'static str> {
    let known = || table.known.iter().copied();
    let within = |known: &&str| {
        name.starts_with("AWS_LWA_") && name.split('_').all(|part| known.split('_').any(|word| word == part))
    };
    let without = |known: &&str| known.strip_prefix("AWS_") == Some(name);
    let short = |known: &&str| known.strip_prefix("AWS_LWA_") == name.strip_prefix(LONG) && name.starts_with(LONG);
    if let Some(right) = known().find(short) {
        return Some(right);
    }
    suggest::nearest(name, known()).or_else(|| known().find(within)).or_else(|| known().find(without))
}
