//! Which commands a shell script leaves running: the one it ends with, or those that it executes in branches.

use super::process::{Process, Via};
use super::{Arg, Launch, Setting};
use crate::diagnostic::Location;
use crate::dockerfile::expand::{self, Scope, Var};
use crate::facts::{self, CommandEffect};
use crate::path::clean;
use crate::shell::{self, SimpleCommand, Word};

/// What a script is started with.
pub(super) struct Given<'a> {
    /// `$0` and the arguments after it.
    pub(super) arguments: &'a [Arg],
    /// The script's own file, where it was read from one.
    pub(super) program: Option<&'a Arg>,
    /// Where the script is written or named.
    pub(super) place: Location,
}

/// The commands that may stay when a script is through.
pub(super) struct Branches {
    /// The commands.
    pub(super) processes: Vec<Process>,
    /// `true` if there is one, and it certainly runs.
    pub(super) certain: bool,
}

/// Finds what a script leaves running.
pub(super) fn branches(launch: &Launch<'_>, process: &Process, text: &str, given: &Given<'_>) -> Branches {
    let (commands, aside): (Vec<SimpleCommand>, Vec<SimpleCommand>) =
        shell::commands(text).into_iter().partition(|command| !command.words.is_empty() && !command.quoted);
    let none = Branches { processes: Vec::new(), certain: false };
    let Some(last) = commands.last() else { return none };
    let executes = |command: &&SimpleCommand| {
        let first = command.words.first().and_then(|word| word.text.as_deref());
        first == Some("exec") && command.words.len() > 1 && !command.subshell
    };
    let reader = Reader { launch, process, text, given, aside: &aside };
    let one = |command: &SimpleCommand| Branches {
        processes: reader.process(command, &commands).into_iter().collect(),
        certain: true,
    };
    // What stands after an `exec` that always runs is never reached.
    if let Some(at) = commands.iter().position(|command| executes(&command) && !command.guarded) {
        let before: Vec<&SimpleCommand> = commands[..at].iter().filter(executes).collect();
        if before.is_empty() {
            return one(&commands[at]);
        }
        let all = before.into_iter().chain([&commands[at]]);
        return Branches {
            processes: all.filter_map(|command| reader.process(command, &commands)).collect(),
            certain: false,
        };
    }
    let guarded: Vec<&SimpleCommand> = commands.iter().filter(executes).collect();
    if guarded.is_empty() {
        // `cd /app && exec uvicorn …`: the last is what stays. Which of several alternatives runs is unknown.
        if !last.guarded || commands.len() <= 2 {
            return one(last);
        }
        let working = commands.iter().filter(|command| !only_reads(command));
        return Branches {
            processes: working.filter_map(|command| reader.process(command, &commands)).collect(),
            certain: false,
        };
    }
    let last = Some(last).filter(|last| !executes(last) && !only_reads(last));
    let all = guarded.into_iter().chain(last);
    Branches { processes: all.filter_map(|command| reader.process(command, &commands)).collect(), certain: false }
}

/// Whether a command does nothing that could be what the script is for: `echo`, `[ -f x ]`, `export`.
fn only_reads(command: &SimpleCommand) -> bool {
    let name = command.program().map(|(name, _)| name.to_owned()).unwrap_or_default();
    facts::commands(&name).any(|row| row.effect() == CommandEffect::Nothing)
}

/// Whether a command does nothing, or nothing but what the process after it is known to have from it.
fn is_followed(command: &SimpleCommand) -> bool {
    let first = command.words.first().and_then(|word| word.text.as_deref());
    matches!(first, Some("cd" | "export" | "set")) || only_reads(command) && command.writes.is_empty()
}

/// Whether a command gives the script other arguments: `set -- node "$@"`.
fn sets_arguments(command: &SimpleCommand) -> bool {
    let mut words = command.words.iter().map(|word| word.text.as_deref().unwrap_or_default());
    if words.next() != Some("set") {
        return false;
    }
    let mut value = false;
    words.any(|word| {
        let option = word != "--" && word.starts_with(['-', '+']);
        !std::mem::replace(&mut value, option && word.ends_with('o')) && !option
    })
}

