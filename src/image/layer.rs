//! One pass over a layer: its exact length, its digests, its entries and what is wrong with them.

use super::budget::{Budget, Untaken};
use super::compress::{self, Compression};
use super::content::{FileContent, Inspection, text_at};
use super::entries::{Entries, EntryRef};
use super::hash::{Seed, seed};
use super::kept::{Kept, is_searched};
use super::limits;
use super::pathname::{join, split};
use super::pipeline;
use super::slice::FileSlice;
use super::tarball::{Entry, EntryKind, Skip, Sought, Streamed, Walk};
use super::waiting::Waiting;
use crate::hex;
use hashbrown::HashTable;
use std::collections::HashSet;
use std::fs::File;
use std::hash::BuildHasher;
use std::io::{self, BufRead, Read};

/// What one pass over a layer has found.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Scan {
    pub(super) compression: Compression,
    /// Bytes of the blob.
    pub(super) packed_bytes: u64,
    /// `sha256:…` of the blob, where all of it was read.
    pub(super) packed_digest: Option<String>,
    /// Length of the unpacked tar stream; `None` where it could not be read to its end.
    pub(super) unpacked_bytes: Option<u64>,
    /// Bytes of it that were read or passed over.
    pub(super) read_bytes: u64,
    /// `sha256:…` of the unpacked stream, where all of it was read.
    pub(super) unpacked_digest: Option<String>,
    pub(super) entries: Entries,
    /// Large files that were not read: which entry, and where in the file at hand its content begins.
    pub(super) large: Vec<(usize, u64)>,
    /// What ended the pass early.
    pub(super) fault: Option<String>,
}

/// A hash as documents write it.
pub(super) fn digest(algorithm: &str, hash: &[u8]) -> String {
    format!("{algorithm}:{}", hex::of(hash))
}

/// Reads a layer front to back, through its compression.
pub(super) fn stream(reader: impl Read, budget: &Budget) -> Scan {
    let walked = pipeline::run(reader, budget, |unpacked| {
        let mut scan = Scan::default();
        let mut walk = Walk::new(unpacked);
        entries(&mut walk, budget, &mut scan, None, |walk, entry| {
            Inspection::stream(entry, walk.content(entry), budget.searches_sources())
        });
        let unpacked = walk.into_inner();
        if scan.fault.is_none() {
            // What stands after the end of the archive still belongs to the stream.
            scan.fault = unpacked.drain().err().map(|error| format!("{error} after the last entry"));
        }
        scan.read_bytes = unpacked.length();
        match &mut scan.fault {
            None => {
                scan.unpacked_bytes = Some(unpacked.length());
                scan.unpacked_digest = Some(unpacked.digest());
            }
            Some(fault) => {
                let read = format!("{} entries in {} unpacked bytes were read", scan.entries.len(), unpacked.length());
                *fault = format!("{fault}; {read}");
            }
        }
        scan
    });
    match walked {
        Ok((scan, blob)) => Scan {
            compression: blob.compression,
            packed_bytes: blob.packed.bytes,
            packed_digest: blob.whole.then(|| blob.packed.digest()),
            ..scan
        },
        Err(error) => Scan { fault: Some(error.to_string()), ..Scan::default() },
    }
}

/// Reads a plain layer in a file, seeking from header to header: content is read only where a facet needs it.
pub(super) fn seek(file: &File, start: u64, length: u64, budget: &Budget) -> Scan {
    let room = Entries::for_layer(length);
    let mut scan = Scan { packed_bytes: length, read_bytes: length, entries: room, ..Scan::default() };
    // What is passed over takes no time, however long it is: only its entries count.
    let mut walk = Walk::new(Sought::new(FileSlice::new(file, start, length)));
    entries(&mut walk, budget, &mut scan, Some(file), |walk, entry| {
        let at = start + walk.offset();
        // What reaches past the end is found out when it is passed over.
        if entry.stored > length.saturating_sub(walk.offset()) {
            return Ok(Inspection::default());
        }
        Inspection::seek(entry, file, at, walk.ahead(), budget.searches_sources())
    });
    if scan.fault.is_none() {
        scan.unpacked_bytes = Some(length);
    }
    scan
}

/// Looks again at some entries of a layer in a file, by their positions in order, each as if it had another name.
pub(super) fn again(file: &File, start: u64, length: u64, wanted: &[(usize, &[u8])]) -> Vec<(usize, Inspection)> {
    let mut head = compress::buffered(FileSlice::new(file, start, length));
    let compression = compress::peek(&mut head).map_or(Compression::Plain, |head| Compression::of(&head));
    if compression != Compression::Plain {
        return again_in_stream(head, wanted);
    }
    let mut walk = Walk::new(Sought::new(FileSlice::new(file, start, length)));
    pick(&mut walk, wanted, |walk, entry| {
        if entry.stored > length.saturating_sub(walk.offset()) {
            return Ok(Inspection::default());
        }
        Ok(Inspection::seek(entry, file, start + walk.offset(), walk.ahead(), true)?.settled(entry, Some(file)))
    })
}

