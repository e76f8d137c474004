//! Commands: what each program does with its arguments, as `rules/facts/commands.toml` has it.

use super::packed::{Later, packed};
use super::program_name::{hash, unversioned};
use index::{EXACT, VERSIONED};
use serde::Deserialize;
use std::sync::LazyLock;

/// What becomes of a command's operands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CommandKind {
    /// They are what the program works on.
    #[default]
    Tool,
    /// They are another command, which the program executes.
    Wrapper,
    /// The same, in an environment that the program prepares first.
    Launcher,
    /// A script, or the file of one.
    Shell,
    /// The file, module or code that an interpreter runs.
    Interpreter,
    /// Packages.
    Manager,
}

/// What a command does to files, apart from what it starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CommandEffect {
    #[default]
    Anything,
    Nothing,
    System,
    Packages,
    Operands,
    Edits,
    Target,
    Unpacks,
    Clones,
    Output,
    Folders,
    Remove,
    Mode,
    Own,
    Here,
}

/// One row: a program, or a program with some of its verbs or flags.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Command {
    #[serde(borrow)]
    pub names: Vec<&'static str>,
    pub is: Option<&'static str>,
    pub as_written: bool,
    pub verb: Vec<&'static str>,
    pub flag: Vec<&'static str>,
    pub values: Vec<&'static str>,
    pub kind: CommandKind,
    pub effect: Option<CommandEffect>,
    pub skip: usize,
    pub assigns: bool,
    pub keyword: Option<&'static str>,
    pub behind: Option<&'static str>,
    pub after: Vec<&'static str>,
    pub split: Vec<&'static str>,
    pub open: bool,
    pub elsewhere: bool,
    pub keeps: bool,
    pub language: Option<&'static str>,
    pub module: Vec<&'static str>,
    pub inline: Vec<&'static str>,
    pub main: Vec<&'static str>,
    pub serves: Vec<&'static str>,
    pub version: Vec<&'static str>,
    pub script: Option<&'static str>,
    pub sources: bool,
    pub home: bool,
    pub own: bool,
    pub expands: bool,
    pub manager: Option<&'static str>,
    pub install: bool,
    pub remove: bool,
    pub listed: bool,
    pub lists: Vec<&'static str>,
    pub reads: Vec<&'static str>,
    pub locks: Vec<&'static str>,
    pub from: Vec<&'static str>,
    pub editable: Vec<&'static str>,
    pub into: Vec<&'static str>,
    pub output: Vec<&'static str>,
    pub remote: Vec<&'static str>,
    pub sets: Vec<&'static str>,
    pub global: Vec<&'static str>,
    pub unscripted: Vec<&'static str>,
    pub likely: bool,
    pub moves: bool,
    pub links: bool,
    pub scripted: Vec<&'static str>,
    pub writes: Vec<&'static str>,
    pub transparent: bool,
    pub through: bool,
    pub asks: bool,
    pub fills: bool,
    pub compiles: bool,
    pub targets: Vec<&'static str>,
    pub arch_switches: Vec<&'static str>,
    pub tells_arch: bool,
    pub alias: bool,
    pub packs: bool,
    pub own_path: bool,
    pub subreaper: Option<char>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'static"))]
struct Table {
    servers: Vec<&'static str>,
    builtins: Vec<&'static str>,
    command: Vec<Later<'static, Box<Command>>>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| packed!("commands"));

/// The names by their hashes, each with its row: `EXACT`, and `VERSIONED` for those after which any version may stand.
#[allow(clippy::unreadable_literal, reason = "written by build.rs, not for reading")]
mod index {
    include!(concat!(env!("OUT_DIR"), "/commands.rs"));
}

/// The rows of a program, its name without a folder; those for verbs and flags among them.
pub fn commands(name: &str) -> impl Iterator<Item = &'static Command> {
    let mut exact = rows_of(EXACT, name, move |known| known == name).peekable();
    let stem = unversioned(name);
    let is_version = move |known: &str| known.strip_suffix('*').map(unversioned) == Some(stem);
    let versioned = exact.peek().is_none().then(|| rows_of(VERSIONED, stem, is_version));
    exact.chain(versioned.into_iter().flatten())
}

/// The rows of a name, in their order. A name that only has the hash of another is told apart.
fn rows_of(
    names: &'static [(u64, usize)],
    name: &str,
    is: impl Fn(&str) -> bool,
) -> impl Iterator<Item = &'static Command> {
    let hash = hash(name);
    let first = names.partition_point(|(other, _)| *other < hash);
    let entries = names.iter().skip(first).take_while(move |(other, _)| *other == hash);
    let rows = entries.filter_map(|(_, row)| TABLE.command.get(*row)).map(|row| &***row);
    rows.filter(move |row| row.names.iter().any(|known| is(known)))
}

/// Whether a program or module serves requests on a port, or works once and ends: none asks Lambda for events.
pub fn is_server(name: &str) -> bool {
    let has = |name: &str| TABLE.servers.contains(&name);
    has(name) || has(&format!("{}*", unversioned(name)))
}

/// Whether a name is a command that shells have built in, of those that scripts begin with.
pub fn is_builtin(name: &str) -> bool {
    TABLE.builtins.contains(&name)
}

/// Whether a program is the package manager of a distribution.
pub fn is_system_manager(name: &str) -> bool {
    commands(name).any(|row| row.kind == CommandKind::Manager && row.effect() == CommandEffect::System)
}

impl Command {
    /// The name that rules know the program by, where it was written as `name`.
    pub fn canonical<'a>(&'a self, name: &'a str) -> &'a str {
        match self.is {
            Some(is) if !self.as_written => is,
            _ => name,
        }
    }

    /// Whether it is a wrapper that executes its operands as they stand, in the same file system.
    pub fn is_transparent_wrapper(&self) -> bool {
        self.kind == CommandKind::Wrapper && !self.open && !self.elsewhere
    }

    /// What it does to files; a program of which nothing is said may do anything.
    pub fn effect(&self) -> CommandEffect {
        self.effect.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_can_be_read() {
        for row in &TABLE.command {
            let row: &Command = row;
            for name in row.names.iter().map(|name| name.replace('*', "3.9")) {
                assert!(commands(&name).any(|found| std::ptr::eq(found, row)), "{name}");
            }
        }
        assert!(TABLE.command.len() > 100 && TABLE.servers.len() > 40);
        let table: toml::Table = include_str!("../../rules/facts/commands.toml").parse().unwrap();
        assert!(table["source"].is_str());
    }

    #[test]
    fn rows_by_name() {
        assert!(commands("python3.12").any(|row| row.kind == CommandKind::Interpreter));
        assert!(commands("pip3").all(|row| row.canonical("pip3") == "pip"));
        assert_eq!(commands("microdnf").next().map(|row| row.canonical("microdnf")), Some("microdnf"));
        assert!(commands("php-fpm8.2").next().is_some() || is_server("php-fpm8.2"));
        assert_eq!(commands("my-own-program").count(), 0);
        assert!(is_server("uvicorn") && !is_server("my-own-program"));
    }
}
