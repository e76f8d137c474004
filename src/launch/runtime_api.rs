//! Whether what starts can speak Lambda's Runtime API, as far as a Dockerfile shows it.

use super::{Build, Code, End, Launch, Origin, Presence, Process};
use crate::diagnostic::Location;
use crate::dockerfile::Kind;
use crate::facts::{self, BaseKind, Command, CommandKind, is_server, programs, traces_client};
use crate::path::last;

/// What kind of program starts.
enum Starts {
    /// One that serves a port or ends after its work.
    Server,
    /// Code of the user's own, which an interpreter of this language reads.
    Script(&'static str),
    /// Anything else: a compiled program, a script started by itself, one of several.
    Other,
}

impl Launch<'_> {
    /// Whether what starts speaks the Runtime API: `Present` with what brings the client, `Absent` where a plain
    /// server or nothing starts and nothing could answer in its place. A custom program is `Unknown`.
    pub fn speaks_runtime_api(&self) -> Presence {
        let unknown = Presence::Unknown(self.base_place);
        let Some(build) = self.build else { return unknown };
        if matches!(self.base.kind, BaseKind::Unknown | BaseKind::NotAFunction) {
            return unknown;
        }
        let brings = matches!(self.base.kind, BaseKind::Lambda | BaseKind::Client);
        if brings && self.entrypoint.is_inherited() {
            return Presence::Present(self.base_place);
        }
        if self.client().is_some() {
            return Presence::Present(self.place_of(&self.entrypoint));
        }
        match self.has_adapter() {
            Presence::Absent => {}
            there => return there,
        }
        if self.spoken_of() || self.other_stage_is_function() {
            return unknown;
        }
        if self.argv().is_some_and(|argv| argv.is_empty()) {
            return Presence::Absent;
        }
        let dependencies = build.dependencies();
        if dependencies.may_hold_client() {
            return unknown;
        }
        match self.starts() {
            Starts::Server => Presence::Absent,
            Starts::Script(language)
                if !dependencies.knows(language)
                    || self.code_mentions_client()
                    || (brings && self.installs_at_start(build)) =>
            {
                unknown
            }
            Starts::Script(language) if brings || dependencies.has_framework(language) => Presence::Absent,
            _ => unknown,
        }
    }

    /// Whether the text of the code that starts, where it can be seen, speaks of a client.
    fn code_mentions_client(&self) -> bool {
        let processes = self.processes();
        let (Some(process), End::Code(code)) = (processes.line.last(), &processes.end) else { return false };
        let text = |at: usize| process.argv.get(at).map_or("", |arg| arg.text.as_str());
        let names = match *code {
            Code::File(at) => ["", ".js", "/index.js"].map(|ending| format!("{}{ending}", text(at))).to_vec(),
            Code::Module(at) => {
                let module = text(at).replace('.', "/");
                [".py", "/__main__.py"].map(|ending| format!("{module}{ending}")).to_vec()
            }
            Code::Program | Code::Inline(_) => Vec::new(),
        };
        let paths = names.iter().filter_map(|name| process.path_of(name));
        paths.filter_map(|path| self.script_text(&path)).any(|text| traces_client(&text))
    }

    /// Whether a launcher in front of the code installs what a list names that was not read.
    fn installs_at_start(&self, build: &Build<'_>) -> bool {
        self.processes().line.iter().any(|process| {
            let lists = process.row().filter(|row| row.kind == CommandKind::Launcher).map(|row| row.reads.as_slice());
            lists.unwrap_or_default().iter().any(|name| {
                let read = |path: &str| build.dependencies().packages.iter().any(|package| package.is_of(path));
                let path = process.path_of(name);
                path.is_none_or(|path| build.presence(&path) != Presence::Absent && !read(name))
            })
        })
    }

    /// Whether a plain server starts, by its name.
    pub fn starts_server(&self) -> bool {
        matches!(self.starts(), Starts::Server)
    }

