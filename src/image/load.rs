//! From an archive to its images: index, manifest, config and layers, each by the digest that names it.

use super::archive::Store;
use super::beside::{self, Listed, attests};
use super::budget::Budget;
use super::layer::digest;
use super::layers::{add, compare, missing, other_names, walked};
use super::{Descriptor, Document, FaultKind, Form, Image, ImageFault, Layer, broken, limits};
use crate::diagnostic::{DocumentId, Location};
use crate::error::Error;
use serde_json::Value;
use sha2::{Digest, Sha256, Sha512};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Where the images of an archive go, one after the other: there may be more of them than memory would hold.
pub(super) struct Sink<'a> {
    /// The only one that is wanted, by name or tag.
    wanted: Option<&'a str>,
    each: &'a mut dyn FnMut(Image),
    /// What the others are called.
    others: Vec<String>,
    any: bool,
}

impl<'a> Sink<'a> {
    pub(super) fn new(wanted: Option<&'a str>, each: &'a mut dyn FnMut(Image)) -> Self {
        Self { wanted, each, others: Vec::new(), any: false }
    }

    /// Whether to read an image of this name.
    fn wants(&mut self, name: Option<&str>) -> bool {
        let fits = self.fits(name);
        if !fits {
            self.others.push(name.unwrap_or("(no name)").to_owned());
        }
        fits
    }

    /// Whether an image of this name is wanted.
    fn fits(&self, name: Option<&str>) -> bool {
        let Some(wanted) = self.wanted else { return true };
        name.is_some_and(|name| name == wanted || name.rsplit(':').next() == Some(wanted))
    }

    fn take(&mut self, store: &dyn Store, mut image: Image) {
        if let Some(fault) = store.fault().filter(|_| image.faults.is_empty()) {
            // A whole image in an archive that is not: what comes after may be another.
            image.faults.push(ImageFault {
                kind: FaultKind::BrokenLayer,
                place: Location::new(DocumentId::Archive, crate::source::Span::default()),
                message: "the archive cannot be read to its end".into(),
                label: fault.to_owned(),
            });
        }
        self.any = true;
        (self.each)(image);
    }
}

/// Reads the images of an archive. An error means that it is not an image at all, or has none that is wanted.
pub(super) fn images(store: &mut dyn Store, budget: &Budget, mut sink: Sink<'_>) -> Result<(), Error> {
    found(store, budget, &mut sink)?;
    match sink.wanted.filter(|_| !sink.any) {
        Some(wanted) => Err(Error::new(format!("no image {wanted} in it; there are {}", sink.others.join(", ")))),
        None => Ok(()),
    }
}

fn found(store: &mut dyn Store, budget: &Budget, sink: &mut Sink<'_>) -> Result<(), Error> {
    let tags = match document(store, "manifest.json", budget) {
        Some(Ok(bytes)) => serde_json::from_slice::<Value>(&bytes).unwrap_or_default(),
        _ => Value::Null,
    };
    match document(store, "index.json", budget) {
        // An untagged `docker save` has an index of nothing, and the image in manifest.json.
        Some(Ok(bytes)) if tags.is_array() && lists_nothing(&bytes) => {
            docker(store, &serde_json::to_vec(&tags).unwrap_or_default(), budget, sink);
            Ok(())
        }
        Some(Ok(bytes)) => {
            layout(store, &bytes, &tags, budget, sink);
            Ok(())
        }
        Some(Err(fault)) => Err(Error::new(fault)),
        None => match document(store, "manifest.json", budget) {
            Some(Ok(bytes)) => {
                docker(store, &bytes, budget, sink);
                Ok(())
            }
            Some(Err(fault)) => Err(Error::new(fault)),
            None => Err(Error::new(match store.fault() {
                Some(fault) => format!("no image: {fault}, and neither index.json nor manifest.json before that"),
                None => "no image: it has neither index.json nor manifest.json".to_owned(),
            })),
        },
    }
}

/// A document, as long as the archive's documents together are within the limits.
fn document(store: &mut dyn Store, name: &str, budget: &Budget) -> Option<Result<Vec<u8>, String>> {
    let read = store.document(name)?;
    Some(read.and_then(|bytes| budget.take_json(&bytes).map(|()| bytes)))
}

