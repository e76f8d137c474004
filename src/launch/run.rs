//! What the RUN instructions of a build do: their commands, with variables put in as far as they are known.

use super::{Stage, State, Step};
use crate::dockerfile::expand::{self, Scope, Var};
use crate::dockerfile::{Command, Instruction, Kind, Text};
use crate::path::file_name;
use crate::shell::{self, Simple, Word};
use crate::source::Span;

/// A script of a RUN: its text, with the way back to the file, and its commands.
#[derive(Debug)]
pub struct Script<'a> {
    /// The text.
    pub text: &'a Text,
    /// The commands in it.
    pub commands: Vec<Simple>,
    /// The shell that reads a here-document, where it is not the stage's own: `RUN bash <<EOF`, `#!/bin/bash`.
    pub interpreter: Option<String>,
}

/// A script as it is kept: which here-document it is, or the RUN's own text.
#[derive(Clone, Debug)]
pub(super) struct Parsed {
    heredoc: Option<usize>,
    commands: Vec<Simple>,
    interpreter: Option<String>,
}

/// One command of a RUN.
#[derive(Clone, Debug, Default)]
pub struct Ran {
    /// The step it belongs to, counted in its stage.
    pub step: usize,
    /// The program's name without its folder; of `python -m pip` it is `pip`; empty where it cannot be told.
    pub program: String,
    /// The program as written, its folder with it.
    pub path: String,
    /// The program as written, and what stands before it: `sudo /usr/bin/apt-get`.
    pub written: String,
    /// Assignments in front of it.
    pub assigns: Vec<RanArg>,
    /// The arguments behind it.
    pub args: Vec<RanArg>,
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
}

/// One argument of a command.
#[derive(Clone, Debug)]
pub struct RanArg {
    /// The text, variables put in; `None` where that cannot be told.
    pub text: Option<String>,
    /// As written.
    pub raw: String,
    /// Where it stands.
    pub span: Span,
}

impl Ran {
    /// The arguments whose text is known.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.args.iter().filter_map(|arg| arg.text.as_deref())
    }

    /// Whether one of some flags is given, alone or with `=value`.
    pub fn has(&self, flags: &[&str]) -> bool {
        self.texts().any(|text| flags.contains(&text.split_once('=').map_or(text, |(flag, _)| flag)))
    }

    /// The value of one of some flags, given behind it or with `=`; `Some("")` where it is not known.
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
    pub fn operands(&self, with_value: &[&str]) -> Vec<&RanArg> {
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

    /// All of it as written.
    pub fn line(&self) -> String {
        let args: String = self.args.iter().map(|arg| format!(" {}", arg.raw)).collect();
        format!("{}{args}", self.program)
    }
}

/// Variables as a RUN sees them: what neither ENV nor ARG sets, the script itself may set.
struct Inside<'a, 'b>(&'b State<'a>);

impl Scope for Inside<'_, '_> {
    fn get(&self, name: &str) -> Var {
        match self.0.env.get(name).or_else(|| self.0.args.get(name)).and_then(super::Setting::value) {
            Some(value) => Var::Value(value.clone()),
            None => Var::Unknown,
        }
    }
}

impl Stage<'_> {
    /// The commands of the stage's RUN instructions in order, parsed once.
    pub fn ran(&self) -> &[Ran] {
        self.ran.get_or_init(|| {
            let steps = self.steps.iter().enumerate();
            steps.flat_map(|(at, step)| step.ran().iter().map(move |ran| Ran { step: at, ..ran.clone() })).collect()
        })
    }

    /// The commands of one step, counted in the stage.
    pub fn ran_in(&self, step: usize) -> &[Ran] {
        let ran = self.ran();
        let from = ran.partition_point(|ran| ran.step < step);
        let to = ran.partition_point(|ran| ran.step <= step);
        ran.get(from..to).unwrap_or_default()
    }
}

/// Scripts that begin behind this byte of the file are not looked into: parsing them is the dearest part of a
/// check, and the longest of 1,500 real files ends long before.
const LOOKED_INTO: usize = 256 * 1024;