struct Reader<'a, 'l> {
    launch: &'a Launch<'l>,
    process: &'a Process,
    text: &'a str,
    given: &'a Given<'a>,
    /// Assignments without a command, and commands of a text that another shell is given.
    aside: &'a [SimpleCommand],
}

impl Reader<'_, '_> {
    /// A command as the process that it becomes.
    fn process(&self, command: &SimpleCommand, all: &[SimpleCommand]) -> Option<Process> {
        let before = || all.iter().take_while(|other| !std::ptr::eq(*other, command));
        let given = self.given.arguments;
        let arguments = (!before().any(sets_arguments)).then_some(given);
        let mut argv = Vec::new();
        command.words.iter().for_each(|word| self.word(word, arguments, &mut argv));
        if argv.is_empty() {
            return None;
        }
        let mut folder = self.process.folder.clone();
        let mut assigns = self.process.assigns.clone();
        for other in before() {
            match other.words.first().and_then(|word| word.text.as_deref()) {
                Some("cd") => {
                    let to = other.words.get(1).and_then(|word| word.text.as_deref()).filter(|_| !other.guarded);
                    folder = to.and_then(|to| match to.starts_with('/') {
                        true => Some(clean(to)),
                        false => folder.map(|folder| clean(&format!("{folder}/{to}"))),
                    });
                }
                Some("export" | "source" | "." | "eval" | "declare") => {
                    assigns.extend(other.words.iter().skip(1).map(|word| self.raw(word).to_owned()));
                }
                _ => {}
            }
        }
        let set_aside = self.aside.iter().filter(|other| other.words.is_empty()).flat_map(|other| &other.assigns);
        assigns.extend(set_aside.map(|word| self.raw(word).to_owned()));
        assigns.extend(command.assigns.iter().map(|word| self.raw(word).to_owned()));
        let mut process = Process::new(argv, Via::Shell, folder);
        process.assigns = assigns;
        let aside = self.aside.iter().filter(|other| !other.words.is_empty());
        process.unseen = self.process.unseen || before().chain(aside).any(|other| !is_followed(other));
        Some(process)
    }

    fn raw(&self, word: &Word) -> &str {
        self.text.get(word.span.0..word.span.1).unwrap_or_default()
    }

    /// The arguments that a word of the script becomes; those of the script itself are `None` if they are unknown.
    fn word(&self, word: &Word, arguments: Option<&[Arg]>, argv: &mut Vec<Arg>) {
        let place = self.given.place;
        if let Some(text) = &word.text {
            argv.push(Arg::new(text, place));
            return;
        }
        let raw = self.raw(word);
        let name = raw.trim_matches('"').trim_start_matches('$').trim_start_matches('{').trim_end_matches('}');
        let number = name.parse::<usize>().ok();
        match (arguments, number) {
            (Some(arguments), _) if matches!(name, "@" | "*") => {
                argv.extend(arguments.iter().skip(1).cloned());
                return;
            }
            (Some(arguments), Some(number)) => {
                let argument = arguments.get(number).or(self.given.program.filter(|_| number == 0));
                argv.extend(argument.cloned());
                return;
            }
            _ => {}
        }
        let value = if raw.contains("$(") || raw.contains('`') { None } else { self.expand(raw) };
        let unknown = value.is_none();
        argv.push(Arg { text: value.unwrap_or_else(|| raw.to_owned()), place, unknown });
    }

    fn expand(&self, raw: &str) -> Option<String> {
        expand::word(raw, '\\', &Variables(self.launch)).ok()?.value
    }
}

/// The image's own variables, as a script that Lambda starts sees them; the function's configuration may bring others.
struct Variables<'a, 'l>(&'a Launch<'l>);

impl Scope for Variables<'_, '_> {
    fn get(&self, name: &str) -> Var {
        self.0.env(name).and_then(Setting::value).map_or(Var::Unknown, |value| Var::Value(value.clone()))
    }
}
