//! The whole tree in order, gone through once: rules ask it again and again, and none walks by itself.

use super::{Files, Node, Seen};
use crate::image::tarball::{EntryKind, normalize};
use std::sync::OnceLock;

/// Every file, parents before children, names in order.
#[derive(Debug)]
pub(super) struct Listing {
    pub(super) rows: Vec<Row>,
    /// The row of each node; the root's for what is no longer in the tree.
    row_of: Vec<u32>,
    /// The rows by the numbers of their names: where those of each begin, and all of them.
    named: (Vec<u32>, Vec<u32>),
    /// The rows of files whose content says something, which may be looked at again once there is a listing.
    told: OnceLock<Vec<u32>>,
    /// The rows of large files.
    pub(super) large: Vec<u32>,
    /// Regular files in bytes, hard links once.
    bytes: u64,
    /// What is no directory.
    count: u64,
}

/// A model of a language or of pictures is at least this long, in bytes.
const LARGE: u64 = 256 * 1024;

/// One file in the listing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) node: u32,
    /// The first row that is not below it.
    past: u32,
}

impl Listing {
    fn of(files: &Files) -> Self {
        let mut rows: Vec<Row> = Vec::with_capacity(files.nodes.len());
        let mut row_of = vec![0; files.nodes.len()];
        let mut waiting: Vec<(u32, u32)> = vec![(0, 0)];
        let mut above: Vec<u32> = Vec::new();
        let mut inside: Vec<(u64, u32)> = Vec::new();
        while let Some((parent, node)) = waiting.pop() {
            let row = rows.len() as u32;
            while let Some(done) = above.pop_if(|open| *open != parent) {
                rows[done as usize].past = row;
            }
            rows.push(Row { node, past: 0 });
            row_of[node as usize] = row;
            above.push(row);
            // The first bytes of a name tell most of them apart.
            inside.extend(files.unsorted(node as usize).map(|node| (beginning(files.name_of(node)), node as u32)));
            inside.sort_unstable_by(|(a, one), (b, other)| {
                b.cmp(a).then_with(|| files.name_of(*other as usize).cmp(files.name_of(*one as usize)))
            });
            waiting.extend(inside.drain(..).map(|(_, node)| (row, node)));
        }
        let past = rows.len() as u32;
        above.into_iter().for_each(|open| rows[open as usize].past = past);
        let mut listing = Self {
            rows,
            row_of,
            named: (vec![0; files.names.len() + 1], Vec::new()),
            told: OnceLock::new(),
            large: Vec::new(),
            bytes: 0,
            count: 0,
        };
        listing.look(files);
        listing
    }

    /// Goes through all files once, for all that will be asked of them.
    fn look(&mut self, files: &Files) {
        let (starts, named) = &mut self.named;
        let mut seen = Seen::default();
        for (row, node) in self.rows.iter().map(|row| &files.nodes[row.node as usize]).enumerate().skip(1) {
            starts[node.name as usize] += 1;
            self.count += u64::from(node.kind != EntryKind::Directory);
            if node.kind == EntryKind::File && node.size >= LARGE {
                self.large.push(row as u32);
            }
            if node.inode().is_some_and(|inode| seen.is_new(inode)) {
                // A sparse file may call itself as long as it likes.
                self.bytes = self.bytes.saturating_add(node.size);
            }
        }
        let mut sum = 0;
        for start in starts.iter_mut() {
            sum += *start;
            *start = sum;
        }
        // From behind, so that each name's rows come in order, and each start ends where it belongs.
        named.resize(sum as usize, 0);
        for (row, node) in self.rows.iter().map(|row| &files.nodes[row.node as usize]).enumerate().skip(1).rev() {
            let start = &mut starts[node.name as usize];
            *start -= 1;
            named[*start as usize] = row as u32;
        }
    }

    /// The rows of a name.
    pub(super) fn named(&self, name: u32) -> &[u32] {
        let (starts, rows) = &self.named;
        let name = name as usize;
        let end = starts.get(name + 1).map_or(rows.len(), |end| *end as usize);
        starts.get(name).and_then(|start| rows.get(*start as usize..end)).unwrap_or_default()
    }