fn lists_nothing(index: &[u8]) -> bool {
    let index: Option<Value> = serde_json::from_slice(index).ok();
    index.is_some_and(|index| index["manifests"].as_array().is_none_or(Vec::is_empty))
}

const INDEX_TYPES: &[&str] =
    &["application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json"];

pub(super) fn is_index(descriptor: &Value) -> bool {
    descriptor["mediaType"].as_str().is_some_and(|kind| INDEX_TYPES.contains(&kind))
}

/// The image's name as a descriptor's annotations give it.
fn name_of(descriptor: &Value) -> Option<String> {
    let notes = &descriptor["annotations"];
    let full = notes["io.containerd.image.name"].as_str();
    full.or_else(|| notes["org.opencontainers.image.ref.name"].as_str()).map(str::to_owned)
}

fn layout(store: &mut dyn Store, bytes: &[u8], tags: &Value, budget: &Budget, sink: &mut Sink<'_>) {
    let (index, fault) = Document::read(DocumentId::Index, bytes, "index.json");
    let descriptors = index.value["manifests"].as_array().filter(|list| !list.is_empty()).cloned();
    let Some(descriptors) = descriptors.filter(|_| fault.is_none()) else {
        let nothing = || {
            broken(index.place("/manifests"), "index.json names no manifest", "an array of descriptors should be here")
        };
        let faults = vec![fault.unwrap_or_else(nothing)];
        return sink.take(store, Image { index: Some(Arc::new(index)), faults, ..Image::default() });
    };
    let index = Arc::new(index);
    let listed = descriptors.into_iter().enumerate().collect();
    let mut subjects = subjects(beside::images_only(store, listed, name_of, |name| sink.fits(name)));
    subjects.iter_mut().filter(|subject| subject.name.is_none()).for_each(|subject| subject.name = repo_tag(tags));
    subjects.retain(|subject| sink.wants(subject.name.as_deref()));
    let (all, most) = (subjects.len(), subjects.len().min(limits::IMAGES));
    for (at, subject) in subjects.into_iter().take(most).enumerate() {
        let mut image = Image { name: subject.name, ..Image::default() };
        if subject.descriptors.len() > 1 {
            let one = |(at, d): &Listed| Descriptor::of(&index, &format!("/manifests/{at}"), d);
            image.descriptors = subject.descriptors.iter().map(one).collect();
            image.index = Some(Arc::clone(&index));
        } else {
            image.layout = Some(Arc::clone(&index));
        }
        if all > most && at + 1 == most {
            let message = format!("index.json names {all} images, and {most} of them are checked");
            image.faults.push(broken(index.place("/manifests"), message, "the others are not checked"));
        }
        if let Some(descriptor) = runnable(subject.descriptors.iter().map(|(_, d)| d)) {
            follow(store, &mut image, descriptor, (budget, most));
        }
        sink.take(store, image);
    }
}

/// What an index names as one image: a manifest, or several under one name.
struct Named {
    name: Option<String>,
    descriptors: Vec<Listed>,
}

/// The images that an index names, in the order of their names, each once.
fn subjects(listed: Vec<Listed>) -> Vec<Named> {
    let mut named: BTreeMap<Option<String>, Vec<Listed>> = BTreeMap::new();
    for (at, descriptor) in listed {
        named.entry(name_of(&descriptor)).or_default().push((at, descriptor));
    }
    let mut subjects = Vec::new();
    for (name, group) in named {
        // Several manifests under one name, with platforms, are an index written flat.
        if group.len() > 1 && group.iter().any(|(_, d)| !d["platform"].is_null() || attests(d)) {
            subjects.push(Named { name, descriptors: group });
            continue;
        }
        let mut seen = BTreeSet::new();
        for (at, descriptor) in group {
            // What is not a digest is a separate fault, each time.
            let known = descriptor["digest"].as_str().is_some_and(|digest| !seen.insert(digest.to_owned()));
            if !known {
                subjects.push(Named { name: name.clone(), descriptors: vec![(at, descriptor)] });
            }
        }
    }
    subjects
}

