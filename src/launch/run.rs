//! What the RUN instructions of a build do: their commands, with variables put in as far as they are known.

use super::run_command::{CommandArg, RunCommand, named};
use super::{Stage, State, Step};
use crate::command::{self, CommandWord, Handed};
use crate::dockerfile::expand::{self, Scope, Var};
use crate::dockerfile::{Command, Instruction, Kind, Text, json_text};
use crate::facts::{self, CommandKind};
use crate::path::{clean, file_name};
use crate::shell::{self, SimpleCommand, Word};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// A script of a RUN: its text, with the way back to the file, and its commands.
#[derive(Debug)]
pub struct Script<'a> {
    /// The text.
    pub text: Cow<'a, Text>,
    /// The commands in it.
    pub commands: Vec<SimpleCommand>,
    /// The shell that reads a here-document, where it is not the stage's own: `RUN bash <<EOF`, `#!/bin/bash`.
    pub interpreter: Option<String>,
}

/// A script as it is kept: which here-document it is, or the RUN's own text.
#[derive(Clone, Debug)]
pub(super) struct Parsed {
    heredoc: Option<usize>,
    commands: Vec<SimpleCommand>,
    interpreter: Option<String>,
}

/// Variables as a RUN sees them: those that its script sets, else those of ENV and ARG.
struct Inside<'a, 'b> {
    state: &'b State<'a>,
    /// What the script itself sets: the value where it is set once, to a plain text; `None` for any other.
    own: BTreeMap<String, Option<String>>,
}

impl<'a, 'b> Inside<'a, 'b> {
    fn new(state: &'b State<'a>, script: &Script<'_>) -> Self {
        Self::within(state, script, BTreeMap::new())
    }

    /// The same for a script that another one starts, which may hand its own variables on.
    fn within(state: &'b State<'a>, script: &Script<'_>, own: BTreeMap<String, Option<String>>) -> Self {
        let mut inside = Self { state, own };
        let text = script.text.text.as_str();
        for command in &script.commands {
            let exports = command.words.first().and_then(|word| word.text.as_deref());
            let sets = match exports {
                None => command.assigns.as_slice(),
                Some("export" | "declare" | "local" | "readonly" | "typeset") => {
                    command.words.get(1..).unwrap_or_default()
                }
                // `read X`: any value.
                Some("read" | "getopts" | "mapfile" | "readarray") => {
                    let names = command.words.iter().skip(1).filter_map(|word| word.text.clone());
                    inside.own.extend(names.map(|name| (name, None)));
                    continue;
                }
                Some(_) => continue,
            };
            for word in sets {
                let raw = text.get(word.span.0..word.span.1).unwrap_or_default();
                let Some((name, value)) = raw.split_once('=') else {
                    // `for X in …`, `export X`.
                    if exports.is_none() {
                        inside.own.insert(raw.to_owned(), None);
                    }
                    continue;
                };
                let name = name.trim_end_matches('+').to_owned();
                let plain =
                    word.text.as_deref().and_then(|text| text.split_once('=')).map(|(_, value)| value.to_owned());
                let value = plain.or_else(|| inside.word(value)).filter(|_| !command.guarded && !command.subshell);
                let known = value.filter(|_| !inside.own.contains_key(&name) && !raw.contains("+="));
                inside.own.insert(name, known);
            }
        }
        inside
    }

    /// A word of a RUN with variables put in; `None` where only running it can tell.
    fn word(&self, raw: &str) -> Option<String> {
        if raw.contains("$(") || raw.contains('`') {
            return None;
        }
        expand::word(raw, '\\', self).ok()?.value
    }
}

impl Scope for Inside<'_, '_> {
    fn get(&self, name: &str) -> Var {
        let outer = || self.state.env.get(name).or_else(|| self.state.args.get(name)).and_then(super::Setting::value);
        match self.own.get(name) {
            Some(own) => own.clone().map_or(Var::Unknown, Var::Value),
            None => outer().map_or(Var::Unknown, |value| Var::Value(value.clone())),
        }
    }
}

/// The working directory as a script goes along.
struct Folder {
    now: Option<String>,
    /// What it was before the subshell that is being read.
    outer: Option<String>,
    /// Whether a subshell that is being read has changed it.
    inside: bool,
}

