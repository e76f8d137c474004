//! The distributions of Python that a saved image has installed where its handler's Python looks: what each needs, and
//! which interpreter its files are for.

use super::python_tree::ImageTree;
use super::{Language, Launch};
use crate::diagnostic::Location;
use crate::facts;
use crate::image::{EntryKind, FileContent, Image, Node, Resolution};
use crate::imports::{Problem, Search, Stands, Tree};
use crate::python::{Environment, fits, folded, released};
use std::collections::{BTreeMap, BTreeSet};

/// A distribution that needs others which are nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lacking {
    /// Its name and version.
    pub distribution: String,
    /// What it needs, by the names that it gives.
    pub needs: Vec<String>,
    /// The layer that brought it.
    pub place: Location,
}

/// A distribution that needs another version of one that is installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Its name and version.
    pub distribution: String,
    /// The name of the other.
    pub name: String,
    /// The versions that it allows, as it writes them.
    pub wanted: String,
    /// The version that is there.
    pub found: String,
    /// The folder in which that lies.
    pub folder: String,
    /// The layers that brought both, the one that asks first.
    pub places: [Location; 2],
}

/// A compiled module that the handler's Python cannot load.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongWheel {
    /// The distribution, or the module where that is not known.
    pub name: String,
    /// Its file.
    pub file: String,
    /// The minor versions of Python 3 that it is for, and that starts.
    pub minors: (u32, u32),
    /// The file and line of an import that certainly fails for it.
    pub imported: Option<(String, u32)>,
    /// The layer that brought it.
    pub place: Location,
}

struct Installed {
    /// The name as it writes it.
    name: String,
    version: String,
    /// The folder of the search path.
    folder: String,
    /// What it needs, each with the versions that it allows.
    needs: Vec<crate::python::Requirement>,
    tags: Vec<String>,
    place: Location,
    layer: usize,
}

/// All that is installed, the first of each name on the search path.
struct Shelf {
    search: Search,
    installed: BTreeMap<String, Installed>,
    /// Names of which one folder has several.
    twice: BTreeSet<String>,
    /// Beginnings of the names of all that lies in the folders of the search path, in lower case.
    modules: BTreeSet<String>,
    /// The layers up to this one are the base's.
    base: usize,
}

impl Launch<'_> {
    fn shelf(&self) -> Option<Shelf> {
        let image = self.image.filter(|image| image.is_whole())?;
        let handler = self.handler().filter(|handler| handler.language == Language::Python && self.starts_plainly())?;
        let tree = ImageTree::new(image);
        let search = self.python_search(image, &tree, &handler)?;
        // Where a module of the function adds folders, more may be installed.
        if search.open.is_some() || self.imports().is_none_or(|closure| closure.open.is_some()) {
            return None;
        }
        let environment = Environment { minor: search.minor, machine: search.machine };
        let base = base_layers(image);
        let mut shelf =
            Shelf { installed: BTreeMap::new(), twice: BTreeSet::new(), modules: BTreeSet::new(), base, search };
        for folder in shelf.search.folders.clone() {
            for name in tree.names(&folder) {
                shelf.modules.insert(stem(&name));
                let Some(own) = name.strip_suffix(".dist-info") else { continue };
                let Some(found) = read(self, image, &folder, &name, own, environment) else { continue };
                let key = folded(&found.name);
                match shelf.installed.get(&key) {
                    Some(first) if first.folder == folder => {
                        shelf.twice.insert(key);
                    }
                    Some(_) => {}
                    None => {
                        shelf.installed.insert(key, found);
                    }
                }
            }
        }
        Some(shelf)
    }

    /// Distributions whose requirements are nowhere.
    pub fn lacking_requirements(&self) -> Vec<Lacking> {
        let Some(shelf) = self.shelf() else { return Vec::new() };
        let mut all = Vec::new();
        for (key, own) in shelf.installed.iter().filter(|(key, _)| !shelf.twice.contains(*key)) {
            let absent = |name: &str| name != key && !shelf.brings(name);
            let mut needs: Vec<String> =
                own.needs.iter().filter(|need| absent(&need.name)).map(|need| need.name.clone()).collect();
            needs.sort();
            needs.dedup();
            if !needs.is_empty() {
                all.push(Lacking { distribution: own.called(), needs, place: own.place });
            }
        }
        all
    }

    /// Distributions that need another version of what is installed.
    pub fn refused_versions(&self) -> Vec<Refused> {
        let Some(shelf) = self.shelf() else { return Vec::new() };
        let mut all = Vec::new();
        for (key, own) in shelf.installed.iter().filter(|(key, _)| !shelf.twice.contains(*key)) {
            for need in own.needs.iter().filter(|need| need.name != *key && !shelf.twice.contains(&need.name)) {
                let (Some(other), Some(versions)) = (shelf.installed.get(&need.name), &need.versions) else { continue };
                let of_base = own.layer <= shelf.base && other.layer <= shelf.base;
                let Some(version) = released(&other.version).filter(|_| !of_base) else { continue };
                if !versions.contains(&version) {
                    all.push(Refused {
                        distribution: own.called(),
                        name: other.name.clone(),
                        wanted: need.written.clone(),
                        found: other.version.clone(),
                        folder: other.folder.clone(),
                        places: [own.place, other.place],
                    });
                }
            }
        }
        all
    }

    /// Compiled modules that are for another Python than the one that starts, with none beside them that fits.
    pub fn wrong_wheels(&self) -> Vec<WrongWheel> {
        let (Some(image), Some(shelf)) = (self.image, self.shelf()) else { return Vec::new() };
        let tree = ImageTree::new(image);
        let own = shelf.search.minor;
        let mut all: Vec<WrongWheel> = Vec::new();
        for fault in self.imports().into_iter().flat_map(|closure| &closure.faults) {
            if let Problem::Foreign { module, file } = &fault.problem
                && let Some(minor) = minor_of(file).filter(|minor| *minor != own)
                && all.iter().all(|known| known.file != *file)
            {
                let imported = Some((fault.file.clone(), fault.line)).filter(|_| !fault.when_called);
                let place = self.place_of_file(file);
                all.push(WrongWheel {
                    name: module.clone(),
                    file: file.clone(),
                    minors: (minor, own),
                    imported,
                    place,
                });
            }
        }
        for (key, installed) in &shelf.installed {
            let tags: Vec<&str> = installed.tags.iter().map(String::as_str).collect();
            if shelf.twice.contains(key) || fits(&tags, own) != Some(false) {
                continue;
            }
            let Some((file, minor)) = compiled(&tree, &installed.folder, key, own) else { continue };
            if all.iter().all(|known| known.file != file) {
                let (name, place) = (installed.called(), installed.place);
                all.push(WrongWheel { name, file, minors: (minor, own), imported: None, place });
            }
        }
        all
    }
}