/// Docker's own archives give their names in `manifest.json`.
fn repo_tag(tags: &Value) -> Option<String> {
    tags[0]["RepoTags"][0].as_str().map(str::to_owned)
}

/// The manifest that would run on Lambda: amd64 before arm64 before the first that is an image at all.
fn runnable<'v>(descriptors: impl Iterator<Item = &'v Value>) -> Option<&'v Value> {
    let descriptors: Vec<&Value> = descriptors.collect();
    let images = || descriptors.iter().copied().filter(|d| !attests(d) && d["artifactType"].is_null());
    let of = |arch: &str| {
        images().find(|d| {
            d["platform"]["architecture"].as_str() == Some(arch) && d["platform"]["os"].as_str() == Some("linux")
        })
    };
    of("amd64").or_else(|| of("arm64")).or_else(|| images().next()).or_else(|| descriptors.first().copied())
}

/// Follows a descriptor through indexes to a manifest. Where none is reached, a fault says so.
fn follow(store: &mut dyn Store, image: &mut Image, descriptor: &Value, budget: (&Budget, usize)) {
    let mut descriptor = descriptor.clone();
    for _ in 0..limits::INDEX_DEPTH {
        let called_index = is_index(&descriptor);
        let doc = if called_index { DocumentId::Index } else { DocumentId::Manifest };
        let Some(bytes) = blob(store, image, &descriptor, doc, budget.0) else { return };
        let what = if called_index { "the image index" } else { "the manifest" };
        let (document, fault) = Document::read(doc, &bytes, what);
        let readable = fault.is_none();
        image.faults.extend(fault);
        let has = |key: &str| !document.value[key].is_null();
        // What calls itself a manifest and holds manifests alone is an index.
        if !called_index && (!has("manifests") || has("layers") || has("config")) {
            image.manifest_bytes = Some(bytes.len() as u64);
            let both = has("manifests");
            image.manifest = Some(document);
            if both {
                let place = image.place(DocumentId::Manifest, "/manifests");
                let label = "tools refuse a manifest that may also be an index";
                image.faults.push(broken(place, "the manifest has its own manifests", label));
            }
            if readable {
                manifest(store, image, budget);
            }
            return;
        }
        let inner = document.value["manifests"].as_array().cloned().unwrap_or_default();
        if image.index.is_none() {
            let named = |(at, d): (usize, &Value)| Descriptor::of(&document, &format!("/manifests/{at}"), d);
            image.descriptors = inner.iter().enumerate().map(named).collect();
            image.index = Some(Arc::new(Document { doc: DocumentId::Index, ..document }));
        }
        match runnable(inner.iter()) {
            Some(next) => descriptor = next.clone(),
            None if readable => {
                let place = image.place(DocumentId::Index, "/manifests");
                image.faults.push(broken(
                    place,
                    "the image index names no manifest",
                    "an array of descriptors is here",
                ));
                return;
            }
            None => return,
        }
    }
    let (place, depth) = (image.place(DocumentId::Index, "/manifests"), limits::INDEX_DEPTH);
    let message = format!("an index leads to an index, {depth} times and more");
    image.faults.push(broken(place, message, "no manifest is reached from here"));
}

