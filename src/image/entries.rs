//! The entries of a layer, a few bytes for each beside its name: there may be a million of them. The path of a directory is
//! kept once for what lies in it, since layers name their files directory by directory.

use super::content::FileContent;
use super::folders::Folders;
use super::limits;
use super::marks::Marks;
use super::pathname;
use super::tarball::{Entry, EntryKind};
use std::sync::Arc;

/// What one layer's stream names, in its order.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct Entries {
    rows: Vec<Row>,
    /// The last parts of all paths, one behind the other.
    names: Vec<u8>,
    /// What stands in front of them.
    folders: Folders,
    /// What few entries have.
    rare: Vec<Rare>,
    /// Which of them are whiteouts.
    whiteouts: Vec<u32>,
}

/// What every entry has.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
struct Row {
    size: u64,
    /// Where its name ends; it begins where that of the entry before ends.
    name: u32,
    /// The number of the directory that it lies in.
    folder: u32,
    /// Where the rest is, if there is any.
    rare: u32,
    mode: u16,
    kind: EntryKind,
    flags: u8,
}

/// Bytes of a layer for each entry, few, and bytes of a name, many.
const LAYER_BYTES_AN_ENTRY: u64 = 8 * 1024;
const NAME_BYTES: usize = 16;

/// The number of nothing.
const NONE: u32 = u32::MAX;

const SEARCHED: u8 = 1;
const SPEAKS: u8 = 2;
const HANDS_ON: u8 = 4;
const KEPT: u8 = 8;

/// What a link or a file with a facet has.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
struct Rare {
    link: Option<Box<[u8]>>,
    #[serde(with = "unshared")]
    facet: Option<Arc<FileContent>>,
    rarer: Option<Box<Rarer>>,
}

/// What a large file or a sparse one has.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
struct Rarer {
    hash: Option<u128>,
    /// Bytes in the stream, where they are not as many as in the file.
    stored: Option<u64>,
}

/// What entries share is written with each of them.
mod unshared {
    use super::FileContent;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::sync::Arc;

    #[allow(clippy::ref_option, reason = "serde gives the field as it is")]
    pub(super) fn serialize<S: Serializer>(facet: &Option<Arc<FileContent>>, serializer: S) -> Result<S::Ok, S::Error> {
        facet.as_deref().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Arc<FileContent>>, D::Error> {
        Ok(Option::<FileContent>::deserialize(deserializer)?.map(Arc::new))
    }
}

/// One entry of a layer.
#[derive(Clone, Copy, Debug)]
pub(super) struct EntryRef<'a> {
    /// The directory that it lies in, `./` and slashes at both ends taken off; empty for the root.
    pub(super) folder: &'a [u8],
    /// The last part of its path.
    pub(super) name: &'a [u8],
    pub(super) kind: EntryKind,
    pub(super) mode: u32,
    /// The file's own length in bytes, as it is when unpacked.
    pub(super) size: u64,
    /// Where a link leads.
    pub(super) link: Option<&'a [u8]>,
    /// Bytes that follow the header in the stream.
    pub(super) stored: u64,
    /// What rules want to know of the content.
    pub(super) facet: Option<&'a Arc<FileContent>>,
    /// The hash of the content of a large file, where it was read.
    pub(super) hash: Option<u128>,
    /// What the words of a program's text tell.
    pub(super) marks: Marks,
    /// Whether its name says that its text is kept, if it has any.
    pub(super) kept: bool,
}

impl EntryRef<'_> {
    /// Its path from the root, without a slash in front.
    pub(super) fn path(&self) -> Vec<u8> {
        pathname::join(self.folder, self.name)
    }

    /// The length of its path in bytes.
    pub(super) fn path_bytes(&self) -> usize {
        self.name.len() + self.folder.len() + usize::from(!self.folder.is_empty())
    }
}

impl Entries {
    /// Room for the entries of a layer of this length in bytes: what is not used of it costs nothing, and a table that grows leaves
    /// holes in memory behind.
    pub(super) fn for_layer(bytes: u64) -> Self {
        let entries = usize::try_from(bytes / LAYER_BYTES_AN_ENTRY).unwrap_or(usize::MAX).min(limits::ENTRIES as usize);
        let (rows, names) = (Vec::with_capacity(entries), Vec::with_capacity(entries * NAME_BYTES));
        Self { rows, names, ..Self::default() }
    }

    /// Adds an entry. `kept` is `true` if its name says that its text is kept.
    pub(super) fn push(&mut self, entry: Entry, kept: bool) {
        let (folder, name) = pathname::split(&entry.path);
        if name.starts_with(b".wh.") {
            self.whiteouts.push(self.rows.len() as u32);
        }
        let stored = (entry.stored != entry.size).then_some(entry.stored);
        let hash = entry.hash.map(|hash| *hash);
        let mut rare = NONE;
        if entry.link.is_some() || entry.facet.is_some() || hash.is_some() || stored.is_some() {
            rare = self.rare.len() as u32;
            let rarer = (hash.is_some() || stored.is_some()).then(|| Box::new(Rarer { hash, stored }));
            self.rare.push(Rare { link: entry.link, facet: entry.facet, rarer });
        }
        let flag = |set: bool, flag: u8| if set { flag } else { 0 };
        let Marks { searched, speaks, hands_on } = entry.marks;
        let marks = flag(searched, SEARCHED) | flag(speaks, SPEAKS) | flag(hands_on, HANDS_ON);
        self.names.extend_from_slice(name);
        self.rows.push(Row {
            size: entry.size,
            name: self.names.len() as u32,
            folder: self.folders.number(folder),
            rare,
            mode: entry.mode as u16,
            kind: entry.kind,
            flags: marks | flag(kept, KEPT),
        });
    }