/// The same of a layer that is read front to back.
pub(super) fn again_in_stream(reader: impl Read, wanted: &[(usize, &[u8])]) -> Vec<(usize, Inspection)> {
    let mut head = compress::buffered(reader);
    let compression = compress::peek(&mut head).map_or(Compression::Plain, |head| Compression::of(&head));
    let unpacked = compress::unpack(head, compression).take(limits::UNPACKED_BYTES);
    let mut walk = Walk::new(Streamed(unpacked));
    pick(
        &mut walk,
        wanted,
        |walk, entry| Ok(Inspection::stream(entry, walk.content(entry), true)?.settled(entry, None)),
    )
}

fn pick<R: Skip>(
    walk: &mut Walk<R>,
    wanted: &[(usize, &[u8])],
    mut look: impl FnMut(&mut Walk<R>, &Entry) -> io::Result<Inspection>,
) -> Vec<(usize, Inspection)> {
    let mut found = Vec::new();
    let mut at = 0;
    for (index, &(number, name)) in wanted.iter().enumerate() {
        let entry = loop {
            let Ok(Some(entry)) = walk.next() else { return found };
            at += 1;
            if at > number {
                break entry;
            }
        };
        let Ok(seen) = look(walk, &Entry { path: name.into(), ..entry }) else { return found };
        found.push((index, seen));
    }
    found
}

/// Walks all entries. `file` is the one at hand, if it can be sought in.
fn entries<R: Skip>(
    walk: &mut Walk<R>,
    budget: &Budget,
    scan: &mut Scan,
    file: Option<&File>,
    mut look: impl FnMut(&mut Walk<R>, &Entry) -> io::Result<Inspection>,
) {
    let mut room = budget.share();
    let mut waiting = Waiting::default();
    let read = |at, bytes| text_at(file, at, bytes);
    let mut untaken = Untaken::default();
    while let Some(mut entry) = next(walk, budget, scan, &mut untaken) {
        // An empty text is soon searched, and is not looked for again.
        let empty = entry.stored == 0;
        let seen = !empty || (budget.searches_sources() && is_searched(&entry.path, 0));
        if entry.kind == EntryKind::File && seen {
            match look(walk, &entry) {
                Ok(mut found) => {
                    if empty {
                        found = found.settled(&entry, file);
                    }
                    (entry.facet, entry.hash) = (budget.keep(found.facet, &mut room), found.hash.map(Box::new));
                    entry.marks = found.marks;
                    let number = scan.entries.len();
                    scan.large.extend(found.unread.map(|at| (number, at)));
                    found.later.into_iter().for_each(|later| waiting.add(number, later));
                }
                Err(error) => scan.fault = Some(walk.cut(&error)),
            }
        }
        if let Some(FileContent::Record(record)) = entry.facet.as_deref() {
            waiting.note(&entry.path, record);
        }
        let kept = entry.kind == EntryKind::File && Kept::of(&entry.path, entry.size).is_some();
        scan.entries.push(entry, kept);
        if waiting.is_full() {
            waiting.settle(Some(limits::WAITING_BYTES / 2), &mut scan.entries, (budget, &mut room), read);
        }
        if scan.fault.is_some() {
            break;
        }
    }
    if let Err(over) = untaken.take(budget) {
        scan.fault.get_or_insert(over);
    }
    waiting.settle(None, &mut scan.entries, (budget, &mut room), read);
    scan.entries.finish();
}

/// The next entry; `None` at the end, or where the pass ends early.
fn next<R: Skip>(walk: &mut Walk<R>, budget: &Budget, scan: &mut Scan, untaken: &mut Untaken) -> Option<Entry> {
    let entry = walk.next().and_then(|entry| {
        let Some(entry) = entry else { return Ok(None) };
        if takes_away_nothing(&entry.path) {
            let name = String::from_utf8_lossy(&entry.path).into_owned();
            return Err(format!("`{name}` is a whiteout without a name, which containerd refuses"));
        }
        untaken.add(entry.path.len() + entry.link.as_ref().map_or(0, |link| link.len()), budget)?;
        Ok(Some(entry))
    });
    entry.unwrap_or_else(|fault| {
        scan.fault = Some(fault);
        None
    })
}

/// Whether a whiteout names no file in its directory: `.wh.` alone, or the directory itself, or the one above.
fn takes_away_nothing(path: &[u8]) -> bool {
    let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    matches!(name, b".wh." | b".wh.." | b".wh...")
}

