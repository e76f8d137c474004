//! What a launch knows of the image's files, asked the same way of a Dockerfile and of an image.

use super::{Arg, Launch, Missing, Presence, Setting, Writes};
use crate::diagnostic::Place;
use crate::facts::BaseKind;

impl Launch<'_> {
    /// Whether a path that the base does not bring is in the image.
    pub fn presence(&self, path: &str) -> Presence {
        match (self.build, self.image) {
            (_, Some(image)) => image.presence(path),
            (Some(build), None) => Writes::of_build(build).presence(path),
            (None, None) => Presence::Unknown(self.base_place),
        }
    }

    /// Whether a folder is in a saved image.
    pub fn has_folder(&self, path: &str) -> bool {
        self.image.is_some_and(|image| image.files.children(path).next().is_some())
    }

    /// Where COPY or ADD put a file of a name into other folders than the right one.
    pub fn elsewhere(&self, name: &str, folders: &[&str]) -> Vec<Place> {
        let Some(build) = self.build else { return Vec::new() };
        let writes = Writes::of_build(build);
        let at = |folder: &&str| match writes.presence(&format!("{folder}/{name}")) {
            Presence::Present(place) => Some(place),
            _ => None,
        };
        folders.iter().filter_map(at).collect()
    }

    /// The RUN instructions whose text holds a word.
    pub fn runs_mentioning(&self, word: &str) -> Vec<Place> {
        self.build.map(|build| Writes::of_build(build).runs_mentioning(word)).unwrap_or_default()
    }

    /// Whether any RUN speaks of `/var/runtime`, by name or by variable.
    pub fn mentions_runtime_folder(&self) -> bool {
        ["/var/runtime", "LAMBDA_RUNTIME_DIR"].iter().any(|word| !self.runs_mentioning(word).is_empty())
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
            let workdir = self.workdir.value().map_or("/", String::as_str);
            let help = image.missing_program(program, workdir, self.env.get("PATH").and_then(Setting::value));
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
        let copied = matches!(self.presence(path), Presence::Present(_));
        (!copied && self.runs_mentioning(folder).is_empty()).then(|| format!("on this base it is {right}"))
    }
}

/// Paths that people copy from recipes for other bases: (family, path, where it is on that base).
const WRONG_PATHS: &[(&str, &str, &str)] =
    &[("ruby", "/usr/local/bin/aws_lambda_ric", "/usr/local/bundle/bin/aws_lambda_ric")];