    /// Nothing is added any more: what was held for more is given back.
    pub(super) fn finish(&mut self) {
        self.folders.finish();
        self.rows.shrink_to_fit();
        self.names.shrink_to_fit();
        self.rare.shrink_to_fit();
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// How many there are, and how many bytes their names have together.
    pub(super) fn expected(&self) -> (usize, usize) {
        (self.rows.len(), self.names.len())
    }

    pub(super) fn get(&self, at: usize) -> Option<EntryRef<'_>> {
        let row = self.rows.get(at)?;
        let before = at.checked_sub(1).and_then(|before| self.rows.get(before)).map_or(0, |before| before.name);
        let rare = self.rare.get(row.rare as usize);
        let rarer = rare.and_then(|rare| rare.rarer.as_deref());
        let has = |flag: u8| row.flags & flag != 0;
        Some(EntryRef {
            folder: self.folders.path(row.folder),
            name: self.names.get(before as usize..row.name as usize)?,
            kind: row.kind,
            mode: u32::from(row.mode),
            size: row.size,
            link: rare.and_then(|rare| rare.link.as_deref()),
            stored: rarer.and_then(|rarer| rarer.stored).unwrap_or(row.size),
            facet: rare.and_then(|rare| rare.facet.as_ref()),
            hash: rarer.and_then(|rarer| rarer.hash),
            marks: Marks { searched: has(SEARCHED), speaks: has(SPEAKS), hands_on: has(HANDS_ON) },
            kept: has(KEPT),
        })
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = EntryRef<'_>> {
        (0..self.rows.len()).filter_map(|at| self.get(at))
    }

    /// The whiteouts among them.
    pub(super) fn whiteouts(&self) -> impl Iterator<Item = EntryRef<'_>> {
        self.whiteouts.iter().filter_map(|&at| self.get(at as usize))
    }

    /// Whether one is another name of a file.
    pub(super) fn has_links(&self) -> bool {
        self.rows.iter().any(|row| row.kind == EntryKind::Hardlink)
    }

    /// Notes what is known of the content of one.
    pub(super) fn set_facet(&mut self, at: usize, facet: Option<Arc<FileContent>>) {
        if let Some(rare) = self.rare_of(at, facet.is_some()) {
            rare.facet = facet;
        }
    }

    /// Notes the hash of the content of one.
    pub(super) fn set_hash(&mut self, at: usize, hash: Option<u128>) {
        if let Some(rare) = self.rare_of(at, hash.is_some()) {
            rare.rarer.get_or_insert_default().hash = hash;
        }
    }

    /// Forgets what is known of files' content.
    #[cfg(feature = "registry")]
    pub(super) fn forget_facets(&mut self) {
        self.rare.iter_mut().for_each(|rare| rare.facet = None);
    }

    fn rare_of(&mut self, at: usize, wanted: bool) -> Option<&mut Rare> {
        let row = self.rows.get_mut(at)?;
        if row.rare == NONE {
            if !wanted {
                return None;
            }
            row.rare = self.rare.len() as u32;
            self.rare.push(Rare::default());
        }
        self.rare.get_mut(row.rare as usize)
    }
}

#[cfg(test)]
impl Entries {
    /// What it takes in memory, in bytes, facets left out.
    pub(super) fn held(&self) -> usize {
        let rare = self.rare.len() * size_of::<Rare>() + self.whiteouts.len() * size_of::<u32>();
        self.rows.len() * size_of::<Row>() + self.names.len() + self.folders.held() + rare
    }
}

#[cfg(test)]
impl FromIterator<Entry> for Entries {
    fn from_iter<I: IntoIterator<Item = Entry>>(entries: I) -> Self {
        let mut all = Self::default();
        for entry in entries {
            let kept = super::kept::Kept::of(&entry.path, entry.size).is_some();
            all.push(entry, kept);
        }
        all.finish();
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_given_back_as_it_came() {
        let entry = Entry {
            path: b"usr/.wh.x".as_slice().into(),
            kind: EntryKind::Hardlink,
            mode: 0o7755,
            size: 9,
            link: Some(b"y".as_slice().into()),
            stored: 1024,
            hash: Some(Box::new(7)),
            marks: Marks { searched: true, speaks: false, hands_on: true },
            ..Entry::default()
        };
        let mut entries: Entries = [Entry::default(), entry].into_iter().collect();
        entries.set_hash(0, Some(5));
        entries.set_facet(0, None);
        let Some(back) = entries.get(1) else { return assert!(entries.len() > 1) };
        assert_eq!(
            (back.path(), back.kind, back.mode, back.size),
            (b"usr/.wh.x".to_vec(), EntryKind::Hardlink, 0o7755, 9)
        );
        assert_eq!((back.link, back.stored, back.hash, back.kept), (Some(&b"y"[..]), 1024, Some(7), false));
        assert_eq!(back.marks, Marks { searched: true, speaks: false, hands_on: true });
        assert_eq!(entries.get(0).map(|entry| (entry.hash, entry.stored, entry.size)), Some((Some(5), 0, 0)));
        assert_eq!((entries.whiteouts().count(), entries.has_links(), entries.iter().count()), (1, true, 2));
    }
}
