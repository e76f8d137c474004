//! What rules ask of a tree: a file by its path, files by their names, by their folder, or by what is known of them.

use super::listing::Row;
use super::{Files, NONE, Node};
use crate::image::tarball::normalize;
use std::borrow::Cow;
use std::ops::Deref;

/// A file of the tree, and where it lies: its path is made only where it is asked for.
#[derive(Clone, Copy, Debug)]
pub struct FileAt<'a> {
    files: &'a Files,
    node: usize,
}

impl<'a> FileAt<'a> {
    /// What is known of it.
    pub fn node(self) -> &'a Node {
        &self.files.nodes[self.node]
    }

    /// Its path from the root.
    pub fn path(self) -> String {
        let of =
            |node: &usize| Some(self.files.nodes[*node].parent).filter(|parent| *parent != NONE).map(|at| at as usize);
        let mut parts: Vec<Cow<'_, str>> = std::iter::successors(Some(self.node), of)
            .map(|node| String::from_utf8_lossy(self.files.name_of(node)))
            .collect();
        parts.reverse();
        parts.join("/")
    }

    /// The last part of its path.
    pub fn name(self) -> Cow<'a, str> {
        String::from_utf8_lossy(self.files.name_of(self.node))
    }

    /// Its number in the tree.
    pub(super) fn number(self) -> usize {
        self.node
    }

    /// The hash of its content, where it is large and was read.
    pub fn hash(self) -> Option<u128> {
        self.files.hashes.get(&(self.node as u32)).copied()
    }
}

impl Deref for FileAt<'_> {
    type Target = Node;

    fn deref(&self) -> &Node {
        &self.files.nodes[self.node]
    }
}

impl Files {
    /// The file at a path, links not followed; `usr/bin/python` and `/usr/bin/python` are the same.
    pub fn get(&self, path: impl AsRef<[u8]>) -> Option<&Node> {
        self.find(&normalize(path.as_ref())).map(|at| &self.nodes[at])
    }

    /// Where a symbolic link leads.
    pub fn link(&self, node: &Node) -> Option<&[u8]> {
        (node.link != NONE).then(|| self.names.text(node.link))
    }

    /// The names in a directory, sorted, with what they are.
    pub fn children(&self, path: &str) -> impl Iterator<Item = (&[u8], &Node)> {
        let found = self.locate(path).ok();
        let rows = found.into_iter().flat_map(|(at, _)| self.listing().inside(at));
        rows.map(|row| (self.name_of(row.node as usize), &self.nodes[row.node as usize]))
    }

    /// Everything in the tree whose name is wanted, in the order of the paths. Each name is looked at once, however
    /// many files have it.
    pub fn called(&self, wanted: impl Fn(&str) -> bool) -> impl Iterator<Item = FileAt<'_>> {
        let listing = self.listing();
        let names = (0..self.names.len() as u32)
            .map(|name| (listing.named(name), name))
            .filter(|(rows, name)| !rows.is_empty() && wanted(&String::from_utf8_lossy(self.names.text(*name))));
        let mut rows: Vec<u32> = names.flat_map(|(rows, _)| rows).copied().collect();
        rows.sort_unstable();
        rows.into_iter().map(|row| self.at(listing.rows[row as usize]))
    }

    /// The files of whose content something is known, in the order of the paths.
    pub fn told(&self) -> impl Iterator<Item = FileAt<'_>> {
        let listing = self.listing();
        listing.told(self).iter().map(|&row| self.at(listing.rows[row as usize]))
    }

    /// The regular files of 256 KiB and more, in the order of the paths.
    pub fn large(&self) -> impl Iterator<Item = FileAt<'_>> {
        let listing = self.listing();
        listing.large.iter().map(|&row| self.at(listing.rows[row as usize]))
    }

    /// Everything below a directory, parents before children, names in order. A link is not followed, save the one
    /// that the path itself may be.
    pub fn inside(&self, path: &str) -> impl Iterator<Item = FileAt<'_>> {
        let found = self.locate(path).ok();
        let listing = self.listing();
        let rows = found.map_or(0..0, |(at, _)| listing.below(at));
        listing.rows[rows].iter().map(|&row| self.at(row))
    }

    /// The files of whose content there is a hash, in the order of the paths.
    pub fn hashed(&self) -> impl Iterator<Item = FileAt<'_>> {
        let listing = self.listing();
        let mut rows: Vec<usize> = self.hashes.keys().filter_map(|node| listing.row(*node as usize)).collect();
        rows.sort_unstable();
        rows.into_iter().map(|row| self.at(listing.rows[row]))
    }

    fn at(&self, row: Row) -> FileAt<'_> {
        FileAt { files: self, node: row.node as usize }
    }
}
