//! The layers of an image: walked, held against what names them, and laid over one another.

use super::archive::Store;
use super::budget::{self, Budget};
use super::compress::Compression;
use super::files::Again;
use super::layer::Scan;
use super::load::mismatch;
use super::{FaultKind, Image, ImageFault, Layer, limits};
use crate::diagnostic::{DocumentId, Location};
use serde_json::Value;
use std::sync::Arc;

/// Looks again at files that have other names than those under which their content was looked at.
pub(super) fn other_names(store: &mut dyn Store, image: &mut Image, names: &[String], budget: &Budget) {
    let again = image.files.to_look_at_again(&image.started(), image.may_start_script());
    let mut room = budget.share();
    let mut left = limits::AGAIN_BYTES;
    for (layer, name) in names.iter().enumerate() {
        let mut wanted: Vec<&Again> = again.iter().filter(|again| again.layer == layer).collect();
        let bytes = image.layers.get(layer).and_then(|layer| layer.unpacked_bytes).unwrap_or(u64::MAX);
        let Some(rest) = left.checked_sub(bytes).filter(|_| !wanted.is_empty()) else { continue };
        left = rest;
        // One entry may have several names that count, and any of them will do.
        wanted.sort_by_key(|again| again.entry);
        let mut entries: Vec<(usize, &[u8])> = wanted.iter().map(|again| (again.entry, &*again.name)).collect();
        entries.dedup_by_key(|(entry, _)| *entry);
        for (index, seen) in store.again(name, &entries) {
            let Some((entry, _)) = entries.get(index) else { continue };
            let facet = budget.keep(seen.facet, &mut room);
            for again in wanted.iter().filter(|again| again.entry == *entry) {
                image.files.tell(again, facet.clone(), seen.marks);
            }
        }
    }
}

/// Walks the layers of an image. Where what is read is over a limit together, none of them counts as read: which one a
/// reader had got to would depend on how fast it was.
pub(super) fn walked(
    store: &mut dyn Store,
    image: &mut Image,
    names: &[String],
    (budget, images): (&Budget, usize),
) -> Vec<Option<Arc<Scan>>> {
    budget.begin_image();
    budget.search_sources(image.may_start_script());
    budget.share_among(images, names.len());
    if !budget.reads_layers() {
        image.layers_left_out = true;
        return vec![None; names.len()];
    }
    let scans = store.layers(names, budget);
    if images == 1 {
        store.let_go();
    }
    if !budget.is_exhausted() {
        image.files.expect(scans.iter().flatten().map(|scan| &scan.entries));
        return scans;
    }
    let read = scans.iter().flatten().fold(0, |sum: u64, scan| sum.saturating_add(scan.read_bytes));
    // Other images of the archive may have used up what may be read.
    image.longer_than = (budget.is_too_long() && read > limits::UNPACKED_BYTES).then_some(limits::UNPACKED_BYTES);
    let over = |scan: Arc<Scan>| {
        // LL106 says how long they are.
        let fault = image.longer_than.is_none().then(budget::over);
        Arc::new(Scan { compression: scan.compression, packed_bytes: scan.packed_bytes, fault, ..Scan::default() })
    };
    scans.into_iter().map(|scan| scan.map(over)).collect()
}

pub(super) fn missing(image: &mut Image, store: &dyn Store, place: Location, name: &str, at: usize) {
    if image.layers_left_out {
        return;
    }
    let reason = store.fault().map(|fault| format!("; the archive is {fault}")).unwrap_or_default();
    image.faults.push(ImageFault {
        kind: FaultKind::MissingBlob,
        place,
        message: format!("layer {number} is not in the {}", store.called(), number = at + 1),
        label: format!("{name} is named here{reason}"),
    });
}