    /// The rows of files whose content says something.
    pub(super) fn told(&self, files: &Files) -> &[u32] {
        self.told.get_or_init(|| {
            let nodes = self.rows.iter().map(|row| &files.nodes[row.node as usize]).zip(0..).skip(1);
            nodes.filter(|(node, _)| node.facet.is_some() || node.marks.searched).map(|(_, row)| row).collect()
        })
    }

    /// Something else is known of the content of a file.
    pub(super) fn tell(&mut self) {
        self.told.take();
    }

    /// The rows below a node.
    pub(super) fn below(&self, node: usize) -> std::ops::Range<usize> {
        let row = self.row_of[node] as usize;
        row + 1..self.rows[row].past as usize
    }

    /// The rows of what lies directly in a node.
    pub(super) fn inside(&self, node: usize) -> impl Iterator<Item = Row> {
        let rows = self.below(node);
        let end = rows.end;
        let next = move |row: usize| (row < end).then_some(row);
        std::iter::successors(next(rows.start), move |row| next(self.rows[*row].past as usize))
            .map(|row| self.rows[row])
    }

    /// The row of a node that is in the tree.
    pub(super) fn row(&self, node: usize) -> Option<usize> {
        self.row_of.get(node).map(|row| *row as usize).filter(|row| *row > 0)
    }

    /// Goes through all below a directory, as if that had another path, until `each` says that it is enough.
    pub(super) fn walk(&self, files: &Files, node: usize, path: &str, each: &mut dyn FnMut(&str, usize) -> bool) {
        let mut path = path.to_owned();
        // The rows of the directories above, and how long their paths are.
        let mut above: Vec<(usize, usize)> = vec![(self.below(node).end, path.len())];
        for row in self.below(node) {
            while above.pop_if(|(past, _)| *past <= row).is_some() {}
            path.truncate(above.last().map_or(0, |(_, length)| *length));
            let node = self.rows[row].node as usize;
            path.push('/');
            path.push_str(&String::from_utf8_lossy(files.name_of(node)));
            above.push((self.rows[row].past as usize, path.len()));
            if !each(&path, node) {
                return;
            }
        }
    }
}

#[cfg(test)]
impl Listing {
    /// What it takes in memory, in bytes.
    pub(super) fn held(&self) -> usize {
        let numbers = [&self.row_of, &self.named.0, &self.named.1, &self.large];
        self.rows.len() * size_of::<Row>() + numbers.into_iter().map(|list| list.len() * 4).sum::<usize>()
    }
}

/// The first bytes of a name as a number that is in the same order.
fn beginning(name: &[u8]) -> u64 {
    let mut first = [0; 8];
    let length = name.len().min(8);
    first[..length].copy_from_slice(&name[..length]);
    u64::from_be_bytes(first)
}

impl Files {
    pub(super) fn listing(&self) -> &Listing {
        self.listing.get_or_init(|| Listing::of(self))
    }

    /// Calls a function for everything in the tree with the parts of its path, parents before children, names in order.
    pub fn walk<'f>(&'f self, mut each: impl FnMut(&[&'f [u8]], &'f Node)) {
        let listing = self.listing();
        let (mut path, mut above): (Vec<&[u8]>, Vec<usize>) = (Vec::new(), Vec::new());
        for (number, row) in listing.rows.iter().enumerate().skip(1) {
            while above.pop_if(|past| *past <= number).is_some() {
                path.pop();
            }
            path.push(self.name_of(row.node as usize));
            above.push(row.past as usize);
            each(&path, &self.nodes[row.node as usize]);
        }
    }

    /// The regular files of a folder, links not followed, in bytes, and the layer that brings the newest of them;
    /// `None` where there are none.
    pub fn weight(&self, path: &str) -> Option<(u64, usize)> {
        let at = self.find(&normalize(path.as_bytes()))?;
        let listing = self.listing();
        let nodes = listing.rows[listing.below(at)].iter().map(|row| &self.nodes[row.node as usize]);
        let files = std::iter::once(&self.nodes[at]).chain(nodes).filter(|node| node.kind == EntryKind::File);
        files.fold(None, |weight: Option<(u64, usize)>, node| {
            let (bytes, layer) = weight.unwrap_or_default();
            Some((bytes.saturating_add(node.size), layer.max(node.layer())))
        })
    }

    /// Entries that are not directories.
    pub fn count(&self) -> u64 {
        self.listing().count
    }

    /// Regular files in bytes, hard links once.
    pub fn bytes(&self) -> u64 {
        self.listing().bytes
    }
}
