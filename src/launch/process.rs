//! What starts: an abstract `execve`, from ENTRYPOINT and CMD through base entrypoints, shells, wrappers, launchers and
//! `#!` lines to the code that runs. The same reading serves a Dockerfile and a saved image.

use super::script::{self, Branches};
use super::{Arg, LAMBDA_ENTRYPOINT, Launch, Setting};
use crate::command::{self, CommandWord, Handed, Reading};
use crate::diagnostic::Location;
use crate::facts::{self, BaseKind, Command, CommandKind};
use crate::path::{clean, file_name};

/// One program image on the way from ENTRYPOINT and CMD to the code that runs.
#[derive(Clone, Debug, Default)]
pub struct Process {
    /// The program and its arguments.
    pub argv: Vec<Arg>,
    /// How it comes to be started.
    pub via: Via,
    /// The command line as the program's row in the facts reads it.
    pub reading: Reading,
    /// The working directory; `None` if it is unknown.
    pub folder: Option<String>,
    /// Variables that a wrapper or a script in front of it sets, `NAME=value` or a bare name.
    pub assigns: Vec<String>,
    /// Whether what ran in front of it may have changed files, variables or the folder unseen.
    pub unseen: bool,
}

/// How a process comes to be started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Via {
    /// ENTRYPOINT or CMD names it.
    #[default]
    Kernel,
    /// A shell that was given it as text: the shell form, `sh -c`.
    Shell,
    /// A wrapper in front of it.
    Wrapper,
    /// A launcher such as `npx` or `uv run`.
    Launcher,
    /// The `#!` line of the script before it.
    Shebang,
    /// A command of the script before it.
    Script,
}

/// What starts, step by step, and where it ends.
#[derive(Clone, Debug, Default)]
pub struct Processes {
    /// The processes, first one first; each takes the place of the one before.
    pub line: Vec<Process>,
    /// Where they end.
    pub end: End,
}

/// Where the processes end.
#[derive(Clone, Debug, Default)]
pub enum End {
    /// The last process does its work itself, or runs this code.
    Code(Code),
    /// One of several goes on, and only running it can tell which.
    Either(Vec<Processes>),
    /// Only running it can tell.
    #[default]
    Opaque,
}

/// What the last process runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// The program itself.
    Program,
    /// The file that an argument names, by its index.
    File(usize),
    /// The module that an argument names.
    Module(usize),
    /// The code that an argument holds.
    Inline(usize),
}

/// Maximum number of processes after one another.
const MAX_DEPTH: usize = 16;
/// Maximum number of branches that are followed.
const MAX_BRANCHES: usize = 16;

impl CommandWord for Arg {
    fn text(&self) -> Option<&str> {
        (!self.unknown).then_some(self.text.as_str())
    }

    fn is_flag(&self) -> bool {
        self.text.starts_with('-')
    }
}

impl Process {
    pub(super) fn new(argv: Vec<Arg>, via: Via, folder: Option<String>) -> Self {
        let reading = command::read(&argv);
        Self { argv, via, reading, folder, ..Self::default() }
    }

    /// Takes over what the process in front of it has set.
    fn inherit(&mut self, before: &Self) {
        self.assigns.clone_from(&before.assigns);
        self.unseen = before.unseen;
    }

    /// The program as written; empty if there is none.
    pub fn program(&self) -> &str {
        self.argv.first().map_or("", |arg| arg.text.as_str())
    }

    /// The program's name without its folder.
    pub fn name(&self) -> &str {
        file_name(self.program())
    }

    /// Where the program is named.
    pub fn place(&self) -> Location {
        self.argv.first().map(|arg| arg.place).unwrap_or_default()
    }

    /// The arguments after the program.
    pub fn args(&self) -> &[Arg] {
        self.argv.get(1..).unwrap_or_default()
    }

