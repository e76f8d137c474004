//! One pass over a layer: its exact length, its digests, its entries and what is wrong with them.

use super::compress::{self, Compression};
use super::facet::{Facet, Look};
use super::limits;
use super::tarball::{Entry, EntryKind, Part, Skip, Streamed, Walk};
use sha2::{Digest, Sha256};
use std::cell::{Cell, RefCell};
use std::fs::File;
use std::io::{self, BufRead, Read};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

/// What one pass over a layer has found.
#[derive(Debug, Default)]
pub(super) struct Scan {
    pub(super) compression: Compression,
    /// Bytes of the blob.
    pub(super) packed_bytes: u64,
    /// `sha256:…` of the blob, where all of it was read.
    pub(super) packed_digest: Option<String>,
    /// Length of the unpacked tar stream; `None` where it could not be read to its end.
    pub(super) unpacked_bytes: Option<u64>,
    /// `sha256:…` of the unpacked stream, where all of it was read.
    pub(super) unpacked_digest: Option<String>,
    pub(super) entries: Vec<Entry>,
    /// Large files that were not read: which entry, and where in the file at hand its content begins.
    pub(super) large: Vec<(usize, u64)>,
    /// What ended the pass early.
    pub(super) fault: Option<String>,
}

/// What is left of the limits that all layers of all images share.
#[derive(Debug)]
pub(super) struct Budget {
    bytes: AtomicU64,
    entries: AtomicU64,
    /// What may be kept of files' content, in bytes.
    facets: AtomicUsize,
    /// What one layer may keep of it: layers are read side by side, and else it would depend on who comes first.
    share: AtomicUsize,
    exhausted: AtomicBool,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            bytes: AtomicU64::new(limits::UNPACKED_BYTES),
            entries: AtomicU64::new(limits::ENTRIES),
            facets: AtomicUsize::new(limits::FACET_BYTES),
            share: AtomicUsize::new(limits::FACET_BYTES),
            exhausted: AtomicBool::new(false),
        }
    }
}

impl Budget {
    /// Parts what may be kept among so many images of so many layers.
    pub(super) fn share_among(&self, images: usize, layers: usize) {
        self.share.store(limits::FACET_BYTES / (images * layers).max(1), Ordering::Relaxed);
    }

    /// Whether the layers together are over a limit.
    pub(super) fn is_exhausted(&self) -> bool {
        self.exhausted.load(Ordering::Relaxed)
    }

    fn take(&self, from: &AtomicU64, count: u64) -> bool {
        let enough = from.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(count)).is_ok();
        if !enough {
            self.exhausted.store(true, Ordering::Relaxed);
        }
        enough && !self.is_exhausted()
    }

    fn take_bytes(&self, count: u64) -> Result<(), String> {
        self.take(&self.bytes, count).then_some(()).ok_or_else(over_budget)
    }

    /// Keeps a facet while there is room for it: what is not kept is as good as not known.
    fn keep(&self, facet: Option<Facet>, room: &mut usize) -> Option<Arc<Facet>> {
        let facet = facet?;
        let cost = facet.cost();
        *room = room.checked_sub(cost)?;
        let left = self.facets.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(cost));
        left.is_ok().then(|| Arc::new(facet))
    }

    fn take_entry(&self) -> Result<(), String> {
        self.take(&self.entries, 1).then_some(()).ok_or_else(over_budget)
    }
}

/// Counts and hashes what passes.
struct Counted<R> {
    inner: R,
    tally: Rc<Tally>,
}

#[derive(Default)]
struct Tally {
    bytes: Cell<u64>,
    hash: RefCell<Sha256>,
}

impl Tally {
    fn digest(&self) -> String {
        digest(&self.hash.borrow().clone().finalize())
    }
}

/// A hash as documents write it.
pub(super) fn digest(hash: &[u8]) -> String {
    use std::fmt::Write;
    hash.iter().fold(String::from("sha256:"), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.inner.read(buffer)?;
        self.tally.bytes.set(self.tally.bytes.get() + got as u64);
        self.tally.hash.borrow_mut().update(&buffer[..got]);
        Ok(got)
    }
}

/// Stops a stream at the limit that all layers share.
struct Bounded<'a, R> {
    inner: R,
    budget: &'a Budget,
}

impl<R: Read> Read for Bounded<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.inner.read(buffer)?;
        self.budget.take_bytes(got as u64).map_err(io::Error::other)?;
        Ok(got)
    }
}

/// What is said of every layer of an image that is over a limit.
pub(super) fn over_budget() -> String {
    format!(
        "its layers have over {} unpacked bytes or over {} entries together",
        limits::UNPACKED_BYTES,
        limits::ENTRIES
    )
}