/// The bytes after a descriptor, held against its digest and size.
fn blob(
    store: &mut dyn Store,
    image: &mut Image,
    descriptor: &Value,
    doc: DocumentId,
    budget: &Budget,
) -> Option<Vec<u8>> {
    let what = match doc {
        DocumentId::Index => "the image index",
        DocumentId::Manifest => "the manifest",
        _ => "the config",
    };
    let place = match doc {
        DocumentId::Config => image.place(DocumentId::Manifest, "/config"),
        _ => image.place(DocumentId::Index, "/manifests"),
    };
    let wanted = descriptor["digest"].as_str().unwrap_or_default().to_owned();
    let Some(name) = blob_name(&wanted) else {
        image.faults.push(broken(
            place,
            format!("{what} is named by no digest"),
            format!("`{wanted}` is not a sha256 or sha512 digest"),
        ));
        return None;
    };
    match document(store, &name, budget) {
        None => {
            let reason = store.fault().map(|fault| format!("; the archive is {fault}")).unwrap_or_default();
            image.faults.push(ImageFault {
                kind: FaultKind::MissingBlob,
                place,
                message: format!("{what} is not in the {}", store.called()),
                label: format!("{wanted} is named here{reason}"),
            });
            None
        }
        Some(Err(fault)) => {
            image.faults.push(broken(place, format!("{what} cannot be read"), fault));
            None
        }
        Some(Ok(bytes)) => {
            let got = match wanted.split_once(':') {
                Some(("sha512", _)) => digest("sha512", &Sha512::digest(&bytes)),
                _ => digest("sha256", &Sha256::digest(&bytes)),
            };
            let size = descriptor["size"].as_u64();
            if got != wanted {
                image.faults.push(mismatch(
                    place,
                    format!("{what} is not what its digest says"),
                    format!("named {wanted}, is {got}"),
                ));
            } else if size.is_some_and(|size| size != bytes.len() as u64) {
                let label = format!("{} bytes by its descriptor, {} in the archive", size.unwrap_or(0), bytes.len());
                image.faults.push(mismatch(place, format!("{what} is not as long as its descriptor says"), label));
            }
            Some(bytes)
        }
    }
}

/// Where a digest's blob lies in a layout. A digest is hexadecimal and no path.
pub(super) fn blob_name(digest: &str) -> Option<String> {
    let (algorithm, hex) = digest.split_once(':')?;
    let right = match algorithm {
        "sha256" => hex.len() == 64,
        "sha512" => hex.len() == 128,
        _ => false,
    };
    let hexadecimal = hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    (right && hexadecimal).then(|| format!("blobs/{algorithm}/{hex}"))
}

fn manifest(store: &mut dyn Store, image: &mut Image, (budget, images): (&Budget, usize)) {
    let Some(value) = image.manifest.as_ref().map(|document| document.value.clone()) else { return };
    if value["schemaVersion"].as_u64() == Some(1) {
        // LL102 says so; it has neither config nor descriptors.
        return;
    }
    image.faults.extend(super::schema::manifest(image));
    if let Some(bytes) = blob(store, image, &value["config"], DocumentId::Config, budget) {
        config(image, &bytes);
    }
    let layers = value["layers"].as_array().cloned().unwrap_or_default();
    // What no digest names gets a name that nothing has.
    let name = |descriptor: &Value| blob_name(descriptor["digest"].as_str().unwrap_or_default()).unwrap_or_default();
    let names: Vec<String> = layers.iter().take(limits::LAYERS).map(name).collect();
    let scans = walked(store, image, &names, (budget, images));
    for ((at, descriptor), scan) in layers.iter().enumerate().zip(scans) {
        let wanted = descriptor["digest"].as_str().unwrap_or_default().to_owned();
        let mut layer = Layer {
            digest: wanted.clone(),
            media_type: descriptor["mediaType"].as_str().unwrap_or_default().to_owned(),
            packed_bytes: descriptor["size"].as_u64().unwrap_or(0),
            ..Layer::default()
        };
        let place = image.place(DocumentId::Manifest, &format!("/layers/{at}"));
        match scan {
            Some(scan) => {
                layer.whole = compare(image, &descriptor["size"], &scan, &layer, place);
                add(image, layer, &scan, budget);
            }
            None => {
                if blob_name(&wanted).is_some() {
                    missing(image, store, place, &wanted, at);
                }
                image.layers.push(layer);
            }
        }
    }
    other_names(store, image, &names, budget);
}

fn config(image: &mut Image, bytes: &[u8]) {
    let (document, fault) = Document::read(DocumentId::Config, bytes, "the config");
    let readable = fault.is_none();
    image.faults.extend(fault);
    image.config = Some(document);
    if readable {
        image.faults.extend(super::schema::config(image));
    }
}

