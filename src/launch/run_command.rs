//! A command of a build by its words: which program it starts, what its flags say, and what it installs.

use crate::command::{self, CommandWord, Handed, Reading};
use crate::facts::{self, CommandEffect, CommandKind};
use crate::path::{clean, file_name};
use crate::source::Span;

/// One command of a RUN.
#[derive(Clone, Debug, Default)]
pub struct RunCommand {
    /// The step it belongs to, counted in its stage.
    pub step: usize,
    /// The program's name without its folder; of `python -m pip` it is `pip`; empty where it cannot be told.
    pub program: String,
    /// The program as written, its folder with it.
    pub path: String,
    /// The program as written, and what stands before it: `sudo /usr/bin/apt-get`.
    pub written: String,
    /// Assignments in front of it.
    pub assigns: Vec<CommandArg>,
    /// The arguments after it.
    pub args: Vec<CommandArg>,
    /// Whether its name stands there bare, with nothing that starts it: no `sudo`, no folder, no `bash -c`.
    pub plain: bool,
    /// Whether its output goes into a pipe.
    pub piped: bool,
    /// Whether it stands in a text that another shell is given.
    pub quoted: bool,
    /// Whether a subshell or a pipe runs it.
    pub subshell: bool,
    /// Which of the step's scripts it stands in: 0 is the RUN's own text, others are here-documents.
    pub script: usize,
    /// The program itself.
    pub program_span: Span,
    /// Whether it may not run at all, or may fail without harm.
    pub guarded: bool,
    /// From the program to the last argument.
    pub span: Span,
    /// Where the output goes: the targets of `>` and `>>`.
    pub writes: Vec<CommandArg>,
    /// The working directory it runs in; `None` if a `cd` before it hides that.
    pub folder: Option<String>,
    /// The command as its row in the facts reads it; word 0 is the program.
    pub reading: Reading,
}

/// One argument of a command.
#[derive(Clone, Debug)]
pub struct CommandArg {
    /// The text, variables put in; `None` where that cannot be told.
    pub text: Option<String>,
    /// As written.
    pub raw: String,
    /// Where it stands.
    pub span: Span,
}

impl CommandWord for CommandArg {
    fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }

    fn is_flag(&self) -> bool {
        self.text.as_deref().unwrap_or(&self.raw).starts_with('-')
    }
}

impl RunCommand {
    /// The same with all its places at one: of a script in a file, at the command that starts it.
    pub(super) fn moved_to(self, span: Span) -> Self {
        let moved = |arg: CommandArg| CommandArg { span, ..arg };
        Self {
            span,
            program_span: span,
            args: self.args.into_iter().map(moved).collect(),
            assigns: self.assigns.into_iter().map(moved).collect(),
            writes: self.writes.into_iter().map(moved).collect(),
            ..self
        }
    }

    /// The operands after the verb, as the program's row tells flags and their values from them.
    pub fn own_operands(&self) -> impl Iterator<Item = &CommandArg> {
        let indices = self.reading.operands.iter().skip(self.reading.verb);
        indices.filter_map(|at| self.args.get(at.checked_sub(1)?))
    }

    /// The text of an operand, the verb among them; `None` if there is none, or it is unknown.
    pub fn operand(&self, index: usize) -> Option<&str> {
        let at = self.reading.operands.get(index)?.checked_sub(1)?;
        self.args.get(at)?.text.as_deref()
    }

    /// Whether the row of the command says that it only reads, or changes nothing but the shell's own state.
    pub fn has_effect(&self, effect: CommandEffect) -> bool {
        self.reading.row.is_some_and(|row| row.effect() == effect)
    }

    /// The value of the first of some flags that a row names.
    pub fn value_of(&self, flags: &[String]) -> Option<&CommandArg> {
        let at = self
            .args
            .iter()
            .position(|arg| arg.text.as_deref().is_some_and(|text| flags.iter().any(|flag| flag == text)))?;
        self.args.get(at + 1)
    }

