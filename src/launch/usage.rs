//! Which later steps of a build use what an earlier one brought.

use super::run_command::RunCommand;
use super::{Build, Step};
use crate::facts::CommandEffect;
use crate::path::{last, under};

impl Step<'_> {
    /// Whether it is a RUN.
    pub fn is_run(&self) -> bool {
        matches!(self.instruction.kind, crate::dockerfile::Kind::Run(_))
    }

    /// Whether it is a RUN that holds a word, here-documents included.
    pub fn runs(&self, word: &str) -> bool {
        let body = |heredoc: &crate::dockerfile::Heredoc| heredoc.body.text.contains(word);
        // As it is written, or with variables put in.
        let given = |ran: &RunCommand| ran.texts().any(|text| text.contains(word));
        self.is_run()
            && (self.instruction.rest.text.contains(word)
                || self.instruction.heredocs.iter().any(body)
                || self.ran().iter().any(given))
    }
}

impl RunCommand {
    /// The value that a variable is given for the command itself, or that an `export` gives it.
    pub fn assigned(&self, name: &str) -> Option<&str> {
        let value = |raw: &'_ super::CommandArg| -> Option<usize> {
            let rest = raw.raw.strip_prefix(name)?;
            rest.starts_with('=').then_some(name.len() + 1)
        };
        let exports = matches!(self.program.as_str(), "export" | "declare");
        let args = self.args.iter().filter(|_| exports);
        let arg = self.assigns.iter().chain(args).find_map(|arg| Some((arg, value(arg)?)));
        arg.map(|(arg, at)| arg.raw.get(at..).unwrap_or_default().trim_matches(['"', '\'']))
    }
}

impl Step<'_> {
    /// Whether a variable is set for the commands of a RUN: by ENV, by ARG, or in its script.
    pub fn sets(&self, name: &str) -> bool {
        let state = self.state.env.contains_key(name) || self.state.args.contains_key(name);
        state || self.ran().iter().any(|ran| ran.assigned(name).is_some())
    }
}

impl Build<'_> {
    /// Whether Python's tools are told to install into the system, or into a custom place.
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
        // `poetry.toml` may say that there is no environment.
        let settings = ["poetry.toml", "uv.toml", "pdm.toml", ".pdm.toml"];
        let told = || self.copies().iter().any(|copied| copied.names().any(|name| settings.contains(&name)));
        wired
            || told()
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

    /// Whether a step may do something to the image; `RUN ls /` does nothing.
    pub fn changes(&self, step: &Step<'a>) -> bool {
        let own = step.instruction.span;
        self.effects().iter().any(|logged| own.start <= logged.span.start && logged.span.end <= own.end)
    }

    /// Whether a RUN of the final image behind one of its steps speaks of a path, or of the last part of it.
    pub fn used_later(&self, step: &Step<'a>, path: &str) -> bool {
        let name = last(path);
        self.runs_after(step)
            .iter()
            .any(|run| run.runs(path) || (!name.is_empty() && run.runs(name)) || run.works_in(path))
    }
}

impl Step<'_> {
    /// Whether a RUN works in a folder or in one below, or installs or builds what lies in the folder above it.
    pub(super) fn works_in(&self, folder: &str) -> bool {
        let run = self;
        let works = |ran: &RunCommand| {
            // What only reads uses what its operands name, and not the folder it stands in.
            let idle = ran.has_effect(CommandEffect::Nothing) && ran.own_operands().all(|arg| arg.raw.starts_with('/'));
            let builds = || !ran.has_effect(CommandEffect::Nothing) && !ran.has_effect(CommandEffect::System);
            let moves = ran.reading.row.is_some_and(|row| row.moves);
            match ran.folder.as_deref() {
                _ if idle || moves => false,
                None => true,
                Some("/") => false,
                Some(here) => under(here, folder) || (under(folder, here) && builds()),
            }
        };
        let hidden =
            run.ran().is_empty() && !run.is_idle() && run.state.absolute(".").is_none_or(|here| under(&here, folder));
        folder != "/" && (hidden || run.ran().iter().any(works))
    }
}
