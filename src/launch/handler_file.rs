//! What a saved image holds of what the function needs: the handler's file, and the bits that let Lambda's user read
//! it. That user is neither owner nor group of anything, so only the bits for others count.

use super::{Handler, Language, Launch, Setting};
use crate::facts;
use crate::image::{EntryKind, FileAt, FileContent, Files, Image, Node, Resolution};
use crate::path::under;
use std::collections::{BTreeMap, BTreeSet};

/// The handler's file in a saved image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandlerFile {
    /// The handler.
    pub handler: Handler,
    /// The file, where it is there.
    pub found: Option<String>,
    /// The path that was looked at first.
    pub looked: String,
    /// The nearest file that is there: another letter case, another folder.
    pub near: Option<String>,
}

/// Files of one folder that Lambda's user may not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// The folder.
    pub folder: String,
    /// The first of them.
    pub first: String,
    /// Its mode.
    pub mode: u32,
    /// How many there are.
    pub count: usize,
}

/// A path and its mode.
type Closed = (String, u32);

impl Launch<'_> {
    /// Where the handler's file is in a saved image; `None` where that cannot be told.
    pub fn handler_file(&self) -> Option<&HandlerFile> {
        self.cache.handler_file.get_or_init(|| self.find_handler_file()).as_ref()
    }

    fn find_handler_file(&self) -> Option<HandlerFile> {
        let image = self.image.filter(|image| image.is_whole())?;
        let handler = self.handler()?;
        // The folders that are looked in depend on the environment, and the client's also on where it starts.
        if !self.env_known || (!handler.by_base && self.workdir.is_unknown()) {
            return None;
        }
        let roots = self.handler_roots(&handler);
        let root = roots.first()?.clone();
        let (stem, mut endings) = stem_of(&handler)?;
        // Before version 3 a custom client knew no ES modules.
        if handler.language == Language::Node && !handler.by_base && self.client_major().is_some_and(|major| major < 3)
        {
            endings = &[".js", ".json", ".node", "/index.js", "/package.json"];
        }
        let is_file =
            |path: &str| matches!(image.files.resolve(path), Resolution::Found(n, _) if n.kind == EntryKind::File);
        if handler.language == Language::Java && self.may_be_in_jar(image, &handler, &root, &stem) {
            return None;
        }
        let inside = |root: &String| {
            let path = format!("{}/{stem}", root.trim_end_matches('/'));
            let files = endings.iter().map(|ending| format!("{path}{ending}"));
            let found = files.clone().find(|path| is_file(path));
            found.or_else(|| compiled(&image.files, &path, handler.language))
        };
        let found = roots.iter().find_map(inside).or_else(|| match handler.language {
            Language::Node => self.node_package(image, &handler, &stem).into_iter().find(|path| is_file(path)),
            _ => None,
        });
        // What is mounted comes with the function, and not with the image.
        let mounted = |name: &str| self.listed(name).iter().any(|folder| under(folder, "/mnt"));
        if found.is_none() && (roots.iter().any(|root| under(root, "/mnt")) || mounted("NODE_PATH")) {
            return None;
        }
        let looked = format!("{root}/{stem}{}", endings.first().copied().unwrap_or_default());
        let near = if found.is_some() { None } else { nearest(image, &roots, &stem, endings) };
        Some(HandlerFile { handler, found, looked, near })
    }

    /// Whether a jar holds the class of a Java handler, or may hold it.
    fn may_be_in_jar(&self, image: &Image, handler: &Handler, root: &str, class: &str) -> bool {
        if has_jar(image, root) || !handler.by_base {
            return [root, &format!("{root}/lib"), "/opt/java/lib"].iter().any(|folder| has_jar(image, folder));
        }
        let other = ["CLASSPATH", "JAVA_TOOL_OPTIONS", "JAVA_OPTS"].iter().any(|name| self.env(name).is_some());
        let of_runtime = ["com/amazonaws/services/lambda/", "java/"].iter().any(|package| class.starts_with(package));
        let may_hold = |node: &Node| match node.facet.as_deref() {
            Some(FileContent::Jar(jar)) => jar.holds(class),
            _ => true,
        };
        let archive = |name: &[u8]| name.ends_with(b".jar") || name.ends_with(b".zip");
        let jars = [format!("{root}/lib"), "/opt/java/lib".to_owned()];
        let any =
            jars.iter().any(|folder| image.files.children(folder).any(|(name, node)| archive(name) && may_hold(node)));
        any || ((other || of_runtime) && jars.iter().any(|folder| has_jar(image, folder)))
    }

    /// The folders that the runtime looks in, the usual one first.
    fn handler_roots(&self, handler: &Handler) -> Vec<String> {
        let value = |name: &str| self.env(name).and_then(Setting::value).cloned();
        let mut roots = Vec::new();
        if handler.by_base {
            roots.push("/var/task".to_owned());
        } else {
            roots.push(self.workdir.value().cloned().unwrap_or_else(|| "/".into()));
            roots.push(value("LAMBDA_TASK_ROOT").unwrap_or_else(|| "/var/task".into()));
        }
        let listed = match handler.language {
            Language::Python => self.listed("PYTHONPATH"),
            Language::Ruby => self.listed("RUBYLIB"),
            Language::Node | Language::Java | Language::Dotnet => Vec::new(),
        };
        roots.extend(listed.into_iter().map(str::to_owned));
        let more: &[&str] = match handler.language {
            Language::Python => &["/opt/python", "/var/runtime"],
            Language::Ruby => &["/var/runtime", "/opt/ruby/lib"],
            Language::Node | Language::Java | Language::Dotnet => &[],
        };
        roots.extend(more.iter().map(|&folder| folder.to_owned()));
        if let (Language::Python | Language::Ruby, Some(image)) = (handler.language, self.image) {
            let libraries = image.files.called(|name| matches!(name, "site-packages" | "dist-packages" | "lib"));
            let libraries = libraries.filter(|file| file.kind == EntryKind::Directory).map(FileAt::path);
            roots.extend(libraries.filter(|path| !path.ends_with("/lib") || path.contains("/gems/")));
        }
        roots
    }

    /// The files that a handler of Node may also be in: what is not in the task root is resolved as a package, by its
    /// last part alone.
    fn node_package(&self, image: &Image, handler: &Handler, stem: &str) -> Vec<String> {
        let (folder, name) = stem.rsplit_once('/').unwrap_or(("", stem));
        let mut folders: Vec<String> = Vec::new();
        for root in self.handler_roots(handler) {
            let root = root.trim_end_matches('/');
            folders.extend([format!("{root}/node_modules"), format!("{root}/{folder}/node_modules")]);
        }
        folders.extend(self.listed("NODE_PATH").into_iter().map(str::to_owned));
        let fixed = ["/var/node_modules", "/node_modules", "/opt/nodejs", "/opt/nodejs/node_modules"];
        folders.extend(fixed.map(str::to_owned));
        let layers = image.files.children("/opt/nodejs").map(|(name, _)| String::from_utf8_lossy(name).into_owned());
        folders.extend(layers.map(|name| format!("/opt/nodejs/{name}/node_modules")));
        // The runtime's own files lie there too, and are not a handler.
        if !matches!(name, "index" | "bootstrap") {
            folders.extend(["/var/runtime", "/var/runtime/node_modules"].map(str::to_owned));
        }
        let endings = ["", ".js", ".json", ".node", "/index.js", "/index.json", "/package.json"];
        folders.iter().flat_map(|folder| endings.map(|ending| format!("{folder}/{name}{ending}"))).collect()
    }

    /// The folder that holds the handler's package, where it is not the root itself.
    fn handler_package(&self) -> Option<String> {
        let found = self.handler_file()?.found.as_ref()?;
        found.rsplit_once('/').map(|(folder, _)| folder.to_owned())
    }

    /// Folders with code of a saved image: the function's own, and those of the packages that it may load.
    fn loaded_folders(&self) -> Vec<String> {
        let mut folders = self.code_folders();
        let packages = self.python_path().map(|path| path.folders).unwrap_or_default();
        folders.extend(packages.into_iter().filter(|folder| folder.ends_with("-packages")));
        if let Some(image) = self.image.filter(|_| self.on_lambda_base()) {
            let python =
                image.files.children("/var/lang/lib").map(|(name, _)| String::from_utf8_lossy(name).into_owned());
            folders.extend(
                python
                    .filter(|name| name.starts_with("python3."))
                    .map(|name| format!("/var/lang/lib/{name}/site-packages")),
            );
            folders.extend(["/var/lang/lib/ruby/gems", "/opt/python", "/opt/nodejs", "/opt/ruby"].map(str::to_owned));
        }
        let all = folders.clone();
        folders.retain(|folder| !all.iter().any(|other| other != folder && under(folder, other)));
        folders.sort();
        folders.dedup();
        folders
    }

    /// The folders of a saved image that Python lists to find the handler and its client: to pass through them is
    /// not enough.
    fn listed_folders(&self) -> Vec<String> {
        let mut folders = Vec::new();
        if let Some(HandlerFile { handler, found: Some(found), .. }) = self.handler_file()
            && handler.language == Language::Python
        {
            let parts = handler.text.matches(['.', '/']).count() + usize::from(found.contains("/__init__."));
            let above: Vec<&str> = found.rmatch_indices('/').map(|(at, _)| &found[..at]).collect();
            folders.extend(above.into_iter().take(parts.max(1)).filter(|folder| !folder.is_empty()).map(str::to_owned));
        }
        if let Some((package, true)) = self.client_package() {
            folders
                .extend(package.rsplit_once('/').map(|(above, _)| above.to_owned()).filter(|above| !above.is_empty()));
            folders.push(package);
        }
        folders
    }

    /// Code in a saved image that Lambda's user may not read: what the start needs, and then the rest by folder.
    pub fn unreadable(&self) -> (Vec<(String, u32)>, Vec<Unreadable>) {
        let Some(image) = self.image else { return (Vec::new(), Vec::new()) };
        let closed = |node: &Node| node.kind == EntryKind::File && node.mode & 0o004 == 0;
        // The kernel reads a program that is not a script by itself, and what loads it too.
        let read = |node: &Node| !matches!(node.facet.as_deref(), Some(FileContent::Elf(_)));
        let started: Vec<&str> =
            self.chain().iter().filter(|link| link.layer.is_some()).map(|link| link.path.as_str()).collect();
        let handler = self.handler_file().and_then(|file| file.found.clone());
        let mut needed: Vec<(String, u32)> = Vec::new();
        let mut known: BTreeSet<String> = BTreeSet::new();
        for path in started
            .iter()
            .map(|path| (*path).to_owned())
            .chain(handler)
            .chain(self.interpreted())
            .chain(self.client_files())
        {
            if let Resolution::Found(node, path) = image.files.resolve(&path)
                && closed(node)
                && (read(node) || !started.contains(&path.as_str()))
                && known.insert(path.clone())
            {
                needed.push((path, node.mode));
            }
        }
        let package = self.handler_package();
        let mut rest: BTreeMap<String, Unreadable> = BTreeMap::new();
        for root in self.loaded_folders() {
            for file in image.files.inside(&root).filter(|file| closed(file)) {
                let (path, mode) = (file.path(), file.mode);
                let started = started.contains(&path.as_str());
                if is_secret(&path) || (started && !read(&file)) || !known.insert(path.clone()) {
                    continue;
                }
                let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
                if package.as_ref() == Some(&folder) && is_code(&path) {
                    needed.push((path, mode));
                    continue;
                }
                let entry = rest.entry(folder.clone());
                entry.or_insert(Unreadable { folder, first: path, mode, count: 0 }).count += 1;
            }
        }
        (needed, rest.into_values().collect())
    }

    /// Directories of a saved image that Lambda's user may not pass, or not list where Python must: those above what
    /// the start needs, and others below the folders with code.
    pub fn closed_directories(&self) -> (Vec<Closed>, Vec<Closed>) {
        let Some(image) = self.image else { return (Vec::new(), Vec::new()) };
        let program = self.chain().iter().filter(|link| link.layer.is_some());
        let above_program = program.filter_map(|link| image.closed_above(&link.path));
        // One that its owner may pass closes the program to others, and LL207 says so.
        let (others, above): (Vec<Closed>, Vec<Closed>) = above_program.partition(|(_, mode)| mode & 0o111 != 0);
        let mut above: BTreeMap<String, u32> = above.into_iter().collect();
        let handler = self.handler_file().and_then(|file| file.found.as_ref());
        above.extend(handler.and_then(|path| image.closed_above(path)));
        above.extend(self.interpreted().and_then(|path| image.closed_above(&path)));
        above.extend(self.client_files().iter().filter_map(|path| image.closed_above(path)));
        above.extend(self.code_folders().iter().filter_map(|root| image.closed_above(&format!("{root}/x"))));
        let unlisted = |folder: String| match image.files.resolve(&folder) {
            Resolution::Found(node, path) if node.kind == EntryKind::Directory && node.mode & 0o005 == 0o001 => {
                Some((path, node.mode))
            }
            _ => None,
        };
        above.extend(self.listed_folders().into_iter().filter_map(unlisted));
        let mut below: BTreeMap<String, u32> = BTreeMap::new();
        for root in self.loaded_folders() {
            let closed = |file: &FileAt<'_>| file.kind == EntryKind::Directory && file.mode & 0o001 == 0;
            below.extend(image.files.inside(&root).filter(closed).map(|file| (file.path(), file.mode)));
        }
        for (path, _) in &others {
            above.remove(path);
            below.remove(path);
        }
        below.retain(|path, _| !above.contains_key(path));
        // What lies in a closed directory is closed with it. Deeper folders are not checked.
        let closed = |path: &str| path.match_indices('/').take(DEEPEST).any(|(at, _)| below.contains_key(&path[..at]));
        let outer = below.iter().filter(|(path, _)| !closed(path)).map(|(path, mode)| (path.clone(), *mode)).collect();
        (above.into_iter().collect(), outer)
    }
}

