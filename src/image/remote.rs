//! An image whose parts are fetched one by one by their digests, as a registry gives them.

use super::archive::Store;
use super::budget::Budget;
use super::cache::LayerCache;
use super::layer::{self, Scan};
use super::progress::Progress;
use super::shared::{self, SharedLayers};
use crate::error::Error;
use crate::parallel;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;

/// Where the parts of one image are fetched from.
pub trait Remote: Sync {
    /// The descriptor of what the image's reference leads to: a manifest or an index.
    fn root(&self) -> Value;
    /// A document by its digest; `None` if it is not there, an error if it cannot be read.
    fn document(&self, digest: &str) -> Option<Result<Vec<u8>, String>>;
    /// A layer's bytes as they come; `None` if it is not there.
    fn layer(&self, digest: &str) -> Option<Box<dyn Read + '_>>;
    /// How long a layer is, by the manifest that names it.
    fn size(&self, digest: &str) -> Option<u64>;
    /// Why something could not be fetched. What was read is then not what there is.
    fn failure(&self) -> Option<Error>;
}

/// A remote image as the reader of archives sees it: a layout with one name.
pub(super) struct Fetched<'r> {
    pub(super) remote: &'r dyn Remote,
    pub(super) shared: Option<&'r SharedLayers>,
}

impl Fetched<'_> {
    fn scan(&self, digest: &str, budget: &Budget) -> Option<Arc<Scan>> {
        let Some(shared) = self.shared else {
            return self.remote.layer(digest).map(|bytes| Arc::new(layer::stream(bytes, budget)));
        };
        shared.get(digest, || {
            let own = Budget::of_shared_layer(&budget.progress);
            let scan = self.remote.layer(digest).map(|bytes| layer::stream(bytes, &own));
            budget.follow(&own);
            scan
        })
    }
}

/// What became of a layer that should be in a cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It was there.
    Known,
    /// It was scanned, and is there now.
    Scanned,
    /// The registry does not have it. Checks say so of the images that name it.
    Missing,
    /// It cannot be read to its end, or is not what its digest says, which checks say too.
    Unsound,
}

/// Puts the scan of a layer into a cache. An error where the layer could not be fetched.
pub fn keep(remote: &dyn Remote, digest: &str, cache: &LayerCache, progress: &Arc<Progress>) -> Result<Kept, Error> {
    if cache.load(digest).is_some() {
        return Ok(Kept::Known);
    }
    let budget = Budget::of_shared_layer(progress);
    let scan = remote.layer(digest).map(|bytes| layer::stream(bytes, &budget));
    if let Some(failure) = remote.failure() {
        return Err(failure);
    }
    let Some(scan) = scan else { return Ok(Kept::Missing) };
    if !shared::is_sound(&scan, digest) {
        return Ok(Kept::Unsound);
    }
    cache.store(digest, &scan);
    Ok(Kept::Scanned)
}

/// `sha256:…` of `blobs/sha256/…`.
fn digest_of(name: &str) -> Option<String> {
    name.strip_prefix("blobs/").map(|rest| rest.replacen('/', ":", 1))
}

impl Store for Fetched<'_> {
    fn document(&mut self, name: &str) -> Option<Result<Vec<u8>, String>> {
        if name == "index.json" {
            let index = json!({"schemaVersion": 2, "manifests": [self.remote.root()]});
            return Some(Ok(serde_json::to_vec(&index).unwrap_or_default()));
        }
        self.remote.document(&digest_of(name)?)
    }

    fn layers(&mut self, names: &[String], budget: &Budget) -> Vec<Option<Arc<Scan>>> {
        let digests: Vec<Option<String>> = names.iter().map(|name| digest_of(name)).collect();
        let mut different: Vec<(&str, u64)> = Vec::new();
        for digest in digests.iter().flatten() {
            if !different.iter().any(|(known, _)| known == digest) {
                different.push((digest, self.remote.size(digest).unwrap_or(0)));
            }
        }
        different.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
        budget.progress.expect(different.len(), different.iter().fold(0, |sum, (_, size)| sum.saturating_add(*size)));
        // A thread that panicked has found a fault of ours; its layers are missing, and that is said of them.
        let scans = parallel::in_order(different.len(), parallel::processors(), |at| {
            let (digest, _) = different.get(at)?;
            let scan = self.scan(digest, budget);
            budget.progress.layer_done();
            scan
        });
        let done: BTreeMap<&str, Option<Arc<Scan>>> =
            different.iter().map(|(digest, _)| *digest).zip(scans.into_iter().map(Option::flatten)).collect();
        let mut scans: Vec<_> = digests.iter().map(|digest| done.get(digest.as_deref()?).cloned().flatten()).collect();
        if self.shared.is_some() {
            budget.charge(&mut scans);
        }
        scans
    }

    fn fault(&self) -> Option<&str> {
        None
    }

    fn called(&self) -> &'static str {
        "registry"
    }
}