impl<'a> Step<'a> {
    /// The shell scripts of a RUN: its own text, and here-documents that a shell reads. Nothing under a shell
    /// that is not Bourne's, and nothing for other instructions. Parsed once.
    pub fn scripts(&self) -> Vec<Script<'a>> {
        let Kind::Run(Command::Shell(text)) = &self.instruction.kind else { return Vec::new() };
        let heredocs = &self.instruction.heredocs;
        let text_of = |heredoc: Option<usize>| match heredoc {
            None => Some(text),
            Some(at) => heredocs.get(at).map(|heredoc| &heredoc.body),
        };
        let parsed = self.scripts.get_or_init(|| self.parse(text)).iter();
        let script = |parsed: &Parsed| {
            let Parsed { heredoc, commands, interpreter } = parsed.clone();
            Some(Script { text: text_of(heredoc)?, commands, interpreter })
        };
        parsed.filter_map(script).collect()
    }

    /// Whether the shell that reads RUN is not Bourne's.
    pub fn is_foreign(&self) -> bool {
        let shell = self.state.shell.as_ref().and_then(|shell| shell.first());
        !self.state.dialect.as_ref().or(shell).is_none_or(|program| bourne(program))
    }

    /// Whether the RUN's own text is no script that a shell of Bourne's could read.
    pub fn is_broken(&self) -> bool {
        let Kind::Run(Command::Shell(text)) = &self.instruction.kind else { return false };
        if text.text.starts_with("<<") {
            return false;
        }
        *self.broken.get_or_init(|| shell::is_broken(&text.text))
    }

    /// The scripts of a RUN as if a shell of Bourne's read them, whatever reads them; not kept.
    pub fn scripts_in_any_shell(&self) -> Vec<Script<'a>> {
        let Kind::Run(Command::Shell(text)) = &self.instruction.kind else { return Vec::new() };
        if !self.is_foreign() || self.instruction.span.start > LOOKED_INTO {
            return self.scripts();
        }
        vec![Script { text, commands: shell::commands(&text.text), interpreter: None }]
    }

    fn parse(&self, text: &Text) -> Vec<Parsed> {
        if self.instruction.span.start > LOOKED_INTO || self.is_foreign() {
            return Vec::new();
        }
        let own = shell::commands(&text.text);
        // `RUN <<EOF` gives its document to the shell, `RUN bash <<EOF` to bash, `RUN python3 <<EOF` to python.
        let reads = own.first().and_then(Simple::program).is_none_or(|(program, _)| bourne(program));
        let reader = own.first().and_then(|first| Some(first.program()?.0.to_owned()));
        let mut scripts = vec![Parsed { heredoc: None, commands: own, interpreter: None }];
        for (at, heredoc) in self.instruction.heredocs.iter().enumerate().filter(|_| reads) {
            let shebang = shebang(&heredoc.body.text);
            if shebang.as_deref().is_none_or(bourne) {
                let commands = shell::commands(&heredoc.body.text);
                let interpreter = shebang.or_else(|| reader.clone());
                scripts.push(Parsed { heredoc: Some(at), commands, interpreter });
            }
        }
        scripts
    }

    /// The commands of a RUN in order, parsed once.
    pub fn ran(&self) -> &[Ran] {
        self.ran.get_or_init(|| self.read_ran(&self.scripts()))
    }

    /// The same as if a shell of Bourne's read the RUN, whatever reads it.
    pub fn ran_in_any_shell(&self) -> &[Ran] {
        if !self.is_foreign() {
            return self.ran();
        }
        self.foreign.get_or_init(|| self.read_ran(&self.scripts_in_any_shell()))
    }

    fn read_ran(&self, scripts: &[Script<'_>]) -> Vec<Ran> {
        let mut all = Vec::new();
        for (index, script) in scripts.iter().enumerate() {
            let raw = |word: &Word| script.text.text[word.span.0..word.span.1].to_owned();
            for command in &script.commands {
                let Some((_, program)) = command.program() else {
                    // `$TOOL install`: something runs, and nobody can tell what.
                    if let (Some(first), Some(last)) = (command.words.first(), command.words.last()) {
                        let span = script.text.locate(first.span.0, last.span.1);
                        all.push(Ran {
                            piped: command.piped,
                            quoted: command.quoted,
                            subshell: command.subshell,
                            script: index,
                            guarded: command.guarded,
                            span,
                            ..Ran::default()
                        });
                    }
                    continue;
                };
                let Some(at) = command.words.iter().position(|word| word == program) else { continue };
                let arg = |word: &Word| RanArg {
                    text: word.text.clone().or_else(|| self.inside(&raw(word))),
                    raw: raw(word),
                    span: script.text.locate(word.span.0, word.span.1),
                };
                let args: Vec<RanArg> = command.words[at + 1..].iter().map(arg).collect();
                let last = command.words.last().map_or(program.span.1, |word| word.span.1);
                let written: Vec<String> = command.words[..=at].iter().map(raw).collect();
                all.push(named(Ran {
                    step: 0,
                    program: program.text.clone().unwrap_or_default(),
                    path: String::new(),
                    written: written.join(" "),
                    assigns: command.assigns.iter().map(arg).collect(),
                    args,
                    plain: command.is_plain(),
                    piped: command.piped,
                    quoted: command.quoted,
                    subshell: command.subshell,
                    script: index,
                    program_span: script.text.locate(program.span.0, program.span.1),
                    guarded: command.guarded,
                    span: script.text.locate(program.span.0, last),
                }));
            }
        }
        if let Kind::Run(Command::Exec(words)) = &self.instruction.kind
            && let Some((program, rest)) = words.split_first()
        {
            let arg = |word: &crate::dockerfile::Word| RanArg {
                text: Some(word.text.clone()),
                raw: word.text.clone(),
                span: word.span,
            };
            all.push(named(Ran {
                step: 0,
                program: program.text.clone(),
                path: String::new(),
                written: program.text.clone(),
                assigns: Vec::new(),
                args: rest.iter().map(arg).collect(),
                plain: !program.text.contains('/'),
                piped: false,
                quoted: false,
                subshell: false,
                script: 0,
                program_span: program.span,
                guarded: false,
                span: self.instruction.span,
            }));
        }
        all
    }

    /// A word of a RUN with ENV and ARG put in.
    fn inside(&self, raw: &str) -> Option<String> {
        if raw.contains("$(") || raw.contains('`') {
            return None;
        }
        expand::word(raw, '\\', &Inside(&self.state)).ok()?.value
    }

    /// The values of `--mount=` flags.
    pub fn mounts(&self) -> impl Iterator<Item = &str> {
        let instruction: &Instruction = self.instruction;
        instruction
            .flags
            .iter()
            .filter(|flag| flag.name == "mount")
            .filter_map(|flag| Some(flag.value.as_ref()?.text.as_str()))
    }
}

