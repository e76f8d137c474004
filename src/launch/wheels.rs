//! Packages of which the base's glibc is too old for a wheel, so that pip compiles them, and no compiler is there.

use super::dependencies::Dependency;
use super::{Build, RunCommand, Stage};
use crate::facts::{self, NewWheel};
use crate::source::Span;

/// A package that pip has to compile.
#[derive(Clone, Debug)]
pub struct SourceBuild {
    /// The package, with its version where it is pinned.
    pub package: Dependency,
    /// What is known of its wheels.
    pub wheel: &'static NewWheel,
    /// The base that is too old.
    pub base: Span,
}

/// Packages that ask for no older version of others.
const UNLIMITED: &[&str] = &["boto3", "botocore", "requests", "awslambdaric", "pandas", "matplotlib", "joblib"];
/// Parts of names of what compiles.
const COMPILERS: &[&str] =
    &["gcc", "clang", "g++", "gfortran", "build-essential", "build-base", "Development", "devel"];

impl Build<'_> {
    /// The packages that pip compiles in stages without a compiler.
    pub fn source_builds(&self) -> Vec<SourceBuild> {
        let mut found: Vec<SourceBuild> = Vec::new();
        for package in self.dependencies().packages.iter().filter(|package| package.language == "python") {
            let name = facts::python_name(&package.name);
            let Some(wheel) = facts::package_needs().wheel.iter().find(|wheel| wheel.package == name) else { continue };
            let Some(stage) = self.stages.get(package.stage) else { continue };
            let told = found.iter().any(|other| other.wheel.package == name);
            if !told && self.lacks_wheel(stage, package, wheel) && !self.may_compile(stage) {
                let base = self.root(stage).image_place.span;
                found.push(SourceBuild { package: package.clone(), wheel, base });
            }
        }
        found
    }

    /// Whether pip takes a version without a wheel for the stage's base.
    fn lacks_wheel(&self, stage: &Stage<'_>, package: &Dependency, wheel: &NewWheel) -> bool {
        let Some(base) = self.base_of(stage).filter(|base| base.family == Some("python")) else { return false };
        let old = base.glibc().zip(pair(wheel.glibc)).is_some_and(|(has, wants)| has < wants);
        let fits = match &package.version {
            Some(version) => numbers(version).is_some_and(|version| Some(version) >= numbers(wheel.since)),
            None => package.list.is_none() && base.python_minor() == Some(wheel.python) && is_free(stage, package),
        };
        old && fits
    }

    /// Whether a compiler may be there, or pip is told to take wheels only.
    fn may_compile(&self, stage: &Stage<'_>) -> bool {
        const FLAGS: &[&str] = &[
            "--only-binary",
            "--prefer-binary",
            "--platform",
            "--find-links",
            "-f",
            "--index-url",
            "-i",
            "--extra-index-url",
        ];
        const VARIABLES: &[&str] =
            &["PIP_ONLY_BINARY", "PIP_PREFER_BINARY", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_CONSTRAINT"];
        let compiles = |text: &str| COMPILERS.iter().any(|part| text.contains(part));
        self.ancestors(stage).iter().any(|stage| {
            let told = |ran: &RunCommand| ran.has(FLAGS) || ran.is_opaque() || ran.raws().any(compiles);
            let set = |name: &&str| stage.end.env.contains_key(*name) || stage.end.args.contains_key(*name);
            stage.ran().iter().any(told)
                || VARIABLES.iter().any(set)
                || stage.steps.iter().any(|step| VARIABLES.iter().any(|name| step.runs(name)) || step.runs("pip.conf"))
                || self
                    .copies_of(stage)
                    .iter()
                    .any(|copied| copied.names().any(|name| name.contains("pip.conf") || compiles(name)))
        })
    }
}

/// Whether nothing in the command holds an unpinned package at an older version.
fn is_free(stage: &Stage<'_>, package: &Dependency) -> bool {
    let holds = |ran: &&RunCommand| ran.args.iter().any(|arg| arg.span == package.span);
    let Some(ran) = stage.ran().iter().find(holds) else { return false };
    let plain = ran.args.iter().any(|arg| arg.span == package.span && arg.text.as_ref() == Some(&package.name));
    let free = |name: &str| {
        let name = facts::python_name(name);
        UNLIMITED.contains(&name.as_str()) || facts::package_needs().wheel.iter().any(|wheel| wheel.package == name)
    };
    let listed = ran.has(&["-r", "--requirement", "-c", "--constraint"]);
    plain && !listed && ran.install().is_some_and(|install| install.packages.iter().all(|other| free(&other.name)))
}

fn pair(version: &str) -> Option<(u32, u32)> {
    let (major, minor) = version.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// The first three numbers of a version.
fn numbers(version: &str) -> Option<[u32; 3]> {
    let mut parts = version.split('.').map(|part| part.parse::<u32>().ok());
    let major = parts.next()??;
    Some([major, parts.next().flatten().unwrap_or(0), parts.next().flatten().unwrap_or(0)])
}
