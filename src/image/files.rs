//! The layers of an image merged as the kernel's overlay would: whiteouts, opaque directories, replaced
//! directories, hard links.
//!
//! A name is kept once, a file is a row in one table, and what lies in a directory is found by the numbers of both.

use super::budget::Budget;
use super::content::FileContent;
use super::entries::{Entries, EntryRef};
use super::hash::{Seed, seed};
use super::limits;
use super::marks::Marks;
use super::names::Names;
use super::pathname::join;
use super::tarball::{EntryKind, normalize};
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use std::collections::BTreeMap;
use std::hash::BuildHasher;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, OnceLock};

mod again;
mod listing;
mod near;
mod questions;
mod resolve;
mod seen;

pub(super) use again::Again;
use listing::Listing;
use near::Near;
pub use questions::FileAt;
pub use resolve::Resolution;
pub use seen::Seen;

/// The merged tree.
#[derive(Debug)]
pub struct Files {
    nodes: Vec<Node>,
    names: Names,
    /// The node of each name in each directory.
    children: HashTable<u32>,
    seed: Seed,
    inodes: Vec<Inode>,
    /// The hashes of the contents of large files, by their nodes.
    hashes: BTreeMap<u32, u128>,
    hidden: Vec<Hidden>,
    /// Paths of all nodes together as they are shown, in bytes.
    path_bytes: u64,
    /// The directory that the last entry lies in: the next one mostly lies there too, or close by.
    near: Near,
    /// Parts of paths that have been followed.
    steps: AtomicU64,
    /// All of it in order, from the first query until the next layer.
    listing: OnceLock<Listing>,
}

/// A regular file with any number of names.
#[derive(Debug)]
struct Inode {
    /// How many names are left.
    names: u32,
    /// The entry that holds its content, and its layer.
    entry: u32,
    layer: u16,
    /// Whether the text of its content was kept, had it any.
    kept: bool,
}

/// A file that a layer brought and a later one, or a later entry of the same layer, has hidden: its bytes are
/// in the image but cannot be read. A hard-linked file counts when its last name goes.
#[derive(Clone, Debug)]
pub struct Hidden {
    /// Its path, from the root, without a slash in front.
    pub path: Box<[u8]>,
    /// Its length in bytes.
    pub bytes: u64,
    /// The layer that brought it.
    pub layer: usize,
    /// The layer that hid it.
    pub by: usize,
    /// Whether it was taken away, and not replaced.
    pub deleted: bool,
    /// What is known of its content.
    pub facet: Option<Arc<FileContent>>,
}

/// One file of the merged tree.
#[derive(Debug)]
pub struct Node {
    /// What is known of its content.
    pub facet: Option<Arc<FileContent>>,
    /// Length in bytes, of regular files.
    pub size: u64,
    /// Permission bits.
    pub mode: u32,
    /// Where a symbolic link leads, by the number of the text.
    link: u32,
    inode: u32,
    /// The directory that it lies in; none if it is no longer in the tree.
    parent: u32,
    /// Its name, by its number.
    name: u32,
    /// The first of what lies in it, and the next beside it, in no order.
    first: u32,
    next: u32,
    layer: u16,
    /// What it is.
    pub kind: EntryKind,
    /// What the words of a program's text tell.
    pub marks: Marks,
    /// Whether its content was looked at under another name.
    renamed: bool,
}

/// The number of nothing.
const NONE: u32 = u32::MAX;

impl Node {
    /// A directory that has no entry yet.
    fn folder(parent: u32, name: u32, layer: usize) -> Self {
        Self {
            facet: None,
            size: 0,
            mode: 0o755,
            link: NONE,
            inode: NONE,
            parent,
            name,
            first: NONE,
            next: NONE,
            layer: layer as u16,
            kind: EntryKind::Directory,
            marks: Marks::default(),
            renamed: false,
        }
    }

    fn is(&self, parent: u32, name: u32) -> bool {
        self.parent == parent && self.name == name
    }

    /// A number that all hard links to one file share; `None` for what is not a regular file.
    pub fn inode(&self) -> Option<u32> {
        (self.inode != NONE).then_some(self.inode)
    }

