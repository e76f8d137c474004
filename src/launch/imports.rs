//! The modules that a saved image loads with its handler, and where the runtime looks for them.

use super::python_tree::{ImageTree, look_into, reads_path_files};
use super::{Handler, Language, Launch, Process, Setting};
use crate::diagnostic::{DocumentId, Finding, Location};
use crate::image::{EntryKind, FileAt, Image, Resolution};
use crate::imports::{Closure, Fault, Search, Stands, Start, Tree};
use crate::path::clean;
use crate::source::Span;
use std::collections::BTreeMap;

/// Maximum length of an import statement as it is shown, in characters.
const MAX_WRITTEN: usize = 100;
/// Variables that change where Python looks, in ways that are not followed.
const CHANGES_PATH: &[&str] = &["PYTHONHOME", "PYTHONSAFEPATH", "PYTHONPLATLIBDIR", "PYTHONCASEOK"];
/// Beginnings of variables that change what starts or where it looks; `export NAME` alone sets one that is not known.
const STEERS: &[&str] = &[
    "PATH",
    "PYTHON",
    "NODE_",
    "LD_",
    "LAMBDA_",
    "_HANDLER",
    "AWS_LAMBDA_",
    "HOME",
    "BASH_ENV",
    "ENV",
    "IFS",
    "VIRTUAL_ENV",
];
/// What an AWS base starts, in turn; where one is replaced, the search path is another.
const STARTED: &[&[u8]] = &[b"lambda-entrypoint.sh", b"var/runtime/bootstrap", b"var/runtime/bootstrap.py"];

/// What was found of the modules that are loaded with the handler.
#[derive(Debug, Default)]
pub struct Followed {
    /// The modules, by their paths in the image.
    pub closure: Closure,
    /// What COPY brings of them from the build context, by their paths in the image.
    pub brought: BTreeMap<String, Brought>,
    /// Modules that are imported and not copied.
    pub left: Vec<Left>,
    /// All imports of modules that no COPY brings. A package that a RUN installs may be what they ask for.
    pub not_copied: Vec<Fault>,
    /// A file with nearly the name that the handler gives, if no file has that name.
    pub near: Option<NearHandler>,
}

/// A file that the handler nearly names, and that has the handler's function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NearHandler {
    /// Its path in the context.
    pub path: String,
    /// The handler as it would be with that file.
    pub handler: String,
}

/// A file that a COPY brings from the build context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brought {
    /// Its path in the context.
    pub path: String,
    /// The COPY.
    pub copy: Span,
}

/// A module that is imported, lies in the build context and is not copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// The import.
    pub fault: Fault,
    /// The module.
    pub module: String,
    /// Its file or folder in the context.
    pub path: String,
    /// The line of .dockerignore that takes it out: the file's name, the line's number and text.
    pub ignored: Option<(String, usize, String)>,
    /// Whether nothing else can have brought it.
    pub certain: bool,
}

