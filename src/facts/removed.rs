//! Commands and options that later versions of tools no longer have.

use super::packed;
use serde::Deserialize;
use std::sync::LazyLock;

/// A command or an option that is gone.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Removed {
    /// The package that pip installs.
    pub package: &'static str,
    /// What people call it.
    pub tool: &'static str,
    /// The version that is meant without a pin.
    pub newest: &'static str,
    /// The first version without it.
    pub since: Vec<u32>,
    /// The program.
    pub program: &'static str,
    /// Its command; empty for any.
    pub verb: &'static str,
    /// Options of which one is given; empty for any.
    pub flags: Vec<&'static str>,
    /// What is gone.
    pub what: &'static str,
    /// What to do.
    pub help: &'static str,
    /// A package that brings it back.
    pub plugin: Option<&'static str>,
    /// `true` if other packages may decide which version is installed.
    pub bound: bool,
    /// What to write in place of the option.
    pub replacement: Option<&'static str>,
    /// What that does.
    pub title: &'static str,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'static"))]
struct Table {
    removed: Vec<Removed>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| packed!("removed-commands"));

/// All that is gone.
pub fn removed_commands() -> &'static [Removed] {
    &TABLE.removed
}

#[cfg(test)]
mod tests {
    use super::removed_commands;

    #[test]
    fn the_table_can_be_read() {
        assert!(removed_commands().len() >= 4);
        assert!(removed_commands().iter().all(|row| !row.since.is_empty() && !row.program.is_empty()));
    }
}
