//! What a RUN can have put where: enough to say that a file is not there.

use super::run::Ran;
use super::search::Search;
use super::{Build, Step};
use crate::path::{last, under};

/// What a RUN, or all of them, can have done for a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Nothing.
    None,
    /// It installed what a list names that is not seen (`requirements.txt`, `package.json`).
    Listed,
    /// It may have made it.
    Unknown,
}

/// Programs that bring no code of the user's.
#[rustfmt::skip]
const TAME: &[&str] = &[
    "mkdir", "rm", "rmdir", "chmod", "chown", "chgrp", "ls", "echo", "printf", "cd", "set", "export", "unset", "true",
    "false", ":", "test", "[", "[[", "exit", "pwd", "cat", "which", "command", "type", "hash", "sleep", "date", "id",
    "ldconfig", "localedef", "update-ca-certificates", "update-alternatives", "alternatives", "useradd", "adduser",
    "groupadd", "addgroup", "usermod", "yum", "dnf", "microdnf", "amazon-linux-extras", "apt", "apt-get", "apk", "rpm",
    "rpmkeys", "dpkg", "zypper", "grep", "du", "df", "file", "ldd", "sha256sum", "gpg", "corepack", "locale-gen",
    "yum-config-manager", "add-apt-repository", "strip", "umask", "uname",
];

impl Build<'_> {
    /// What the RUN instructions of the final image can have done for a file.
    pub fn effect(&self, search: &Search) -> Effect {
        let mut worst = Effect::None;
        let system = self.installs_into_system();
        for stage in self.final_stages() {
            for (at, step) in stage.steps.iter().enumerate().filter(|(_, step)| step.is_run()) {
                let ran = stage.ran_in(at);
                let unseen = ran.is_empty() || step.hides_commands() || step.redirects_to(search);
                let own = ran.iter().map(|ran| ran.effect(step, search, system)).max().unwrap_or(Effect::Unknown);
                worst = worst.max(if unseen { Effect::Unknown } else { own });
                if worst == Effect::Unknown {
                    return worst;
                }
            }
        }
        worst
    }
}

impl Step<'_> {
    /// Whether a program in it is named by a variable.
    fn hides_commands(&self) -> bool {
        let hidden = |command: &crate::shell::Simple| !command.words.is_empty() && command.program().is_none();
        self.scripts().iter().any(|script| script.commands.iter().any(hidden))
    }

    /// Whether the output of a command may become the file.
    fn redirects_to(&self, search: &Search) -> bool {
        let scripts = self.scripts();
        let mut targets =
            scripts.iter().flat_map(|script| &script.commands).flat_map(|command| &command.writes).peekable();
        targets.any(|word| word.text.as_deref().is_none_or(|path| search.is_called(path)))
    }
}

impl Ran {
    fn effect(&self, step: &Step<'_>, search: &Search, system: bool) -> Effect {
        let away = |folder: Option<&str>| folder.is_some_and(|path| path.starts_with('/') && !search.touches(path));
        let unless = |away: bool| if away { Effect::None } else { Effect::Unknown };
        let verb = self.verb();
        match (self.program.as_str(), verb) {
            ("pip", "install") => self.packages(search),
            ("uv", "pip") if self.texts().any(|text| text == "install") => self.packages(search),
            ("pip", _) | ("uv", "pip" | "export" | "lock" | "venv" | "cache" | "python") => Effect::None,
            ("poetry", "config" | "export" | "lock" | "self" | "check" | "cache" | "add") => Effect::Listed,
            ("uv", "sync") | ("poetry" | "pipenv", "install" | "sync") => {
                // A virtual environment that the runtime does not know is no place to look in.
                if system { Effect::Unknown } else { Effect::Listed }
            }
            ("npm" | "yarn" | "pnpm", "install" | "i" | "ci" | "add" | "" | "rebuild" | "prune") => {
                // A `prepare` script may build where it stands.
                let here = step.state.absolute(".").is_none_or(|folder| search.touches(&folder));
                let global = self.has(&["-g", "--global", "--ignore-scripts"]);
                if here && !global { Effect::Unknown } else { Effect::Listed }
            }
            ("npm" | "yarn" | "pnpm", "config" | "cache" | "set") => Effect::None,
            ("bundle", "install" | "config") | ("gem", "install" | "update") => Effect::Listed,
            ("curl" | "wget", _) => {
                let named = self.value(&["-o", "-O", "--output", "--output-document"]);
                let stays = self.texts().any(|text| search.is_called(text));
                unless(away(named) || !stays)
            }
            ("tar", _) => unless(away(self.value(&["-C", "--directory"])) || !self.unpacks()),
            ("unzip", _) => unless(away(self.value(&["-d"]))),
            ("cp" | "mv" | "install" | "ln" | "rsync", _) => {
                unless(away(self.operands(&["-m", "-o", "-g"]).last().and_then(|arg| arg.text.as_deref())))
            }
            ("git", "clone") => {
                unless(away(self.operands(&["-b", "--branch", "--depth"]).last().and_then(|a| a.text.as_deref())))
            }
            ("git", "config") => Effect::None,
            ("find", _) => unless(!self.texts().any(|text| matches!(text, "cp" | "mv" | "sh" | "bash" | "python"))),
            ("touch" | "sed", _) => unless(!self.texts().any(|text| search.is_called(text))),
            (program, _) if TAME.contains(&program) => Effect::None,
            _ => Effect::Unknown,
        }
    }

