//! Whether what starts can speak Lambda's Runtime API, as far as a Dockerfile shows it.

use super::{Build, Launch, Origin, Presence, Started};
use crate::diagnostic::Place;
use crate::dockerfile::Kind;
use crate::facts::{BaseKind, programs};
use crate::path::file_name;

/// Words that speak of a client or of a program that is one: what starts may lead to it.
const WORDS: &[&str] = &[
    "awslambdaric",
    "aws-lambda-ric",
    "aws_lambda_ric",
    "lambda.runtime.api",
    "runtime-interface-client",
    "lambda-adapter",
    "lambda_adapter",
    "web-adapter",
    "AWS_LAMBDA_EXEC_WRAPPER",
    "lambda_runtime",
    "lambda-runtime",
    "lambdr",
    "RuntimeSupport",
    "/var/runtime",
    "LAMBDA_RUNTIME",
    "AWS_LAMBDA_RUNTIME_API",
    "aws-lambda-java",
    "aws-lambda-cpp",
    "bootstrap",
];

/// Programs that start what their first arguments name.
const RUNNERS: &[(&str, &str)] =
    &[("poetry", "run"), ("uv", "run"), ("pipenv", "run"), ("pdm", "run"), ("bundle", "exec"), ("npx", "")];

/// What kind of program starts.
enum Starts {
    /// One that serves a port or ends after its work.
    Server,
    /// A script of one's own, by its interpreter.
    Script(String),
    /// Anything else: a compiled program, a script started by itself.
    Other,
}

impl Launch<'_> {
    /// Whether what starts speaks the Runtime API: `Present` with what brings the client, `Absent` where a plain
    /// server or nothing starts and nothing could answer in its place. A program of one's own is `Unknown`.
    pub fn speaks_runtime_api(&self) -> Presence {
        let unknown = Presence::Unknown(self.base_place);
        if self.build.is_none() || matches!(self.base.kind, BaseKind::Unknown | BaseKind::NotAFunction) {
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
        match self.started().map(|started| kind_of(&started)) {
            Some(Starts::Server) => Presence::Absent,
            Some(Starts::Script(script)) if brings && !is_launcher(&script) => Presence::Absent,
            Some(Starts::Script(script)) if !is_launcher(&script) && self.installs_framework() => Presence::Absent,
            _ => unknown,
        }
    }

    /// Whether a plain server starts, by its name.
    pub fn starts_server(&self) -> bool {
        self.started().is_some_and(|started| matches!(kind_of(&started), Starts::Server))
    }

    /// Whether the web adapter, or something that may be one, is among the extensions.
    pub fn has_adapter(&self) -> Presence {
        let mut found = Presence::Absent;
        for copied in self.build.map(Build::copies).unwrap_or_default() {
            let place = Place::from(copied.span());
            let image = match &copied.origin {
                Origin::Image(name, ..) => name.as_str(),
                _ => "",
            };
            let adapter = |text: &str| text.contains("adapter");
            if adapter(image) || copied.names().any(adapter) || copied.destination.as_deref().is_some_and(adapter) {
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
        let speaks = |text: &str| WORDS.iter().any(|word| text.contains(word));
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
            let named = stage.name.as_deref().is_some_and(|name| name.contains("lambda"));
            named || build.base_of(stage).is_some_and(|base| base.kind == BaseKind::Lambda)
        })
    }

    /// Whether all that is installed is named, and a web framework is among it.
    fn installs_framework(&self) -> bool {
        let Some(build) = self.build else { return false };
        let mut framework = false;
        for (_, ran) in build.final_ran() {
            let listed =
                matches!(ran.program.as_str(), "poetry" | "pipenv" | "uv" | "conda" | "yarn" | "pnpm" | "bundle")
                    || (ran.program == "npm" && ran.verb() == "ci");
            let Some(install) = ran.install() else {
                if listed {
                    return false;
                }
                continue;
            };
            let language = matches!(install.manager, "pip" | "npm" | "gem");
            if language && (install.packages.is_empty() || ran.has(&["-r", "--requirement", "-e"])) {
                return false;
            }
            framework |= install.packages.iter().any(|package| programs().frameworks.contains(&package.name));
        }
        framework
    }

    /// Whether what starts is a shell and nothing for it to run: a box of tools, and no function gone wrong.
    pub fn starts_bare_shell(&self) -> bool {
        let shell = |started: &Started| matches!(started.name(), "bash" | "sh" | "ash" | "zsh");
        self.started().is_some_and(|started| shell(&started) && started.args.iter().all(|arg| arg.starts_with('-')))
    }
}

fn kind_of(started: &Started) -> Starts {
    let mut words: Vec<&str> = std::iter::once(started.name()).chain(started.args.iter().map(String::as_str)).collect();
    for (runner, verb) in RUNNERS {
        if words.first() == Some(runner) && (verb.is_empty() || words.get(1) == Some(verb)) {
            let skip = if verb.is_empty() { 1 } else { 2 };
            words = words.into_iter().skip(skip).skip_while(|word| word.starts_with('-')).collect();
            break;
        }
    }
    let Some((program, args)) = words.split_first() else { return Starts::Other };
    let program = file_name(program);
    let server = |name: &str| programs().servers.iter().any(|known| known == name);
    if server(program.split('@').next().unwrap_or(program)) {
        return Starts::Server;
    }
    let interpreter = program.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    if !matches!(interpreter, "python" | "node" | "php" | "ruby") {
        return Starts::Other;
    }
    if let Some(at) = args.iter().position(|arg| *arg == "-m").filter(|_| interpreter == "python") {
        return match args.get(at + 1) {
            Some(module) if server(module) => Starts::Server,
            Some(module) => Starts::Script((*module).to_owned()),
            None => Starts::Other,
        };
    }
    if args.contains(&"runserver") || (interpreter == "php" && args.contains(&"-S")) {
        return Starts::Server;
    }
    match args.first() {
        Some(script) if !script.starts_with('-') => Starts::Script((*script).to_owned()),
        _ => Starts::Other,
    }
}

/// Whether a script by its name may start a client: `entry.py`, `lambda_main.py`.
fn is_launcher(script: &str) -> bool {
    const NAMES: &[&str] =
        &["entry", "boot", "lambda", "handler", "runtime", "start", "launch", "init", "wrapper", "ric"];
    let script = script.to_ascii_lowercase();
    NAMES.iter().any(|name| script.contains(name))
}