/// Reads a layer front to back, through its compression.
pub(super) fn stream(reader: impl Read, budget: &Budget) -> Scan {
    let packed = Rc::new(Tally::default());
    let mut reader = compress::buffered(Counted { inner: reader, tally: Rc::clone(&packed) });
    let mut scan = Scan::default();
    match compress::peek(&mut reader) {
        Ok(head) => scan.compression = Compression::of(&head),
        Err(error) => scan.fault = Some(error.to_string()),
    }
    let unpacked = Rc::new(Tally::default());
    let whole = {
        let inner = compress::unpack(&mut reader, scan.compression);
        let bounded = Bounded { inner, budget };
        let counted = Counted { inner: bounded, tally: Rc::clone(&unpacked) };
        let mut walk = Walk::new(Streamed(counted));
        entries(&mut walk, budget, &mut scan, |walk, entry| Look::stream(entry, walk.content(entry)));
        // What stands behind the end of the archive belongs to the stream all the same.
        scan.fault.is_none() && drain(&mut walk.into_inner(), &mut scan)
    };
    let rest = io::copy(&mut reader, &mut io::sink()).is_ok();
    scan.packed_bytes = packed.bytes.get();
    scan.packed_digest = rest.then(|| packed.digest());
    if whole {
        scan.unpacked_bytes = Some(unpacked.bytes.get());
        scan.unpacked_digest = Some(unpacked.digest());
    }
    if let Some(fault) = &mut scan.fault {
        *fault =
            format!("{fault}; {} entries in {} unpacked bytes were read", scan.entries.len(), unpacked.bytes.get());
    }
    scan
}

/// Reads a plain layer in a file, seeking from header to header: content is read only where a facet needs it.
pub(super) fn seek(file: &File, start: u64, length: u64, budget: &Budget) -> Scan {
    let mut scan = Scan { packed_bytes: length, ..Scan::default() };
    scan.fault = budget.take_bytes(length).err();
    if scan.fault.is_none() {
        let mut walk = Walk::new(Part::new(file, start, length));
        entries(&mut walk, budget, &mut scan, |walk, entry| {
            let at = start + walk.offset();
            // What reaches past the end is found out when it is passed over.
            if entry.stored > length.saturating_sub(walk.offset()) {
                return Ok(Look::default());
            }
            Look::seek(entry, file, at, walk.ahead())
        });
    }
    if scan.fault.is_none() {
        scan.unpacked_bytes = Some(length);
    }
    scan
}

fn drain(reader: &mut impl Read, scan: &mut Scan) -> bool {
    match io::copy(reader, &mut io::sink()) {
        Ok(_) => true,
        Err(error) => {
            scan.fault = Some(format!("{error} behind the last entry"));
            false
        }
    }
}

fn entries<R: Skip>(
    walk: &mut Walk<R>,
    budget: &Budget,
    scan: &mut Scan,
    mut look: impl FnMut(&mut Walk<R>, &Entry) -> io::Result<Look>,
) {
    let mut room = budget.share.load(Ordering::Relaxed);
    loop {
        let mut entry = match walk.next() {
            Ok(Some(entry)) => entry,
            Ok(None) => return,
            Err(fault) => {
                scan.fault = Some(fault);
                return;
            }
        };
        if let Err(fault) = budget.take_entry() {
            scan.fault = Some(fault);
            return;
        }
        if entry.kind == EntryKind::File && entry.stored >= 4 {
            match look(walk, &entry) {
                Ok(found) => {
                    (entry.facet, entry.hash) = (budget.keep(found.facet, &mut room), found.hash);
                    scan.large.extend(found.unread.map(|at| (scan.entries.len(), at)));
                }
                Err(error) => scan.fault = Some(walk.cut(&error)),
            }
        }
        scan.entries.push(entry);
        if scan.fault.is_some() {
            return;
        }
    }
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
    /// links whose target is in neither.
    pub(super) fn order(&self, below: &super::Files) -> (Orphans, Orphans) {
        let mut seen: std::collections::HashSet<&[u8]> = std::collections::HashSet::new();
        let (mut parents, mut links) = (Orphans::default(), Orphans::default());
        let there = |seen: &std::collections::HashSet<&[u8]>, path: &[u8]| {
            path.is_empty() || seen.contains(path) || below.get(path).is_some() || below.leads_on(path)
        };
        for entry in &self.entries {
            let parent = entry.path.iter().rposition(|byte| *byte == b'/').map_or(&b""[..], |at| &entry.path[..at]);
            if !there(&seen, parent) {
                parents.push(&entry.path);
            }
            if let (EntryKind::Hardlink, Some(target)) = (entry.kind, &entry.link) {
                let target = super::tarball::normalize(target);
                if !there(&seen, &target) {
                    links.push(&entry.path);
                }
            }
            seen.insert(&entry.path);
        }
        (parents, links)
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
