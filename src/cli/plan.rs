//! `lamblint plan`: from lists to a plan that several workers share.

use super::fleet::{self, Fleet, Listed};
use super::progress::Counting;
use super::remote::{Remotes, said};
use super::shard_args::PlanArgs;
use super::{check, complain, output, print_json};
use crate::discover::Found;
use crate::image::{self, Depth, Image, LayerCache, ReadOptions, Remote};
use crate::registry::{Client, Manifests, Reference, Repository, is_digest};
use crate::report::{Unreadable, plural};
use crate::shards::{Plan, Planned, PlannedFunction, PlannedLayer};
use crate::{guard, parallel, save, size};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Manifests that are asked for at once. The client asks less where a registry says "too many".
const AT_ONCE: usize = 8;

/// An image as far as its manifests show it: its reference with the digest, and its layers.
struct Read {
    reference: String,
    layers: Vec<PlannedLayer>,
}

/// `lamblint plan`; 0, or 2 if no image at all could be read.
pub(super) fn write(args: &PlanArgs) -> Result<u8, String> {
    let fleet = lists(args)?;
    if let Some(file) = &args.output {
        output::refuse_to_overwrite(
            [file.as_path()].into_iter(),
            args.refs.iter().chain(&args.functions).map(|f| &**f),
        )?;
    }
    if args.verbose {
        fleet.notes.iter().for_each(|note| complain(note));
    }
    let remotes = Remotes::of_registries(args.registry.clone());
    let read = all(&remotes, &fleet.listed, args.quiet);
    let plan = assembled(args, fleet.listed, read);
    let unread = plan.subjects.iter().filter_map(|subject| Some((subject, subject.error.clone()?)));
    let unread: Vec<Unreadable> =
        unread.map(|(subject, message)| Unreadable { path: subject.path.clone(), message }).collect();
    check::complain_of(&unread);
    if !args.quiet {
        remotes.warnings().iter().for_each(|warning| complain(warning));
        complain(&summary(&plan, args.cache.as_deref()));
    }
    match &args.output {
        Some(file) => save::report(file, &plan.text()).map_err(|error| error.to_string())?,
        None => print_json(&plan.text())?,
    }
    Ok(if plan.subjects.is_empty() || unread.len() < plan.subjects.len() { 0 } else { 2 })
}

fn lists(args: &PlanArgs) -> Result<Fleet, String> {
    if args.references.is_empty() && args.refs.is_none() && args.functions.is_none() {
        return Err("nothing to plan: name references, or a list with --refs or --functions".to_owned());
    }
    // `lamblint check` reports what is named in the order of names, and what lists have in theirs.
    let mut named = args.references.clone();
    named.sort();
    let mut fleet = Fleet::default();
    fleet.named(named.iter().map(String::as_str));
    let listed = fleet::read(args.refs.as_deref(), args.functions.as_deref())?;
    fleet.listed.extend(listed.listed);
    fleet.notes = listed.notes;
    fleet.bounded()
}

/// What can be read of each image, several at once.
fn all(remotes: &Remotes, listed: &[Listed], quiet: bool) -> Vec<Result<Read, String>> {
    let client = remotes.client();
    let line = Counting::at("image", listed.len(), quiet);
    // What a list has of functions stays with this thread.
    let named: Vec<(&Path, Result<&Repository, String>)> =
        listed.iter().map(|one| (one.path.as_path(), repository(one))).collect();
    let done = parallel::in_order(named.len(), AT_ONCE, |at| {
        let (path, repository) = named.get(at)?;
        let read = guard::subject(path, || {
            let repository = repository.clone()?;
            let client = client.as_ref().map_err(|why| format!("{}: {why}", path.display()))?;
            manifests(client, path, repository)
        });
        line.next();
        Some(read)
    });
    done.into_iter().map(|read| read.flatten().unwrap_or_else(|| Err(guard::LOST.to_owned()))).collect()
}

fn repository(listed: &Listed) -> Result<&Repository, String> {
    match &listed.found {
        Ok(Found::Remote { reference: Reference::Registry(repository), .. }) => Ok(repository),
        Ok(_) => Err(format!(
            "{}: other machines have not got it, and a plan is for several; push it, and name the registry's image",
            listed.path.display()
        )),
        Err(why) => Err(why.clone()),
    }
}

fn manifests(client: &Arc<Client>, path: &Path, repository: &Repository) -> Result<Read, String> {
    let failed = |error: crate::error::Error| said(path, &error.to_string());
    let remote = client.open(repository).map_err(failed)?;
    let digest = remote.root()["digest"].as_str().unwrap_or_default().to_owned();
    let reference = repository.with_digest(&digest);
    let options = ReadOptions { depth: Depth::Config, ..ReadOptions::default() };
    let layers = image::from_remote(&Manifests(&remote), None, &options, |image| layers(&image, &reference));
    let layers = layers.map_err(failed)?.into_iter().flatten().collect();
    Ok(Read { reference, layers })
}

/// The layers of an image that have a digest; what else it names, checks say.
fn layers(image: &Image, reference: &str) -> Vec<PlannedLayer> {
    let one = |layer: &image::Layer| PlannedLayer {
        digest: layer.digest.clone(),
        size: layer.packed_bytes,
        media_type: layer.media_type.clone(),
        reference: reference.to_owned(),
    };
    image.layers.iter().filter(|layer| is_digest(&layer.digest)).map(one).collect()
}

fn assembled(args: &PlanArgs, listed: Vec<Listed>, read: Vec<Result<Read, String>>) -> Plan {
    let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
    let mut layers: Vec<PlannedLayer> = Vec::new();
    let mut number = |layer: PlannedLayer| {
        let at = *numbers.entry(layer.digest.clone()).or_insert(layers.len());
        match layers.get_mut(at) {
            // Of two lengths the longer one is read: the shorter shows as a fault.
            Some(known) => known.size = known.size.max(layer.size),
            None => layers.push(layer),
        }
        at
    };
    let subjects = listed.into_iter().zip(read).map(|(listed, read)| {
        let planned = Planned { path: listed.path.display().to_string(), ..Planned::default() };
        match read {
            Err(error) => Planned { error: Some(error), ..planned },
            Ok(read) => Planned {
                reference: Some(read.reference),
                layers: read.layers.into_iter().map(&mut number).collect(),
                function: listed
                    .function
                    .map(|function| PlannedFunction { properties: function.properties(), name: function.name }),
                ..planned
            },
        }
    });
    let subjects = subjects.collect();
    Plan::new(args.today.unwrap_or_else(crate::options::today), subjects, layers)
}

/// `info: 200 images with 206 layers of 191.4 MiB; 200 of them, 180.0 MiB, are to be downloaded`.
fn summary(plan: &Plan, cache: Option<&Path>) -> String {
    let cache = cache.and_then(|folder| LayerCache::open(folder, true).ok());
    let bytes = |layers: &[&PlannedLayer]| layers.iter().fold(0_u64, |sum, layer| sum.saturating_add(layer.size));
    let every: Vec<&PlannedLayer> = plan.layers.iter().collect();
    let left: Vec<&PlannedLayer> =
        plan.layers.iter().filter(|layer| !cache.as_ref().is_some_and(|cache| cache.has(&layer.digest))).collect();
    let all = format!("{} with {}", plural(plan.subjects.len(), "image"), plural(plan.layers.len(), "layer"));
    format!(
        "info: {all} of {}; {} of them, {}, are to be downloaded",
        size::show(bytes(&every)),
        left.len(),
        size::show(bytes(&left))
    )
}
