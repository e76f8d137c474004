//! The files that COPY brings from the build context, seen at their places in the image.

use super::Look;
use crate::dockerignore;
use crate::imports::{Module, NodeTree, PackageAt, Source, Stands, Tree};
use crate::launch::context::Entry;
use crate::launch::{Build, Copied, Origin};
use crate::node::Package;
use crate::path::{clean, inside_context, last, under};
use crate::python::summarise;
use crate::source::Span;
use std::borrow::Cow;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

/// Maximum length of a file that is read, in bytes.
const MAX_FILE: u64 = 1024 * 1024;
/// Maximum length of all files that are read together, in bytes.
const MAX_TOGETHER: u64 = 16 * 1024 * 1024;
/// Maximum number of paths that are looked up.
const MAX_LOOKUPS: usize = 200_000;

/// A file or a folder of the context at a place in the image.
#[derive(Debug)]
struct Mount {
    at: String,
    from: String,
    file: bool,
    copy: Span,
}

/// The final image as far as it comes from the context.
pub(super) struct Layout<'l, 'f> {
    pub(super) look: &'l Look<'f>,
    mounts: Vec<Mount>,
    /// The COPY instructions of which everything is known.
    pub(super) known: Vec<Span>,
    /// Bytes that may still be read, and paths that may still be looked up.
    bytes: Cell<u64>,
    lookups: Cell<usize>,
    /// Something was met of which nothing can be said.
    unsure: Cell<bool>,
    /// Descriptions of packages that were read.
    packages: RefCell<BTreeMap<String, &'l OnceCell<Option<Package>>>>,
    cells: &'l [OnceCell<Option<Package>>],
}

/// What a path of the image is in the context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) path: String,
    pub(super) copy: Span,
}

impl<'l, 'f> Layout<'l, 'f> {
    /// Lays out what a build copies; `cells` have room for descriptions of packages.
    pub(super) fn of(build: &Build<'_>, look: &'l Look<'f>, cells: &'l [OnceCell<Option<Package>>]) -> Self {
        let mut layout = Self {
            look,
            mounts: Vec::new(),
            known: Vec::new(),
            bytes: Cell::new(MAX_TOGETHER),
            lookups: Cell::new(MAX_LOOKUPS),
            unsure: Cell::new(false),
            packages: RefCell::default(),
            cells,
        };
        for copied in build.copies() {
            let plain = matches!(copied.origin, Origin::Context)
                && ["exclude", "parents"].iter().all(|flag| copied.step.instruction.flag(flag).is_none());
            if plain && layout.mount(&copied) {
                layout.known.push(copied.span());
            }
        }
        layout
    }

    /// Whether something was met of which nothing can be said.
    pub(super) fn is_unsure(&self) -> bool {
        self.unsure.get() || self.lookups.get() == 0
    }

    /// Takes a COPY in; `false` if it may bring more than is known.
    fn mount(&mut self, copied: &Copied<'_, '_>) -> bool {
        let Some(to) = copied.destination.as_deref().map(clean) else { return false };
        let mut whole = true;
        for (source, _) in &copied.sources {
            let Some(path) = source.as_deref().and_then(inside_context) else {
                whole = false;
                continue;
            };
            if source.as_deref().is_some_and(|source| copied.unpacks(source)) {
                whole = false;
            } else if path.contains(['*', '?', '[', '\\']) {
                whole &= self.mount_all(&path, &to, copied.span());
            } else {
                whole &= self.mount_one(copied, path, &to);
            }
        }
        whole
    }

    fn mount_one(&mut self, copied: &Copied<'_, '_>, from: String, to: &str) -> bool {
        let copy = copied.span();
        match self.look.disk.lies(&from) {
            Entry::Folder => self.mounts.push(Mount { at: to.to_owned(), from, file: false, copy }),
            Entry::File if self.look.ignored.excludes_file(&from).is_some() => {}
            Entry::File => {
                let name = last(&from).to_owned();
                let state = &copied.step.state;
                let folder = copied.folder
                    || to == "/"
                    || state.absolute(".").as_deref() == Some(to)
                    || state.variable("LAMBDA_TASK_ROOT") == Some(to)
                    || self.mounts.iter().any(|mount| under(&mount.at, to) && (mount.at != to || !mount.file));
                // Without a slash it is a folder only if one is there.
                if !folder && !last(to).contains('.') && last(to) != name {
                    return false;
                }
                let at = if folder { clean(&format!("{to}/{name}")) } else { to.to_owned() };
                self.mounts.push(Mount { at, from, file: true, copy });
            }
            // The build stops there.
            Entry::Nothing => {}
            Entry::Unknown => return false,
        }
        true
    }

    /// What a wildcard in the last part of a path takes in.
    fn mount_all(&mut self, pattern: &str, to: &str, copy: Span) -> bool {
        let (folder, pattern) = pattern.rsplit_once('/').unwrap_or((".", pattern));
        if folder.contains(['*', '?', '[', '\\']) {
            return false;
        }
        let Some(names) = self.list(folder) else { return false };
        for name in names.iter().filter(|name| dockerignore::fits(pattern, name)) {
            let from = if folder == "." { name.clone() } else { format!("{folder}/{name}") };
            match self.look.disk.lies(&from) {
                Entry::File if self.look.ignored.excludes_file(&from).is_none() => {
                    self.mounts.push(Mount { at: clean(&format!("{to}/{name}")), from, file: true, copy });
                }
                Entry::Folder => self.mounts.push(Mount { at: to.to_owned(), from, file: false, copy }),
                Entry::File | Entry::Nothing => {}
                Entry::Unknown => return false,
            }
        }
        true
    }

