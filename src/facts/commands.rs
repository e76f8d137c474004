//! Commands: what each program does with its arguments, as `rules/facts/commands.toml` has it.

use super::packed;
use serde::Deserialize;
use std::collections::HashMap;
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
    pub names: Vec<String>,
    pub is: Option<String>,
    pub as_written: bool,
    pub verb: Vec<String>,
    pub flag: Vec<String>,
    pub values: Vec<String>,
    pub kind: CommandKind,
    pub effect: Option<CommandEffect>,
    pub skip: usize,
    pub assigns: bool,
    pub keyword: Option<String>,
    pub behind: Option<String>,
    pub after: Vec<String>,
    pub split: Vec<String>,
    pub open: bool,
    pub elsewhere: bool,
    pub keeps: bool,
    pub language: Option<String>,
    pub module: Vec<String>,
    pub inline: Vec<String>,
    pub main: Vec<String>,
    pub serves: Vec<String>,
    pub version: Vec<String>,
    pub script: Option<String>,
    pub sources: bool,
    pub home: bool,
    pub own: bool,
    pub expands: bool,
    pub manager: Option<String>,
    pub install: bool,
    pub remove: bool,
    pub listed: bool,
    pub lists: Vec<String>,
    pub reads: Vec<String>,
    pub locks: Vec<String>,
    pub from: Vec<String>,
    pub editable: Vec<String>,
    pub into: Vec<String>,
    pub output: Vec<String>,
    pub remote: Vec<String>,
    pub sets: Vec<String>,
    pub global: Vec<String>,
    pub unscripted: Vec<String>,
    pub likely: bool,
    pub moves: bool,
    pub links: bool,
    pub scripted: Vec<String>,
    pub writes: Vec<String>,
    pub transparent: bool,
    pub through: bool,
    pub asks: bool,
    pub fills: bool,
    pub compiles: bool,
    pub targets: Vec<String>,
    pub arch_switches: Vec<String>,
    pub tells_arch: bool,
    pub alias: bool,
    pub packs: bool,
    pub subreaper: Option<char>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Table {
    servers: Vec<String>,
    builtins: Vec<String>,
    command: Vec<Command>,
}

/// The rows, and which of them each name has: versions taken off where a row takes any.
struct Rows {
    table: Table,
    exact: HashMap<String, Vec<usize>>,
    versioned: HashMap<String, Vec<usize>>,
}

static ROWS: LazyLock<Rows> = LazyLock::new(|| {
    let table: Table = packed!("commands");
    let (mut exact, mut versioned) = (HashMap::new(), HashMap::new());
    for (row, command) in table.command.iter().enumerate() {
        for name in &command.names {
            match name.strip_suffix('*') {
                Some(stem) => {
                    let rows: &mut Vec<usize> = versioned.entry(unversioned(stem).to_owned()).or_default();
                    rows.push(row);
                }
                None => {
                    let rows: &mut Vec<usize> = exact.entry(name.clone()).or_default();
                    rows.push(row);
                }
            }
        }
    }
    Rows { table, exact, versioned }
});

/// A program's name without the version behind it: `python` of `python3.12`, `gcc` of `gcc-13`.
fn unversioned(name: &str) -> &str {
    name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.').trim_end_matches('-')
}

/// The rows of a program, its name without a folder; those for verbs and flags among them.
pub fn commands(name: &str) -> impl Iterator<Item = &'static Command> {
    let exact = ROWS.exact.get(name);
    let rows = exact.or_else(|| ROWS.versioned.get(unversioned(name)));
    rows.into_iter().flatten().filter_map(|row| ROWS.table.command.get(*row))
}

/// Whether a program or module serves requests on a port, or works once and ends: none asks Lambda for events.
pub fn is_server(name: &str) -> bool {
    let has = |name: &str| ROWS.table.servers.iter().any(|server| server == name);
    has(name) || has(&format!("{}*", unversioned(name)))
}

/// Whether a name is a command that shells have built in, of those that scripts begin with.
pub fn is_builtin(name: &str) -> bool {
    ROWS.table.builtins.iter().any(|builtin| builtin == name)
}

/// Whether a program is the package manager of a distribution.
pub fn is_system_manager(name: &str) -> bool {
    commands(name).any(|row| row.kind == CommandKind::Manager && row.effect() == CommandEffect::System)
}

impl Command {
    /// The name that rules know the program by, where it was written as `name`.
    pub fn canonical<'a>(&'a self, name: &'a str) -> &'a str {
        match &self.is {
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
        let text = include_str!("../../rules/facts/commands.toml");
        let read: Table = toml::from_str(text).unwrap();
        assert!(read.command.len() > 100 && read.servers.len() > 40);
        let table: toml::Table = text.parse().unwrap();
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
