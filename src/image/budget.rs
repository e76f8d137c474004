//! What is left of the limits that all layers and documents of an archive share.

use super::content::FileContent;
use super::limits;
use super::progress::Progress;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};

/// What may still be read. Layers are read side by side, so that nothing here may depend on which comes first.
#[derive(Debug)]
pub(super) struct Budget {
    bytes: AtomicU64,
    /// Entries and bytes of paths that are read of one image; of all of them where layers are read before images are.
    entries: AtomicU64,
    paths: AtomicU64,
    /// Entries of one image that are laid over others.
    merged: AtomicU64,
    /// The same of all images, and what their trees have.
    all_entries: AtomicU64,
    all_merged: AtomicU64,
    all_nodes: AtomicU64,
    json_bytes: AtomicU64,
    json_values: AtomicU64,
    /// What may be kept of files' content, in bytes.
    facets: AtomicUsize,
    /// What may be kept of it as sources, in bytes.
    source_bytes: AtomicUsize,
    /// What one layer may keep of it.
    share: AtomicUsize,
    exhausted: AtomicBool,
    too_long: AtomicBool,
    sources: AtomicBool,
    /// Whether layers are read at all.
    layers: bool,
    pub(super) progress: Arc<Progress>,
}

impl Budget {
    pub(super) fn new(progress: Arc<Progress>) -> Self {
        Self {
            all_entries: AtomicU64::new(limits::ENTRIES_TOGETHER),
            all_merged: AtomicU64::new(limits::ENTRIES_TOGETHER),
            ..Self::of(limits::UNPACKED_BYTES, limits::ENTRIES, progress)
        }
    }

    /// A budget of this many unpacked bytes and entries.
    pub(super) fn of(bytes: u64, entries: u64, progress: Arc<Progress>) -> Self {
        Self {
            bytes: AtomicU64::new(bytes),
            entries: AtomicU64::new(entries),
            paths: AtomicU64::new(limits::PATH_BYTES_TOGETHER),
            merged: AtomicU64::new(entries),
            all_entries: AtomicU64::new(entries),
            all_merged: AtomicU64::new(entries),
            all_nodes: AtomicU64::new(limits::NODES_TOGETHER),
            json_bytes: AtomicU64::new(limits::JSON_BYTES_TOGETHER),
            json_values: AtomicU64::new(limits::JSON_VALUES),
            facets: AtomicUsize::new(limits::FACET_BYTES),
            source_bytes: AtomicUsize::new(limits::SOURCES_TOGETHER),
            share: AtomicUsize::new(limits::FACET_BYTES),
            exhausted: AtomicBool::new(false),
            too_long: AtomicBool::new(false),
            sources: AtomicBool::new(true),
            layers: true,
            progress,
        }
    }

    /// A budget for documents alone.
    pub(super) fn of_documents(self) -> Self {
        Self { layers: false, ..self }
    }

    /// Whether layers are read.
    pub(super) fn reads_layers(&self) -> bool {
        self.layers
    }

    /// Says whether code that interpreters read is searched for the Runtime API. An archive that passes once is searched
    /// before anybody knows what starts.
    pub(super) fn search_sources(&self, wanted: bool) {
        self.sources.store(wanted, Relaxed);
    }

    /// Whether it is.
    pub(super) fn searches_sources(&self) -> bool {
        self.sources.load(Relaxed)
    }

    /// Divides what may be kept between the images and their layers.
    pub(super) fn share_among(&self, images: usize, layers: usize) {
        self.share.store(limits::FACET_BYTES / (images * layers).max(1), Relaxed);
    }

    /// What one layer may keep of its files' content, in bytes.
    pub(super) fn share(&self) -> usize {
        self.share.load(Relaxed)
    }

    /// Whether the layers together are over a limit.
    pub(super) fn is_exhausted(&self) -> bool {
        self.exhausted.load(Relaxed)
    }

    /// Whether it is their unpacked length that is over the limit.
    pub(super) fn is_too_long(&self) -> bool {
        self.too_long.load(Relaxed)
    }

    fn take(&self, from: &AtomicU64, count: u64) -> Result<(), String> {
        self.go_on(taken(from, count))
    }

    pub(super) fn take_bytes(&self, count: u64) -> Result<(), String> {
        let enough = taken(&self.bytes, count);
        if !enough {
            self.too_long.store(true, Relaxed);
        }
        self.go_on(enough)
    }