    /// The arguments whose text is known.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.args.iter().filter_map(|arg| arg.text.as_deref())
    }

    /// Whether one of some flags is given, alone or with `=value`.
    pub fn has(&self, flags: &[&str]) -> bool {
        self.texts().any(|text| flags.contains(&text.split_once('=').map_or(text, |(flag, _)| flag)))
    }

    /// The value of one of some flags, given after it or with `=`; `Some("")` where it is not known.
    pub fn value(&self, flags: &[&str]) -> Option<&str> {
        let mut args = self.args.iter();
        while let Some(arg) = args.next() {
            let raw = arg.text.as_deref().unwrap_or(&arg.raw);
            if flags.contains(&raw) {
                return Some(args.next().and_then(|next| next.text.as_deref()).unwrap_or_default());
            }
            if let Some((flag, value)) = raw.split_once('=')
                && flags.contains(&flag)
            {
                return Some(if arg.text.is_some() { value } else { "" });
            }
        }
        None
    }

    /// The arguments that are neither flags nor the values of flags that take one.
    pub fn operands(&self, with_value: &[&str]) -> Vec<&CommandArg> {
        let mut operands = Vec::new();
        let mut args = self.args.iter();
        while let Some(arg) = args.next() {
            let raw = arg.text.as_deref().unwrap_or(&arg.raw);
            if with_value.contains(&raw) {
                args.next();
            } else if !raw.starts_with('-') || raw == "-" {
                operands.push(arg);
            }
        }
        operands
    }

    /// Whether a flag is given: by its letter, alone or among others (`-yq`), or by one of its long names.
    pub fn flagged(&self, letter: char, long: &[&str]) -> bool {
        self.raws().any(|text| match text.strip_prefix("--") {
            Some(name) => long.contains(&name.split_once('=').map_or(name, |(name, _)| name)),
            None => text.strip_prefix('-').is_some_and(|letters| letters.contains(letter)),
        })
    }

    /// The arguments, those with unknown variables as they are written.
    pub fn raws(&self) -> impl Iterator<Item = &str> {
        self.args.iter().map(|arg| arg.text.as_deref().unwrap_or(&arg.raw))
    }

    /// Whether one of some words is among the arguments: `install`, wherever the flags stand.
    pub fn does(&self, words: &[&str]) -> bool {
        self.raws().any(|text| words.contains(&text))
    }

    /// The first operand, which many programs take as what to do: `install`.
    pub fn verb(&self) -> &str {
        self.texts().find(|text| !text.starts_with('-')).unwrap_or_default()
    }

    /// A path as the command means it; `None` if a `cd` before it hides the working directory.
    pub fn absolute(&self, path: &str) -> Option<String> {
        match (path.starts_with('/'), &self.folder) {
            (true, _) => Some(clean(path)),
            (false, folder) => folder.as_ref().map(|folder| clean(&format!("{folder}/{path}"))),
        }
    }

    /// All of it as the program gets it: quotes taken off, variables put in.
    pub fn plain_line(&self) -> String {
        let args: String = self.raws().map(|arg| format!(" {arg}")).collect();
        format!("{}{args}", self.program)
    }

    /// All of it as written.
    pub fn line(&self) -> String {
        let args: String = self.args.iter().map(|arg| format!(" {}", arg.raw)).collect();
        format!("{}{args}", self.program)
    }
}

/// Maximum number of launchers and modules after one another.
const MAX_LAUNCHERS: usize = 8;

/// A command by its real name: `python3 -m pip install` and `uv run pip install` are `pip install`.
pub(super) fn named(mut ran: RunCommand) -> RunCommand {
    ran.path.clone_from(&ran.program);
    for _ in 0..MAX_LAUNCHERS {
        ran.reading = read(&ran);
        let runs = match (ran.reading.row, ran.reading.handed) {
            (Some(row), Handed::Module(at)) if row.kind == CommandKind::Interpreter => Some(at),
            (Some(row), Handed::Command(at)) if row.through => {
                ran.plain = false;
                Some(at)
            }
            _ => None,
        };
        // Word 0 is the program.
        let Some((at, inner)) = runs.and_then(|at| Some((at, ran.args.get(at.checked_sub(1)?)?))) else { break };
        let through = ran.reading.row.is_some_and(|row| row.through);
        ran.program = inner.text.clone().unwrap_or_else(|| inner.raw.clone());
        ran.args.drain(..at);
        if through {
            ran.path.clone_from(&ran.program);
        }
    }
    ran.program = file_name(&ran.program).to_owned();
    if let Some(row) = ran.reading.row {
        ran.program = row.canonical(&ran.program).to_owned();
    }
    ran
}

