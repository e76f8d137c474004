//! How far reading an image has come, for the user who waits.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Counters that reading moves on; another thread may look at them.
#[derive(Debug, Default)]
pub struct Progress {
    bytes: AtomicU64,
    total: AtomicU64,
    layers: AtomicUsize,
    total_layers: AtomicUsize,
}

impl Progress {
    /// Bytes of layers that have been read, as they lie in the archive.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// How many there will be; 0 where that is not known, as in a pipe.
    pub fn total(&self) -> u64 {
        self.total.load(Ordering::Relaxed)
    }

    /// Layers that have been read.
    pub fn layers(&self) -> usize {
        self.layers.load(Ordering::Relaxed)
    }

    /// How many there will be; 0 where that is not known.
    pub fn total_layers(&self) -> usize {
        self.total_layers.load(Ordering::Relaxed)
    }

    pub(super) fn expect(&self, layers: usize, bytes: u64) {
        self.total.fetch_add(bytes, Ordering::Relaxed);
        self.total_layers.fetch_add(layers, Ordering::Relaxed);
    }

    pub(super) fn read(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(super) fn layer_done(&self) {
        self.layers.fetch_add(1, Ordering::Relaxed);
    }
}
