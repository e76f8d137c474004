//! Layers that several images of a run have: each is fetched and scanned once.

use super::budget::Budget;
use super::cache::LayerCache;
use super::layer::Scan;
use super::limits;
use super::progress::Progress;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The layers of a run by their digests, as long as there is room for them.
#[derive(Debug, Default)]
pub struct SharedLayers {
    pool: Mutex<Pool>,
    /// What earlier runs have scanned.
    cache: Option<LayerCache>,
}

#[derive(Debug, Default)]
struct Pool {
    slots: HashMap<String, Slot>,
    /// Bytes that are held, about.
    held: usize,
    clock: u64,
}

#[derive(Debug)]
struct Slot {
    scan: Arc<Mutex<Option<Arc<Scan>>>>,
    used: u64,
    weight: usize,
}

impl SharedLayers {
    /// Layers that may lie in a cache.
    pub fn new(cache: Option<LayerCache>) -> Self {
        Self { pool: Mutex::default(), cache }
    }

    /// Why the cache was not written, if so.
    pub fn fault(&self) -> Option<String> {
        self.cache.as_ref().and_then(LayerCache::fault)
    }

    /// The scan of a layer, which another image may have had already. Who comes second waits for it.
    pub(super) fn get(&self, digest: &str, scan: impl FnOnce() -> Option<Scan>) -> Option<Arc<Scan>> {
        let slot = self.slot(digest);
        let mut known = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(scan) = &*known {
            return Some(Arc::clone(scan));
        }
        let cached = self.cache.as_ref().and_then(|cache| cache.load(digest));
        let is_new = cached.is_none();
        let scan = Arc::new(match cached {
            Some(scan) => scan,
            None => scan()?,
        });
        // What was cut off, or is not what its name says, is no other image's.
        if is_sound(&scan, digest) {
            if let Some(cache) = self.cache.as_ref().filter(|_| is_new) {
                cache.store(digest, &scan);
            }
            *known = Some(Arc::clone(&scan));
            self.weigh(digest, weight(&scan));
        }
        Some(scan)
    }

    fn slot(&self, digest: &str) -> Arc<Mutex<Option<Arc<Scan>>>> {
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        pool.clock += 1;
        let used = pool.clock;
        let slot =
            pool.slots.entry(digest.to_owned()).or_insert_with(|| Slot { scan: Arc::default(), used, weight: 0 });
        slot.used = used;
        Arc::clone(&slot.scan)
    }

    /// Takes note of what a layer weighs, and forgets those that were not asked for longest.
    fn weigh(&self, digest: &str, weight: usize) {
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = pool.slots.get_mut(digest) {
            slot.weight = weight;
        }
        pool.held += weight;
        while pool.held > limits::SHARED_BYTES {
            let oldest = pool.slots.iter().filter(|(_, slot)| slot.weight > 0).min_by_key(|(_, slot)| slot.used);
            let Some(oldest) = oldest.map(|(digest, _)| digest.clone()) else { break };
            let gone = pool.slots.remove(&oldest).map_or(0, |slot| slot.weight);
            pool.held = pool.held.saturating_sub(gone);
        }
    }
}

/// Whether a scan is the one of a whole layer.
pub(super) fn is_sound(scan: &Scan, digest: &str) -> bool {
    scan.fault.is_none() && scan.packed_digest.as_deref() == Some(digest)
}

/// Bytes that a scan takes, about.
fn weight(scan: &Scan) -> usize {
    let entry = |entry: super::entries::EntryRef<'_>| {
        let facet = entry.facet.map_or(0, |facet| facet.cost());
        64 + entry.path_bytes() + entry.link.map_or(0, <[u8]>::len) + facet
    };
    64 + scan.entries.iter().map(entry).sum::<usize>()
}

impl Budget {
    /// A budget for a layer that is going to be shared: what is read of it must not depend on the image that comes first.
    pub(super) fn of_shared_layer(progress: &Arc<Progress>) -> Self {
        let budget = Self::new(Arc::clone(progress));
        budget.share_among(1, limits::SHARED_LAYERS);
        budget
    }

    /// Takes from an image's budget what its layers have, and leaves out what is known of files' content where that is more
    /// than an image may have.
    pub(super) fn charge(&self, scans: &mut [Option<Arc<Scan>>]) {
        let mut facets = 0;
        for scan in scans.iter().flatten() {
            let _ = self.take_bytes(scan.read_bytes);
            let mut paths = 0;
            for entry in scan.entries.iter() {
                paths += entry.path_bytes() + entry.link.map_or(0, <[u8]>::len);
                facets += entry.facet.map_or(0, |facet| facet.cost());
            }
            let _ = self.take_entries(scan.entries.len() as u64, paths as u64);
        }
        if facets > limits::FACET_BYTES {
            let bare = |scan: &Arc<Scan>| {
                let mut bare = Scan::clone(scan);
                bare.entries.forget_facets();
                Arc::new(bare)
            };
            scans.iter_mut().flatten().for_each(|scan| *scan = bare(scan));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn scan(digest: &str) -> Scan {
        Scan { packed_digest: Some(digest.to_owned()), ..Scan::default() }
    }

    #[test]
    fn each_is_scanned_once() {
        let (shared, times) = (SharedLayers::default(), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    shared.get("a", || {
                        times.fetch_add(1, Ordering::SeqCst);
                        std::thread::sleep(std::time::Duration::from_millis(20));
                        Some(scan("a"))
                    })
                });
            }
        });
        assert_eq!(times.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn what_is_not_sound_is_not_shared() {
        let shared = SharedLayers::default();
        let times = AtomicUsize::new(0);
        let asked = |digest: &str, made: fn() -> Option<Scan>| {
            shared.get(digest, || {
                times.fetch_add(1, Ordering::SeqCst);
                made()
            })
        };
        for _ in 0..2 {
            assert!(asked("gone", || None).is_none());
            assert!(asked("other", || Some(scan("another"))).is_some());
            assert!(asked("cut", || Some(Scan { fault: Some(String::new()), ..scan("cut") })).is_some());
        }
        assert_eq!(times.load(Ordering::SeqCst), 6);
    }

    #[test]
    fn what_was_not_asked_for_longest_is_forgotten() {
        let shared = SharedLayers::default();
        for digest in ["a", "b", "c"] {
            shared.get(digest, || Some(scan(digest)));
        }
        shared.get("a", || None);
        shared.weigh("c", limits::SHARED_BYTES - 100);
        let pool = shared.pool.lock().unwrap();
        assert!(pool.slots.contains_key("a") && !pool.slots.contains_key("b"));
    }
}
