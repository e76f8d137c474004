//! What a command line hands to an interpreter: the module after `python -m`, the script after `node`, what `npx`
//! and `bundle exec` start; and whether a saved image has it where the interpreter looks.

use super::{Code, End, Launch, Process, Via};
use crate::diagnostic::Location;
use crate::facts;
use crate::image::{EntryKind, FileAt, FileContent, Image, Node, Resolution};
use crate::path::{clean, file_name, under};

/// What an interpreter is to run, and does not find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingTarget {
    /// The interpreter or launcher, as written.
    pub by: String,
    /// The module, package or path.
    pub what: String,
    /// Where the command line names it.
    pub place: Location,
    /// Where the file is, if it is in a folder that the interpreter does not search.
    pub near: Option<String>,
    /// Whether it is a runtime interface client.
    pub client: bool,
}

/// Where the Python that starts looks for modules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PythonPath {
    /// Major and minor version, `3.12`; `None` where the name does not say it.
    pub version: Option<String>,
    /// The folders, in order.
    pub folders: Vec<String>,
    /// Whether something may bring in modules from elsewhere: a path file, an archive, a mount.
    pub open: bool,
}

/// Path files that add no folder.
const HARMLESS: &[&str] = &["distutils-precedence.pth", "_virtualenv.pth"];
/// Mounted or filled at run time.
const AT_RUN_TIME: &[&str] = &["/mnt", "/tmp", "/proc", "/dev"];

