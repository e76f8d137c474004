//! The handler: which argument it is, in which language it is read, and where the runtime looks for its file.

use super::copy::{Copied, last, under};
use super::{Launch, Presence, Setting};
use crate::diagnostic::Place;
use crate::facts::{self, BaseKind};

/// A handler, as the runtime gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handler {
    /// As written.
    pub text: String,
    /// Where it stands.
    pub place: Place,
    /// Who reads it.
    pub language: Language,
    /// Whether AWS's own entrypoint reads it, and not a client that the image starts itself.
    pub by_base: bool,
}

/// Languages whose runtimes read a handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "names of languages")]
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

/// Where a runtime looks for the file of a handler.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// The folders it looks in, the usual one first.
    pub roots: Vec<String>,
    /// Folders with further folders on its path: whatever goes there may be it.
    pub loose: Vec<String>,
    /// The file below a root, without its ending; `None` where any file with the right ending may hold it.
    pub stem: Option<String>,
    /// The endings of files that may hold it, the usual one first.
    pub endings: &'static [&'static str],
}

impl Launch<'_> {
    /// The handler and its language, where both are in plain sight: on a language base of AWS's with its own
    /// entrypoint, or behind a client that ENTRYPOINT and CMD start.
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
            let cmd = self.cmd.value().filter(|cmd| !cmd.shell)?;
            let [only] = cmd.args.as_slice() else { return None };
            // Somebody's own bootstrap, on a base for another language.
            let own = self.build.is_some() && self.presence("/var/runtime/bootstrap") != Presence::Absent;
            return (!own).then(|| Handler { text: only.text.clone(), place: only.place, language, by_base: true });
        }
        let client = self.client()?;
        let (arg, language) = (client.handler?, Language::parse(client.language)?);
        Some(Handler { text: arg.text.clone(), place: arg.place, language, by_base: false })
    }

    /// The minor version of Python 3 that the base's tag names.
    pub fn python_minor(&self) -> Option<u32> {
        let tag = self.base.runtime.map(|runtime| runtime.tag.as_str());
        let tag =
            tag.or(self.base.reference.as_ref().filter(|_| self.base.family == Some("python"))?.tag.as_deref())?;
        let digits = tag.strip_prefix("3.")?;
        digits.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
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
            roots.extend(setting.value()?.split(':').filter(|entry| entry.starts_with('/')).map(str::to_owned));
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

impl Search {
    /// Works out file and endings; `None` for a handler that names no file to look for.
    fn name(&mut self, handler: &Handler) -> Option<()> {
        let text = handler.text.as_str();
        let plain = |stem: &str| !stem.is_empty() && !stem.contains("..") && !stem.contains(char::is_whitespace);
        match handler.language {
            Language::Python => {
                self.stem = Some(text.rsplit_once('.')?.0.replace('.', "/"));
                self.endings = &[".py", ".pyc", ".so"];
            }
            Language::Node => {
                let folder = text.rfind('/').map_or(0, |at| at + 1);
                let dot = folder + text.get(folder..)?.find('.')?;
                let stem = text.get(..dot)?.trim_start_matches("./");
                // What npm installs is not seen.
                if stem.contains("node_modules") || stem.starts_with('@') {
                    return None;
                }
                if stem.starts_with('/') {
                    self.roots = vec![String::from("/")];
                }
                self.stem = Some(stem.trim_start_matches('/').to_owned());
                self.endings = &[".js", ".mjs", ".cjs"];
            }
            Language::Ruby => {
                self.stem = Some(text.split_once('.')?.0.to_owned());
                self.endings = &[".rb"];
            }
            Language::Java if handler.by_base => self.endings = &[".jar", ".class", ".zip"],
            Language::Dotnet if handler.by_base => self.endings = &[".dll", ".exe"],
            // The class path stands in front of the client's class, or in a script.
            Language::Java | Language::Dotnet => return None,
        }
        self.stem.as_deref().is_none_or(|stem| plain(stem) && !stem.starts_with('/')).then_some(())
    }

    /// The path it is looked for at, as far as there is one.
    pub fn path(&self) -> String {
        let root = self.roots.first().map_or("", String::as_str).trim_end_matches('/');
        let ending = self.endings.first().copied().unwrap_or_default();
        match &self.stem {
            Some(stem) => format!("{root}/{stem}{ending}"),
            None => root.to_owned(),
        }
    }

    /// Whether a folder, and what is in it, has anything to do with where the runtime looks.
    pub fn touches(&self, folder: &str) -> bool {
        self.roots.iter().chain(&self.loose).any(|root| under(root, folder) || under(folder, root))
    }

    /// Whether a file of this name would be the handler's, or could hold it.
    pub fn is_called(&self, name: &str) -> bool {
        match &self.stem {
            Some(stem) => last(name).split('.').next() == Some(last(stem)),
            None => self.endings.iter().any(|ending| name.ends_with(ending)),
        }
    }

    /// Whether a COPY or ADD can put the file in its place; `true` where it cannot be told.
    pub fn may_come_from(&self, copied: &Copied<'_, '_>) -> bool {
        let Some(to) = copied.destination.as_deref() else { return true };
        let sources = || copied.sources.iter().map(|(source, _)| source.as_deref());
        let all_files = sources().all(|source| source.is_some_and(|source| is_one_file(source, copied.add)));
        if self.loose.iter().any(|folder| under(to, folder) || (under(folder, to) && !all_files)) {
            return true;
        }
        self.roots.iter().any(|root| {
            let Some(stem) = &self.stem else {
                let near = under(to, root) || under(root, to);
                return near
                    && sources().any(|source| {
                        source.is_none_or(|source| !is_one_file(source, copied.add) || self.is_called(source))
                            || self.is_called(to)
                    });
            };
            let target = format!("{}/{stem}", root.trim_end_matches('/'));
            if under(to, &target) || to.strip_prefix(target.as_str()).is_some_and(|rest| rest.starts_with('.')) {
                return true;
            }
            let folder = to.trim_end_matches('/');
            let Some(rest) = target.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/')) else { return false };
            sources().any(|source| source.is_none_or(|source| brings(source, rest, copied.add)))
        })
    }
}

/// Files without an ending that are nobody's code, and beginnings of such names.
const NO_CODE: &[&str] = &[
    "Pipfile",
    "Gemfile",
    "Makefile",
    "Dockerfile",
    "LICENSE",
    "README",
    "NOTICE",
    "Procfile",
    "Rakefile",
    "requirements",
    "package",
    ".npmrc",
    ".yarnrc",
    ".env",
    ".nvmrc",
    ".python-version",
    ".ruby-version",
    ".dockerignore",
    ".bundle",
];

/// Whether a source is one file that is not unpacked: a name with a short ending, or one of a known kind.
fn is_one_file(source: &str, add: bool) -> bool {
    let name = last(source);
    if source.starts_with("<<") {
        return true;
    }
    if source.ends_with('/') || source.contains(".git") || name.contains('[') {
        return false;
    }
    if NO_CODE.iter().any(|known| name.starts_with(known)) && !name.contains('/') {
        return true;
    }
    let ending = name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).map_or("", |(_, ending)| ending);
    let short = (1..=5).contains(&ending.len())
        && ending.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        && ending.bytes().any(|byte| byte.is_ascii_lowercase());
    let unpacked = matches!(ending, "tar" | "gz" | "tgz" | "xz" | "txz" | "bz2" | "tbz2" | "zst");
    short && !(add && unpacked)
}