impl Folder {
    fn before(&mut self, command: &SimpleCommand, ran: &mut RunCommand) {
        if !command.subshell && std::mem::take(&mut self.inside) {
            self.now = self.outer.take();
        }
        ran.folder.clone_from(&self.now);
    }

    fn after(&mut self, command: &SimpleCommand, ran: &RunCommand) {
        if !ran.reading.row.is_some_and(|row| row.moves) {
            return;
        }
        if command.subshell && !self.inside {
            (self.outer, self.inside) = (self.now.clone(), true);
        }
        let to = ran.own_operands().next().and_then(|arg| arg.text.as_deref());
        let known = to.filter(|_| ran.program == "cd" && !command.guarded);
        self.now = known.and_then(|to| match to.starts_with('/') {
            true => Some(clean(to)),
            false => self.now.as_ref().map(|now| clean(&format!("{now}/{to}"))),
        });
    }
}

/// One command of a script.
fn read_command(script: &Script<'_>, inside: &Inside<'_, '_>, command: &SimpleCommand) -> RunCommand {
    let text = &script.text;
    let raw = |word: &Word| text.text.get(word.span.0..word.span.1).unwrap_or_default().to_owned();
    let arg = |word: &Word| CommandArg {
        text: word.text.clone().or_else(|| inside.word(&raw(word))),
        raw: raw(word),
        span: text.locate(word.span.0, word.span.1),
    };
    let words: Vec<CommandArg> = command.words.iter().map(arg).collect();
    let span = match (command.words.first(), command.words.last()) {
        (Some(first), Some(last)) => text.locate(first.span.0, last.span.1),
        _ => text.span,
    };
    let base = RunCommand {
        assigns: command.assigns.iter().map(arg).collect(),
        writes: command.writes.iter().map(arg).collect(),
        piped: command.piped,
        quoted: command.quoted,
        subshell: command.subshell,
        guarded: command.guarded,
        span,
        ..RunCommand::default()
    };
    // `$TOOL install`: something runs, and only running it can tell what.
    let Some(at) = command::behind_wrappers(&words) else { return base };
    let Some(program) = words.get(at).and_then(|word| word.text.clone()) else { return base };
    let start = command.words.get(at).map_or(0, |word| word.span.0);
    let last = command.words.last().map_or(start, |word| word.span.1);
    let written: Vec<&str> = words[..=at].iter().map(|word| word.raw.as_str()).collect();
    // `env GOARCH=arm64 go build`: what a wrapper sets is set for the command.
    let set = words[..at].iter().filter(|word| !word.is_flag() && word.raw.contains('=')).cloned();
    let assigns = base.assigns.iter().cloned().chain(set).collect();
    named(RunCommand {
        assigns,
        program,
        written: written.join(" "),
        program_span: words[at].span,
        args: words[at + 1..].to_vec(),
        plain: command.is_plain(),
        span: text.locate(start, last),
        ..base
    })
}

/// The commands of a script in order, each with the working directory it runs in.
fn read_script(script: &Script<'_>, inside: &Inside<'_, '_>, folder: Option<String>) -> Vec<RunCommand> {
    let mut folder = Folder { now: folder, outer: None, inside: false };
    let mut all = Vec::new();
    for command in &script.commands {
        let mut ran = read_command(script, inside, command);
        folder.before(command, &mut ran);
        if !command.words.is_empty() || !ran.assigns.is_empty() {
            folder.after(command, &ran);
        }
        if !command.words.is_empty() {
            all.push(ran);
        }
    }
    all
}

/// The names of the variables that the scripts of a RUN set, and may hand on.
pub(super) fn exported(step: &Step<'_>) -> BTreeSet<String> {
    step.scripts().iter().flat_map(|script| Inside::new(&step.state, script).own.into_keys()).collect()
}