impl Launch<'_> {
    /// What starts without a shell or an assignment in front, which could change where things are looked for.
    fn started_plainly(&self) -> Option<&Process> {
        let line = &self.processes().line;
        let plain = line.iter().all(|process| !matches!(process.via, Via::Shell | Via::Script));
        self.started().filter(|started| plain && started.assigns.is_empty())
    }

    /// Where the Python that starts looks for modules; `None` where another program starts, or a Python that finds
    /// its folders in a special way.
    pub fn python_path(&self) -> Option<PythonPath> {
        let image = self.image.filter(|image| image.is_whole())?;
        let started = self.started_plainly().filter(|started| started.language() == Some("python"))?;
        let named = clean(&self.look_up(image, started.program())?);
        let Resolution::Found(node, real) = image.files.resolve(&named) else { return None };
        // A shim or a wrapper decides by itself, and in Nix's store the program is one.
        if !matches!(node.facet.as_deref(), Some(FileContent::Elf(_)))
            || under(&real, "/nix")
            || self.env("PYTHONHOME").is_some()
        {
            return None;
        }
        // `python3.13t` has its folders by another name.
        let plain = |rest: &&str| rest.contains('.') && rest.bytes().all(|byte| byte == b'.' || byte.is_ascii_digit());
        let version = real.rsplit('/').next()?.strip_prefix("python").filter(plain);
        let mut path = PythonPath { version: version.map(str::to_owned), ..PythonPath::default() };
        path.folders.push(self.workdir.value().cloned().unwrap_or_else(|| "/".into()));
        path.folders.extend(self.listed("PYTHONPATH").into_iter().map(clean));
        let mut prefixes: Vec<&str> = [named.as_str(), real.as_str()]
            .iter()
            .filter_map(|at| at.rsplit_once("/bin/"))
            .map(|(prefix, _)| prefix)
            .collect();
        // A distribution's Python looks below /usr/local too.
        prefixes.extend(["/usr/local"].iter().filter(|_| under(&real, "/usr") || under(&named, "/usr")));
        let user = ["HOME", "PYTHONUSERBASE"].iter().filter_map(|name| self.env(name)?.value());
        let user: Vec<String> = user.flat_map(|home| [home.clone(), format!("{home}/.local")]).collect();
        for prefix in prefixes.into_iter().chain(user.iter().map(String::as_str)) {
            path.folders.extend(libraries(image, prefix, path.version.as_deref()));
        }
        if self.on_lambda_base() {
            path.folders.extend(["/var/runtime", "/opt/python"].map(str::to_owned));
        }
        path.folders.dedup();
        path.open = path.folders.iter().any(|folder| opens(image, folder));
        Some(path)
    }

    /// Whether a path lies in the folders of another Python than the one that starts: `lib/python3.11` for 3.12.
    pub fn is_for_another_python(&self, path: &str) -> bool {
        let other = path.split('/').find_map(|part| part.strip_prefix("python").filter(|rest| rest.starts_with("3.")));
        let own = self.python_path().and_then(|path| path.version);
        other.is_some_and(|other| own.is_some_and(|own| own != other))
    }

    /// What an interpreter or a launcher is to run, where a saved image does not have it in any place that is looked
    /// at. `None` where it is there, or where that cannot be told.
    pub fn unfound(&self) -> Option<MissingTarget> {
        self.cache.unfound.get_or_init(|| self.find_unfound()).clone()
    }

    fn find_unfound(&self) -> Option<MissingTarget> {
        let image = self.image.filter(|image| image.is_whole())?;
        let started = self.started_plainly()?;
        // Where the interpreter itself is not there, that is the fault.
        let launched = started.via == Via::Launcher;
        let program = self.look_up(image, started.program());
        let there = program.is_some_and(|program| matches!(image.files.resolve(&program), Resolution::Found(..)));
        match &self.processes().end {
            End::Code(Code::Module(_)) if there => self.unfound_module(image, started, started.module()?),
            End::Code(Code::File(_)) if there => self.unfound_script(image, started),
            End::Code(Code::Program) if launched => self.unfound_package(image, started),
            _ => None,
        }
    }

    fn unfound_module(&self, image: &Image, started: &Process, module: &str) -> Option<MissingTarget> {
        let path = self.python_path()?;
        let top = module.split('.').next()?;
        let client = top == "awslambdaric";
        // An AWS base brings it in one way or another.
        if client && self.on_lambda_base() {
            return None;
        }
        // Without the standard library in sight, a module may be one of it.
        let whole = path
            .folders
            .iter()
            .any(|folder| ["os.py", "os.pyc"].iter().any(|name| image.files.has(&format!("{folder}/{name}"))));
        let known = client || (!module.contains('.') && facts::is_server(module));
        if !(known || whole) || path.folders.iter().any(|folder| has_module(image, folder, top)) {
            return None;
        }
        let near = image.files.called(|name| names_module(name, top));
        let near = near.into_iter().find(|file| is_module(&file.name(), file, top)).map(FileAt::path);
        let hidden = near.is_some() && path.open
            || path.folders.iter().any(|folder| is_archive(image, folder) || has_archive(image, folder));
        (!hidden).then(|| self.unfound_of(started, module, near, client))
    }

    /// A client that `npx` or `bundle exec` is to find, where it is nowhere at all.
    fn unfound_package(&self, image: &Image, started: &Process) -> Option<MissingTarget> {
        let package = started.program();
        let folder = package.split('@').next()?;
        facts::started_client(folder)?;
        let named = |name: &str| name == folder || name.strip_prefix(folder).is_some_and(|rest| rest.starts_with('-'));
        let line = &self.processes().line;
        let launcher = line.get(line.len().checked_sub(2)?)?;
        image.files.called(named).next().is_none().then(|| self.unfound_of(launcher, package, None, true))
    }

    /// The file that an interpreter is given, as an absolute path, and the endings that it may have.
    fn script_of(&self, started: &Process) -> Option<(String, &'static [&'static str])> {
        let language = started.language()?;
        let script = started.file()?.text.as_str();
        let named = match language {
            "java" => script.ends_with(".jar"),
            "dotnet" => script.ends_with(".dll"),
            "node" => script != "inspect",
            _ => matches!(language, "python" | "ruby" | "php" | "perl"),
        };
        if !named || script.starts_with('-') || script.contains(['$', '*', ' ']) {
            return None;
        }
        let workdir = self.workdir.value().map_or("/", String::as_str);
        let path = if script.starts_with('/') { clean(script) } else { clean(&format!("{workdir}/{script}")) };
        Some((path, if language == "node" { &["", ".js", ".json", ".node"] } else { &[""] }))
    }

    /// The file of a saved image that the interpreter which starts is given to read.
    pub fn interpreted(&self) -> Option<String> {
        let image = self.image?;
        let (path, endings) = self.script_of(self.started_plainly()?)?;
        let file = |path: String| match image.files.resolve(&path) {
            Resolution::Found(node, path) if node.kind == EntryKind::File => Some(path),
            _ => None,
        };
        endings.iter().find_map(|ending| file(format!("{path}{ending}")))
    }

    fn unfound_script(&self, image: &Image, started: &Process) -> Option<MissingTarget> {
        let (path, endings) = self.script_of(started)?;
        let there = |ending: &&str| matches!(image.files.resolve(&format!("{path}{ending}")), Resolution::Found(..));
        if endings.iter().any(there) || AT_RUN_TIME.iter().any(|folder| under(&path, folder)) {
            return None;
        }
        let file = file_name(&path);
        let same = image.files.called(|name| name == file).map(FileAt::path);
        let near = same.into_iter().find(|at| !facts::is_installed(at));
        Some(self.unfound_of(started, &path, near, false))
    }

    fn unfound_of(&self, started: &Process, what: &str, near: Option<String>, client: bool) -> MissingTarget {
        let last = file_name(what);
        let argv = self.argv().unwrap_or_default();
        let named = argv.iter().find(|arg| arg.text == what || file_name(&arg.text) == last);
        let place = named.map_or(started.place(), |arg| arg.place);
        MissingTarget { by: started.program().to_owned(), what: what.to_owned(), place, near, client }
    }
}

