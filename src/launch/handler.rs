//! The handler: which argument it is, in which language it is read, and where the runtime looks for it.

use super::copy::listed;
use super::search::Search;
use super::{Launch, Presence, Setting};
use crate::diagnostic::Location;
use crate::facts::{self, BaseKind};

/// A handler, as the runtime gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handler {
    /// As written.
    pub text: String,
    /// Where it stands.
    pub place: Location,
    /// Who reads it.
    pub language: Language,
    /// Whether AWS's own entrypoint reads it, and not a client that the image starts itself.
    pub by_base: bool,
}

/// Why the runtime does not get the handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LostHandler {
    /// CMD is in shell form: the shell arrives instead.
    ShellForm,
    /// The entrypoint gets this number of arguments.
    Arguments(usize),
}

/// Languages whose runtimes read a handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    Python,
    Node,
    Java,
    Dotnet,
    Ruby,
}

impl Language {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "python" => Self::Python,
            "node" | "nodejs" => Self::Node,
            "java" => Self::Java,
            "dotnet" => Self::Dotnet,
            "ruby" => Self::Ruby,
            _ => return None,
        })
    }

    /// The name as people write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Python => "Python",
            Self::Node => "Node",
            Self::Java => "Java",
            Self::Dotnet => ".NET",
            Self::Ruby => "Ruby",
        }
    }

    /// A handler as it should look.
    pub fn example(self) -> &'static str {
        match self {
            Self::Python => "app.handler",
            Self::Node => "index.handler",
            Self::Java => "com.example.App::handleRequest",
            Self::Dotnet => "Assembly::Namespace.Type::Method",
            Self::Ruby => "app.LambdaFunction::Handler.process",
        }
    }
}

impl Launch<'_> {
    /// The handler and its language, if both are written literally: on an AWS language base with its own
    /// entrypoint, or after a client that ENTRYPOINT and CMD start. What CMD names counts even if it does not arrive
    /// (`lost_handler`).
    pub fn handler(&self) -> Option<Handler> {
        if self.options.handler_in_template {
            return None;
        }
        // A wrapper may read the handler in its own way (the web adapter takes a script).
        if self.env("AWS_LAMBDA_EXEC_WRAPPER").is_some() {
            return None;
        }
        if self.starts_lambda_entrypoint() {
            let language = Language::parse(self.base.family.filter(|_| self.on_lambda_base())?)?;
            let (text, place) = self.argument_of_base()?;
            // A custom bootstrap, on a base for another language.
            let bootstrap = "/var/runtime/bootstrap";
            let copied = self.build.map(super::Build::copies).unwrap_or_default();
            let own = self.build.is_some()
                && (copied.iter().any(|copied| copied.may_hold(bootstrap) != Some(false))
                    || matches!(self.presence(bootstrap), Presence::Present(_)));
            return (!own).then(|| Handler { text: text.to_owned(), place, language, by_base: true });
        }
        let client = self.client()?;
        let (arg, language) = (client.handler?, Language::parse(client.language)?);
        Some(Handler { text: arg.text.clone(), place: arg.place, language, by_base: false })
    }

    /// The handler that CMD gives to the entrypoint of an AWS base image. One that does not arrive, in shell form or among
    /// other arguments, is found too: what it names can be looked for at the same time.
    fn argument_of_base(&self) -> Option<(&str, Location)> {
        if let Some(cmd) = self.cmd.value().filter(|cmd| cmd.shell) {
            let around = |c: char| c.is_whitespace() || "[]'\"‘’“”,".contains(c);
            let word = cmd.script()?.trim_matches(around);
            return Some((Some(word).filter(|word| is_handler(word))?, cmd.args.last()?.place));
        }
        let args = self.lambda_entrypoint()?.args();
        let mut meant = args.iter().filter(|arg| args.len() == 1 || is_handler(&arg.text));
        let first = meant.next()?;
        meant.next().is_none().then_some((first.text.as_str(), first.place))
    }

    /// Why the runtime does not get the handler that CMD names; `None` if it does, or CMD names none.
    pub fn lost_handler(&self) -> Option<LostHandler> {
        if !self.starts_lambda_entrypoint() || !self.wants_handler() {
            return None;
        }
        if self.cmd.value().is_some_and(|cmd| cmd.shell) {
            return Some(LostHandler::ShellForm);
        }
        let count = self.lambda_entrypoint()?.args().len();
        (count > 1).then_some(LostHandler::Arguments(count))
    }

    /// Where the runtime looks for a handler's file; `None` where that cannot be told from the Dockerfile.
    pub fn search(&self, handler: &Handler) -> Option<Search> {
        let known = matches!(self.base.kind, BaseKind::Lambda | BaseKind::General);
        let name = self.build.and_then(|build| build.root(build.stages.get(build.target?)?).image.value());
        // A team's own base may bring the file itself.
        let own = name.is_some_and(|name| facts::own_base(name, &self.options.bases).is_some());
        if !known || own || handler.text.contains('$') {
            return None;
        }
        let mut roots = Vec::new();
        match self.env("LAMBDA_TASK_ROOT") {
            Some(Setting::Unknown(_)) => return None,
            Some(Setting::Set(..)) if handler.by_base => return None,
            Some(setting) => roots.extend(setting.value().cloned()),
            None => {}
        }
        if !handler.by_base {
            roots.insert(0, self.workdir.value()?.clone());
        }
        let variable = match handler.language {
            Language::Python => "PYTHONPATH",
            Language::Node => "NODE_PATH",
            Language::Java => "CLASSPATH",
            Language::Ruby => "RUBYLIB",
            Language::Dotnet => "DOTNET_SHARED_STORE",
        };
        if let Some(setting) = self.env(variable) {
            roots.extend(listed(setting.value()?).into_iter().map(str::to_owned));
        }
        let mut search = Search { roots, loose: self.libraries(handler), ..Search::default() };
        search.name(handler)?;
        Some(search)
    }

    /// Folders of installed packages.
    fn libraries(&self, handler: &Handler) -> Vec<String> {
        let mut loose: Vec<String> = match handler.language {
            Language::Java => &["/var/runtime", "/opt/java", "/var/lang"][..],
            Language::Dotnet => &["/var/runtime", "/var/lang", "/opt/bin"],
            _ => &["/var/runtime", "/var/lang", "/opt/python", "/opt/ruby", "/opt/nodejs", "/opt/conda"],
        }
        .iter()
        .map(|&folder| folder.to_owned())
        .collect();
        if !handler.by_base {
            loose.extend(["/usr/local/lib", "/usr/lib", "/usr/local/bundle"].map(str::to_owned));
            // `/opt/venv/bin/python` has its packages in `/opt/venv`.
            let program = self.program_path().map(|(path, _)| path).unwrap_or_default();
            loose.extend(program.split_once("/bin/").map(|(prefix, _)| prefix.to_owned()).filter(|p| !p.is_empty()));
        }
        loose
    }
}

/// Whether a word can only be a handler: `app.handler`, `src/index.lambda_handler`, `Assembly::Type::Method`.
pub fn is_handler(word: &str) -> bool {
    let name = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    if word.contains("::") {
        return word.split("::").all(|part| part.split('.').all(name));
    }
    let Some((module, function)) = word.rsplit_once('.') else { return false };
    let known = function.to_ascii_lowercase().contains("handler")
        || module == "lambda_function"
        || (matches!(module, "app" | "index" | "main" | "handler" | "lambda")
            && matches!(function, "main" | "run" | "lambda"));
    known && name(function) && !module.starts_with('/') && module.split(['/', '.']).all(|p| p.is_empty() || name(p))
}
