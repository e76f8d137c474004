//! Is it a function? One answer with three values and its evidence, for every rule about handlers, entrypoints and bases.
//! An image that builds a zip or a layer, lends files to others, or is a base for them, is not a function.

use super::effects::{Effect, Target};
use super::{Code, End, Launch, Origin, Process, Setting};
use crate::command::Handed;
use crate::diagnostic::{Finding, Severity};
use crate::facts::{self, BaseKind, CommandEffect, CommandKind};
use crate::path::{last, under};
use std::path::Path;

/// What an image is for, by the name of the Dockerfile or its folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamedFor {
    /// An editor opens the project in it.
    Editor,
    /// A trial, or work on a machine of a developer.
    Trial,
}

impl NamedFor {
    /// What the path of a Dockerfile says, if it says anything.
    pub fn of(path: &Path) -> Option<Self> {
        // `.devcontainer/Dockerfile`, `.devcontainer/python/Dockerfile`
        const FOLDERS: usize = 2;
        let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut folders = path.ancestors().skip(1).take(FOLDERS);
        if folders.any(|folder| facts::is_editor_folder(&name(folder))) {
            return Some(Self::Editor);
        }
        facts::is_trial_name(&name(path)).then_some(Self::Trial)
    }
}

/// Whether the final image is a function's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// It is, for this reason.
    Yes(&'static str),
    /// It is not, for this reason.
    No(&'static str),
    /// Nothing speaks for either.
    Unknown,
}

impl Function {
    /// Whether it is one.
    pub fn is_yes(self) -> bool {
        matches!(self, Self::Yes(_))
    }

    /// `true` if it is not a function.
    pub fn is_no(self) -> bool {
        matches!(self, Self::No(_))
    }
}

impl Launch<'_> {
    /// Whether the final image is a function's, with the evidence.
    pub fn function(&self) -> Function {
        *self.cache.function.get_or_init(|| self.find_function())
    }

    /// Whether CMD has to bring a handler, as far as it is a function: no template brings it, and the image is not made
    /// for something else.
    pub fn wants_handler(&self) -> bool {
        !self.options.handler_in_template && !self.function().is_no()
    }

    /// Whether another stage of the same file is a separate image that starts something: then that one is the
    /// function, and this a variant of it for another place.
    pub fn adds_to_function(&self) -> bool {
        let Some(build) = self.build else { return false };
        let feeds: Vec<usize> = build.reachable_stages().iter().map(|stage| stage.index).collect();
        let last = build.target;
        let starts = |setting: &Setting<super::Argv>| setting.set().is_some_and(|(argv, _)| !argv.args.is_empty());
        build.stages.iter().filter(|stage| Some(stage.index) != last).any(|stage| {
            let own = starts(&stage.end.entrypoint) || starts(&stage.end.cmd);
            // A stage that nothing is taken from is a separate image.
            let apart = !feeds.contains(&stage.index) && stage.ran().iter().any(super::RunCommand::installs_client);
            (own && (stage.is_final || !feeds.contains(&stage.index))) || apart
        })
    }

    /// Whether CMD is a handler, or a runtime interface client starts.
    pub fn starts_handler(&self) -> bool {
        self.has_handler() || self.client().is_some()
    }

    /// A finding that is an error only where it is known that the image is a function's.
    pub fn if_function(&self, finding: Finding) -> Finding {
        if self.function().is_yes() { finding } else { finding.severity(Severity::Warning) }
    }

    fn find_function(&self) -> Function {
        if self.declared.is_some() {
            return Function::Yes("a template deploys it");
        }
        if self.image.is_some() {
            return Function::Yes("it is a saved image");
        }
        let no_command = !self.cmd.is_unknown() && self.cmd.value().is_none_or(|cmd| cmd.args.is_empty());
        let silent = no_command && !matches!(self.entrypoint, Setting::Set(..));
        match self.build.and_then(|build| build.named_for) {
            Some(NamedFor::Editor) => return Function::No("an editor opens the project in it"),
            Some(NamedFor::Trial) if no_command => return Function::No("its name says that it is for a trial"),
            _ => {}
        }
        if silent && self.lends_only() {
            return Function::No("all that it holds is for other images to take");
        }
        if self.has_handler() {
            return Function::Yes("CMD is a handler");
        }
        if self.client().is_some() {
            return Function::Yes("it starts a runtime interface client");
        }
        if self.adapter().is_some() {
            return Function::Yes("the Lambda Web Adapter is in it");
        }
        if self.works_once() {
            return Function::No("it runs a task once and ends");
        }
        if self.base.kind == BaseKind::NotAFunction && !self.starts_own() {
            return Function::No("its base is made for building functions");
        }
        if silent && self.builds_only() {
            return Function::No("its output is exported to a folder");
        }
        if self.options.function == Some(true) {
            return Function::Yes("the configuration says so");
        }
        match self.own_code_in_task_root() {
            Some(true) => Function::Yes("code is put where the runtime looks"),
            Some(false) if silent && self.on_lambda_base() => Function::No("nothing is put where the runtime looks"),
            _ => Function::Unknown,
        }
    }

    /// Whether CMD is a handler and nothing else.
    fn has_handler(&self) -> bool {
        let Some(cmd) = self.cmd.value() else { return false };
        match (cmd.script(), cmd.args.as_slice()) {
            (Some(script), _) => super::is_handler(script.trim()),
            (None, [only]) => super::is_handler(&only.text),
            _ => false,
        }
    }

    /// Whether what CMD or ENTRYPOINT names is a tool, a shell or an interpreter with nothing to run: `echo`, `cp`,
    /// `bash`, `sleep`.
    fn works_once(&self) -> bool {
        // The base's entrypoint would take CMD for a handler; the author meant a command.
        let inherited = !matches!(self.entrypoint, Setting::Set(..));
        let Some(cmd) = self.cmd.set().filter(|_| self.starts_lambda_entrypoint() || inherited) else {
            let own = self.starts_own();
            return own && self.started().is_some_and(|process| is_idle(process, &self.processes().end));
        };
        if cmd.0.is_broken_array() {
            return false;
        }
        let process = Process::new(cmd.0.args.clone(), super::Via::Kernel, None);
        let mut left = 4;
        let meant = self.follow(process, &mut left);
        meant.line.last().is_some_and(|process| is_idle(process, &meant.end))
    }

    /// Whether what the steps make goes to a folder to be taken out of the image, or into an archive.
    fn builds_only(&self) -> bool {
        let Some(build) = self.build else { return false };
        let taken = |target: &Target| matches!(target, Target::At(path) if facts::is_output_folder(path));
        let output = build.effects().iter().any(|logged| match &logged.effect {
            Effect::Fill(target, _) | Effect::Folder(target, _) | Effect::File(target, _) => taken(target),
            Effect::Packages(packages) => packages.into.as_ref().is_some_and(taken),
            _ => false,
        });
        let packs = build.final_commands().any(|(_, ran)| ran.reading.row.is_some_and(|row| row.packs));
        let names = |name: &str| facts::is_builder_name(name);
        let stage = build.final_stages().last().is_some_and(|stage| stage.name.as_deref().is_some_and(names));
        (output || packs || stage) && self.own_code_in_task_root() != Some(true)
    }

    /// Whether nothing is put anywhere but where other images take it from: a layer, or an extension.
    fn lends_only(&self) -> bool {
        let Some(build) = self.build else { return false };
        let effects = build.effects();
        let lent = |effect: &Effect| match effect {
            Effect::Fill(Target::At(path), _) | Effect::File(Target::At(path), _) => facts::is_lent_folder(path),
            Effect::Folder(Target::At(_), _) => true,
            _ => false,
        };
        let fills = effects.iter().any(|logged| !matches!(logged.effect, Effect::Folder(..)));
        fills && effects.iter().all(|logged| lent(&logged.effect))
    }

    /// Whether something of the user's goes to where the runtime looks for code; `None` if that cannot be told.
    fn own_code_in_task_root(&self) -> Option<bool> {
        let build = self.build?;
        let mut roots = self.code_folders();
        roots.extend(["/var/task", "/var/runtime"].map(str::to_owned));
        let touches = |path: &str| roots.iter().any(|root| under(path, root) || under(root, path));
        let mut unknown = false;
        for copied in build.copies() {
            let Some(to) = copied.destination.as_deref() else {
                unknown = true;
                continue;
            };
            let inside = roots.iter().any(|root| under(to, root));
            let lists = |source: &Option<String>| {
                source.as_deref().is_some_and(|source| facts::is_dependency_list(last(source)))
            };
            let only_lists = copied.sources.iter().all(|(source, _)| lists(source));
            let own = match &copied.origin {
                Origin::Image(..) => false,
                // What a stage fetches does not belong to the user.
                Origin::Stage(stage) => build.ancestors(stage).iter().any(|stage| !build.copies_of(stage).is_empty()),
                Origin::Context | Origin::Unknown => true,
            };
            match (own, inside) {
                (false, _) => {}
                (true, true) if only_lists => unknown = true,
                (true, true) => return Some(true),
                (true, false) if touches(to) && !only_lists => unknown = true,
                (true, false) => {}
            }
        }
        // What a RUN writes there counts as well, as far as it can be seen.
        for logged in build.effects() {
            match &logged.effect {
                Effect::File(Target::At(path), _) | Effect::Fill(Target::At(path), _)
                    if roots.iter().any(|root| under(path, root)) && !is_copy(build, logged.span) =>
                {
                    unknown = true;
                }
                _ => {}
            }
        }
        if unknown { None } else { Some(false) }
    }
}

