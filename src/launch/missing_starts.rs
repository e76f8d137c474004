//! What is to start, or is to be read by what starts, and is not in the image.

use super::{Arg, ExecFault, Launch, Presence, Process, StepKind, Via, json};
use crate::diagnostic::Location;
use crate::facts;

/// Something that is to start and is not there.
#[derive(Clone, Debug)]
pub struct MissingStart {
    /// Its name or path, as written.
    pub what: String,
    /// What it is.
    pub kind: MissingKind,
    /// Where it is named.
    pub place: Location,
    /// Why it is needed.
    pub why: String,
    /// What to do about it.
    pub help: String,
    /// Whether it is certain; else something visible could still have brought it.
    pub certain: bool,
}

/// What kind of thing is missing.
#[derive(Clone, Debug)]
pub enum MissingKind {
    /// A program or a file.
    File,
    /// A module of an interpreter, which is named.
    Module(String),
    /// A command line that was written as the name of one program.
    CommandLine,
}

impl Launch<'_> {
    /// What is to start and certainly, or probably, is not in the image. A runtime client is left to LL214.
    pub fn missing_starts(&self) -> Vec<MissingStart> {
        let mut missing: Vec<MissingStart> = self.missing_process().into_iter().collect();
        missing.extend(self.missing_code());
        missing.extend(self.renamed_module());
        // `sh /entry.sh`: the shell is there, and its script is not.
        let read = |link: &&super::ExecStep| link.role == StepKind::Read && link.fault == Some(ExecFault::Missing);
        missing.extend(self.chain().iter().filter(read).map(|link| MissingStart {
            what: link.path.clone(),
            kind: MissingKind::File,
            place: link.named,
            why: format!("{} reads it", link.before.join(" -> ")),
            help: "copy the script there, or name where it is".into(),
            certain: true,
        }));
        missing
    }

    /// The first program on the way that is not there.
    fn missing_process(&self) -> Option<MissingStart> {
        let line = &self.processes().line;
        let written = line.iter().take_while(|process| matches!(process.via, Via::Kernel | Via::Wrapper | Via::Shell));
        written.filter(|process| !facts::is_builtin(process.program())).find_map(|process| self.missing(process))
    }

    fn missing(&self, process: &Process) -> Option<MissingStart> {
        // What a shell or a wrapper sets in front, PATH among it, may lead elsewhere; so may another folder.
        let sets = |text: &String| text.starts_with("PATH=") || !text.contains('=');
        let moved = process.assigns.iter().any(sets) || process.folder.is_none();
        let program = process.argv.first().filter(|program| !program.unknown)?;
        if process.via != Via::Kernel && moved && !program.text.starts_with('/') {
            return None;
        }
        let (what, place) = (program.text.clone(), program.place);
        let missing = self.missing_program(program);
        // A file's name may have blanks.
        let at = |path: String| matches!(self.presence(&path), Presence::Present(_));
        let there = || process.path_of(&what).is_some_and(at) || self.on_path(&what).is_some();
        let whole = whole_command(program).filter(|_| process.via != Via::Shell && !there());
        if let Some(help) = whole {
            let why = "taken as the name of one program".to_owned();
            return Some(MissingStart { what, kind: MissingKind::CommandLine, place, why, help, certain: true });
        }
        let super::Missing { help, certain } = missing?;
        Some(MissingStart { what, kind: MissingKind::File, place, why: "Lambda starts this".into(), help, certain })
    }

    /// `node /app/index.js`: the interpreter is there, and what it is to run is not.
    fn missing_code(&self) -> Option<MissingStart> {
        let unfound = self.unfound().filter(|unfound| !unfound.client)?;
        let path = unfound.what.starts_with('/');
        let help = match unfound.near {
            Some(near) => format!("{near} is there: name that, or move it"),
            None if path => "copy the script there, or name where it is".into(),
            None => "install it for the Python that starts, in the final stage".into(),
        };
        let why = format!("{} runs it", unfound.by);
        let kind = if path { MissingKind::File } else { MissingKind::Module(unfound.by) };
        Some(MissingStart { what: unfound.what, kind, place: unfound.place, why, help, certain: true })
    }
    /// `python -m` with the name that a module had once. Files are asked in a saved image.
    fn renamed_module(&self) -> Option<MissingStart> {
        let build = self.build?;
        let argv = self.argv()?;
        let module = argv.get(argv.iter().position(|arg| arg.text == "-m")? + 1)?;
        let (old, new) = facts::programs().renamed.iter().find(|(old, _)| *old == module.text)?;
        let brought = build.copies().iter().any(|copied| copied.names().any(|name| name.contains(old)));
        (!brought && !build.runs_mention(old)).then(|| MissingStart {
            what: (*old).to_owned(),
            kind: MissingKind::Module(self.started().map_or("python", Process::program).to_owned()),
            place: module.place,
            why: format!("the package brings it as {new}"),
            help: format!("write -m {new}"),
            certain: false,
        })
    }
}

/// `"poetry run /entry.sh"`: words of a command line, and not a file with blanks in its name.
fn whole_command(program: &Arg) -> Option<String> {
    let words: Vec<&str> = program.text.split_whitespace().collect();
    let (first, rest) = words.split_first()?;
    let plain = |word: &str| word.chars().all(|c| c.is_ascii_alphanumeric() || "-_./:=@%+,*".contains(c));
    // `/opt/My App/run` is a path with a blank in it: its first word is not a program by itself.
    if rest.is_empty() || !words.iter().all(|word| plain(word)) || (first.starts_with('/') && rest[0].contains('/')) {
        return None;
    }
    Some(format!("write each word as its own element: {}", json(&words)))
}