    /// Whether to read on: not after any budget has run out.
    fn go_on(&self, enough: bool) -> Result<(), String> {
        if !enough {
            self.exhausted.store(true, Relaxed);
        }
        if self.is_exhausted() { Err(over()) } else { Ok(()) }
    }

    /// Takes over that a limit was passed which one layer was read with.
    #[cfg(feature = "registry")]
    pub(super) fn follow(&self, layer: &Self) {
        self.too_long.fetch_or(layer.is_too_long(), Relaxed);
        self.exhausted.fetch_or(layer.is_exhausted(), Relaxed);
    }

    /// Begins with an image: nothing is in memory of the last one but layers that were read before.
    pub(super) fn begin_image(&self) {
        self.entries.store(limits::ENTRIES, Relaxed);
        self.paths.store(limits::PATH_BYTES_TOGETHER, Relaxed);
        self.merged.store(limits::ENTRIES, Relaxed);
    }

    /// Takes entries whose paths and links have this many bytes together.
    pub(super) fn take_entries(&self, entries: u64, paths: u64) -> Result<(), String> {
        self.take(&self.entries, entries)?;
        self.take(&self.all_entries, entries)?;
        self.take(&self.paths, paths)
    }

    /// Takes the entries of a layer that is laid over others.
    pub(super) fn take_merge(&self, entries: usize) -> Result<(), String> {
        self.take(&self.merged, entries as u64)?;
        self.take(&self.all_merged, entries as u64)
    }

    /// Takes files and directories that a layer has added to a tree.
    pub(super) fn take_nodes(&self, nodes: usize) -> Result<(), String> {
        self.take(&self.all_nodes, nodes as u64)
    }

    /// Takes a JSON document.
    pub(super) fn take_json(&self, bytes: &[u8]) -> Result<(), String> {
        let values = 1 + bytes.iter().filter(|byte| matches!(byte, b',' | b'[' | b'{')).count() as u64;
        let enough = taken(&self.json_bytes, bytes.len() as u64) && taken(&self.json_values, values);
        enough.then_some(()).ok_or_else(|| {
            let (bytes, values) = (limits::JSON_BYTES_TOGETHER, limits::JSON_VALUES);
            format!("the archive's JSON documents have over {bytes} bytes or over {values} values together")
        })
    }

    /// Keeps a facet while there is room for it: what is not kept is as good as not known.
    pub(super) fn keep(&self, facet: Option<FileContent>, room: &mut usize) -> Option<Arc<FileContent>> {
        let facet = facet?;
        let cost = facet.cost();
        if let Some(source) = facet.source() {
            let left = |left: usize| left.checked_sub(source.len());
            self.source_bytes.fetch_update(Relaxed, Relaxed, left).ok()?;
        }
        *room = room.checked_sub(cost)?;
        let left = self.facets.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(cost));
        left.is_ok().then(|| Arc::new(facet))
    }
}

/// Entries that a layer has and that have not been taken from what all layers share: what all processors write to is
/// slow to write to.
#[derive(Default)]
pub(super) struct Untaken {
    entries: u64,
    paths: u64,
}

/// How many entries may be over a limit until that is noticed.
const AT_ONCE: u64 = 64;

impl Untaken {
    /// Adds an entry whose path and link have this many bytes.
    pub(super) fn add(&mut self, path: usize, budget: &Budget) -> Result<(), String> {
        self.entries += 1;
        self.paths += path as u64;
        if self.entries < AT_ONCE { Ok(()) } else { self.take(budget) }
    }

    /// Takes them.
    pub(super) fn take(&mut self, budget: &Budget) -> Result<(), String> {
        let Self { entries, paths } = std::mem::take(self);
        budget.take_entries(entries, paths)
    }
}

fn taken(from: &AtomicU64, count: u64) -> bool {
    from.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(count)).is_ok()
}

/// The fault of every layer of an image that is over a limit.
pub(super) fn over() -> String {
    let (bytes, entries, paths) = (limits::UNPACKED_BYTES, limits::ENTRIES, limits::PATH_BYTES_TOGETHER);
    format!(
        "the layers of the archive that were read have over {bytes} unpacked bytes, {entries} entries or {paths} bytes \
         of paths together"
    )
}