    /// The row of the program in the facts.
    pub fn row(&self) -> Option<&'static Command> {
        self.reading.row
    }

    /// The language of the interpreter, if it is one.
    pub fn language(&self) -> Option<&'static str> {
        let row = self.row().filter(|row| row.kind == CommandKind::Interpreter)?;
        row.language
    }

    /// The module that an interpreter is to run: of `python -m module`.
    pub fn module(&self) -> Option<&str> {
        let Handed::Module(at) = self.reading.handed else { return None };
        self.argv.get(at).map(|arg| arg.text.as_str())
    }

    /// The file that an interpreter or a shell is to read.
    pub fn file(&self) -> Option<&Arg> {
        let Handed::File(at) = self.reading.handed else { return None };
        self.argv.get(at)
    }

    /// Whether it is a shell script by its name, and not the one of AWS base images.
    pub fn is_own_script(&self) -> bool {
        self.row().is_none() && facts::is_script_name(self.name()) && self.program() != LAMBDA_ENTRYPOINT
    }

    /// The script of the user's own that it is, or that its shell reads.
    pub fn script_file(&self) -> Option<&Arg> {
        let shell = self.row().is_some_and(|row| row.kind == CommandKind::Shell);
        if shell { self.file() } else { self.argv.first().filter(|_| self.is_own_script()) }
    }

    /// Whether the program or an argument holds a text.
    pub fn mentions(&self, text: &str) -> bool {
        self.argv.iter().any(|arg| arg.text.contains(text))
    }

    /// Whether it is a shell without anything to run.
    pub fn is_bare_shell(&self) -> bool {
        self.row().is_some_and(|row| row.kind == CommandKind::Shell) && self.reading.handed == Handed::Input
    }

    /// The path of an argument in the image: absolute, or from the working directory.
    pub fn path_of(&self, text: &str) -> Option<String> {
        if text.starts_with('/') {
            return Some(clean(text));
        }
        self.folder.as_ref().map(|folder| clean(&format!("{folder}/{text}")))
    }
}

/// Whether a wrapper changes nothing but the variables that its arguments set.
fn leaves_alone(row: &Command, before: &[Arg]) -> bool {
    // `env -i`, `env -u NAME`, `env -C FOLDER`.
    row.keeps && !(row.assigns && before.iter().any(|arg| arg.text.starts_with('-')))
}

