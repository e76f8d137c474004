//! `lamblint scan-layers`: a shard of a plan's layers, into a cache.

use super::remote::Remotes;
use super::shard_args::ScanLayersArgs;
use super::{complain, shard};
use crate::guard;
use crate::image::{self, Kept, LayerCache};
use crate::registry::{Client, Repository};
use crate::report::plural;
use crate::shards::{Plan, PlannedLayer};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Maximum number of layers that are fetched at once.
const AT_ONCE: usize = 8;

/// `lamblint scan-layers`; 0, or 2 where a layer could not be fetched or kept.
pub(super) fn all(args: &ScanLayersArgs) -> Result<u8, String> {
    let which = shard::asked(&args.shard)?;
    let plan = Plan::read(&args.plan).map_err(|error| error.to_string())?;
    let cache = LayerCache::open(&args.cache, false).map_err(|error| error.to_string())?;
    let remotes = Remotes::of_registries(args.registry.clone());
    let client = remotes.client()?;
    let layers = plan.layers_of(which);
    let mut counts = [0, 0];
    let mut failed = 0;
    for (layer, kept) in layers.iter().zip(scanned(&client, &layers, &cache)) {
        let of = || format!("layer {} of {}", layer.digest, layer.reference);
        match kept {
            Ok(Kept::Known) => counts[0] += 1,
            Ok(Kept::Scanned) => counts[1] += 1,
            // The image's own check says it again, as a finding.
            Ok(Kept::Missing) => complain(&format!("{}: the registry does not have it", of())),
            Ok(Kept::Unsound) => complain(&format!("{}: it is damaged, and is not kept", of())),
            Err(why) => {
                failed += 1;
                complain(&format!("{}: {why}", of()));
            }
        }
    }
    if !args.quiet {
        remotes.warnings().iter().for_each(|warning| complain(warning));
        let [known, new] = counts;
        let all = plural(layers.len(), "layer");
        complain(&format!("info: shard {which}: {all}, {known} were in the cache, {new} were scanned"));
    }
    if let Some(fault) = cache.fault() {
        return Err(format!("{fault}; is there room, and may this user write to it?"));
    }
    Ok(if failed == 0 { 0 } else { 2 })
}

/// What becomes of each layer, several at once.
fn scanned(client: &Arc<Client>, layers: &[&PlannedLayer], cache: &LayerCache) -> Vec<Result<Kept, String>> {
    let next = AtomicUsize::new(0);
    let done: Mutex<BTreeMap<usize, Result<Kept, String>>> = Mutex::default();
    let work = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(layer) = layers.get(at) else { return };
            let kept = guard::subject(Path::new(&layer.digest), || one(client, layer, cache));
            done.lock().unwrap_or_else(PoisonError::into_inner).insert(at, kept);
        }
    };
    let threads = std::thread::available_parallelism().map_or(2, usize::from).clamp(2, AT_ONCE).min(layers.len());
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        work();
        others.into_iter().for_each(|other| drop(other.join()));
    });
    done.into_inner().unwrap_or_else(PoisonError::into_inner).into_values().collect()
}

fn one(client: &Arc<Client>, layer: &PlannedLayer, cache: &LayerCache) -> Result<Kept, String> {
    let repository = Repository::pinned(&layer.reference).ok_or("the plan names no repository for it")?;
    let kept = client
        .for_layer(&repository, &layer.digest, layer.size)
        .and_then(|remote| image::keep(&remote, &layer.digest, cache));
    kept.map_err(|error| error.to_string())
}