/// The commands of a script that a RUN starts from a file, with places in its own text, and the names of the variables
/// that it sets or that are handed to it; `None` if the text is not a script, or another program than a Bourne shell reads
/// it.
pub(super) fn read_file(
    step: &Step<'_>,
    text: &str,
    by: &RunCommand,
    by_shell: bool,
    names: BTreeSet<String>,
) -> Option<(Vec<RunCommand>, BTreeSet<String>)> {
    let other = !by_shell && shebang(text).is_some_and(|program| !bourne(&program));
    if other || shell::is_broken(text) {
        return None;
    }
    let text = Text { text: text.to_owned(), ..Text::default() };
    let script = Script { commands: shell::commands(&text.text), text: Cow::Owned(text), interpreter: None };
    let given = by.assigns.iter().filter_map(|arg| Some(arg.raw.split_once('=')?.0.to_owned()));
    let handed = names.into_iter().chain(given).map(|name| (name, None)).collect();
    let inside = Inside::within(&step.state, &script, handed);
    let commands = read_script(&script, &inside, by.folder.clone());
    let called =
        |ran: RunCommand| RunCommand { step: by.step, plain: false, guarded: ran.guarded || by.guarded, ..ran };
    Some((commands.into_iter().map(called).collect(), inside.own.into_keys().collect()))
}

impl Stage<'_> {
    /// The commands of the stage's RUN instructions in order, parsed once.
    pub fn ran(&self) -> &[RunCommand] {
        self.ran.get_or_init(|| {
            let steps = self.steps.iter().enumerate();
            steps
                .flat_map(|(at, step)| step.ran().iter().map(move |ran| RunCommand { step: at, ..ran.clone() }))
                .collect()
        })
    }

    /// The commands of one step, counted in the stage.
    pub fn ran_in(&self, step: usize) -> &[RunCommand] {
        let ran = self.ran();
        let from = ran.partition_point(|ran| ran.step < step);
        let to = ran.partition_point(|ran| ran.step <= step);
        ran.get(from..to).unwrap_or_default()
    }
}

/// Scripts that begin after this byte of the file are not looked into: parsing them is the dearest part of a
/// check, and the longest of 1,500 real files ends long before.
const LOOKED_INTO: usize = 256 * 1024;

