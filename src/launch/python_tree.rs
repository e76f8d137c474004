//! The files of a saved image as Python finds modules among them.

use super::saved_tree;
use crate::facts;
use crate::image::{FileAt, FileContent, Image, Node, Record};
use crate::imports::{Module, Search, Stands, Tree};
use crate::path::{clean, under};
use crate::python::Summary;
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Mounted or filled when the function runs.
const AT_RUN_TIME: &[&str] = &["/mnt", "/tmp", "/proc", "/dev"];

/// How deep the folder lies at most that a package was installed to.
const MAX_DEPTH: usize = 32;

/// Whether the bootstrap of an AWS base obeys path files in a folder.
pub(super) fn reads_path_files(folder: &str) -> bool {
    folder == "/var/task" || folder == "/opt/python"
}

/// Looks at what a folder of the search path does to the path.
pub(super) fn look_into(tree: &ImageTree<'_>, folder: &str, site: bool, search: &mut Search) {
    if AT_RUN_TIME.iter().any(|mount| under(folder, mount)) {
        search.opens(|| format!("{folder} is filled when the function runs"));
    }
    match tree.stands(folder) {
        Stands::File => search.opens(|| format!("{folder} is an archive")),
        Stands::Nothing => return,
        Stands::Folder => {}
    }
    for name in ["sitecustomize.py", "usercustomize.py"].map(|name| format!("{folder}/{name}")) {
        let harmless = || matches!(tree.module(folder, &name), Module::Own(summary) if !summary.doubts.path);
        if tree.stands(&name) == Stands::File && !harmless() {
            search.opens(|| format!("{name} may change where modules are looked for"));
        }
    }
    for file in tree.names(folder).into_iter().filter(|name| site && name.ends_with(".pth")) {
        let path = format!("{folder}/{file}");
        let Some(text) = tree.text(&path) else {
            search.opens(|| format!("{path} was not read"));
            continue;
        };
        if file == "distutils-precedence.pth" {
            search.provided.push("distutils".to_owned());
        }
        for line in text.lines().map(str::trim_end).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if line.starts_with("import ") || line.starts_with("import\t") {
                if !facts::is_harmless_path_file(&file) {
                    search.opens(|| format!("{path} starts code"));
                }
                continue;
            }
            let added = if line.starts_with('/') { clean(line) } else { clean(&format!("{folder}/{line}")) };
            match tree.stands(&added) {
                Stands::Folder if !search.folders.contains(&added) => search.folders.push(added),
                Stands::File => search.opens(|| format!("{added} is an archive")),
                _ => {}
            }
        }
    }
}

/// The files of a saved image.
pub(super) struct ImageTree<'a> {
    image: &'a Image,
    /// What is installed in a folder of the search path.
    records: RefCell<BTreeMap<String, Rc<Vec<&'a Record>>>>,
}

impl<'a> ImageTree<'a> {
    pub(super) fn new(image: &'a Image) -> Self {
        Self { image, records: RefCell::default() }
    }

    fn node(&self, path: &str) -> Option<&'a Node> {
        saved_tree::node(self.image, path).map(|(node, _)| node)
    }

    fn text(&self, path: &str) -> Option<String> {
        let node = self.node(path)?;
        match node.facet.as_deref() {
            Some(FileContent::Text(text)) => Some(String::from_utf8_lossy(text).into_owned()),
            None if node.size == 0 => Some(String::new()),
            _ => None,
        }
    }

    /// Whether a package has installed a file, be it below a folder of the search path or beside one.
    fn is_listed(&self, path: &str) -> bool {
        let slashes = memchr::memchr_iter(b'/', path.as_bytes()).take(MAX_DEPTH);
        let mut parts = slashes.map(|at| (&path[..at.max(1)], &path[at + 1..]));
        parts.any(|(folder, below)| self.records(folder).iter().any(|record| record.lists(below)))
    }

    /// The lists of what is installed in a folder.
    fn records(&self, folder: &str) -> Rc<Vec<&'a Record>> {
        if let Some(known) = self.records.borrow().get(folder) {
            return Rc::clone(known);
        }
        let names = self.image.files.children(folder).map(|(name, _)| name);
        let lists = names.filter(|name| name.ends_with(b".dist-info")).filter_map(|name| {
            let path = format!("{folder}/{}/RECORD", String::from_utf8_lossy(name));
            match self.node(&path)?.facet.as_deref() {
                Some(FileContent::Record(record)) => Some(record),
                _ => None,
            }
        });
        let records = Rc::new(lists.collect());
        self.records.borrow_mut().insert(folder.to_owned(), Rc::clone(&records));
        records
    }
}

impl Tree for ImageTree<'_> {
    fn own_files(&self, folders: &[String]) -> Option<Vec<String>> {
        let mut files = BTreeSet::new();
        for folder in folders {
            for path in self.image.files.inside(folder).filter(|file| file.name().ends_with(".py")).map(FileAt::path) {
                if matches!(self.module(folder, &path), Module::Own(_)) {
                    files.insert(path);
                }
            }
        }
        Some(files.into_iter().collect())
    }

    fn stands(&self, path: &str) -> Stands {
        saved_tree::stands(self.image, path)
    }

    fn names(&self, folder: &str) -> Vec<String> {
        self.image.files.children(folder).map(|(name, _)| String::from_utf8_lossy(name).into_owned()).collect()
    }

    fn module(&self, entry: &str, path: &str) -> Module<'_> {
        // AWS's own and the distribution's packages are not read either.
        let installed =
            ["/var/runtime", "/var/lang", "/usr/lib", "/usr/share"].iter().any(|folder| under(entry, folder));
        if installed || entry.ends_with("-packages") || self.is_listed(path) {
            return Module::Installed;
        }
        let Some(node) = self.node(path) else { return Module::Unread };
        match node.facet.as_deref().and_then(FileContent::module) {
            Some(summary) => Module::Own(Cow::Borrowed(summary)),
            None if node.size == 0 && path.ends_with(".py") => Module::Own(Cow::Owned(Summary::default())),
            None => Module::Unread,
        }
    }
}