fn read(ran: &RunCommand) -> Reading {
    let program = CommandArg { text: Some(ran.program.clone()), raw: ran.program.clone(), span: ran.program_span };
    let words: Vec<&CommandArg> = std::iter::once(&program).chain(&ran.args).collect();
    command::read(&words)
}

/// A package that a command installs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// Its name, extras and version taken off.
    pub name: String,
    /// The version, where one is pinned.
    pub version: Option<String>,
    /// Where it stands.
    pub span: Span,
}

/// What an installing command installs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Install {
    /// `apt`, `apk`, `dnf` (microdnf too), `yum`, `pip` (`uv pip` too), `npm`, `gem`.
    pub manager: &'static str,
    /// The packages named; files and addresses left out.
    pub packages: Vec<Package>,
}

impl RunCommand {
    /// Whether tar or its like unpacks, and does not pack or list.
    pub(super) fn unpacks(&self) -> bool {
        let first = self.args.first().map_or("", |arg| arg.raw.as_str());
        let lists = |text: &str| matches!(text, "-l" | "-t" | "-v" | "-Z");
        match self.program.as_str() {
            "tar" | "bsdtar" => first.contains('x') || self.flagged('x', &["extract", "get"]),
            _ => !lists(first),
        }
    }

    /// The command that begins at an argument, as one of its own.
    pub(super) fn behind(&self, at: usize) -> Option<Self> {
        let program = self.args.get(at)?;
        Some(named(Self {
            program: program.text.clone()?,
            args: self.args.get(at + 1..)?.to_vec(),
            writes: Vec::new(),
            plain: false,
            ..self.clone()
        }))
    }

    /// Whether the command removes packages of the system.
    pub fn removes_packages(&self) -> bool {
        self.reading.row.is_some_and(|row| row.remove && row.effect() == CommandEffect::System)
    }

    /// Whether the command installs a runtime interface client by its name.
    pub fn installs_client(&self) -> bool {
        let client = |install: &Install| {
            let mut names = install.packages.iter().map(|package| package.name.as_str());
            names.any(|name| facts::runtime_client(install.manager, name).is_some())
        };
        self.install().is_some_and(|install| client(&install))
    }

    /// What the command installs, if it is an installing one.
    pub fn install(&self) -> Option<Install> {
        let row = self.reading.row.filter(|row| row.install)?;
        let manager = row.manager?;
        let mut packages: Vec<Package> =
            self.own_operands().filter(|_| !row.listed).filter_map(|arg| package(manager, arg)).collect();
        if manager == "gem"
            && let (Some(version), Some(first)) = (self.value(&["-v", "--version"]), packages.first_mut())
        {
            first.version = Some(version.to_owned());
        }
        Some(Install { manager, packages })
    }
}

fn package(manager: &str, arg: &CommandArg) -> Option<Package> {
    let text = arg.text.as_deref().unwrap_or(&arg.raw);
    let local = text.starts_with(['.', '/', '~']) || text.contains("://") || text.is_empty();
    if local || (text.ends_with(".whl") || text.ends_with(".rpm") || text.ends_with(".tgz")) {
        return None;
    }
    let (name, version) = match manager {
        "pip" => {
            let end = text.find(['=', '<', '>', '~', '!', '@', ';', '[']).unwrap_or(text.len());
            let version = text.split_once("==").map(|(_, version)| version);
            (&text[..end], version)
        }
        // `@scope/name@1`: the first @ belongs to the name.
        "npm" => match text.char_indices().skip(1).find(|(_, c)| *c == '@') {
            Some((at, _)) => (&text[..at], Some(&text[at + 1..]).filter(|version| *version != "latest")),
            None => (text, None),
        },
        "gem" => text.split_once(':').map_or((text, None), |(name, version)| (name, Some(version))),
        "apk" | "apt" => text.split_once('=').map_or((text, None), |(name, version)| (name, Some(version))),
        _ => (text, None),
    };
    Some(Package { name: name.trim().to_owned(), version: version.map(|v| v.trim().to_owned()), span: arg.span })
}