fn is_copy(build: &super::Build<'_>, span: crate::source::Span) -> bool {
    build.copies().iter().any(|copied| copied.span() == span)
}

/// Whether a process only works once, or does nothing at all.
fn is_idle(process: &Process, end: &End) -> bool {
    if process.is_bare_shell() {
        return true;
    }
    let Some(row) = process.row() else { return false };
    match (row.kind, process.reading.handed, end) {
        // An interpreter without anything to run.
        (CommandKind::Interpreter, Handed::Input, _) => true,
        (CommandKind::Tool, Handed::Nothing, End::Code(Code::Program)) => matches!(
            row.effect(),
            CommandEffect::Nothing
                | CommandEffect::Target
                | CommandEffect::Operands
                | CommandEffect::Unpacks
                | CommandEffect::Folders
                | CommandEffect::Remove
                | CommandEffect::Mode
                | CommandEffect::Output
        ),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let of = |path: &str| NamedFor::of(Path::new(path));
        assert_eq!(of("/x/.devcontainer/Dockerfile"), Some(NamedFor::Editor));
        assert_eq!(of("/x/.devcontainer/go/Dockerfile"), Some(NamedFor::Editor));
        assert_eq!(of("Dockerfile-test-arm64"), Some(NamedFor::Trial));
        assert_eq!(of("app/dev.Dockerfile"), Some(NamedFor::Trial));
        assert_eq!(
            (of("test/Dockerfile"), of("Dockerfile.latest"), of("/.devcontainer/a/b/Dockerfile")),
            (None, None, None)
        );
    }

    #[test]
    fn idle_programs() {
        let idle = |line: &[&str]| {
            let argv =
                line.iter().map(|text| super::super::Arg::new(*text, crate::diagnostic::Location::default())).collect();
            is_idle(&Process::new(argv, super::super::Via::Kernel, None), &End::Code(Code::Program))
        };
        assert!(
            idle(&["echo", "ready"]) && idle(&["cp", "/a", "/b"]) && idle(&["bash"]) && idle(&["sleep", "infinity"])
        );
        assert!(idle(&["python"]) && idle(&["true"]));
        assert!(!idle(&["my-function"]) && !idle(&["python", "app.py"]) && !idle(&["gunicorn", "app:app"]));
    }
}
