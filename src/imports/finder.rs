//! Where Python finds a module: the search path, and what importlib looks for in each of its folders.

use super::{Module, Stands};
use crate::facts;

/// Files that can be looked at.
pub trait Tree {
    /// What stands at an absolute path, links followed.
    fn stands(&self, path: &str) -> Stands;
    /// The names in a folder, in order.
    fn names(&self, folder: &str) -> Vec<String>;
    /// The module whose file is at a path; `entry` is the folder of the search path in which it was found.
    fn module(&self, entry: &str, path: &str) -> Module<'_>;
    /// The files of the function's own modules below some folders, in order; `None` where they are not listed.
    fn own_files(&self, _folders: &[String]) -> Option<Vec<String>> {
        None
    }
}

/// Where the Python that starts looks for modules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// The minor version of Python 3.
    pub minor: u32,
    /// The architecture as names of extension modules have it, `x86_64`; `None` where it is not known.
    pub machine: Option<&'static str>,
    /// The folders, in order, the standard library left out.
    pub folders: Vec<String>,
    /// Modules that something else provides.
    pub provided: Vec<String>,
    /// Why modules may come from elsewhere too.
    pub open: Option<String>,
}

impl Search {
    /// Takes note of why modules may come from elsewhere; the first reason is kept.
    pub fn opens(&mut self, why: impl FnOnce() -> String) {
        self.open.get_or_insert_with(why);
    }
}

/// What a module's name was found to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A package with an `__init__`: its file and its folder, and the folder of the search path.
    Package { file: String, folder: String, entry: String },
    /// A module of one file.
    File { file: String, entry: String },
    /// Folders without an `__init__`, which together are a namespace package, and the folders of the search path.
    Namespace(Vec<(String, String)>),
    /// Only a compiled module for another Python or processor.
    Foreign(String),
}

impl Found {
    /// The file that is run.
    pub(super) fn file(&self) -> Option<(&str, &str)> {
        match self {
            Self::Package { file, entry, .. } | Self::File { file, entry } => Some((file, entry)),
            Self::Namespace(_) | Self::Foreign(_) => None,
        }
    }

    /// The folders in which its submodules are looked for, each with the folder of the search path above it.
    pub(super) fn inside(&self) -> Vec<(String, String)> {
        match self {
            Self::Package { folder, entry, .. } => vec![(folder.clone(), entry.clone())],
            Self::Namespace(folders) => folders.clone(),
            Self::File { .. } | Self::Foreign(_) => Vec::new(),
        }
    }
}

/// Looks modules up as importlib does.
pub(super) struct Finder<'a> {
    pub(super) tree: &'a dyn Tree,
    pub(super) search: &'a Search,
    /// Endings of modules in the order in which they are tried.
    endings: Vec<String>,
}

impl<'a> Finder<'a> {
    pub(super) fn new(tree: &'a dyn Tree, search: &'a Search) -> Self {
        let machines: &[&str] = search.machine.as_ref().map_or(&["x86_64", "aarch64"], std::slice::from_ref);
        let minor = search.minor;
        let mut endings: Vec<String> = machines
            .iter()
            // musl's ending exists since Python 3.5 on Alpine.
            .flat_map(|machine| ["gnu", "musl"].map(|libc| format!(".cpython-3{minor}-{machine}-linux-{libc}.so")))
            .collect();
        endings.extend([format!(".cpython-3{minor}.so"), ".abi3.so".into(), ".so".into(), ".py".into(), ".pyc".into()]);
        Self { tree, search, endings }
    }

    /// Whether a module belongs to Python itself, or is brought in by something other than a file.
    pub(super) fn is_provided(&self, top: &str) -> bool {
        facts::is_standard_module(self.search.minor, top) || self.search.provided.iter().any(|name| name == top)
    }

    /// A name in the folders of the search path.
    pub(super) fn top(&self, name: &str) -> Option<Found> {
        self.find(name, self.search.folders.iter().map(|folder| (folder.as_str(), folder.as_str())))
    }

    /// A name in some folders, each with the folder of the search path that it is or lies below.
    pub(super) fn find<'p>(
        &self,
        name: &str,
        folders: impl Iterator<Item = (&'p str, &'p str)> + Clone,
    ) -> Option<Found> {
        let mut namespace = Vec::new();
        for (folder, entry) in folders.clone() {
            let path = format!("{}/{name}", folder.trim_end_matches('/'));
            let file = |stem: &str| {
                let named = |ending: &String| format!("{stem}{ending}");
                self.endings.iter().map(named).find(|path| self.tree.stands(path) == Stands::File)
            };
            if self.tree.stands(&path) == Stands::Folder {
                if let Some(file) = file(&format!("{path}/__init__")) {
                    return Some(Found::Package { file, folder: path, entry: entry.to_owned() });
                }
                namespace.push((path.clone(), entry.to_owned()));
            }
            if let Some(file) = file(&path) {
                return Some(Found::File { file, entry: entry.to_owned() });
            }
        }
        if !namespace.is_empty() {
            return Some(Found::Namespace(namespace));
        }
        folders.into_iter().find_map(|(folder, _)| self.foreign(folder, name)).map(Found::Foreign)
    }

    /// A compiled module of that name for another Python or processor.
    fn foreign(&self, folder: &str, name: &str) -> Option<String> {
        let compiled = |file: &String| {
            let rest = file.strip_prefix(name).filter(|rest| rest.starts_with('.'));
            rest.is_some_and(|rest| [".so", ".pyd", ".dylib"].iter().any(|ending| rest.ends_with(ending)))
        };
        let file = self.tree.names(folder).into_iter().find(compiled)?;
        Some(format!("{}/{file}", folder.trim_end_matches('/')))
    }

    /// A module of that name in another letter case, in the folders that are looked in.
    pub(super) fn other_case(&self, name: &str, folders: &[(String, String)]) -> Option<String> {
        folders.iter().find_map(|(folder, _)| {
            let same = |file: &String| {
                let stem = file.strip_suffix(".py").unwrap_or(file);
                stem != name && stem.eq_ignore_ascii_case(name)
            };
            let file = self.tree.names(folder).into_iter().find(same)?;
            Some(format!("{}/{file}", folder.trim_end_matches('/')))
        })
    }
}