    /// Whether the web adapter, or something that may be one, is among the extensions.
    pub fn has_adapter(&self) -> Presence {
        let mut found = Presence::Absent;
        for copied in self.build.map(Build::copies).unwrap_or_default() {
            let place = Location::from(copied.span());
            let image = match copied.origin {
                Origin::Image(name, ..) => name,
                _ => "",
            };
            let image_name = last(image).split([':', '@']).next().unwrap_or_default();
            let to = copied.destination.as_deref().unwrap_or_default();
            if copied.names().chain([image_name, last(to)]).any(facts::may_be_adapter) {
                return Presence::Present(place);
            }
            let known = programs().extensions.iter().any(|word| image.contains(word));
            let root = copied.destination.as_deref() == Some("/") && !matches!(copied.origin, Origin::Unknown);
            if copied.may_hold("/opt/extensions/lambda-adapter") != Some(false) && !known && !root
                || copied.below("/opt/extensions") == Some(true) && !known
            {
                found = Presence::Unknown(place);
            }
        }
        let runs = self.runs_mentioning("/opt");
        runs.first().filter(|_| found == Presence::Absent).map_or(found, |place| Presence::Unknown(*place))
    }

    /// Whether an instruction (no FROM, no comment) speaks of a client.
    fn spoken_of(&self) -> bool {
        let Some(build) = self.build else { return true };
        let speaks = traces_client;
        build.dockerfile.instructions.iter().filter(|one| !matches!(one.kind, Kind::From(_))).any(|one| {
            speaks(&one.rest.text)
                || one.heredocs.iter().any(|heredoc| speaks(&heredoc.body.text))
                || one.flags.iter().filter_map(|flag| flag.value.as_ref()).any(|value| speaks(&value.text))
        })
    }

    /// Whether a stage that the final one is not made of is the function, and the final one another program.
    fn other_stage_is_function(&self) -> bool {
        let Some(build) = self.build else { return true };
        let last: Vec<usize> = build.final_stages().iter().map(|stage| stage.index).collect();
        build.stages.iter().filter(|stage| !last.contains(&stage.index)).any(|stage| {
            let named = stage.name.as_deref().is_some_and(facts::is_function_name);
            named || build.base_of(stage).is_some_and(|base| base.kind == BaseKind::Lambda)
        })
    }

    /// Whether what starts is a shell and nothing for it to run: a box of tools, and no function gone wrong.
    pub fn starts_bare_shell(&self) -> bool {
        self.started().is_some_and(Process::is_bare_shell)
    }

    /// What kind of program starts.
    fn starts(&self) -> Starts {
        let processes = self.processes();
        let (Some(process), End::Code(code)) = (processes.line.last(), &processes.end) else { return Starts::Other };
        let text = |at: usize| process.argv.get(at).map_or("", |arg| arg.text.as_str());
        // `next@15 start`: npx takes a version.
        let program = process.name().split('@').next().unwrap_or_default();
        let serves = |row: &Command| process.args().iter().any(|arg| row.serves.contains(&arg.text.as_str()));
        match *code {
            Code::Program if is_server(program) || process.row().is_some_and(serves) => Starts::Server,
            Code::Module(at) if is_server(text(at)) => Starts::Server,
            // Django's and others' own word for it.
            Code::File(_) if process.args().iter().any(|arg| arg.text == "runserver") => Starts::Server,
            Code::File(at) | Code::Inline(at) | Code::Module(at) => {
                script_language(process, text(at)).map_or(Starts::Other, Starts::Script)
            }
            Code::Program => Starts::Other,
        }
    }
}

/// The language of an interpreter that runs code of the user's own, if clients exist for it.
fn script_language(process: &Process, code: &str) -> Option<&'static str> {
    process
        .language()
        .filter(|language| matches!(*language, "python" | "node" | "php" | "ruby") && !traces_client(code))
}