    /// What pip brings: packages by name are known, `.` and `-e` are the user's own code.
    fn packages(&self, search: &Search) -> Effect {
        let first = search.stem.as_deref().and_then(|stem| stem.split('/').next()).unwrap_or_default();
        let fold = |name: &str| name.to_ascii_lowercase().replace(['-', '.'], "_");
        let own = |text: &str| {
            text.starts_with(['.', '/', '$']) || text.contains("://") || text.ends_with(".whl") || text.ends_with(".gz")
        };
        let lists = [
            "-r",
            "--requirement",
            "-c",
            "--constraint",
            "-t",
            "--target",
            "--prefix",
            "-i",
            "--index-url",
            "--extra-index-url",
            "-f",
        ];
        let operands = self.operands(&lists);
        let local = operands.iter().any(|arg| arg.text.as_deref().is_none_or(own)) || self.has(&["-e", "--editable"]);
        let named = self.install().is_some_and(|install| {
            install.packages.iter().any(|package| fold(&package.name).contains(&fold(first)) && first.len() > 2)
        });
        if local || named {
            return Effect::Unknown;
        }
        if self.has(&["-r", "--requirement"]) || self.texts().any(|text| text.starts_with("-r")) {
            return Effect::Listed;
        }
        Effect::None
    }

    fn unpacks(&self) -> bool {
        self.texts().next().is_none_or(|text| text.contains('x')) || self.has(&["--extract"])
    }
}

impl Step<'_> {
    /// Whether it is a RUN.
    pub fn is_run(&self) -> bool {
        matches!(self.instruction.kind, crate::dockerfile::Kind::Run(_))
    }

    /// Whether it is a RUN that holds a word, here-documents included.
    pub fn runs(&self, word: &str) -> bool {
        let body = |heredoc: &crate::dockerfile::Heredoc| heredoc.body.text.contains(word);
        self.is_run() && (self.instruction.rest.text.contains(word) || self.instruction.heredocs.iter().any(body))
    }
}

impl Build<'_> {
    /// Whether Python's tools are told to install into the system, or into a place of one's own.
    pub fn installs_into_system(&self) -> bool {
        const VARIABLES: &[&str] =
            &["UV_PROJECT_ENVIRONMENT", "POETRY_VIRTUALENVS_CREATE", "UV_SYSTEM_PYTHON", "PIPENV_SYSTEM"];
        const WORDS: &[&str] = &["--system", "virtualenvs.create", "--active", "site-packages", ".pth"];
        let set = |name: &&str| self.final_stages().last().is_some_and(|stage| stage.end.env.contains_key(*name));
        let path = self.final_stages().last().and_then(|stage| stage.end.env.get("PYTHONPATH"));
        // An entry that is not known may be the environment's.
        let wired = path.is_some_and(|setting| {
            setting.value().is_none_or(|value| value.contains("venv") || value.contains("packages"))
        });
        wired
            || VARIABLES.iter().any(|name| set(name) || self.runs_mention(name))
            || WORDS.iter().any(|word| self.runs_mention(word))
    }
}

impl<'a> Build<'a> {
    /// The RUN instructions of the final image behind one of its steps.
    pub fn runs_after(&self, step: &Step<'a>) -> Vec<&Step<'a>> {
        let mut steps = self.final_steps().into_iter();
        let found = steps.any(|other| std::ptr::eq(other, step));
        steps.filter(|other| found && other.is_run()).collect()
    }

    /// Whether a RUN of the final image behind one of its steps speaks of a path, or of the last part of it.
    pub fn used_later(&self, step: &Step<'a>, path: &str) -> bool {
        let name = last(path);
        self.runs_after(step)
            .iter()
            .any(|run| run.runs(path) || (!name.is_empty() && run.runs(name)) || stands_in(run, path))
    }
}

/// Whether a RUN works in a folder, or in one below.
fn stands_in(run: &Step<'_>, folder: &str) -> bool {
    folder != "/" && run.state.absolute(".").is_some_and(|here| under(&here, folder))
}