/// Whether the first bytes of a blob can only be a layer: an archive, packed or not.
pub(super) fn looks_like_layer(reader: &mut impl BufRead) -> io::Result<bool> {
    let head = compress::peek(reader)?;
    Ok(Compression::of(&head) != Compression::Plain || is_tar(&head))
}

/// Whether bytes begin like a tar stream: its magic, or a header of the old kind whose checksum is right.
pub(super) fn is_tar(head: &[u8]) -> bool {
    let Some(block) = head.get(..512) else { return false };
    if &block[257..262] == b"ustar" {
        return true;
    }
    let mut walk = Walk::new(Streamed(block));
    matches!(walk.next(), Ok(Some(_))) && block[0] != 0
}

impl Scan {
    /// Paths whose parent directory has no entry before them, neither here nor in a lower layer, and hard
    /// links whose target is in neither, or was taken away by a whiteout before them.
    pub(super) fn order(&self, below: &super::Files) -> (Orphans, Orphans) {
        let mut seen = Seen { entries: &self.entries, numbers: HashTable::new(), seed: seed() };
        let (mut parents, mut links) = (Orphans::default(), Orphans::default());
        let linked = self.entries.has_links();
        let mut last: &[u8] = b"";
        let mut gone = Gone::default();
        let there = |seen: &Seen<'_>, path: &[u8]| {
            path.is_empty() || seen.has(path) || below.get(path).is_some() || below.leads_on(path)
        };
        for (number, entry) in self.entries.iter().enumerate() {
            // What lies in one directory mostly comes in a row.
            if entry.folder != last && !there(&seen, entry.folder) {
                parents.push(&entry.path());
            } else {
                last = entry.folder;
            }
            if let (EntryKind::Hardlink, Some(target)) = (entry.kind, entry.link) {
                let target = super::tarball::normalize(target);
                let gone = !seen.has(&target) && gone.has(&target);
                if gone || !there(&seen, &target) {
                    links.push(&entry.path());
                }
            }
            if linked {
                gone.take(entry.folder, entry.name);
            }
            if linked || entry.kind != EntryKind::File {
                seen.add(number, entry.folder, entry.name);
            }
        }
        (parents, links)
    }
}

/// The entries of a layer that have come, by their paths.
struct Seen<'a> {
    entries: &'a Entries,
    numbers: HashTable<u32>,
    seed: Seed,
}

impl Seen<'_> {
    fn has(&self, path: &[u8]) -> bool {
        let (folder, name) = split(path);
        let is = |number: &u32| self.is(*number, folder, name);
        self.numbers.find(self.seed.hash_one((folder, name)), is).is_some()
    }

    fn is(&self, number: u32, folder: &[u8], name: &[u8]) -> bool {
        self.entries.get(number as usize).is_some_and(|entry| entry.name == name && entry.folder == folder)
    }

    fn add(&mut self, number: usize, folder: &[u8], name: &[u8]) {
        let hash = self.seed.hash_one((folder, name));
        if self.numbers.find(hash, |number| self.is(*number, folder, name)).is_none() {
            let Self { entries, numbers, seed } = self;
            let of = |entry: EntryRef<'_>| seed.hash_one((entry.folder, entry.name));
            numbers.insert_unique(hash, number as u32, |number| entries.get(*number as usize).map_or(0, of));
        }
    }
}

/// What whiteouts of a layer have taken away so far.
#[derive(Default)]
struct Gone {
    paths: HashSet<Vec<u8>>,
    /// Directories of which everything has been.
    emptied: HashSet<Vec<u8>>,
}

impl Gone {
    fn take(&mut self, folder: &[u8], name: &[u8]) {
        match name {
            b".wh..wh..opq" => drop(self.emptied.insert(folder.to_vec())),
            name => {
                if let Some(hidden) = name.strip_prefix(b".wh.") {
                    self.paths.insert(join(folder, hidden));
                }
            }
        }
    }

    /// Whether a path of a lower layer is taken away, by itself or with a directory above it.
    fn has(&self, path: &[u8]) -> bool {
        if self.paths.is_empty() && self.emptied.is_empty() {
            return false;
        }
        let above = path.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| &path[..at]);
        let mut above = above.chain(std::iter::once(&b""[..]));
        self.paths.contains(path) || above.any(|folder| self.emptied.contains(folder) || self.paths.contains(folder))
    }
}

/// Paths that lack something: how many, and the first of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Orphans {
    /// How many there are.
    pub count: u64,
    /// The first of them, as text.
    pub paths: Vec<String>,
}

impl Orphans {
    fn push(&mut self, path: &[u8]) {
        self.count += 1;
        if self.paths.len() < limits::PATHS_KEPT {
            self.paths.push(String::from_utf8_lossy(path).into_owned());
        }
    }
}