impl Shelf {
    /// Whether a distribution is installed, or anything that may be its modules is there.
    fn brings(&self, name: &str) -> bool {
        let close = |known: &String| facts::without_variant(known) == facts::without_variant(name);
        let module = |module: &str| self.modules.contains(&stem(module));
        facts::is_left_out(name)
            || self.installed.keys().any(close)
            || module(&name.replace('-', "_"))
            || facts::modules_of(name).iter().any(|name| module(name))
            || facts::is_standard_module(self.search.minor, &name.replace('-', "_"))
    }
}

impl Installed {
    fn called(&self) -> String {
        format!("{} {}", self.name, self.version)
    }
}

/// The beginning of a file's name by which it may be a module, in lower case.
fn stem(name: &str) -> String {
    name.split(['.', '-']).next().unwrap_or_default().to_ascii_lowercase()
}

/// The last layer of the base: the one that brought the interpreter, or what starts it.
fn base_layers(image: &Image) -> usize {
    let fixed = ["/lambda-entrypoint.sh", "/var/runtime/bootstrap"].map(str::to_owned);
    let folders = ["/var/lang/bin", "/usr/local/bin", "/usr/bin"];
    let interpreters = folders.iter().flat_map(|folder| {
        let names = image.files.children(folder).map(|(name, _)| String::from_utf8_lossy(name).into_owned());
        names.filter(|name| name.starts_with("python3")).map(move |name| format!("{folder}/{name}"))
    });
    let layer = |path: String| match image.files.resolve(&path) {
        Resolution::Found(node, _) => Some(node.layer()),
        _ => None,
    };
    fixed.into_iter().chain(interpreters).filter_map(layer).max().unwrap_or_default()
}

fn read(
    launch: &Launch<'_>,
    image: &Image,
    folder: &str,
    name: &str,
    own: &str,
    environment: Environment,
) -> Option<Installed> {
    let file = |inner: &str| match image.files.resolve(&format!("{folder}/{name}/{inner}")) {
        Resolution::Found(node, _) if node.kind == EntryKind::File => Some(node),
        _ => None,
    };
    let metadata = file("METADATA");
    let (given, version) = own.split_once('-')?;
    let tags = match file("WHEEL").and_then(|node| node.facet.as_deref()) {
        Some(FileContent::Text(text)) => {
            let text = String::from_utf8_lossy(text).into_owned();
            text.lines().filter_map(|line| line.strip_prefix("Tag:")).map(|tag| tag.trim().to_owned()).collect()
        }
        _ => Vec::new(),
    };
    let mut found = Installed {
        name: given.to_owned(),
        version: version.to_owned(),
        folder: folder.to_owned(),
        needs: Vec::new(),
        tags,
        place: launch.place_of_file(&format!("{folder}/{name}/METADATA")),
        layer: metadata.map_or(0, Node::layer),
    };
    if let Some(FileContent::Distribution(told)) = metadata.and_then(|node| node.facet.as_deref()) {
        found.name.clone_from(&told.name);
        found.version.clone_from(&told.version);
        found.needs = told.needs(environment).collect();
    }
    Some(found)
}

/// The minor version of Python 3 that a compiled module's name says.
fn minor_of(file: &str) -> Option<u32> {
    let (_, rest) = file.rsplit_once(".cpython-3")?;
    let digits: &str = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    file.ends_with(".so").then(|| digits.parse().ok())?
}

/// A compiled module of a distribution that is for another Python, with none of its name beside it that fits.
fn compiled(tree: &ImageTree<'_>, folder: &str, distribution: &str, own: u32) -> Option<(String, u32)> {
    let plain = distribution.replace('-', "_");
    let given = facts::modules_of(distribution).iter().copied();
    for module in given.chain([plain.as_str()]) {
        let inside = format!("{folder}/{module}");
        let (place, beginning) = match tree.stands(&inside) {
            Stands::Folder => (inside, String::new()),
            _ => (folder.to_owned(), format!("{module}.")),
        };
        let names = tree.names(&place);
        let called = |name: &String| name.starts_with(&beginning) && name.ends_with(".so");
        for name in names.iter().filter(|name| called(name)) {
            let Some(minor) = minor_of(name).filter(|minor| *minor != own) else { continue };
            let module = name.split('.').next().unwrap_or_default();
            let serves = |other: &String| {
                let rest = other.strip_prefix(module).and_then(|rest| rest.strip_prefix('.'));
                rest.is_some_and(|rest| minor_of(other) == Some(own) || matches!(rest, "so" | "abi3.so" | "py" | "pyc"))
            };
            if !names.iter().any(serves) {
                return Some((format!("{place}/{name}"), minor));
            }
        }
    }
    None
}
