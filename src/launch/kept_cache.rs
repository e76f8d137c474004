//! Caches that package managers leave in the image.

use super::{Launch, RunCommand, Step};
use crate::diagnostic::{DocumentId, Edit, Location};
use crate::facts::{self, PackageCache};
use crate::source::Span;

/// The commands of the final image that leave one cache.
#[derive(Clone, Debug)]
pub struct KeptCache<'a> {
    /// The cache.
    pub cache: &'static PackageCache,
    /// The commands, each with its step.
    pub by: Vec<(&'a Step<'a>, &'a RunCommand)>,
}

/// A cache that lies in a saved image.
#[derive(Clone, Debug)]
pub struct LyingCache {
    /// The cache.
    pub cache: &'static PackageCache,
    /// Its folder.
    pub path: &'static str,
    /// Its size.
    pub bytes: u64,
    /// The layer that brings it.
    pub layer: Location,
}

/// Less than this is not worth a word, in bytes.
const MIN_BYTES: u64 = 1024 * 1024;

impl<'a> Launch<'a> {
    /// The caches that commands leave in their layers.
    pub fn kept_caches(&self) -> Vec<KeptCache<'a>> {
        let Some(build) = self.build else { return Vec::new() };
        let kept = |cache: &'static PackageCache| {
            let commands = build.final_stages().into_iter().flat_map(|stage| {
                stage.ran().iter().filter_map(move |ran| Some((stage, stage.steps.get(ran.step)?, ran)))
            });
            let keeps = commands.filter(|(stage, step, ran)| build.keeps_cache(cache, stage, step, ran));
            KeptCache { cache, by: keeps.map(|(_, step, ran)| (step, ran)).collect() }
        };
        facts::package_caches().iter().map(kept).filter(|kept| !kept.by.is_empty()).collect()
    }

    /// The caches that lie in a saved image.
    pub fn lying_caches(&self) -> Vec<LyingCache> {
        let Some(image) = self.image else { return Vec::new() };
        let paths = facts::package_caches().iter().flat_map(|cache| cache.paths.iter().map(move |path| (cache, path)));
        let lying = paths.filter_map(|(cache, path)| {
            let (bytes, layer) = image.files.weight(path).filter(|(bytes, _)| *bytes >= MIN_BYTES)?;
            Some(LyingCache { cache, path, bytes, layer: Location::new(DocumentId::Layer(layer), Span::default()) })
        });
        lying.collect()
    }
}

impl KeptCache<'_> {
    /// The first command of each RUN: a RUN is a layer.
    pub fn layers(&self) -> Vec<&RunCommand> {
        let mut layers: Vec<&RunCommand> = self.by.iter().map(|(_, ran)| *ran).collect();
        layers.dedup_by_key(|ran| ran.step);
        layers
    }

    /// Whether each command only reads an index: `apk update && apk add --no-cache x`.
    pub fn only_updates(&self) -> bool {
        self.by.iter().all(|(_, ran)| ran.verb() == "update")
    }

    /// The edits that fix every place; `None` if one cannot be fixed.
    pub fn edits(&self) -> Option<Vec<Edit>> {
        let mut edits: Vec<Edit> = Vec::new();
        for (step, ran) in &self.by {
            let (at, text) = match (&self.cache.append, &self.cache.flag) {
                (Some(command), _) => (step.end_of_script()?, format!(" && {}", command.replace("{}", &ran.program))),
                (None, Some(flag)) => {
                    let install = ran.args.iter().find(|arg| matches!(arg.raw.as_str(), "add" | "install" | "sync"))?;
                    (install.span.end, format!(" {flag}"))
                }
                (None, None) => return None,
            };
            let edit = Edit { start: at, end: at, text };
            if !edits.contains(&edit) {
                edits.push(edit);
            }
        }
        Some(edits)
    }
}
