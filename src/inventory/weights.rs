//! What every folder and every file of an image weighs, in one compact list.

use crate::image::{EntryKind, Hidden, Image, Seen};

/// All files that hold bytes and the folders above them, parents before children, names in order. The root is the first.
#[derive(Clone, Debug)]
pub struct Weights {
    /// The names, one behind the other.
    names: String,
    rows: Vec<Row>,
}

/// A folder or a file.
#[derive(Clone, Copy, Debug, Default)]
pub struct Row {
    /// Where its name begins and ends.
    name: (u32, u32),
    /// The first row that is not below it.
    past: u32,
    /// The layer that brings it, or most of what is below it, counted from 1; 0 if there is none.
    layer: u32,
    /// Regular files there and below that can be read, hard links once, in bytes.
    pub bytes: u64,
    /// Files there and below that later layers hide, in bytes.
    pub wasted: u64,
    /// Whether something is below it.
    pub folder: bool,
    /// Whether it is a file that can be read. A folder that was replaced by one has hidden files below it.
    pub file: bool,
}

impl Row {
    /// All that it takes of the image, in bytes.
    pub fn total(&self) -> u64 {
        self.bytes.saturating_add(self.wasted)
    }

    /// The layer that brings it, or most of what is below it, counted from 1.
    pub fn layer(&self) -> Option<usize> {
        (self.layer > 0).then_some(self.layer as usize)
    }
}

/// A regular file of one layer; several may have one path.
#[derive(Clone, Copy)]
struct Entry {
    bytes: u64,
    wasted: u64,
    layer: usize,
}

impl Weights {
    /// Weighs the files of an image.
    pub fn of(image: &Image) -> Self {
        let mut seen = Seen::default();
        let mut builder = Builder::default();
        let mut hidden: Vec<(Vec<&[u8]>, &Hidden)> = image
            .files
            .hidden()
            .iter()
            .filter(|hidden| hidden.bytes > 0)
            .map(|hidden| (parts(hidden), hidden))
            .collect();
        hidden.sort_by(|(a, _), (b, _)| a.cmp(b));
        let mut hidden = hidden.into_iter().peekable();
        let waste = |builder: &mut Builder, (parts, hidden): (Vec<&[u8]>, &Hidden)| {
            builder.add(&parts, Entry { bytes: 0, wasted: hidden.bytes, layer: hidden.layer });
        };
        image.files.walk(|path, node| {
            let counts = node.kind == EntryKind::File && node.size > 0;
            if counts && node.inode().is_none_or(|inode| seen.is_new(inode)) {
                while let Some(before) = hidden.next_if(|(parts, _)| parts.as_slice() < path) {
                    waste(&mut builder, before);
                }
                builder.add(path, Entry { bytes: node.size, wasted: 0, layer: node.layer() });
            }
        });
        hidden.for_each(|rest| waste(&mut builder, rest));
        builder.done()
    }

    /// All rows.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The name of a row, empty for the root.
    pub fn name(&self, at: usize) -> &str {
        let (from, to) = self.rows.get(at).map_or((0, 0), |row| row.name);
        self.names.get(from as usize..to as usize).unwrap_or_default()
    }

    /// The rows directly below a row, names in order.
    pub fn children(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        let end = self.rows.get(at).map_or(0, |row| row.past as usize);
        let first = Some(at + 1).filter(|first| *first < end);
        std::iter::successors(first, move |&row| {
            Some(self.rows[row].past as usize).filter(|&next| next > row && next < end)
        })
    }

    /// Calls a function for every row but the root, with the path.
    pub fn walk(&self, mut each: impl FnMut(usize, &str)) {
        let (mut path, mut open) = (String::new(), Vec::new());
        for at in 1..self.rows.len() {
            while let Some((_, length)) = open.pop_if(|(past, _)| *past <= at) {
                path.truncate(length);
            }
            open.push((self.rows[at].past as usize, path.len()));
            path.push('/');
            path.push_str(self.name(at));
            each(at, &path);
        }
    }