/// A command by its real name: `python3 -m pip install` is `pip install`.
fn named(mut ran: Ran) -> Ran {
    ran.path.clone_from(&ran.program);
    let name = file_name(&ran.program).to_owned();
    let runs = |arg: Option<&RanArg>, word: &str| arg.is_some_and(|arg| arg.raw == word);
    if name.starts_with("python") && runs(ran.args.first(), "-m") && ran.args.len() > 1 {
        ran.program.clone_from(&ran.args[1].raw);
        ran.args.drain(..2);
    } else if matches!(name.as_str(), "uv" | "poetry" | "pipenv") && runs(ran.args.first(), "run") {
        let skipped = ran.args.iter().skip(1).take_while(|arg| arg.raw.starts_with('-')).count() + 1;
        if let Some(inner) = ran.args.get(skipped).map(|arg| arg.raw.clone()) {
            ran.args.drain(..=skipped);
            ran.plain = false;
            return named(Ran { program: inner, ..ran });
        }
        ran.program = name;
    } else {
        ran.program = name;
    }
    if ran.program.starts_with("pip3") || ran.program == "pip2" {
        ran.program = "pip".into();
    }
    ran
}

/// The program that a `#!` line names, `env` looked through; `None` where there is no such line.
fn shebang(text: &str) -> Option<String> {
    let line = text.lines().next()?.strip_prefix("#!")?;
    let mut words = line.split_whitespace().filter(|word| !word.starts_with('-'));
    let program = words.next().unwrap_or_default();
    let program = if program.ends_with("/env") { words.next().unwrap_or_default() } else { program };
    Some(program.to_owned())
}

fn bourne(program: &str) -> bool {
    matches!(file_name(program), "sh" | "bash" | "ash" | "dash" | "zsh" | "ksh")
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

/// Flags of package managers that take a value.
#[rustfmt::skip]
const VALUES: &[&str] = &[
    "-r", "--requirement", "-c", "--constraint", "-t", "--target", "--prefix", "--root", "-i", "--index-url",
    "--extra-index-url", "-f", "--find-links", "--platform", "--python-version", "--implementation", "--abi",
    "--only-binary", "--no-binary", "--virtual", "--repository", "-X", "--python", "-p", "-v", "--version",
    "--trusted-host", "--cache-dir", "-o", "--setopt", "--enablerepo", "--disablerepo", "--releasever", "-C",
    "--cache", "--registry", "--timeout", "--retries", "--progress-bar", "--upgrade-strategy",
];

impl Ran {
    /// Whether the command removes packages of the system.
    pub fn removes_packages(&self) -> bool {
        matches!(
            (self.program.as_str(), self.verb()),
            ("apt" | "apt-get" | "aptitude", "remove" | "purge" | "autoremove" | "autopurge")
                | ("apk", "del")
                | ("dnf" | "microdnf" | "yum", "remove" | "erase" | "autoremove" | "groupremove" | "history")
        ) || (self.program == "rpm" && self.has(&["-e", "--erase"]))
    }

    /// What the command installs, if it is an installing one.
    pub fn install(&self) -> Option<Install> {
        let verb = self.verb();
        let manager = match (self.program.as_str(), verb) {
            ("apt" | "apt-get" | "aptitude", "install") => "apt",
            ("apk", "add") => "apk",
            ("dnf" | "microdnf", "install" | "reinstall" | "groupinstall") => "dnf",
            ("yum", "install" | "groupinstall" | "localinstall") => "yum",
            ("pip", "install") => "pip",
            ("uv", "pip") if self.texts().any(|text| text == "install") => "pip",
            ("npm", "install" | "i" | "add" | "in") | ("yarn" | "pnpm" | "bun", "add") => "npm",
            ("gem", "install") => "gem",
            _ => return None,
        };
        // `apk add -t .build x`: the name of a group; pip's `-t` takes a folder.
        let operands = self.operands(VALUES);
        let skip = if self.program == "uv" { 2 } else { 1 };
        let mut packages: Vec<Package> =
            operands.into_iter().skip(skip).filter_map(|arg| package(manager, arg)).collect();
        if manager == "gem"
            && let (Some(version), Some(first)) = (self.value(&["-v", "--version"]), packages.first_mut())
        {
            first.version = Some(version.to_owned());
        }
        Some(Install { manager, packages })
    }
}

fn package(manager: &str, arg: &RanArg) -> Option<Package> {
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
