//! The layers of an image merged as the kernel's overlay would: whiteouts, opaque directories, replaced
//! directories, hard links.

use super::budget::Budget;
use super::content::FileContent;
use super::kept::Kept;
use super::limits;
use super::marks::Marks;
use super::tarball::{Entry, EntryKind, normalize};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, OnceLock};

mod again;
mod listing;
mod resolve;

pub(super) use again::Again;
use listing::Listing;
pub use resolve::Resolution;

/// The merged tree.
#[derive(Debug)]
pub struct Files {
    nodes: Vec<Node>,
    /// Every name in every directory, see [`key`]. A map for each directory would take a lot for a few names.
    names: BTreeMap<Box<[u8]>, u32>,
    inodes: Vec<Inode>,
    hidden: Vec<Hidden>,
    /// Paths of all nodes together as they are shown, in bytes: the listing has them all.
    path_bytes: u64,
    /// The directory that the last entry lies in, by its real path: the next one mostly lies there too.
    near: Option<(Box<[u8]>, usize)>,
    /// Parts of paths that have been followed.
    steps: AtomicU64,
    /// All of it in order, from the first query until the next layer.
    listing: OnceLock<Listing>,
}

/// A regular file with any number of names.
#[derive(Debug)]
struct Inode {
    /// Length in bytes.
    size: u64,
    /// How many names are left.
    names: u32,
    /// The layer that holds its content, and the entry there.
    layer: u32,
    entry: u32,
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
#[derive(Debug, Default)]
pub struct Node {
    /// What it is.
    pub kind: EntryKind,
    /// Permission bits.
    pub mode: u32,
    /// Length in bytes, of regular files.
    pub size: u64,
    /// The layer that brought it, counted from 0.
    pub layer: usize,
    /// Where a symbolic link leads.
    pub link: Option<Box<[u8]>>,
    /// Whether a layer has an entry for it, and not only for something below it.
    pub explicit: bool,
    /// What is known of its content.
    pub facet: Option<Arc<FileContent>>,
    /// The hash of the content of a large file, where it was read.
    pub hash: Option<Box<u128>>,
    inode: Option<u32>,
    /// What the words of a program's text tell.
    pub marks: Marks,
}

impl Node {
    /// A number that all hard links to one file share; `None` for what is not a regular file.
    pub fn inode(&self) -> Option<u32> {
        self.inode
    }
}

impl Default for Files {
    fn default() -> Self {
        let root = Node { kind: EntryKind::Directory, mode: 0o755, ..Node::default() };
        Self {
            nodes: vec![root],
            names: BTreeMap::new(),
            inodes: Vec::new(),
            hidden: Vec::new(),
            path_bytes: 0,
            near: None,
            steps: AtomicU64::new(0),
            listing: OnceLock::new(),
        }
    }
}

impl Files {
    /// Lays a layer over what is there; an error says which limit it has passed.
    pub(super) fn merge(&mut self, entries: &[Entry], layer: usize, budget: &Budget) -> Result<(), String> {
        self.listing.take();
        // Whiteouts hide what lower layers brought, wherever in the layer's stream they stand.
        for entry in entries {
            let (parent, name) = split(&entry.path);
            if !name.starts_with(b".wh.") {
                continue;
            }
            let Some((at, parent)) = self.folder(parent) else { continue };
            if name == b".wh..wh..opq" {
                self.clear(at, &parent, layer, true);
            } else if let Some(hidden) = name.strip_prefix(b".wh.")
                && let Some(child) = self.names.remove(key(at, hidden).as_slice())
            {
                self.unlink(child as usize, join(&parent, hidden), layer, true);
            }
        }
        for (at, entry) in entries.iter().enumerate() {
            let before = self.nodes.len();
            if !split(&entry.path).1.starts_with(b".wh.") {
                self.put(entry, at, layer);
            }
            // One deep path may stand for thousands of directories.
            let known = budget.take_nodes(self.nodes.len() - before);
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
    fn put(&mut self, entry: &Entry, number: usize, layer: usize) {
        if entry.path.split(|byte| *byte == b'/').any(|part| part == b"..") {
            return;
        }
        let mut new = Node {
            kind: entry.kind,
            mode: entry.mode,
            size: entry.size,
            layer,
            link: entry.link.clone(),
            explicit: true,
            facet: entry.facet.clone(),
            hash: entry.hash.clone(),
            marks: entry.marks,
            ..Node::default()
        };
        match entry.kind {
            EntryKind::File => {
                let kept = Kept::of(&entry.path, entry.size).is_some();
                let (layer, entry_at) = (layer as u32, number as u32);
                self.inodes.push(Inode { size: entry.size, names: 1, layer, entry: entry_at, kept });
                new.inode = Some((self.inodes.len() - 1) as u32);
            }
            EntryKind::Hardlink => {
                let Some(at) = entry.link.as_deref().map(normalize).and_then(|path| self.find(&path)) else { return };
                let target = &self.nodes[at];
                if target.kind == EntryKind::Directory {
                    return;
                }
                (new.kind, new.mode, new.size, new.inode) = (target.kind, target.mode, target.size, target.inode);
                (new.link, new.facet, new.hash) = (target.link.clone(), target.facet.clone(), target.hash.clone());
                new.marks = target.marks;
                if let Some(inode) = new.inode {
                    self.inodes[inode as usize].names += 1;
                }
            }
            _ => {}
        }
        let known = self.nodes.len();
        let (parent, name) = split(&entry.path);
        let (path, at): (Cow<'_, [u8]>, usize) = match &self.near {
            Some((near, folder)) if **near == *parent && !name.is_empty() => {
                let at = self.name(*folder, name, entry.path.len(), layer);
                self.release(at, &entry.path, layer, false);
                (entry.path.as_ref().into(), at)
            }
            _ => {
                let path = self.behind_links(&entry.path);
                let at = if path.is_empty() { 0 } else { self.place(&path, layer) };
                let parent = split(&path).0;
                self.near = self.find(parent).map(|folder| (parent.into(), folder));
                (path, at)
            }
        };
        if new.kind != EntryKind::Directory && at < known {
            self.clear(at, &path, layer, false);
            self.near.take_if(|(near, _)| near.starts_with(&path));
        }
        self.nodes[at] = new;
    }

    /// The node for a path, made with all directories above it; what it was before no longer counts.
    fn place(&mut self, path: &[u8], layer: usize) -> usize {
        let mut at = 0;
        let mut end = 0;
        for part in path.split(|byte| *byte == b'/') {
            if self.nodes[at].kind != EntryKind::Directory {
                // A file in the way becomes a directory.
                self.release(at, &path[..end], layer, false);
                let node = &mut self.nodes[at];
                (node.kind, node.mode, node.size, node.link) = (EntryKind::Directory, 0o755, 0, None);
                (node.facet, node.hash) = (None, None);
            }
            end = (end + part.len() + usize::from(end > 0)).min(path.len());
            at = self.name(at, part, end, layer);
        }
        self.release(at, path, layer, false);
        at
    }

    /// The node of a name in a directory, made if there is none; `path` is the length of its path in bytes.
    fn name(&mut self, at: usize, name: &[u8], path: usize, layer: usize) -> usize {
        let next = self.nodes.len();
        let child = *self.names.entry(key(at, name).into()).or_insert(next as u32) as usize;
        if child == next {
            self.nodes.push(Node { kind: EntryKind::Directory, mode: 0o755, layer, ..Node::default() });
            // A byte that is not a text is shown as three.
            let widest = if std::str::from_utf8(name).is_ok() { 1 } else { 3 };
            self.path_bytes += widest * path as u64;
        }
        child
    }

    /// Takes a name from a regular file; with its last name its bytes are hidden.
    fn release(&mut self, at: usize, path: &[u8], by: usize, deleted: bool) {
        let node = &mut self.nodes[at];
        let Some(inode) = node.inode.take() else { return };
        let (layer, facet) = (node.layer, node.facet.take());
        let Inode { size, names, .. } = &mut self.inodes[inode as usize];
        *names = names.saturating_sub(1);
        if *names == 0 {
            self.hidden.push(Hidden { path: path.into(), bytes: *size, layer, by, deleted, facet });
        }
    }

    /// Empties a directory.
    fn clear(&mut self, at: usize, path: &[u8], by: usize, deleted: bool) {
        for (name, child) in self.take_children(at) {
            self.unlink(child, join(path, &name), by, deleted);
        }
    }

    /// Takes a node and all below it out of the count; it has been taken out of its parent already.
    fn unlink(&mut self, at: usize, path: Vec<u8>, by: usize, deleted: bool) {
        self.near = None;
        let mut gone = vec![(at, path)];
        while let Some((at, path)) = gone.pop() {
            self.release(at, &path, by, deleted);
            gone.extend(self.take_children(at).into_iter().map(|(name, child)| (child, join(&path, &name))));
        }
    }

    fn child(&self, at: usize, name: &[u8]) -> Option<usize> {
        if self.nodes[at].kind != EntryKind::Directory {
            return None;
        }
        self.names.get(key(at, name).as_slice()).map(|&child| child as usize)
    }

    /// The names in a directory, sorted.
    fn names(&self, at: usize) -> impl DoubleEndedIterator<Item = (&[u8], usize)> {
        let (first, behind) = ((at as u32).to_be_bytes(), (at as u32 + 1).to_be_bytes());
        // Whole trees are walked often, and most of what is in them has no names below it.
        let folder = self.nodes[at].kind == EntryKind::Directory;
        let range = || self.names.range::<[u8], _>((Bound::Included(&first[..]), Bound::Excluded(&behind[..])));
        let names = folder.then(range).into_iter().flatten();
        names.map(|(key, &child)| (&key[NUMBER..], child as usize))
    }

    fn take_children(&mut self, at: usize) -> Vec<(Box<[u8]>, usize)> {
        let children: Vec<(Box<[u8]>, usize)> = self.names(at).map(|(name, child)| (name.into(), child)).collect();
        for (name, _) in &children {
            self.names.remove(key(at, name).as_slice());
        }
        children
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

    /// The file at a path, links not followed; `usr/bin/python` and `/usr/bin/python` are the same.
    pub fn get(&self, path: impl AsRef<[u8]>) -> Option<&Node> {
        self.find(&normalize(path.as_ref())).map(|at| &self.nodes[at])
    }

    /// The names in a directory, sorted, with what they are.
    pub fn children(&self, path: &str) -> impl Iterator<Item = (&[u8], &Node)> {
        let found = self.locate(path).ok();
        found.into_iter().flat_map(|(at, _)| self.names(at)).map(|(name, at)| (name, &self.nodes[at]))
    }

    /// Regular files in bytes, hard links once.
    pub fn bytes(&self) -> u64 {
        let kept = self.inodes.iter().filter(|inode| inode.names > 0);
        // A sparse file may call itself as long as it likes.
        kept.fold(0, |sum, inode| sum.saturating_add(inode.size))
    }
}

/// Bytes of a directory's number in a key.
const NUMBER: usize = 4;

/// A name as it is kept: the number of its directory in front, so that the names of one stand together, in order.
fn key(at: usize, name: &[u8]) -> Vec<u8> {
    [&(at as u32).to_be_bytes(), name].concat()
}

fn join(folder: &[u8], name: &[u8]) -> Vec<u8> {
    if folder.is_empty() { name.to_vec() } else { [folder, b"/", name].concat() }
}

fn split(path: &[u8]) -> (&[u8], &[u8]) {
    path.iter().rposition(|byte| *byte == b'/').map_or((&b""[..], path), |at| (&path[..at], &path[at + 1..]))
}

#[cfg(test)]
mod tests;
