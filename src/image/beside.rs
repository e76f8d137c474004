//! What lies beside the images of a layout: signatures, attestations, SBOMs, charts. Lambda never gets one of these, so
//! none is judged, unless the layout has nothing else.

use super::archive::Store;
use super::limits;
use super::load::{blob_name, is_index};
use serde_json::Value;

/// A descriptor of `index.json` and its position there.
pub(super) type Listed = (usize, Value);

/// Takes out the descriptors of artifacts. `name_of` tells under which name a descriptor is kept: what has the name of
/// an image is pushed together with it, and stays. `wanted` is `true` for a name that is to be judged.
pub(super) fn images_only(
    store: &mut dyn Store,
    listed: Vec<Listed>,
    name_of: impl Fn(&Value) -> Option<String>,
    wanted: impl Fn(Option<&str>) -> bool,
) -> Vec<Listed> {
    // No layout that a tool makes has as many.
    if !(2..=limits::IMAGES).contains(&listed.len()) {
        return listed;
    }
    let artifacts: Vec<bool> = listed.iter().map(|(_, descriptor)| is_artifact(store, descriptor)).collect();
    let images = || listed.iter().zip(&artifacts).filter(|(_, artifact)| !**artifact).map(|((_, image), _)| image);
    let names: Vec<Option<String>> = images().map(&name_of).collect();
    if !names.iter().any(|name| wanted(name.as_deref())) {
        return listed;
    }
    // An attestation that is pushed with an image makes an index of both.
    let keep = |(_, descriptor): &Listed, artifact: bool| {
        !artifact || (attests(descriptor) && names.contains(&name_of(descriptor)))
    };
    listed.into_iter().zip(artifacts).filter(|(one, artifact)| keep(one, *artifact)).map(|(one, _)| one).collect()
}

/// Whether an entry of an index is an attestation, which BuildKit adds by itself.
pub(super) fn attests(descriptor: &Value) -> bool {
    descriptor["annotations"]["vnd.docker.reference.type"].is_string()
        || descriptor["platform"]["architecture"].as_str() == Some("unknown")
}

/// Whether a descriptor leads to something that is not an image. What cannot be read is not known to be none.
fn is_artifact(store: &mut dyn Store, descriptor: &Value) -> bool {
    if says_so(descriptor) {
        return true;
    }
    let name = descriptor["digest"].as_str().and_then(blob_name);
    let Some(Ok(bytes)) = name.and_then(|name| store.document(&name)) else { return false };
    let Ok(document) = serde_json::from_slice::<Value>(&bytes) else { return false };
    let list = |key: &str| document[key].as_array().map_or(&[][..], Vec::as_slice);
    // Referrers of an image may stand in an index of their own.
    if is_index(descriptor) {
        return !list("manifests").is_empty() && list("manifests").iter().all(says_so);
    }
    let layers = list("layers");
    let empty =
        layers.is_empty() && (document["config"].is_null() || is_image_config(&document["config"]["mediaType"]));
    says_so(&document) || is_cache(&document["config"]["mediaType"]) || !(empty || layers.iter().any(is_layer))
}

/// Whether a descriptor or a manifest calls itself an artifact or an attestation.
fn says_so(value: &Value) -> bool {
    let kind = &value["artifactType"];
    attests(value) || (kind.as_str().is_some_and(|kind| !kind.is_empty()) && !is_image_config(kind))
}

pub(super) fn is_image_config(kind: &Value) -> bool {
    matches!(
        kind.as_str(),
        Some("application/vnd.oci.image.config.v1+json" | "application/vnd.docker.container.image.v1+json")
    )
}

/// Whether a config is the one of a build cache, whose layers are those of images.
fn is_cache(kind: &Value) -> bool {
    kind.as_str().is_some_and(|kind| kind.contains("cacheconfig"))
}

/// Whether a layer is of a type that can be part of a root file system. One without a type may be.
pub(super) fn is_layer(layer: &Value) -> bool {
    layer["mediaType"].as_str().is_none_or(|kind| kind.contains("image.layer") || kind.contains("rootfs"))
}