/// Holds a layer's blob against its descriptor; `true` if nothing contradicts its digest and its length.
pub(super) fn compare(image: &mut Image, size: &Value, scan: &Scan, layer: &Layer, place: Location) -> bool {
    let at = image.layers.len();
    let message = |what: &str| format!("layer {number} {what}", number = at + 1);
    let wrong_size = size.as_u64().filter(|size| *size != scan.packed_bytes);
    let known = image.faults.len();
    match (&scan.packed_digest, wrong_size) {
        (Some(got), _) if *got != layer.digest && layer.digest.starts_with("sha256:") => {
            let label = format!("named {}, is {got}", layer.digest);
            image.faults.push(mismatch(place, message("is not what its digest says"), label));
        }
        (_, Some(size)) => {
            let label = format!("{size} bytes by its descriptor, {} in the archive", scan.packed_bytes);
            image.faults.push(mismatch(place, message("is not as long as its descriptor says"), label));
        }
        _ => {}
    }
    let fits = image.faults.len() == known;
    let said = match layer.media_type.as_str() {
        kind if kind.ends_with("+gzip") || kind.ends_with(".gzip") => Some(Compression::Gzip),
        kind if kind.ends_with("+zstd") => Some(Compression::Zstd),
        kind if kind.ends_with(".tar") => Some(Compression::Plain),
        _ => None,
    };
    if let Some(said) = said.filter(|said| *said != scan.compression && scan.packed_bytes > 0) {
        image.faults.push(ImageFault {
            kind: FaultKind::BrokenLayer,
            place,
            message: message("is not what its media type says"),
            label: format!("{} by its media type, {} in the archive", said.name(), scan.compression.name()),
        });
    }
    fits
}

/// Adds a layer that has been walked, and lays its files over those below. `layer.whole` says whether its blob fits its
/// descriptor.
pub(super) fn add(image: &mut Image, mut layer: Layer, scan: &Scan, budget: &Budget) {
    let at = image.layers.len();
    layer.compression = scan.compression;
    layer.packed_bytes = scan.packed_bytes;
    layer.unpacked_bytes = scan.unpacked_bytes;
    layer.verified = scan.packed_digest.is_some();
    layer.entries = scan.entries.len() as u64;
    let pointer = format!("/rootfs/diff_ids/{at}");
    let diff_id = image.config.as_ref().and_then(|config| config.value.pointer(&pointer)).and_then(Value::as_str);
    layer.diff_id = diff_id.map(str::to_owned);
    // One of another algorithm says nothing of this hash.
    let diff_id = diff_id.filter(|diff_id| diff_id.starts_with("sha256:"));
    if let (Some(wanted), Some(got)) = (diff_id, &scan.unpacked_digest) {
        // A blob that is packed in another way holds the same files.
        layer.whole = wanted == got;
        if !layer.whole {
            let place = image.place(DocumentId::Config, &pointer);
            let label = format!("named {wanted}, is {got}");
            image.faults.push(mismatch(
                place,
                format!("layer {number}, unpacked, is not what its diff_id says", number = at + 1),
                label,
            ));
        }
    }
    // A layer that is named again and again is read once, and laid over the others as often.
    let within = budget.take_merge(scan.entries.len());
    // What a lower layer lacks is unknown where that was not read.
    if within.is_ok() && image.layers.iter().all(|layer| layer.whole) {
        (layer.missing_parents, layer.dangling_hardlinks) = scan.order(&image.files);
    }
    let merged = within.and_then(|()| image.files.merge(&scan.entries, at, budget));
    if merged.is_err() {
        layer.unpacked_bytes = None;
    }
    layer.whole &= layer.unpacked_bytes.is_some();
    let fault = scan.fault.as_ref().or(merged.as_ref().err());
    // Faults about all layers together are reported on the first.
    if let Some(fault) = fault.filter(|fault| image.faults.iter().all(|known| known.label != **fault)) {
        image.faults.push(ImageFault {
            kind: FaultKind::BrokenLayer,
            place: Location::new(DocumentId::Layer(at), crate::source::Span::default()),
            message: format!("layer {number} cannot be read to its end", number = at + 1),
            label: fault.clone(),
        });
    }
    image.layers.push(layer);
}
