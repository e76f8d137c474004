//! `lamblint scan-layers`: a shard of a plan's layers, into a cache.

use super::progress::Counting;
use super::remote::Remotes;
use super::shard_args::ScanLayersArgs;
use super::{complain, shard};
use crate::image::{self, Kept, LayerCache, Progress};
use crate::registry::{Client, Repository};
use crate::report::plural;
use crate::shards::{Plan, PlannedLayer};
use crate::{guard, parallel};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

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
    let (mut known, mut scanned) = (0, 0);
    let mut failed: BTreeMap<String, Vec<&PlannedLayer>> = BTreeMap::new();
    for (layer, kept) in layers.iter().zip(all_of(&client, &layers, &cache, args.quiet)) {
        match kept {
            Ok(Kept::Known) => known += 1,
            Ok(Kept::Scanned) => scanned += 1,
            // The image's own check says it again, as a finding.
            Ok(Kept::Missing) => complain(&format!("{}: the registry does not have it", called(layer))),
            Ok(Kept::Unsound) => complain(&format!("{}: it is damaged, and is not kept", called(layer))),
            Err(why) => failed.entry(why).or_default().push(layer),
        }
    }
    for (why, layers) in &failed {
        let first = layers.first().map_or(String::new(), |layer| called(layer));
        complain(&match layers.len() {
            1 => format!("{first}: {why}"),
            more => format!("{first} and {} more: {why}", more - 1),
        });
    }
    if !args.quiet {
        remotes.warnings().iter().for_each(|warning| complain(warning));
        let all = plural(layers.len(), "layer");
        complain(&format!("info: shard {which}: {all}, {known} were in the cache, {scanned} were scanned"));
    }
    if let Some(fault) = cache.fault() {
        return Err(format!("{fault}; is there room, and may this user write to it?"));
    }
    Ok(if failed.is_empty() { 0 } else { 2 })
}

fn called(layer: &PlannedLayer) -> String {
    format!("layer {} of {}", layer.digest, layer.reference)
}

/// What becomes of each layer, several at once.
fn all_of(
    client: &Arc<Client>,
    layers: &[&PlannedLayer],
    cache: &LayerCache,
    quiet: bool,
) -> Vec<Result<Kept, String>> {
    let line = Counting::at("layer", layers.len(), quiet);
    let done = parallel::in_order(layers.len(), parallel::processors().clamp(2, AT_ONCE), |at| {
        let layer = layers.get(at)?;
        let kept = guard::subject(Path::new(&layer.digest), || one(client, layer, cache, &line.progress));
        line.next();
        Some(kept)
    });
    done.into_iter().map(|kept| kept.flatten().unwrap_or_else(|| Err(guard::LOST.to_owned()))).collect()
}

fn one(
    client: &Arc<Client>,
    layer: &PlannedLayer,
    cache: &LayerCache,
    progress: &Arc<Progress>,
) -> Result<Kept, String> {
    let repository = Repository::pinned(&layer.reference).ok_or("the plan names no repository for it")?;
    let kept = client
        .for_layer(&repository, &layer.digest, layer.size)
        .and_then(|remote| image::keep(&remote, &layer.digest, cache, progress));
    kept.map_err(|error| error.to_string())
}
