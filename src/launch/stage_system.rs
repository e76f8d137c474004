//! Machine code and environments that one stage makes and that do not run on the system of another.

use super::{Build, Copied, Launch, Native, Origin, Stage};
use crate::diagnostic::Location;
use crate::facts::{self, Base};
use crate::path::under;
use crate::source::Span;

/// What a COPY takes from a stage whose system is another one.
#[derive(Clone, Debug)]
pub struct OtherSystem {
    /// What it is.
    pub what: String,
    /// How the systems differ.
    pub why: SystemsDiffer,
    /// Whether Go links with C only because nothing says otherwise.
    pub go: bool,
    /// The COPY's source.
    pub copied: Span,
    /// What shows that it is made there.
    pub made: Span,
    /// The base that it has to run on.
    pub base_place: Location,
}

/// How the system of a stage differs from the one of the final image.
#[derive(Clone, Debug)]
pub enum SystemsDiffer {
    /// The stage has musl and the image has glibc, or the other way round; the names of both.
    Libc { musl_there: bool, there: String, here: String },
    /// The stage has a later glibc.
    Glibc { there: (u32, u32), here: (u32, u32) },
    /// The minor versions of Python.
    Python { there: u32, here: u32 },
}

/// Versions of glibc that gave names in common use a new version: what was linked on one of them or later asks for
/// it, and an older glibc has it not. Between two of them programs run on either.
const GLIBC_STEPS: &[(u32, u32)] = &[(2, 28), (2, 29), (2, 33), (2, 34), (2, 38)];

/// Maximum number of COPY instructions from elsewhere that are looked at.
const MAX_COPIES: usize = 64;

impl Launch<'_> {
    /// What the final image takes from stages of another system.
    pub fn other_systems(&self) -> Vec<OtherSystem> {
        let Some(build) = self.build else { return Vec::new() };
        let mut seen: Vec<Location> = Vec::new();
        let mut found = Vec::new();
        let copies = build.copies().into_iter().filter(|copied| !matches!(copied.origin, Origin::Context));
        for copied in copies.take(MAX_COPIES) {
            let Some((what, go, made, why)) = self.other_system(build, &copied) else { continue };
            // One COPY after the other of what one stage made is one fault.
            let stage = match &copied.origin {
                Origin::Stage(from) => build.root(from).image_place,
                Origin::Image(_, _, span) => (*span).into(),
                _ => continue,
            };
            if seen.contains(&stage) {
                continue;
            }
            seen.push(stage);
            let base_place = build.root(copied.stage).image_place;
            let copied = copied.sources.first().map_or(copied.span(), |(_, span)| *span);
            found.push(OtherSystem { what, why, go, copied, made, base_place });
        }
        found
    }

    fn other_system<'b>(
        &self,
        build: &'b Build<'b>,
        copied: &Copied<'b, 'b>,
    ) -> Option<(String, bool, Span, SystemsDiffer)> {
        let (there, here) = (build.origin_base(copied)?, build.base_of(copied.stage)?);
        // A client that the base's own entrypoint passes by is never loaded.
        let idle = |native: &Native| self.starts_lambda_entrypoint() && facts::is_runtime_client(&native.what);
        let native = build.native(copied).filter(|native| !idle(native));
        let code = native.and_then(|native| Some((mismatch(build, &native, there, here)?, native)));
        let code = code.map(|(why, native)| (native.what, native.glibc.is_some(), native.span, why));
        code.or_else(|| environment(build, copied, there, here).map(|(what, span, why)| (what, false, span, why)))
    }
}

/// Whether code may ask for what a version of glibc brought.
fn asks(native: &Native, step: (u32, u32)) -> bool {
    native.glibc.is_none_or(|only| only == step)
}

/// Why machine code of one base does not run on another.
fn mismatch(build: &Build<'_>, native: &Native, there: &Base, here: &Base) -> Option<SystemsDiffer> {
    let name = |base: &Base| base.os.map_or("this base", |os| os.name).to_owned();
    let (musl_there, musl_here) = (there.musl()?, here.musl()?);
    // gcompat and libc6-compat stand in for glibc.
    let compat = || ["gcompat", "libc6-compat", "glibc"].iter().any(|word| build.runs_mention(word));
    if musl_there != musl_here && (musl_there || !compat()) {
        return Some(SystemsDiffer::Libc { musl_there, there: name(there), here: name(here) });
    }
    if let (Some(from), Some(to)) = (there.glibc(), here.glibc())
        && native.compiled
        && GLIBC_STEPS.iter().any(|step| asks(native, *step) && to < *step && *step <= from)
    {
        return Some(SystemsDiffer::Glibc { there: from, here: to });
    }
    let (there, here) = (there.python_minor()?, here.python_minor()?);
    (native.python && there != here).then_some(SystemsDiffer::Python { there, here })
}

/// A virtual environment, or a folder named after a Python, that the final image's Python does not look at.
fn environment(
    build: &Build<'_>,
    copied: &Copied<'_, '_>,
    there: &Base,
    here: &Base,
) -> Option<(String, Span, SystemsDiffer)> {
    let (there, here) = (there.python_minor()?, here.python_minor()?);
    let folder = format!("python3.{there}");
    let destination = copied.destination.as_deref()?;
    // Another Python of that version, or a PYTHONPATH to the folder, finds it.
    let wired =
        build.runs_mention(&folder) || copied.step.state.variable("PYTHONPATH").is_some_and(|p| p.contains(&folder));
    if there == here || wired {
        return None;
    }
    let Origin::Stage(stage) = &copied.origin else { return None };
    let (source, span) = copied.sources.iter().find_map(|(source, span)| Some((source.as_deref()?, *span)))?;
    let made = build.ancestors(stage).into_iter().flat_map(Stage::virtual_environments);
    let made = made.into_iter().find(|(path, _)| under(path, source) && source.len() > 1);
    let named = destination.contains(&folder) && source.contains("site-packages");
    let (what, span) = match made {
        Some((path, span)) => (format!("the virtual environment {path}"), span),
        None if named => (format!("{folder}'s site-packages"), span),
        None => return None,
    };
    Some((what, span, SystemsDiffer::Python { there, here }))
}