    /// `true` if a folder says something that the largest folder below it does not.
    pub fn tells(&self, at: usize) -> bool {
        let below =
            self.children(at).map(|child| self.rows[child]).filter(|row| row.folder).map(|row| row.total()).max();
        super::tells(self.rows[at].total(), below.unwrap_or(0))
    }
}

/// The parts of a hidden file's path.
fn parts(hidden: &Hidden) -> Vec<&[u8]> {
    hidden.path.split(|byte| *byte == b'/').collect()
}

/// A folder or a file that more may be added to.
struct Open {
    row: usize,
    /// What each layer has brought, in bytes.
    layers: Vec<(u32, u64)>,
}

/// Takes files in the order of their paths.
struct Builder {
    weights: Weights,
    /// Those on the way from the root to the last file.
    open: Vec<Open>,
}

impl Default for Builder {
    fn default() -> Self {
        let root = Row { folder: true, ..Row::default() };
        Self {
            weights: Weights { names: String::new(), rows: vec![root] },
            open: vec![Open { row: 0, layers: Vec::new() }],
        }
    }
}

impl Builder {
    /// Adds a file by the parts of its path.
    fn add(&mut self, path: &[&[u8]], entry: Entry) {
        let parts = || path.iter().map(|part| String::from_utf8_lossy(part));
        let is = |open: &Open, part: &str| self.weights.name(open.row) == part;
        let shared = parts().zip(self.open.iter().skip(1)).take_while(|(part, open)| is(open, part)).count();
        while self.open.len() > shared + 1 {
            self.close();
        }
        for name in parts().skip(shared) {
            let above = self.open.last().map_or(0, |open| open.row);
            self.weights.rows[above].folder = true;
            let start = self.weights.names.len() as u32;
            self.weights.names.push_str(&name);
            let row = Row { name: (start, self.weights.names.len() as u32), ..Row::default() };
            self.open.push(Open { row: self.weights.rows.len(), layers: Vec::new() });
            self.weights.rows.push(row);
        }
        if let Some(open) = self.open.last_mut() {
            let (row, layer) = (&mut self.weights.rows[open.row], entry.layer as u32 + 1);
            row.bytes = row.bytes.saturating_add(entry.bytes);
            row.wasted = row.wasted.saturating_add(entry.wasted);
            if entry.bytes > 0 {
                (row.layer, row.file) = (layer, true);
            }
            credit(&mut open.layers, layer, entry.bytes.saturating_add(entry.wasted));
        }
    }

    /// Ends the last folder or file: nothing more comes below it.
    fn close(&mut self) {
        let Some(done) = self.open.pop() else { return };
        let end = self.weights.rows.len() as u32;
        let row = &mut self.weights.rows[done.row];
        row.past = end;
        if !row.file {
            // Of equal ones the lowest layer.
            let most = done.layers.iter().max_by_key(|(layer, bytes)| (*bytes, std::cmp::Reverse(*layer)));
            row.layer = most.map_or(0, |(layer, _)| *layer);
        }
        let row = *row;
        if let Some(above) = self.open.last_mut() {
            let parent = &mut self.weights.rows[above.row];
            parent.bytes = parent.bytes.saturating_add(row.bytes);
            parent.wasted = parent.wasted.saturating_add(row.wasted);
            done.layers.iter().for_each(|&(layer, bytes)| credit(&mut above.layers, layer, bytes));
        }
    }

    fn done(mut self) -> Weights {
        while !self.open.is_empty() {
            self.close();
        }
        self.weights
    }
}

fn credit(layers: &mut Vec<(u32, u64)>, layer: u32, bytes: u64) {
    match layers.iter_mut().find(|(known, _)| *known == layer) {
        Some((_, sum)) => *sum = sum.saturating_add(bytes),
        None => layers.push((layer, bytes)),
    }
}