/// Whether a source, copied into a folder, may bring `app/main.…` of it.
fn brings(source: &str, rest: &str, add: bool) -> bool {
    if !is_one_file(source, add) {
        return true;
    }
    let name = last(source);
    // One file lands in the folder itself, or is the folder's name.
    if rest.contains('/') {
        return false;
    }
    let (stem, ending) = name.split_once('.').unwrap_or((name, ""));
    match stem.split_once(['*', '?']) {
        Some((before, after)) => {
            let behind = after.rsplit(['*', '?']).next().unwrap_or_default();
            rest.starts_with(before) && rest.ends_with(behind)
        }
        // `*.py` has its star in front of the dot; `app.*` behind it.
        None => stem == rest || (stem.is_empty() && ending.contains('*')),
    }
}

#[cfg(test)]
mod tests {
    use super::{brings, is_one_file};

    #[test]
    fn what_sources_bring() {
        assert!(brings("src/app.py", "app", false) && brings("*.py", "app", false) && brings("a*.py", "app", false));
        assert!(brings("src", "app", false) && brings("src/*", "app", false) && brings(".", "app/main", false));
        assert!(!brings("package*.json", "index", false) && !brings("app.py", "app/main", false));
        assert!(!brings("requirements.txt", "app", false) && !brings("Pipfile*", "app", false));
        assert!(brings("code.tar.gz", "app", true) && !brings("code.tar.gz", "app", false));
    }

    #[test]
    fn names_of_files() {
        assert!(is_one_file("poetry.lock", false) && is_one_file("<<EOF", false));
        assert!(!is_one_file("Company.Api", false) && !is_one_file("v1.2", false) && !is_one_file("src.d/", false));
    }
}