fn docker(store: &mut dyn Store, bytes: &[u8], budget: &Budget, sink: &mut Sink<'_>) {
    let (list, fault) = Document::read(DocumentId::Manifest, bytes, "manifest.json");
    let entries = list.value.as_array().filter(|entries| !entries.is_empty()).cloned();
    let Some(entries) = entries else {
        let none = || broken(list.place(""), "manifest.json lists no image", "an array of images should be here");
        let faults = vec![fault.unwrap_or_else(none)];
        let image = Image { form: Form::DockerArchive, manifest: Some(list), faults, ..Image::default() };
        return sink.take(store, image);
    };
    let name = |entry: &Value| entry["RepoTags"][0].as_str().map(str::to_owned);
    let entries: Vec<&Value> = entries.iter().filter(|entry| sink.wants(name(entry).as_deref())).collect();
    let (all, most) = (entries.len(), entries.len().min(limits::IMAGES));
    for (number, entry) in entries.into_iter().take(most).enumerate() {
        let mut image = Image { form: Form::DockerArchive, name: name(entry), ..Image::default() };
        image.manifest = Some(Document::print(DocumentId::Manifest, entry.clone()));
        image.faults.extend(super::schema::docker_entry(&image));
        if all > most && number + 1 == most {
            let message = format!("manifest.json names {all} images, and {most} of them are checked");
            image.faults.push(broken(image.place(DocumentId::Manifest, ""), message, "the others are not checked"));
        }
        if let Some(name) = entry["Config"].as_str() {
            docker_config(store, &mut image, name, budget);
        }
        let layers: Vec<&str> =
            entry["Layers"].as_array().into_iter().flatten().map(|name| name.as_str().unwrap_or_default()).collect();
        let names: Vec<String> = layers.iter().take(limits::LAYERS).map(|name| member(name)).collect();
        let scans = walked(store, &mut image, &names, (budget, most));
        for ((at, name), scan) in layers.into_iter().enumerate().zip(scans) {
            let described = Layer { digest: name.to_owned(), ..Layer::default() };
            match scan {
                Some(scan) => add(&mut image, Layer { whole: true, ..described }, &scan, budget),
                None => {
                    let place = image.place(DocumentId::Manifest, &format!("/Layers/{at}"));
                    missing(&mut image, store, place, name, at);
                    image.layers.push(described);
                }
            }
        }
        other_names(store, &mut image, &names, budget);
        sink.take(store, image);
    }
}

fn docker_config(store: &mut dyn Store, image: &mut Image, name: &str, budget: &Budget) {
    let place = image.place(DocumentId::Manifest, "/Config");
    match document(store, &member(name), budget) {
        Some(Ok(bytes)) => {
            named_by_hash(image, name, &bytes, place);
            config(image, &bytes);
        }
        Some(Err(fault)) => image.faults.push(broken(place, "the config cannot be read", fault)),
        None => image.faults.push(ImageFault {
            kind: FaultKind::MissingBlob,
            place,
            message: "the config is not in the archive".into(),
            label: format!("{name} is named here"),
        }),
    }
}

/// Docker names a config `<sha256>.json` or `blobs/sha256/<sha256>`: then the name is a promise.
fn named_by_hash(image: &mut Image, name: &str, bytes: &[u8], place: Location) {
    let stem = name.rsplit('/').next().unwrap_or_default().trim_end_matches(".json").trim_start_matches("sha256:");
    let wanted = format!("sha256:{stem}");
    let got = digest("sha256", &Sha256::digest(bytes));
    if blob_name(&wanted).is_some() && wanted != got {
        image.faults.push(mismatch(place, "the config is not what its name says", format!("named {wanted}, is {got}")));
    }
}

/// A name in an old docker-archive as a path in it.
pub(super) fn member(name: &str) -> String {
    name.split('/').filter(|part| !matches!(*part, "" | "." | "..")).collect::<Vec<_>>().join("/")
}

pub(super) fn mismatch(place: Location, message: impl Into<String>, label: impl Into<String>) -> ImageFault {
    ImageFault { kind: FaultKind::DigestMismatch, place, message: message.into(), label: label.into() }
}

#[cfg(test)]
mod tests;
