//! Programs: servers that know nothing of Lambda, and what bases certainly do not hold.

use super::packed::{Later, packed};
use super::{Base, BaseKind};
use serde::Deserialize;
use std::sync::LazyLock;

/// The table of programs.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'static"))]
pub struct Programs {
    /// Programs and modules that wait for requests on a port, or work once and end.
    pub servers: Vec<&'static str>,
    /// Packages whose programs are started as servers.
    pub frameworks: Vec<&'static str>,
    /// Words in the names of images whose extensions are no clients.
    pub extensions: Vec<&'static str>,
    /// Inits and their like, which no official base image brings.
    pub inits: Vec<&'static str>,
    /// Wrappers of extensions that read `AWS_LAMBDA_EXEC_WRAPPER` themselves.
    pub wrappers: Vec<&'static str>,
    /// Programs that no package of pip, npm or gem brings.
    pub interpreters: Vec<&'static str>,
    /// Modules of Python, each with the name that it has now.
    pub renamed: Vec<(&'static str, &'static str)>,
    lacks: Vec<Lacks>,
}

/// What a base lacks.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Lacks {
    names: Vec<&'static str>,
    families: Vec<&'static str>,
    /// Programs that are in no folder of it.
    pub programs: Later<'static, Vec<&'static str>>,
    /// Folders that hold nothing to start.
    pub folders: Later<'static, Vec<&'static str>>,
    /// Paths at which nothing is.
    pub paths: Later<'static, Vec<&'static str>>,
    /// What to do about it.
    pub instead: &'static str,
}

static PROGRAMS: LazyLock<Programs> = LazyLock::new(|| packed!("programs"));

/// The table of programs.
pub fn programs() -> &'static Programs {
    &PROGRAMS
}

/// What a base lacks, where that is known.
pub fn lacks(base: &Base) -> Option<&'static Lacks> {
    let name = base.reference.as_ref().map(super::ImageRef::familiar).unwrap_or_default();
    let family = if base.kind == BaseKind::Lambda { Some("lambda") } else { base.family };
    let named = |pattern: &&str| match pattern.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None => name == *pattern,
    };
    PROGRAMS
        .lacks
        .iter()
        .find(|lacks| lacks.names.iter().any(named) || family.is_some_and(|family| lacks.families.contains(&family)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::base;

    #[test]
    fn the_table_can_be_read() {
        assert!(programs().servers.len() > 20 && programs().lacks.len() > 8);
    }

    #[test]
    fn bases_lack() {
        let lack =
            |name: &str, program: &str| lacks(&base(name)).is_some_and(|lacks| lacks.programs.contains(&program));
        assert!(lack("gcr.io/distroless/nodejs22-debian12", "npx"));
        assert!(lack("alpine:3.20", "bash") && lack("python:3.13-slim", "node"));
        assert!(!lack("node:22", "npx") && !lack("registry.example.com/x:1", "bash"));
    }
}