/// So deep folders are looked for above a file.
const DEEPEST: usize = 16;

/// Whether a language loads a file of such a name.
pub(super) fn is_code(path: &str) -> bool {
    [".py", ".js", ".mjs", ".cjs", ".rb", ".class", ".jar", ".dll", ".so", ".node", ".json"]
        .iter()
        .any(|end| path.ends_with(end))
}

/// Keys may be closed on purpose.
fn is_secret(path: &str) -> bool {
    [".pem", ".key", ".p12", ".jks", ".crt"].iter().any(|end| path.ends_with(end)) || path.contains("/.ssh/")
}

fn has_jar(image: &Image, folder: &str) -> bool {
    image.files.children(folder).any(|(name, _)| name.ends_with(b".jar") || name.ends_with(b".zip"))
}

/// The file below a root, without its ending, and the endings it may have.
fn stem_of(handler: &Handler) -> Option<(String, &'static [&'static str])> {
    let text = handler.text.trim_start_matches("./");
    if text.starts_with('/') || text.contains("..") || text.contains(['$', ' ']) {
        return None;
    }
    Some(match handler.language {
        Language::Python => {
            (text.rsplit_once('.')?.0.replace('.', "/"), &[".py", "/__init__.py", ".pyc", "/__init__.pyc"][..])
        }
        Language::Node => {
            let folder = text.rfind('/').map_or(0, |at| at + 1);
            let dot = folder + text.get(folder..)?.find('.')?;
            (
                text.get(..dot)?.to_owned(),
                &[".js", ".mjs", ".cjs", "", "/index.js", "/index.mjs", "/package.json", ".node"],
            )
        }
        Language::Ruby => (text.split_once('.')?.0.to_owned(), &[".rb", "", ".so"]),
        Language::Java => (text.split("::").next()?.replace('.', "/"), &[".class"]),
        Language::Dotnet => (text.split("::").next()?.to_owned(), &[".dll", "", ".exe"]),
    })
}

