//! Programs: servers that know nothing of Lambda, and what bases certainly do not hold.

use super::{Base, BaseKind, packed};
use serde::Deserialize;
use std::sync::LazyLock;

/// The table of programs.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Programs {
    /// Programs and modules that wait for requests on a port, or work once and end.
    pub servers: Vec<String>,
    /// Packages whose programs are started as servers.
    pub frameworks: Vec<String>,
    /// Words in the names of images whose extensions are no clients.
    pub extensions: Vec<String>,
    /// Commands that put programs nowhere but where their package manager does.
    pub tame: Vec<String>,
    /// Programs that no package of pip, npm or gem brings.
    pub interpreters: Vec<String>,
    lacks: Vec<Lacks>,
}

/// What a base lacks.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Lacks {
    names: Vec<String>,
    families: Vec<String>,
    /// Programs that are in no folder of it.
    pub programs: Vec<String>,
    /// Folders that hold nothing to start.
    pub folders: Vec<String>,
    /// Paths at which nothing is.
    pub paths: Vec<String>,
    /// What to do about it.
    pub instead: String,
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
    let named = |pattern: &String| match pattern.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None => name == *pattern,
    };
    PROGRAMS
        .lacks
        .iter()
        .find(|lacks| lacks.names.iter().any(named) || lacks.families.iter().any(|own| family == Some(own.as_str())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::base;

    #[test]
    fn the_table_can_be_read() {
        let read: Result<Programs, _> = toml::from_str(include_str!("../../rules/facts/programs.toml"));
        assert!(read.is_ok_and(|table| table.servers.len() > 20 && table.lacks.len() > 8));
    }

    #[test]
    fn bases_lack() {
        let lack = |name: &str, program: &str| {
            lacks(&base(name)).is_some_and(|lacks| lacks.programs.iter().any(|absent| absent == program))
        };
        assert!(lack("gcr.io/distroless/nodejs22-debian12", "npx"));
        assert!(lack("alpine:3.20", "bash") && lack("python:3.13-slim", "node"));
        assert!(!lack("node:22", "npx") && !lack("registry.example.com/x:1", "bash"));
    }
}
