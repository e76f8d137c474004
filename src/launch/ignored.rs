//! Settings of an image that Lambda does not read.

use super::{Build, Launch, Step};
use crate::diagnostic::{DocumentId, Location};
use crate::dockerfile::Kind;
use crate::image::Image;
use serde_json::{Map, Value};

/// A setting that Lambda does not read, by the instruction that makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ignored {
    /// EXPOSE.
    Expose,
    /// HEALTHCHECK.
    Healthcheck,
    /// VOLUME.
    Volume,
    /// USER.
    User,
    /// STOPSIGNAL.
    Stopsignal,
    /// ONBUILD.
    Onbuild,
}

/// Where a config has them.
const POINTERS: &[(&str, Ignored)] = &[
    ("/config/ExposedPorts", Ignored::Expose),
    ("/config/Healthcheck", Ignored::Healthcheck),
    ("/config/Volumes", Ignored::Volume),
    ("/config/User", Ignored::User),
    ("/config/StopSignal", Ignored::Stopsignal),
    ("/config/OnBuild", Ignored::Onbuild),
];

impl Launch<'_> {
    /// The settings of a function's image that Lambda does not read, each with its place.
    pub fn ignored(&self) -> Vec<(Ignored, Location)> {
        match (self.image, self.build) {
            _ if !self.is_function() => Vec::new(),
            (Some(image), _) => in_config(image),
            (None, Some(build)) => in_steps(build),
            (None, None) => Vec::new(),
        }
    }
}

fn in_steps(build: &Build<'_>) -> Vec<(Ignored, Location)> {
    let steps = build.final_steps();
    let ignored = |(at, step): (usize, &&Step<'_>)| {
        let ignored = match &step.instruction.kind {
            Kind::Expose(_) => Ignored::Expose,
            Kind::Healthcheck(Some(_)) => Ignored::Healthcheck,
            Kind::Volume(_) => Ignored::Volume,
            Kind::Stopsignal(_) => Ignored::Stopsignal,
            Kind::Onbuild(_) => Ignored::Onbuild,
            Kind::User(_) if decides(steps.get(at + 1..).unwrap_or_default()) => Ignored::User,
            _ => return None,
        };
        Some((ignored, step.instruction.keyword.span.into()))
    };
    steps.iter().enumerate().filter_map(ignored).collect()
}

/// Whether the last USER is for the run: one that a RUN or another USER follows is for the build.
fn decides(behind: &[&Step<'_>]) -> bool {
    !behind.iter().any(|step| matches!(step.instruction.kind, Kind::Run(_) | Kind::User(_)))
}

fn in_config(image: &Image) -> Vec<(Ignored, Location)> {
    let Some(config) = &image.config else { return Vec::new() };
    let set = |value: &Value| {
        let empty = value.is_null()
            || value.as_str() == Some("")
            || value.as_object().is_some_and(Map::is_empty)
            || value.as_array().is_some_and(Vec::is_empty)
            || value.pointer("/Test/0").and_then(Value::as_str) == Some("NONE");
        !empty
    };
    let there = POINTERS.iter().filter(|(pointer, _)| config.value.pointer(pointer).is_some_and(set));
    there.map(|(pointer, ignored)| (*ignored, image.place(DocumentId::Config, pointer))).collect()
}