    /// The layer that brought it, counted from 0.
    pub fn layer(&self) -> usize {
        usize::from(self.layer)
    }
}

impl Default for Files {
    fn default() -> Self {
        let mut names = Names::default();
        let root = Node::folder(NONE, names.number(b""), 0);
        Self {
            nodes: vec![root],
            names,
            children: HashTable::new(),
            seed: seed(),
            inodes: Vec::new(),
            hashes: BTreeMap::new(),
            hidden: Vec::new(),
            path_bytes: 0,
            near: Near::default(),
            steps: AtomicU64::new(0),
            listing: OnceLock::new(),
        }
    }
}

impl Files {
    /// Makes room for layers that are going to be laid over one another: a table that grows leaves holes in memory behind,
    /// and what is not used of it costs nothing.
    pub(super) fn expect<'e>(&mut self, layers: impl Iterator<Item = &'e Entries>) {
        let (entries, names) = layers.fold((0, 0), |(entries, names), layer| {
            let (more, bytes) = layer.expected();
            (entries + more, names + bytes)
        });
        // A layer that is named again and again brings nothing new.
        let (entries, names) = (entries.min(limits::NODES), names.min(limits::PATH_BYTES_TOGETHER as usize));
        self.nodes.reserve_exact(entries);
        self.inodes.reserve_exact(entries);
        let Self { nodes, children, seed, .. } = self;
        children.reserve(entries, |node| key(seed, nodes[*node as usize].parent, nodes[*node as usize].name));
        self.names.expect(entries, names);
    }

    /// Lays a layer over what is there; an error says which limit it has passed.
    pub(super) fn merge(&mut self, entries: &Entries, layer: usize, budget: &Budget) -> Result<(), String> {
        self.listing.take();
        // Whiteouts hide what lower layers brought, wherever in the layer's stream they stand.
        for entry in entries.whiteouts() {
            let Some((at, parent)) = self.folder(entry.folder) else { continue };
            if entry.name == b".wh..wh..opq" {
                self.clear(at, &parent, layer, true);
            } else if let Some(hidden) = entry.name.strip_prefix(b".wh.")
                && let Some(child) = self.take_child(at, hidden)
            {
                self.unlink(child, join(&parent, hidden), layer, true);
            }
        }
        for (at, entry) in entries.iter().enumerate() {
            let before = self.nodes.len();
            if !entry.name.starts_with(b".wh.") {
                self.put(&entry, at, layer);
            }
            let more = self.nodes.len() - before;
            // One deep path may stand for thousands of directories.
            let known = if more > 0 { budget.take_nodes(more) } else { Ok(()) };
            if known.is_err() || self.nodes.len() > limits::NODES || self.path_bytes > limits::PATH_BYTES_TOGETHER {
                let (nodes, bytes, all) = (limits::NODES, limits::PATH_BYTES_TOGETHER, limits::NODES_TOGETHER);
                return Err(format!(
                    "its layers have over {nodes} files and directories or {bytes} bytes of paths together, or those of \
                     all images of the archive over {all} files"
                ));
            }
        }
        Ok(())
    }

    /// Puts the entry at a position of a layer into the tree.
    fn put(&mut self, entry: &EntryRef<'_>, number: usize, layer: usize) {
        let leads_up = |folder: &[u8]| folder.split(|byte| *byte == b'/').any(|part| part == b"..");
        if entry.name == b".." || (memchr::memmem::find(entry.folder, b"..").is_some() && leads_up(entry.folder)) {
            return;
        }
        let (mut link, mut inode, mut hash, mut marks) = (NONE, NONE, entry.hash, entry.marks);
        let (mut kind, mut mode, mut size, mut facet) = (entry.kind, entry.mode, entry.size, entry.facet.cloned());
        match entry.kind {
            EntryKind::File => {
                inode = self.inodes.len() as u32;
                self.inodes.push(Inode { names: 1, entry: number as u32, layer: layer as u16, kept: entry.kept });
            }
            EntryKind::Hardlink => {
                let Some(at) = entry.link.map(normalize).and_then(|path| self.find(&path)) else { return };
                let target = &self.nodes[at];
                if target.kind == EntryKind::Directory {
                    return;
                }
                (kind, mode, size, facet) = (target.kind, target.mode, target.size, target.facet.clone());
                (link, inode, marks) = (target.link, target.inode, target.marks);
                hash = self.hashes.get(&(at as u32)).copied();
                if let Some(inode) = self.inodes.get_mut(inode as usize) {
                    inode.names += 1;
                }
            }
            EntryKind::Symlink => link = entry.link.map_or(NONE, |link| self.names.number(link)),
            _ => {}
        }
        let known = self.nodes.len();
        let mut elsewhere = None;
        let at = match self.near_folder(entry.folder).filter(|_| !entry.name.is_empty()) {
            Some(folder) => {
                let at = self.name(folder, entry.name, entry.path_bytes(), layer);
                self.release(at, || entry.path(), layer, false);
                at
            }
            None => {
                let path = entry.path();
                let real = self.behind_links(&path);
                let at = if real.is_empty() { 0 } else { self.place(&real, layer) };
                elsewhere = (*real != *path).then(|| real.into_owned());
                at
            }
        };
        let renamed = entry.kind == EntryKind::Hardlink || elsewhere.is_some();
        if kind != EntryKind::Directory && at < known {
            let path = elsewhere.unwrap_or_else(|| entry.path());
            self.clear(at, &path, layer, false);
            self.near.leave(&path);
        }
        self.set_hash(at, hash);
        let node = &mut self.nodes[at];
        (node.kind, node.mode, node.size, node.layer) = (kind, mode, size, layer as u16);
        (node.link, node.inode, node.marks, node.facet, node.renamed) = (link, inode, marks, facet, renamed);
    }

    fn set_hash(&mut self, at: usize, hash: Option<u128>) {
        match hash {
            Some(hash) => drop(self.hashes.insert(at as u32, hash)),
            None if self.hashes.is_empty() => {}
            None => drop(self.hashes.remove(&(at as u32))),
        }
    }

    /// The node for a path, made with all directories above it; what it was before no longer counts.
    fn place(&mut self, path: &[u8], layer: usize) -> usize {
        let mut at = 0;
        let mut end = 0;
        for part in path.split(|byte| *byte == b'/') {
            if self.nodes[at].kind != EntryKind::Directory {
                // A file in the way becomes a directory.
                self.release(at, || path[..end].to_vec(), layer, false);
                let node = &mut self.nodes[at];
                (node.kind, node.mode, node.size, node.link) = (EntryKind::Directory, 0o755, 0, NONE);
                node.facet = None;
                self.set_hash(at, None);
            }
            end = (end + part.len() + usize::from(end > 0)).min(path.len());
            at = self.name(at, part, end, layer);
        }
        self.release(at, || path.to_vec(), layer, false);
        at
    }

    /// The node of a name in a directory, made if there is none; `path` is the length of its path in bytes.
    fn name(&mut self, at: usize, name: &[u8], path: usize, layer: usize) -> usize {
        let (parent, number, next) = (at as u32, self.names.number(name), self.nodes.len() as u32);
        let Self { nodes, children, seed, .. } = self;
        let own = |node: &u32| nodes[*node as usize].is(parent, number);
        let of = |node: &u32| key(seed, nodes[*node as usize].parent, nodes[*node as usize].name);
        match children.entry(key(seed, parent, number), own, of) {
            Entry::Occupied(known) => return *known.get() as usize,
            Entry::Vacant(free) => drop(free.insert(next)),
        }
        let beside = std::mem::replace(&mut nodes[at].first, next);
        nodes.push(Node { next: beside, ..Node::folder(parent, number, layer) });
        // A byte that is not a text is shown as three.
        let widest = if std::str::from_utf8(name).is_ok() { 1 } else { 3 };
        self.path_bytes += widest * path as u64;
        next as usize
    }

    /// Takes a name from a regular file; with its last name its bytes are hidden.
    fn release(&mut self, at: usize, path: impl FnOnce() -> Vec<u8>, by: usize, deleted: bool) {
        let node = &mut self.nodes[at];
        let number = std::mem::replace(&mut node.inode, NONE);
        let Some(inode) = self.inodes.get_mut(number as usize) else { return };
        let (layer, bytes, facet) = (node.layer(), node.size, node.facet.take());
        inode.names = inode.names.saturating_sub(1);
        if inode.names == 0 {
            self.hidden.push(Hidden { path: path().into(), bytes, layer, by, deleted, facet });
        }
    }

    /// Empties a directory.
    fn clear(&mut self, at: usize, path: &[u8], by: usize, deleted: bool) {
        for child in self.take_children(at) {
            let path = join(path, self.name_of(child));
            self.unlink(child, path, by, deleted);
        }
    }

    /// Takes a node and all below it out of the count; it has been taken out of its parent already.
    fn unlink(&mut self, at: usize, path: Vec<u8>, by: usize, deleted: bool) {
        self.near = Near::default();
        let mut gone = vec![(at, path)];
        while let Some((at, path)) = gone.pop() {
            self.release(at, || path.clone(), by, deleted);
            let children = self.take_children(at);
            gone.extend(children.into_iter().map(|child| (child, join(&path, self.name_of(child)))));
        }
    }

    fn child(&self, at: usize, name: &[u8]) -> Option<usize> {
        if self.nodes[at].kind != EntryKind::Directory {
            return None;
        }
        let (parent, number) = (at as u32, self.names.find(name)?);
        let own = |node: &u32| self.nodes[*node as usize].is(parent, number);
        self.children.find(key(&self.seed, parent, number), own).map(|&child| child as usize)
    }

    /// Takes a name out of a directory.
    fn take_child(&mut self, at: usize, name: &[u8]) -> Option<usize> {
        let child = self.child(at, name)?;
        self.forget(child);
        Some(child)
    }

    /// Takes all names out of a directory, sorted.
    fn take_children(&mut self, at: usize) -> Vec<usize> {
        if self.nodes[at].kind != EntryKind::Directory {
            return Vec::new();
        }
        let mut children: Vec<usize> = self.unsorted(at).collect();
        self.nodes[at].first = NONE;
        children.sort_unstable_by(|a, b| self.name_of(*a).cmp(self.name_of(*b)));
        children.iter().for_each(|&child| self.forget(child));
        children
    }

    /// Takes a node out of the directory that it lies in.
    fn forget(&mut self, child: usize) {
        let Node { parent, name, .. } = self.nodes[child];
        if let Ok(entry) = self.children.find_entry(key(&self.seed, parent, name), |node| *node == child as u32) {
            entry.remove();
        }
        self.nodes[child].parent = NONE;
    }

    /// What lies in a directory, in no order.
    fn unsorted(&self, at: usize) -> impl Iterator<Item = usize> {
        let first = if self.nodes[at].kind == EntryKind::Directory { self.nodes[at].first } else { NONE };
        let next = |node: &u32| self.nodes.get(*node as usize).map(|node| node.next);
        let chain = std::iter::successors(Some(first), next).filter(|node| *node != NONE);
        chain.map(|node| node as usize).filter(move |node| self.nodes[*node].parent == at as u32)
    }

    fn name_of(&self, node: usize) -> &[u8] {
        self.names.text(self.nodes[node].name)
    }

    /// The files whose bytes are in the image and cannot be read, in the order in which they were hidden.
    pub fn hidden(&self) -> &[Hidden] {
        &self.hidden
    }

    fn find(&self, path: &[u8]) -> Option<usize> {
        if path.is_empty() {
            return Some(0);
        }
        path.split(|byte| *byte == b'/').try_fold(0, |at, part| self.child(at, part))
    }
}

#[cfg(test)]
impl Files {
    /// What it takes in memory, in bytes, facets left out.
    pub(super) fn held(&self) -> usize {
        let rows = self.nodes.len() * size_of::<Node>() + self.inodes.len() * size_of::<Inode>();
        rows + self.names.held() + self.children.allocation_size() + self.listing.get().map_or(0, Listing::held)
    }
}

/// Where the node of a name in a directory is found.
fn key(seed: &Seed, parent: u32, name: u32) -> u64 {
    seed.hash_one(u64::from(parent) << 32 | u64::from(name))
}

#[cfg(test)]
mod tests;
