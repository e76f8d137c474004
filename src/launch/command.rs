//! The command that Lambda would run, seen through shells and wrappers.

use super::{Arg, Launch, Setting};
use crate::diagnostic::Place;
use crate::facts::BaseKind;
use crate::path::{clean, file_name};
use crate::shell;

/// What starts: a program and its arguments, with shells and wrappers looked through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Started {
    /// The program as written.
    pub program: String,
    /// The arguments that are known.
    pub args: Vec<String>,
    /// Where the program stands.
    pub place: Place,
    /// Wrappers that stand before it: `tini`, `npx` …
    pub wrappers: Vec<String>,
}

/// So many arguments, or parts of variables, are asked whether they name something, and no image has as many.
const MOST_ASKED: usize = 1024;

/// Programs that start the one behind them and get out of its way.
const WRAPPERS: &[&str] = &[
    "tini",
    "dumb-init",
    "catatonit",
    "env",
    "exec",
    "nice",
    "stdbuf",
    "ddtrace-run",
    "opentelemetry-instrument",
    "newrelic-admin",
    "xvfb-run",
    "xvfb-run-safe",
];

impl Started {
    /// The program's name without its folder.
    pub fn name(&self) -> &str {
        file_name(&self.program)
    }

    /// Whether program or arguments hold a word, as a whole or as a path's last part.
    pub fn mentions(&self, word: &str) -> bool {
        std::iter::once(&self.program).chain(&self.args).any(|text| text.contains(word))
    }

    /// The module of `python -m module`.
    pub fn module(&self) -> Option<&str> {
        let python = self.name().starts_with("python") || self.name().starts_with("pypy");
        let at = self.args.iter().position(|arg| arg == "-m").filter(|_| python)?;
        self.args.get(at + 1).map(String::as_str)
    }
}

impl Launch<'_> {
    /// What starts, as far as it is written plainly: `None` where ENTRYPOINT or CMD is unknown or empty, or
    /// where a script of more than one command decides.
    pub fn started(&self) -> Option<Started> {
        // An entrypoint that a general base brings (`docker-entrypoint.sh`) runs CMD as a program all the same;
        // those of distroless, which have no family, are interpreters.
        let brought = !matches!(self.entrypoint, Setting::Set(..));
        let argv = if brought && self.base.kind == BaseKind::General && self.base.family.is_some() {
            self.cmd.value()?.args.iter().collect()
        } else {
            self.argv()?
        };
        let mut words: Vec<(String, Place)> = argv.iter().map(|arg| (arg.text.clone(), arg.place)).collect();
        if let Some((script, place)) = script(&argv) {
            let commands = shell::commands(&script);
            // `cd /app && exec uvicorn …`: the last is what stays.
            let last = commands.last().filter(|last| !last.guarded || commands.len() <= 2)?;
            let known = last
                .words
                .iter()
                .map(|word| word.text.clone().unwrap_or_else(|| script[word.span.0..word.span.1].to_owned()));
            words = known.map(|text| (text, place)).collect();
        }
        let mut wrappers = Vec::new();
        let mut rest = words.into_iter().peekable();
        let (program, place) = loop {
            let (text, place) = rest.next()?;
            let name = file_name(&text).to_owned();
            if !WRAPPERS.contains(&name.as_str()) {
                break (text, place);
            }
            wrappers.push(name);
            while rest
                .peek()
                .is_some_and(|(text, _)| text.starts_with('-') || text.contains('=') || text == "run-program")
            {
                wrappers.extend(rest.next().map(|(text, _)| text));
            }
        };
        Some(Started { program, args: rest.map(|(text, _)| text).collect(), place, wrappers })
    }

    /// The absolute path of the program that starts, where it is named with its folder.
    pub fn program_path(&self) -> Option<(String, Place)> {
        let started = self.started()?;
        if !started.program.contains('/') {
            return None;
        }
        let workdir = self.workdir.value().map_or("/", String::as_str);
        let known = started.program.starts_with('/') || !self.workdir.is_unknown();
        let path =
            if started.program.starts_with('/') { started.program } else { format!("{workdir}/{}", started.program) };
        known.then(|| (clean(&path), started.place))
    }

    /// The first argument of ENTRYPOINT and CMD that is of a kind, as half a sentence, and its place.
    pub fn argument_that(&self, is: impl Fn(&str) -> bool) -> Option<(String, Place)> {
        let argv = self.argv().unwrap_or_default();
        argv.into_iter()
            .take(MOST_ASKED)
            .find(|arg| is(&arg.text))
            .map(|arg| (format!("{} starts", arg.text), arg.place))
    }

    /// The first variable that names a path of a kind, alone or in a list, as half a sentence, and its place.
    pub fn variable_that(&self, is: impl Fn(&str) -> bool) -> Option<(String, Place)> {
        let parts = self.env.iter().filter_map(|(name, setting)| Some((name, setting, setting.value()?.split(':'))));
        let mut parts = parts.flat_map(|(name, setting, parts)| parts.map(move |part| (name, setting, part)));
        let (name, setting, path) = parts.by_ref().take(MOST_ASKED).find(|(_, _, part)| is(part))?;
        Some((format!("{name} names {path}"), setting.place()?))
    }

    /// Whether ENTRYPOINT or CMD is written in the file at hand.
    pub fn starts_own(&self) -> bool {
        let own = |setting: &Setting<super::Argv>| setting.set().is_some_and(|(argv, _)| !argv.args.is_empty());
        own(&self.entrypoint) || own(&self.cmd)
    }
}

/// The script of `/bin/sh -c "…"`, where that is what starts.
fn script(argv: &[&Arg]) -> Option<(String, Place)> {
    let shell = argv.first()?.text.rsplit('/').next()?.to_owned();
    if !matches!(shell.as_str(), "sh" | "bash" | "ash" | "dash") {
        return None;
    }
    let at = argv.iter().position(|arg| arg.text.starts_with('-') && arg.text.ends_with('c'))?;
    let script = argv.get(at + 1)?;
    Some((script.text.clone(), script.place))
}
