//! The whole tree in order, made once: rules walk it again and again.

use super::{Files, Node};
use crate::image::tarball::{EntryKind, normalize};

/// Every file with its path, parents before children, names in order.
#[derive(Debug)]
pub(super) struct Listing {
    /// The paths, one after the other.
    text: String,
    rows: Vec<Row>,
    /// The row of each node; the root's for what is no longer in the tree.
    row_of: Vec<u32>,
}

/// One file in the listing.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) node: u32,
    /// The first row that is not below it.
    past: u32,
    /// Where its path begins and ends in the text.
    path: (u32, u32),
}

impl Listing {
    fn of(files: &Files) -> Self {
        let mut text: Vec<u8> = Vec::with_capacity(files.path_bytes as usize);
        let mut rows = vec![Row { node: 0, past: 0, path: (0, 0) }];
        let mut row_of = vec![0; files.nodes.len()];
        let mut waiting: Vec<(usize, &[u8], usize)> = Vec::new();
        let mut above: Vec<usize> = vec![0];
        waiting.extend(files.names(0).rev().map(|(name, node)| (0, name, node)));
        while let Some((parent, name, node)) = waiting.pop() {
            let row = rows.len();
            while let Some(done) = above.pop_if(|open| *open != parent) {
                rows[done].past = row as u32;
            }
            let (start, (from, to)) = (text.len() as u32, rows[parent].path);
            text.extend_from_within(from as usize..to as usize);
            text.push(b'/');
            text.extend_from_slice(String::from_utf8_lossy(name).as_bytes());
            rows.push(Row { node: node as u32, past: 0, path: (start, text.len() as u32) });
            row_of[node] = row as u32;
            above.push(row);
            waiting.extend(files.names(node).rev().map(|(name, node)| (row, name, node)));
        }
        let past = rows.len() as u32;
        above.into_iter().for_each(|open| rows[open].past = past);
        let text = String::from_utf8(text).unwrap_or_default();
        Self { text, rows, row_of }
    }

    /// The rows below a node.
    pub(super) fn below(&self, node: usize) -> &[Row] {
        let row = self.row_of[node] as usize;
        &self.rows[row + 1..self.rows[row].past as usize]
    }

    pub(super) fn path(&self, row: &Row) -> &str {
        self.text.get(row.path.0 as usize..row.path.1 as usize).unwrap_or_default()
    }
}

impl Files {
    pub(super) fn listing(&self) -> &Listing {
        self.listing.get_or_init(|| Listing::of(self))
    }

    /// Everything below a directory, with its path from the root, parents before children, names in order. A
    /// link is not followed, save the one that the path itself may be.
    pub fn below(&self, path: &str) -> impl Iterator<Item = (&str, &Node)> {
        let found = self.locate(path).ok();
        let listing = self.listing();
        let rows = found.map_or(&[][..], |(at, _)| listing.below(at));
        rows.iter().map(|row| (listing.path(row), &self.nodes[row.node as usize]))
    }

    /// The regular files of a folder, links not followed, in bytes, and the layer that brings the newest of them;
    /// `None` where there are none.
    pub fn weight(&self, path: &str) -> Option<(u64, usize)> {
        let at = self.find(&normalize(path.as_bytes()))?;
        let nodes = self.listing().below(at).iter().map(|row| &self.nodes[row.node as usize]);
        let files = std::iter::once(&self.nodes[at]).chain(nodes).filter(|node| node.kind == EntryKind::File);
        files.fold(None, |weight: Option<(u64, usize)>, node| {
            let (bytes, layer) = weight.unwrap_or_default();
            Some((bytes.saturating_add(node.size), layer.max(node.layer)))
        })
    }

    /// Entries that are not directories.
    pub fn count(&self) -> u64 {
        let nodes = self.listing().below(0).iter().map(|row| &self.nodes[row.node as usize]);
        nodes.filter(|node| node.kind != EntryKind::Directory).count() as u64
    }
}