/// `app.cpython-313-x86_64-linux-gnu.so`: a module that was compiled.
fn compiled(files: &Files, path: &str, language: Language) -> Option<String> {
    let (folder, name) = path.rsplit_once('/').filter(|_| language == Language::Python)?;
    let module = |file: &[u8]| {
        let file = String::from_utf8_lossy(file).into_owned();
        (file.strip_prefix(name)?.starts_with('.') && file.ends_with(".so")).then_some(file)
    };
    let found = files.children(folder).find_map(|(file, _)| module(file))?;
    Some(format!("{folder}/{found}"))
}

/// A file of the handler's name in another letter case or another folder.
fn nearest(image: &Image, roots: &[String], stem: &str, endings: &[&str]) -> Option<String> {
    let name = stem.rsplit('/').next()?.to_ascii_lowercase();
    let wanted: Vec<String> =
        endings.iter().filter(|ending| ending.starts_with('.')).map(|ending| format!("{name}{ending}")).collect();
    let mut folders: Vec<&str> = roots.iter().take(2).map(String::as_str).filter(|root| *root != "/").collect();
    folders.extend(["/var/task", "/app", "/function", "/home", "/src", "/usr/src", "/opt", "/code"]);
    let mut found: Vec<String> = Vec::new();
    for folder in folders {
        let near = image.files.inside(folder).filter(|file| {
            let is = |wanted: &String| file.name().eq_ignore_ascii_case(wanted);
            file.kind == EntryKind::File && wanted.iter().any(is)
        });
        let near = near.map(FileAt::path);
        found.extend(near.filter(|path| !facts::is_installed(path)));
    }
    found.into_iter().min_by_key(|path| (path.matches('/').count(), path.clone()))
}