    /// The names in a folder of the context.
    fn list(&self, folder: &str) -> Option<Vec<String>> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(self.look.folder.path.join(folder)).ok()? {
            let left = self.lookups.get().checked_sub(1)?;
            self.lookups.set(left);
            names.push(entry.ok()?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        Some(names)
    }

    fn spend(&self) -> bool {
        let left = self.lookups.get().saturating_sub(1);
        self.lookups.set(left);
        left > 0
    }

    /// The file or folder of the context that stands at a path of the image.
    pub(super) fn at(&self, path: &str) -> Option<(Place, Stands)> {
        for mount in self.mounts.iter().rev() {
            if !self.spend() {
                return None;
            }
            let Some(rest) = path.strip_prefix(mount.at.trim_end_matches('/')) else { continue };
            let rest = match rest.strip_prefix('/') {
                Some(rest) => rest,
                None if rest.is_empty() => "",
                None => continue,
            };
            if mount.file {
                if rest.is_empty() {
                    return Some((Place { path: mount.from.clone(), copy: mount.copy }, Stands::File));
                }
                continue;
            }
            let from = match (mount.from.as_str(), rest) {
                (from, "") => from.to_owned(),
                (".", rest) => rest.to_owned(),
                (from, rest) => format!("{from}/{rest}"),
            };
            let stands = match self.look.disk.lies(&from) {
                Entry::File if self.look.ignored.excludes_file(&from).is_none() => Stands::File,
                Entry::Folder if from == "." || self.look.ignored.excludes(&from).is_none() => Stands::Folder,
                Entry::Unknown => {
                    self.unsure.set(true);
                    return None;
                }
                _ => continue,
            };
            return Some((Place { path: from, copy: mount.copy }, stands));
        }
        None
    }

    /// The text of a file of the context.
    pub(super) fn text(&self, path: &str) -> Option<Vec<u8>> {
        let full = self.look.folder.path.join(path);
        let length = std::fs::symlink_metadata(&full).ok().filter(std::fs::Metadata::is_file)?.len();
        let left = self.bytes.get().checked_sub(length).filter(|_| length <= MAX_FILE)?;
        self.bytes.set(left);
        let mut text = Vec::new();
        std::fs::File::open(full).ok()?.take(MAX_FILE).read_to_end(&mut text).ok()?;
        Some(text)
    }

    fn stands_at(&self, path: &str) -> Stands {
        match self.at(path) {
            Some((_, stands)) => stands,
            None if self.mounts.iter().any(|mount| mount.at != path && under(&mount.at, path)) => Stands::Folder,
            None => Stands::Nothing,
        }
    }

    fn names_in(&self, folder: &str) -> Vec<String> {
        let mut names: BTreeSet<String> = BTreeSet::new();
        for mount in &self.mounts {
            if let Some(rest) =
                mount.at.strip_prefix(folder.trim_end_matches('/')).and_then(|rest| rest.strip_prefix('/'))
            {
                names.insert(rest.split('/').next().unwrap_or_default().to_owned());
            }
            let Some(rest) = folder.strip_prefix(mount.at.trim_end_matches('/')).filter(|_| !mount.file) else {
                continue;
            };
            let rest = rest.trim_start_matches('/');
            let from = if rest.is_empty() { mount.from.clone() } else { format!("{}/{rest}", mount.from) };
            names.extend(self.list(&from).unwrap_or_default());
        }
        names.into_iter().filter(|name| self.stands_at(&format!("{folder}/{name}")) != Stands::Nothing).collect()
    }
}

impl Tree for Layout<'_, '_> {
    fn stands(&self, path: &str) -> Stands {
        self.stands_at(path)
    }

    fn names(&self, folder: &str) -> Vec<String> {
        self.names_in(folder)
    }

    fn module(&self, _entry: &str, path: &str) -> Module<'_> {
        let text = self.at(path).and_then(|(place, _)| self.text(&place.path));
        // An empty file may be a stand-in for one that is made later; an empty `__init__.py` is common.
        let text = text.filter(|text| !text.is_empty() || path.ends_with("/__init__.py"));
        text.map_or(Module::Unread, |text| Module::Own(Cow::Owned(summarise(&text))))
    }
}

impl NodeTree for Layout<'_, '_> {
    fn stands(&self, path: &str) -> Stands {
        self.stands_at(path)
    }

    fn real(&self, path: &str) -> String {
        path.to_owned()
    }

    fn names(&self, folder: &str) -> Vec<String> {
        self.names_in(folder)
    }

    fn package(&self, folder: &str) -> PackageAt<'_> {
        let Some((place, Stands::File)) = self.at(&format!("{folder}/package.json")) else { return PackageAt::None };
        let next = self.packages.borrow().len();
        let cell = match (self.packages.borrow().get(&place.path), self.cells.get(next)) {
            (Some(known), _) => *known,
            (None, Some(cell)) => cell,
            (None, None) => return PackageAt::Unread,
        };
        self.packages.borrow_mut().entry(place.path.clone()).or_insert(cell);
        let read = || self.text(&place.path).and_then(|text| Package::read(&text));
        cell.get_or_init(read).as_ref().map_or(PackageAt::Unread, PackageAt::Read)
    }

    fn source(&self, path: &str) -> Source<'_> {
        let text = self.at(path).and_then(|(place, _)| self.text(&place.path));
        text.filter(|text| !text.is_empty()).map_or(Source::Unread, |text| Source::Text(Cow::Owned(text)))
    }
}