impl Launch<'_> {
    /// What starts, step by step. Total: what only running it can tell is [`End::Opaque`].
    pub fn processes(&self) -> &Processes {
        self.cache.processes.get_or_init(|| self.find_processes())
    }

    /// The process that stays, as far as it is written plainly: `None` if ENTRYPOINT or CMD is unknown or empty, or if
    /// one of several commands may be it.
    pub fn started(&self) -> Option<&Process> {
        let processes = self.processes();
        processes.line.last().filter(|_| !matches!(processes.end, End::Either(_)))
    }

    /// Every process that may run, those of all branches.
    pub fn all_processes(&self) -> Vec<&Process> {
        let (mut found, mut open) = (Vec::new(), vec![self.processes()]);
        while let Some(processes) = open.pop() {
            found.extend(&processes.line);
            if let End::Either(branches) = &processes.end {
                open.extend(branches.iter().rev());
            }
        }
        found
    }

    fn find_processes(&self) -> Processes {
        // An entrypoint that a general base brings (`docker-entrypoint.sh`) runs CMD as a program; those of
        // distroless, which have no family, are interpreters.
        let brought = !matches!(self.entrypoint, Setting::Set(..));
        let argv: Option<Vec<Arg>> = if brought && self.base.kind == BaseKind::General && self.base.family.is_some() {
            self.cmd.value().map(|cmd| cmd.args.clone())
        } else {
            self.argv().map(|argv| argv.into_iter().cloned().collect())
        };
        let Some(argv) = argv.filter(|argv| !argv.is_empty()) else { return Processes::default() };
        let folder = match &self.workdir {
            Setting::Unknown(_) => None,
            setting => Some(setting.value().cloned().unwrap_or_else(|| "/".into())),
        };
        let mut left = MAX_BRANCHES;
        self.follow(Process::new(argv, Via::Kernel, folder), &mut left)
    }

    /// Follows a process to its end.
    pub(super) fn follow(&self, first: Process, left: &mut usize) -> Processes {
        let mut line = vec![first];
        while line.len() < MAX_DEPTH {
            let Some(process) = line.last() else { break };
            let (mut branches, via) = match self.next(process) {
                Next::Ends(end) => return Processes { line, end },
                Next::Executes(next) => {
                    line.push(*next);
                    continue;
                }
                Next::Script(branches, via) => (branches, via),
            };
            branches.processes.iter_mut().for_each(|process| process.via = via);
            if branches.certain {
                let Some(next) = branches.processes.pop() else { break };
                line.push(next);
                continue;
            }
            let mut all = Vec::new();
            for process in branches.processes {
                let Some(rest) = left.checked_sub(1) else { break };
                *left = rest;
                all.push(self.follow(process, left));
            }
            return Processes { line, end: if all.is_empty() { End::Opaque } else { End::Either(all) } };
        }
        Processes { line, end: End::Opaque }
    }

    /// What a process does next.
    fn next(&self, process: &Process) -> Next {
        let argv = &process.argv;
        if argv.first().is_none_or(|program| program.unknown) {
            return Next::Ends(End::Opaque);
        }
        let rest = |at: usize| argv.get(at..).unwrap_or_default().to_vec();
        let executes = |argv: Vec<Arg>, via: Via| {
            let mut next = Process::new(argv, via, process.folder.clone());
            next.inherit(process);
            Next::Executes(Box::new(next))
        };
        let kind = process.row().map(|row| row.kind);
        match process.reading.handed {
            Handed::Command(at) => {
                let launcher = kind == Some(CommandKind::Launcher);
                let Next::Executes(mut next) = executes(rest(at), if launcher { Via::Launcher } else { Via::Wrapper })
                else {
                    return Next::Ends(End::Opaque);
                };
                let before = argv.get(1..at).unwrap_or_default();
                next.unseen |= !process.row().is_some_and(|row| leaves_alone(row, before));
                let sets = before.iter().filter(|arg| arg.text.contains('='));
                next.assigns.extend(sets.map(|arg| arg.text.clone()));
                // `uv run app.py` runs python.
                if let Some(script) = process.row().and_then(|row| row.script)
                    && next.name().ends_with(".py")
                {
                    let program = Arg { text: script.to_owned(), ..next.argv.first().cloned().unwrap_or_default() };
                    next.argv.insert(0, program);
                    next.reading = command::read(&next.argv);
                }
                Next::Executes(next)
            }
            Handed::Script(at) => {
                let Some(text) = argv.get(at) else { return Next::Ends(End::Opaque) };
                if kind == Some(CommandKind::Wrapper) {
                    // `env -S`: parted at blanks, no shell reads it.
                    let words = text.text.split_whitespace().map(|word| Arg { text: word.to_owned(), ..text.clone() });
                    let Next::Executes(mut next) = executes(words.chain(rest(at + 1)).collect(), Via::Wrapper) else {
                        return Next::Ends(End::Opaque);
                    };
                    next.unseen = true;
                    return Next::Executes(next);
                }
                let given = script::Given { arguments: &rest(at + 1), program: None, place: text.place };
                Next::Script(script::branches(self, process, &text.text, &given), Via::Shell)
            }
            Handed::File(at) => match (kind, argv.get(at)) {
                (Some(CommandKind::Shell), Some(file)) if !file.unknown => {
                    let path = process.path_of(&file.text);
                    let Some(text) = path.as_deref().and_then(|path| self.script_text(path)) else {
                        return Next::Ends(End::Code(Code::File(at)));
                    };
                    let given = script::Given { arguments: &rest(at), program: Some(file), place: file.place };
                    let branches = script::branches(self, process, &text, &given);
                    if branches.processes.is_empty() {
                        return Next::Ends(End::Code(Code::File(at)));
                    }
                    Next::Script(branches, Via::Script)
                }
                (Some(_), Some(file)) if file.unknown => Next::Ends(End::Opaque),
                _ => Next::Ends(End::Code(Code::File(at))),
            },
            Handed::Module(at) => Next::Ends(End::Code(Code::Module(at))),
            Handed::Inline(at) => Next::Ends(End::Code(Code::Inline(at))),
            Handed::Input | Handed::Hidden => Next::Ends(End::Opaque),
            Handed::Nothing => self.shebang(process).unwrap_or(Next::Ends(End::Code(Code::Program))),
        }
    }

    /// What the `#!` line of a script starts, where the text of the program is known.
    fn shebang(&self, process: &Process) -> Option<Next> {
        let program = process.program();
        if process.row().is_some() || !program.contains('/') {
            return None;
        }
        let path = process.path_of(program)?;
        let (interpreter, argument) = self.shebang_line(&path)?;
        let place = process.place();
        let arg = |text: &str| Arg::new(text, place);
        let mut argv = vec![arg(&interpreter)];
        argv.extend(argument.as_deref().map(arg));
        argv.push(arg(&path));
        argv.extend(process.args().iter().cloned());
        let mut next = Process::new(argv, Via::Shebang, process.folder.clone());
        next.inherit(process);
        Some(Next::Executes(Box::new(next)))
    }
}

enum Next {
    Executes(Box<Process>),
    Script(Branches, Via),
    Ends(End),
}