impl Launch<'_> {
    /// The modules that are loaded with the handler of a saved image; `None` where that is not known.
    pub fn imports(&self) -> Option<&Closure> {
        self.followed().map(|followed| &followed.closure)
    }

    fn followed(&self) -> Option<&Followed> {
        let of_image = || Some(Followed { closure: self.follow_imports()?, ..Followed::default() });
        self.cache.imports.get_or_init(of_image).as_ref()
    }

    /// Takes what the build context's files say: no rule reads them.
    pub fn set_imports(&self, followed: Option<Followed>) {
        let _ = self.cache.imports.set(followed);
    }

    /// Modules that are imported, lie in the build context and are not copied.
    pub fn left_in_context(&self) -> &[Left] {
        self.followed().map(|followed| followed.left.as_slice()).unwrap_or_default()
    }

    /// Imports whose modules were not found.
    pub fn modules_not_found(&self) -> &[Fault] {
        let Some(followed) = self.followed() else { return &[] };
        if self.image.is_some() { &followed.closure.faults } else { &followed.not_copied }
    }

    /// A file of the build context that the handler nearly names, if nothing copies one that has its name.
    pub fn near_handler(&self) -> Option<&NearHandler> {
        self.followed()?.near.as_ref()
    }

    /// Where a module comes from, and what it is called there.
    pub fn origin_of_module<'p>(&'p self, path: &'p str) -> (Location, &'p str) {
        match self.followed().and_then(|followed| followed.brought.get(path)) {
            Some(brought) => (brought.copy.into(), brought.path.as_str()),
            None => (self.place_of_file(path), path),
        }
    }

    fn follow_imports(&self) -> Option<Closure> {
        let image = self.image.filter(|image| image.is_whole())?;
        let handler = self.handler().filter(|_| self.starts_plainly())?;
        // Nothing of a file is run that Node cannot parse.
        if self.unloadable_handler().is_some() {
            return None;
        }
        let closure = match handler.language {
            Language::Python => self.follow_python(image, &handler),
            Language::Node => self.follow_node(image),
            Language::Ruby => self.follow_ruby(image),
            Language::Java | Language::Dotnet => None,
        };
        // An empty file stands for one that is made later, and nothing is said of it.
        let stands_in =
            |file: &String| matches!(image.files.resolve(file), Resolution::Found(node, _) if node.size == 0);
        closure.map(|closure| Closure {
            no_function: closure.no_function.filter(|_| !closure.file.as_ref().is_some_and(stands_in)),
            ..closure
        })
    }

    /// Whether nothing that starts before the runtime may change where modules are looked for.
    pub fn starts_plainly(&self) -> bool {
        let processes = self.all_processes();
        let folder = processes.first().and_then(|process| process.folder.as_ref());
        // The bootstrap of an AWS base leaves for the task root.
        let stays = |process: &Process| self.starts_lambda_entrypoint() || process.folder.as_ref() == folder;
        let changes = |text: &String| {
            let (name, _) = text.split_once('=').unwrap_or((text, ""));
            let flag = name.starts_with('-') && !text.contains('=');
            !flag && (!text.contains('=') || STEERS.iter().any(|start| name.starts_with(start)))
        };
        processes.iter().all(|process| !process.unseen && stays(process) && !process.assigns.iter().any(changes))
    }

    fn follow_python(&self, image: &Image, handler: &Handler) -> Option<Closure> {
        let (module, function) = handler.text.rsplit_once('.')?;
        let module = module.replace('/', ".");
        let plain = |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || "$:".contains(c));
        if !module.split('.').chain([function]).all(plain) {
            return None;
        }
        let tree = ImageTree::new(image);
        let search = self.python_search(image, &tree, handler)?;
        Some(Closure::of(&tree, &search, &Start { module, function: function.to_owned() }))
    }

    /// Where the Python that loads the handler looks for modules; `None` where that is not known.
    pub(super) fn python_search(&self, image: &Image, tree: &ImageTree<'_>, handler: &Handler) -> Option<Search> {
        if !self.env_known {
            return None;
        }
        let (version, mut folders) = if handler.by_base {
            let replaced = |path: &[u8]| image.files.hidden().iter().any(|hidden| *hidden.path == *path);
            if self.base.family != Some("python") || STARTED.iter().any(|path| replaced(path)) {
                return None;
            }
            let version = self.base.runtime?.tag;
            (version.to_owned(), self.folders_of_base(version))
        } else {
            let path = self.python_path()?;
            let mut folders = path.folders;
            let listed = self.env("PYTHONPATH").and_then(Setting::value).map(String::as_str);
            let relative =
                listed.into_iter().flat_map(|path| path.split(':')).filter(|folder| !folder.starts_with('/'));
            let workdir = self.workdir.value().map_or("/", String::as_str);
            folders.extend(relative.map(|folder| clean(&format!("{workdir}/{folder}"))));
            (path.version?, folders)
        };
        let minor = version.strip_prefix("3.")?.parse().ok()?;
        let machine = match self.architecture.value().and_then(|name| name.split('/').next()) {
            Some("amd64") => Some("x86_64"),
            Some("arm64") => Some("aarch64"),
            _ => None,
        };
        folders.dedup();
        let mut search = Search { minor, machine, folders, ..Search::default() };
        let variable = CHANGES_PATH.iter().find(|name| self.env(name).is_some());
        search.open = variable.map(|name| format!("{name} is set"));
        for folder in search.folders.clone() {
            let site = folder.ends_with("-packages") || handler.by_base && reads_path_files(&folder);
            look_into(tree, &folder, site, &mut search);
        }
        // Setuptools brings distutils back.
        if search.folders.iter().any(|folder| tree.stands(&format!("{folder}/setuptools")) == Stands::Folder) {
            search.provided.push("distutils".to_owned());
        }
        Some(search)
    }

    /// The folders in which the bootstrap of an AWS base lets Python look.
    fn folders_of_base(&self, version: &str) -> Vec<String> {
        let mut folders = vec!["/var/task".to_owned()];
        // Layers are left out where PYTHONPATH is set, in the versions that were looked at. A module in one is still
        // not called missing.
        folders.extend([format!("/opt/python/lib/python{version}/site-packages"), "/opt/python".to_owned()]);
        let path = self.env("PYTHONPATH").and_then(Setting::value).map(String::as_str);
        let listed = path.into_iter().flat_map(|path| path.split(':'));
        folders.extend(listed.map(|folder| match folder.strip_prefix('/') {
            Some(_) => clean(folder),
            None => clean(&format!("/var/task/{folder}")),
        }));
        folders.extend(["/var/runtime".to_owned(), format!("/var/lang/lib/python{version}/site-packages")]);
        folders
    }
}

impl Launch<'_> {
    /// Shows where a failing import stands, and that the handler leads to it.
    pub fn show_import(&self, finding: Finding, fault: &Fault) -> Finding {
        let when = if fault.when_called { ", at each call" } else { "" };
        let written: String = fault.written.chars().take(MAX_WRITTEN).collect();
        let (place, path) = self.origin_of_module(&fault.file);
        let file = if place.doc == DocumentId::Dockerfile { format!("{path}, ") } else { String::new() };
        let finding = finding.at(place, format!("{file}line {}{when}: {written}", fault.line));
        let Some(handler) = self.handler() else { return finding };
        let place = handler.place;
        let own = self.imports().and_then(|imports| imports.file.as_ref()) == Some(&fault.file);
        finding.at(place, if own { "the handler is in it" } else { "the handler leads to it" })
    }
}

impl Launch<'_> {
    /// A file of a saved image that has a module's name and lies where it is not looked for, packages of other Pythons
    /// left out.
    pub fn module_elsewhere(&self, module: &str) -> Option<String> {
        let image = self.image?;
        let path = format!("/{}", module.replace('.', "/"));
        let (file, package) = (format!("{path}.py"), format!("{path}/__init__.py"));
        let folder = format!("/node_modules/{module}/package.json");
        let ends = |at: &str| at.ends_with(&file) || at.ends_with(&package) || at.ends_with(&folder);
        let installed = |at: &str| at.contains("-packages/") || at.contains("/lib/python");
        let last = crate::path::file_name(&file);
        let files = image.files.called(|name| name == last || name == "__init__.py" || name == "package.json");
        let files = files.filter(|file| file.kind == EntryKind::File).map(FileAt::path);
        files.into_iter().find(|at| ends(at) && !installed(at))
    }
}
