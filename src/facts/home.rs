//! Who writes where: caches of libraries, tools that write when they start, content that lands in the home folder.

use super::packed;
use crate::path::under;
use serde::Deserialize;
use std::sync::LazyLock;

/// Variables that say where a library writes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cache {
    /// The variables.
    pub names: Vec<&'static str>,
    /// Who writes there.
    pub writer: &'static str,
    /// A value that works on Lambda.
    pub instead: &'static str,
    /// Variables that stop the writing.
    #[serde(default)]
    pub offline: Vec<&'static str>,
    /// Words of a RUN that fills the place while the variable is set.
    #[serde(default)]
    pub filled_by: Vec<&'static str>,
}

/// A tool that writes to the home folder when it starts something.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Launcher {
    /// What it is called.
    pub programs: Vec<&'static str>,
    /// Variables that move what it writes.
    pub variables: Vec<&'static str>,
    /// Variables that stop it with any value.
    #[serde(default)]
    pub switches: Vec<&'static str>,
    /// The same as arguments.
    pub flags: Vec<&'static str>,
    /// An assignment that works on Lambda.
    pub instead: &'static str,
}

/// A command that puts what the function needs into the builder's home folder.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HomeContent {
    /// The program, as [`crate::launch::RunCommand`] names it.
    pub program: &'static str,
    /// Words of which one must be among its arguments, or a part of one where it holds a sign; empty = any.
    #[serde(default)]
    pub words: Vec<&'static str>,
    /// Parts of arguments that move the content, or mean that there is none.
    #[serde(default)]
    pub unless: Vec<&'static str>,
    /// What it puts there.
    pub content: &'static str,
    /// Variables that move it, the usual one first.
    pub variables: Vec<&'static str>,
    /// Where it goes.
    pub folder: &'static str,
}

#[derive(Debug, Default, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
struct Caches {
    #[serde(default)]
    cache: Vec<Cache>,
    #[serde(default)]
    launcher: Vec<Launcher>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
struct Home {
    #[serde(default)]
    content: Vec<HomeContent>,
    #[serde(default)]
    build_only: Vec<&'static str>,
    runtime: Vec<&'static str>,
    #[serde(default)]
    models: Vec<&'static str>,
}

static CACHES: LazyLock<Caches> = LazyLock::new(|| packed!("caches"));
static HOME: LazyLock<Home> = LazyLock::new(|| packed!("home"));

/// Variables of caches.
pub fn caches() -> &'static [Cache] {
    &CACHES.cache
}

/// Tools that write when they start.
pub fn launchers() -> &'static [Launcher] {
    &CACHES.launcher
}

/// Commands that fill the home folder.
pub fn home_contents() -> &'static [HomeContent] {
    &HOME.content
}

/// Whether programs are known to read a variable when the function runs.
pub fn is_runtime_variable(name: &str) -> bool {
    HOME.runtime.contains(&name)
}

/// Whether a path, seen from the home folder, lies where libraries keep their models.
pub fn holds_models(path: &str) -> bool {
    HOME.models.iter().any(|folder| under(path, folder))
}

/// Variables that only the build needs, wherever they point.
pub fn build_only_variables() -> &'static [&'static str] {
    &HOME.build_only
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_can_be_read() {
        assert!(caches().len() > 8 && launchers().len() > 5 && home_contents().len() > 8);
    }
}