/// The folders of packages below a prefix, for one version or for all.
fn libraries(image: &Image, prefix: &str, version: Option<&str>) -> Vec<String> {
    let mut folders = Vec::new();
    for lib in ["lib", "lib64"].map(|lib| format!("{prefix}/{lib}")) {
        let of_version = |name: &str| match version {
            Some(version) => name == format!("python{version}") || name == "python3",
            None => name.starts_with("python3"),
        };
        let names = image.files.children(&lib).map(|(name, _)| String::from_utf8_lossy(name).into_owned());
        for name in names.filter(|name| of_version(name)) {
            folders.extend(
                ["", "/lib-dynload", "/site-packages", "/dist-packages"].map(|part| format!("{lib}/{name}{part}")),
            );
        }
        folders.extend(version.map(|version| format!("{lib}/python{}.zip", version.replace('.', ""))));
    }
    folders
}

/// Whether a folder may lead to modules outside of it.
pub(super) fn opens(image: &Image, folder: &str) -> bool {
    AT_RUN_TIME.iter().any(|mount| under(folder, mount))
        || is_archive(image, folder)
        || image.files.children(folder).any(|(name, _)| {
            let name = String::from_utf8_lossy(name);
            let path_file = name.ends_with(".pth") && !HARMLESS.contains(&&*name) && !name.ends_with("nspkg.pth");
            path_file || matches!(&*name, "sitecustomize.py" | "usercustomize.py")
        })
}

/// Whether an entry of the search path is an archive, or a mount, whose content is not known.
fn is_archive(image: &Image, folder: &str) -> bool {
    AT_RUN_TIME.iter().any(|mount| under(folder, mount))
        || matches!(image.files.resolve(folder), Resolution::Found(node, _) if node.kind == EntryKind::File)
}

fn has_archive(image: &Image, folder: &str) -> bool {
    image.files.children(folder).any(|(name, node)| node.kind == EntryKind::File && name.ends_with(b".egg"))
}

pub(super) fn has_module(image: &Image, folder: &str, top: &str) -> bool {
    image.files.children(folder).any(|(name, _)| names_module(&String::from_utf8_lossy(name), top))
}

/// `top`, `top.py`, `top.cpython-312-x86_64-linux-gnu.so`.
fn names_module(name: &str, top: &str) -> bool {
    let Some(rest) = name.strip_prefix(top) else { return false };
    rest.is_empty() || (rest.starts_with('.') && [".py", ".pyc", ".so"].iter().any(|ending| rest.ends_with(ending)))
}

fn is_module(name: &str, node: &Node, top: &str) -> bool {
    names_module(name, top) && (name != top || node.kind != EntryKind::File)
}

#[cfg(test)]
mod tests {
    use super::names_module;

    #[test]
    fn modules_by_their_files() {
        assert!(names_module("app", "app") && names_module("app.py", "app"));
        assert!(names_module("app.cpython-312-x86_64-linux-gnu.so", "app"));
        assert!(!names_module("app-1.0.dist-info", "app") && !names_module("apps.py", "app"));
    }
}