impl<'a> Step<'a> {
    /// The shell scripts of a RUN: its own text, what its exec form gives to a shell, and here-documents that a shell
    /// reads. Nothing under a shell that is not Bourne's, and nothing for other instructions. Parsed once.
    pub fn scripts(&self) -> Vec<Script<'a>> {
        let heredocs = &self.instruction.heredocs;
        let Some(own) = self.own_script() else { return Vec::new() };
        let parsed = self.scripts.get_or_init(|| self.parse(&own)).iter();
        let script = |parsed: &Parsed| {
            let Parsed { heredoc, commands, interpreter } = parsed.clone();
            let text = match heredoc {
                None => own.clone(),
                Some(at) => Cow::Borrowed(&heredocs.get(at)?.body),
            };
            Some(Script { text, commands, interpreter })
        };
        parsed.filter_map(script).collect()
    }

    /// The text of a RUN that a shell reads: all of it in shell form, the word after `-c` in exec form.
    fn own_script(&self) -> Option<Cow<'a, Text>> {
        match &self.instruction.kind {
            Kind::Run(Command::Shell(text)) => Some(Cow::Borrowed(text)),
            Kind::Run(Command::Exec(words)) => {
                let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
                let first = command::behind_wrappers(&texts)?;
                let Handed::Script(at) = command::read(texts.get(first..)?).handed else { return None };
                json_text(&self.instruction.rest, words.get(first + at)?).map(Cow::Owned)
            }
            _ => None,
        }
    }

    /// Whether the shell that reads RUN is not Bourne's.
    pub fn is_foreign(&self) -> bool {
        let shell = self.state.shell.as_ref().and_then(|shell| shell.first());
        !self.state.dialect.as_ref().or(shell).is_none_or(|program| bourne(program))
    }

    /// Whether the commands of the RUN's own text can be made out only in part.
    pub(super) fn hides_commands(&self) -> bool {
        // The grammar misses the end of a here-document, which Docker has taken out of the text.
        self.instruction.heredocs.is_empty()
            && self.is_broken()
            && matches!(&self.instruction.kind, Kind::Run(Command::Shell(text)) if shell::hides_commands(&text.text))
    }

    /// Whether the RUN's own text is not a script that a shell of Bourne's could read.
    pub fn is_broken(&self) -> bool {
        let Kind::Run(Command::Shell(text)) = &self.instruction.kind else { return false };
        if text.text.starts_with("<<") {
            return false;
        }
        *self.broken.get_or_init(|| shell::is_broken(&text.text))
    }

    /// The scripts of a RUN as if a Bourne shell read them; not kept.
    pub fn scripts_in_any_shell(&self) -> Vec<Script<'a>> {
        let Kind::Run(Command::Shell(text)) = &self.instruction.kind else { return Vec::new() };
        if !self.is_foreign() || self.instruction.span.start > LOOKED_INTO {
            return self.scripts();
        }
        vec![Script { text: Cow::Borrowed(text), commands: shell::commands(&text.text), interpreter: None }]
    }

    fn parse(&self, text: &Text) -> Vec<Parsed> {
        let shell_form = matches!(self.instruction.kind, Kind::Run(Command::Shell(_)));
        if self.instruction.span.start > LOOKED_INTO || (shell_form && self.is_foreign()) {
            return Vec::new();
        }
        let own = shell::commands(&text.text);
        // `RUN <<EOF` gives its document to the shell, `RUN bash <<EOF` to bash, `RUN python3 <<EOF` to python.
        let reads = own.first().and_then(SimpleCommand::program).is_none_or(|(program, _)| bourne(program));
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
    pub fn ran(&self) -> &[RunCommand] {
        self.ran.get_or_init(|| self.read_ran(&self.scripts()))
    }

    /// The same as if a Bourne shell read the RUN.
    pub fn ran_in_any_shell(&self) -> &[RunCommand] {
        if !self.is_foreign() {
            return self.ran();
        }
        self.foreign.get_or_init(|| self.read_ran(&self.scripts_in_any_shell()))
    }

    fn read_ran(&self, scripts: &[Script<'_>]) -> Vec<RunCommand> {
        let mut all = Vec::new();
        let exec = if let Kind::Run(Command::Exec(words)) = &self.instruction.kind { Some(words) } else { None };
        if let Some(words) = exec {
            all.extend(self.read_exec(words));
        }
        for (index, script) in scripts.iter().enumerate() {
            let inside = Inside::new(&self.state, script);
            all.extend(read_script(script, &inside, self.state.absolute(".")).into_iter().map(|ran| RunCommand {
                script: index,
                quoted: ran.quoted || exec.is_some(),
                plain: ran.plain && exec.is_none(),
                ..ran
            }));
        }
        all
    }

    fn read_exec(&self, words: &[crate::dockerfile::Word]) -> Option<RunCommand> {
        let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        let first = command::behind_wrappers(&texts)?;
        let (program, rest) = words.get(first..)?.split_first()?;
        let arg = |word: &crate::dockerfile::Word| CommandArg {
            text: Some(word.text.clone()),
            raw: word.text.clone(),
            span: word.span,
        };
        Some(named(RunCommand {
            program: program.text.clone(),
            written: texts.get(..=first)?.join(" "),
            args: rest.iter().map(arg).collect(),
            plain: first == 0 && !program.text.contains('/'),
            program_span: program.span,
            span: self.instruction.span,
            folder: self.state.absolute("."),
            ..RunCommand::default()
        }))
    }

    /// Whether a RUN runs nothing at all: an empty script, or one of assignments and comments.
    pub(super) fn is_idle(&self) -> bool {
        let assigns = |script: &Script<'_>| script.commands.iter().all(|command| command.words.is_empty());
        let scripts = self.scripts();
        !scripts.is_empty() && scripts.iter().all(assigns) && !self.hides_commands()
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

/// The program that a `#!` line names, `env` looked through; `None` where there is no such line.
fn shebang(text: &str) -> Option<String> {
    let line = text.lines().next()?.strip_prefix("#!")?;
    let mut words = line.split_whitespace().filter(|word| !word.starts_with('-'));
    let program = words.next().unwrap_or_default();
    let program = if program.ends_with("/env") { words.next().unwrap_or_default() } else { program };
    Some(program.to_owned())
}

fn bourne(program: &str) -> bool {
    facts::commands(file_name(program)).any(|row| row.kind == CommandKind::Shell && !row.sources)
}
