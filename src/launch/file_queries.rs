//! What a launch knows of the image's files, asked the same way of a Dockerfile and of an image.

use super::{Arg, At, Doubt, Launch, Missing, Presence, Setting, Sight, Step};
use crate::diagnostic::Location;
use crate::facts::BaseKind;
use crate::image::{EntryKind, Resolution};
use std::rc::Rc;

/// Maximum number of arguments, or of parts of variables, that are asked whether they name something.
const MAX_ASKED: usize = 1024;

impl Launch<'_> {
    /// The absolute path of the program that stays, where it is named with its folder.
    pub fn program_path(&self) -> Option<(String, Location)> {
        let started = self.started()?;
        let program = started.program();
        program.contains('/').then(|| Some((started.path_of(program)?, started.place()))).flatten()
    }

    /// The first argument of ENTRYPOINT and CMD that is of a kind, as half a sentence, and its place.
    pub fn argument_that(&self, is: impl Fn(&str) -> bool) -> Option<(String, Location)> {
        let argv = self.argv().unwrap_or_default();
        argv.into_iter()
            .take(MAX_ASKED)
            .find(|arg| is(&arg.text))
            .map(|arg| (format!("{} starts", arg.text), arg.place))
    }

    /// The first variable that names a path of a kind, alone or in a list, as half a sentence, and its place.
    pub fn variable_that(&self, is: impl Fn(&str) -> bool) -> Option<(String, Location)> {
        let parts = self.env.iter().filter_map(|(name, setting)| Some((name, setting, setting.value()?.split(':'))));
        let mut parts = parts.flat_map(|(name, setting, parts)| parts.map(move |part| (name, setting, part)));
        let (name, setting, path) = parts.by_ref().take(MAX_ASKED).find(|(_, _, part)| is(part))?;
        Some((format!("{name} names {path}"), setting.place()?))
    }

    /// Whether ENTRYPOINT or CMD is written in the file at hand.
    pub fn starts_own(&self) -> bool {
        let own = |setting: &Setting<super::Argv>| setting.set().is_some_and(|(argv, _)| !argv.args.is_empty());
        own(&self.entrypoint) || own(&self.cmd)
    }

    /// The text of a script in the image, where the image, the build context or a here-document shows it.
    pub(super) fn script_text(&self, path: &str) -> Option<Rc<str>> {
        if let Some(image) = self.image {
            let script = image.script(path).filter(|script| script.whole)?;
            return Some(Rc::from(std::str::from_utf8(&script.head).ok()?));
        }
        let build = self.build?;
        build.text_of(&build.shown_at_end(path)?)
    }

    /// The interpreter and its argument of the `#!` line of a script.
    pub(super) fn shebang_line(&self, path: &str) -> Option<(String, Option<String>)> {
        if let Some(image) = self.image {
            let script = image.script(path)?;
            let complete = script.whole || script.head.contains(&b'\n');
            return script.interpreter().filter(|_| complete);
        }
        let text = self.script_text(path)?;
        let line = text.lines().next()?.strip_prefix("#!")?.trim();
        let (interpreter, argument) = line.split_once([' ', '\t']).unwrap_or((line, ""));
        Some((interpreter.to_owned(), Some(argument.trim().to_owned()).filter(|argument| !argument.is_empty())))
    }

    /// Whether a path that the base does not bring is in the image.
    pub fn presence(&self, path: &str) -> Presence {
        match (self.build, self.image) {
            (_, Some(image)) => image.presence(path),
            (Some(build), None) => build.presence(path),
            (None, None) => Presence::Unknown(self.base_place),
        }
    }

    /// The file of a saved image that a symbolic link leads to; `None` if the path is not a link to a file.
    pub fn link_target(&self, path: &str) -> Option<String> {
        let image = self.image?;
        let link = image.files.get(path).is_some_and(|node| node.kind == EntryKind::Symlink);
        match image.files.resolve(path) {
            Resolution::Found(node, target) if link && node.kind == EntryKind::File => Some(target),
            _ => None,
        }
    }

    /// Where PATH leads to a program of a saved image.
    pub fn on_path(&self, program: &str) -> Option<String> {
        self.look_up(self.image?, program)
    }

    /// Whether an instruction of the Dockerfile holds a text.
    pub fn mentions(&self, text: &str) -> bool {
        self.build.is_some_and(|build| build.dockerfile.instructions.iter().any(|one| one.rest.text.contains(text)))
    }

    /// Whether the image is deployed as it is: it is saved, or a template names it. Nothing is added any more.
    pub fn is_deployed(&self) -> bool {
        self.image.is_some() || self.declared.is_some()
    }

    /// Whether a file that the base does not bring is in the image, and what hides it.
    pub fn look(&self, wanted: &At<'_>) -> Sight {
        match (self.build, self.presence(wanted.0)) {
            (Some(build), _) => build.look(wanted),
            (None, presence @ Presence::Unknown(_)) => Sight { presence, doubt: Doubt::Open },
            (None, presence) => Sight { presence, doubt: Doubt::None },
        }
    }

    /// Whether a folder is in a saved image.
    pub fn has_folder(&self, path: &str) -> bool {
        self.image.is_some_and(|image| image.files.children(path).next().is_some())
    }

    /// Where COPY or ADD put a file of a name into other folders than the right one.
    pub fn elsewhere(&self, name: &str, folders: &[&str]) -> Vec<Location> {
        let Some(build) = self.build else { return Vec::new() };
        let at = |folder: &&str| match build.presence(&format!("{folder}/{name}")) {
            Presence::Present(place) => Some(place),
            _ => None,
        };
        folders.iter().filter_map(at).collect()
    }

    /// The RUN instructions whose text holds a word.
    pub fn runs_mentioning(&self, word: &str) -> Vec<Location> {
        let steps = self.build.map(super::Build::final_steps).unwrap_or_default();
        steps.into_iter().filter(|step: &&Step<'_>| step.runs(word)).map(|step| step.instruction.span.into()).collect()
    }

    /// Whether the base is the OS-only one, whose bootstrap the user brings.
    pub fn is_provided(&self) -> bool {
        self.base.family == Some("provided")
    }

    /// The minor version of the Python that the base brings.
    pub fn python_minor(&self) -> Option<u32> {
        self.base.python_minor()
    }

    /// A handler as one of this language looks, for help texts.
    pub fn example_handler(&self) -> &'static str {
        let language = self.client().map_or(self.base.family.unwrap_or_default(), |client| client.language);
        match language {
            "nodejs" | "node" => "index.handler",
            "java" => "com.example.App::handleRequest",
            "dotnet" => "Assembly::Namespace.Type::Method",
            "ruby" => "app.LambdaFunction::Handler.process",
            "go" | "provided" => "function.handler",
            _ => "app.handler",
        }
    }

    /// Why the program that Lambda would start is not in the image; what to do about it.
    pub fn missing_program(&self, program: &Arg) -> Option<Missing> {
        if let Some(image) = self.image {
            // What is looked up in a folder that is not known may be there.
            let name = program.text.as_str();
            let path = self.env("PATH");
            let unknown = match name.contains('/') {
                true => !name.starts_with('/') && self.workdir.is_unknown(),
                false => path.is_some_and(Setting::is_unknown),
            };
            if unknown {
                return None;
            }
            let workdir = self.workdir.value().map_or("/", String::as_str);
            let help = image.missing_program(program, workdir, path.and_then(Setting::value));
            return help.map(|help| Missing { help, certain: true });
        }
        self.wrong_path(program).map(|help| Missing { help, certain: true }).or_else(|| self.absent_program(program))
    }

    fn wrong_path(&self, program: &Arg) -> Option<String> {
        let family = self.base.family.filter(|_| self.base.kind == BaseKind::General)?;
        let wrong = WRONG_PATHS.iter().find(|(base, path, _)| *base == family && *path == program.text);
        let (_, path, right) = wrong?;
        // A COPY to it, or a RUN that names its folder, may have put it there after all.
        let folder = path.rsplit_once('/').map_or("/", |(folder, _)| folder);
        // Where its packages put programs is known: elsewhere.
        let doubt = self.build.map_or(Doubt::None, |build| build.look(&At(path)).doubt);
        let absent = doubt <= Doubt::Listed && !matches!(self.presence(path), Presence::Present(_));
        (absent && self.runs_mentioning(folder).is_empty()).then(|| format!("on this base it is {right}"))
    }
}

/// Paths that people copy from recipes for other bases: (family, path, where it is on that base).
const WRONG_PATHS: &[(&str, &str, &str)] =
    &[("ruby", "/usr/local/bin/aws_lambda_ric", "/usr/local/bundle/bin/aws_lambda_ric")];
