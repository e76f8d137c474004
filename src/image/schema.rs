//! Manifest and config held against the OCI specification: field by field with a place each, and then
//! oci-spec's own strict types, whose errors say little, for what that has missed.

use super::{FaultKind, Form, Image, ImageFault, broken};
use crate::diagnostic::DocumentId;
use serde_json::Value;

/// What a field should be.
#[derive(Clone, Copy)]
enum FieldType {
    Text,
    Texts,
    Number,
    Object,
    Objects,
}

impl FieldType {
    fn holds(self, value: &Value) -> bool {
        match self {
            Self::Text => value.is_string(),
            Self::Texts => value.as_array().is_some_and(|list| list.iter().all(Value::is_string)),
            Self::Number => value.is_u64(),
            Self::Object => value.is_object(),
            Self::Objects => value.as_array().is_some_and(|list| list.iter().all(Value::is_object)),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Text => "a string",
            Self::Texts => "an array of strings",
            Self::Number => "a number that is not negative",
            Self::Object => "an object",
            Self::Objects => "an array of objects",
        }
    }
}

/// (pointer, what it should be, whether it must be there).
const MANIFEST: &[(&str, FieldType, bool)] = &[
    ("/config", FieldType::Object, true),
    ("/config/digest", FieldType::Text, true),
    ("/config/size", FieldType::Number, true),
    ("/layers", FieldType::Objects, true),
];

/// An entry of a docker-archive's `manifest.json`. Docker writes `"Layers": null` for an image that has none.
const DOCKER_ENTRY: &[(&str, FieldType, bool)] =
    &[("/Config", FieldType::Text, true), ("/Layers", FieldType::Texts, false), ("/RepoTags", FieldType::Texts, false)];

const CONFIG: &[(&str, FieldType, bool)] = &[
    ("/architecture", FieldType::Text, true),
    ("/os", FieldType::Text, true),
    ("/rootfs", FieldType::Object, true),
    ("/rootfs/diff_ids", FieldType::Texts, true),
    ("/config", FieldType::Object, false),
    ("/config/Env", FieldType::Texts, false),
    ("/config/Entrypoint", FieldType::Texts, false),
    ("/config/Cmd", FieldType::Texts, false),
    ("/config/WorkingDir", FieldType::Text, false),
    ("/config/User", FieldType::Text, false),
    ("/config/Labels", FieldType::Object, false),
    ("/history", FieldType::Objects, false),
];

/// The faults of a manifest.
pub(super) fn manifest(image: &Image) -> Vec<ImageFault> {
    let mut faults = fields(image, DocumentId::Manifest, "the manifest", MANIFEST);
    let value = image.document(DocumentId::Manifest).map(|document| &document.value);
    for (at, layer) in value.and_then(|v| v["layers"].as_array()).into_iter().flatten().enumerate() {
        for (key, want) in [("mediaType", FieldType::Text), ("digest", FieldType::Text), ("size", FieldType::Number)] {
            if !want.holds(&layer[key]) {
                let place = image.place(DocumentId::Manifest, &format!("/layers/{at}/{key}"));
                let message = format!("the manifest's layer {number} has no proper {key}", number = at + 1);
                faults.push(broken(place, message, format!("should be {}", want.name())));
            }
        }
        let digest = layer["digest"].as_str().unwrap_or("sha256:");
        let hex = digest.strip_prefix("sha256:").or_else(|| digest.strip_prefix("sha512:"));
        if layer["digest"].is_string()
            && !hex.is_some_and(|hex| hex.len() >= 64 && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')))
        {
            let place = image.place(DocumentId::Manifest, &format!("/layers/{at}/digest"));
            faults.push(broken(
                place,
                format!("layer {number} is named by no digest", number = at + 1),
                "should be sha256: and 64 hexadecimal digits",
            ));
        }
    }
    if faults.is_empty() {
        faults.extend(strict::<oci_spec::image::ImageManifest>(image, DocumentId::Manifest, "the manifest"));
    }
    faults
}

/// The faults of an entry of a docker-archive's `manifest.json`.
pub(super) fn docker_entry(image: &Image) -> Vec<ImageFault> {
    fields(image, DocumentId::Manifest, "an entry of manifest.json", DOCKER_ENTRY)
}

/// The faults of a config.
pub(super) fn config(image: &Image) -> Vec<ImageFault> {
    let mut faults = fields(image, DocumentId::Config, "the config", CONFIG);
    let respelt = respelt(image);
    // Of a key in other letters the strict types say that it is missing.
    if faults.is_empty() && respelt.is_empty() {
        faults.extend(strict::<oci_spec::image::ImageConfiguration>(image, DocumentId::Config, "the config"));
    }
    faults.extend(respelt);
    faults.extend(bare_diff_ids(image));
    let count = |doc, pointer: &str| Some(image.document(doc)?.value.pointer(pointer)?.as_array()?.len());
    let listed = |pointer: &str| image.document(DocumentId::Manifest)?.value.pointer(pointer);
    let none = image.form == Form::DockerArchive && listed("/Layers").is_none_or(Value::is_null);
    let layers =
        count(DocumentId::Manifest, "/layers").or_else(|| count(DocumentId::Manifest, "/Layers")).or(none.then_some(0));
    if let (Some(diff_ids), Some(layers)) = (count(DocumentId::Config, "/rootfs/diff_ids"), layers)
        && diff_ids != layers
    {
        let place = image.place(DocumentId::Config, "/rootfs/diff_ids");
        faults.push(broken(
            place,
            "config and manifest do not fit together",
            format!("{diff_ids} diff_ids, and {layers} layers in the manifest"),
        ));
    } else {
        faults.extend(long_history(image));
    }
    faults
}

/// A history with more entries that made a layer than there are layers. Docker's engine refuses to load such an image
/// (`image/store.go`: "too many non-empty layers in History section"); registries and other tools take it.
fn long_history(image: &Image) -> Option<ImageFault> {
    let config = image.document(DocumentId::Config)?;
    let layers = config.value.pointer("/rootfs/diff_ids")?.as_array()?.len();
    let made_one = |entry: &&Value| entry["empty_layer"].as_bool() != Some(true);
    let made = config.value.pointer("/history")?.as_array()?.iter().filter(made_one).count();
    (made > layers).then(|| ImageFault {
        kind: FaultKind::DoubtfulDocument,
        place: config.place("/history"),
        message: format!("the history lists {made} layers, and the image has {layers}"),
        label: "Docker does not load such an image, and Lambda may not either".into(),
    })
}

/// What the config calls a layer, and is not a digest.
fn bare_diff_ids(image: &Image) -> Option<ImageFault> {
    let config = image.document(DocumentId::Config)?;
    let named = config.value.pointer("/rootfs/diff_ids")?.as_array()?;
    let at = named.iter().position(|id| id.as_str().is_some_and(|id| super::load::blob_name(id).is_none()))?;
    let place = config.place(&format!("/rootfs/diff_ids/{at}"));
    let message = format!("the config names layer {number} by no digest", number = at + 1);
    Some(broken(place, message, "should be sha256: and 64 hexadecimal digits"))
}

fn fields(image: &Image, doc: DocumentId, what: &str, wanted: &[(&str, FieldType, bool)]) -> Vec<ImageFault> {
    let Some(document) = image.document(doc) else { return Vec::new() };
    if !document.value.is_object() {
        return vec![broken(document.place(""), format!("{what} is not a JSON object"), "should be an object")];
    }
    let mut faults = Vec::new();
    for (pointer, want, required) in wanted {
        let (above, key) = pointer.rsplit_once('/').unwrap_or(("", pointer));
        // What is missing above is reported there.
        if !above.is_empty() && !document.value.pointer(above).is_some_and(Value::is_object) {
            continue;
        }
        let message = match document.value.pointer(pointer) {
            None if other_spelling(&document.value, above, key).is_some() => continue,
            None | Some(Value::Null) if *required => format!("{what} has no {key}"),
            None | Some(Value::Null) => continue,
            Some(value) if want.holds(value) => continue,
            Some(_) => format!("{key} in {what} is not {}", want.name()),
        };
        faults.push(broken(document.place(pointer), message, format!("should be {}", want.name())));
    }
    faults
}

/// Keys of the config that are spelt in other letters than the specification's.
fn respelt(image: &Image) -> Vec<ImageFault> {
    let Some(document) = image.document(DocumentId::Config) else { return Vec::new() };
    let found = CONFIG.iter().filter_map(|(pointer, ..)| {
        let (above, key) = pointer.rsplit_once('/')?;
        let spelt = other_spelling(&document.value, above, key)?;
        Some(ImageFault {
            kind: FaultKind::DoubtfulDocument,
            place: document.place(&format!("{above}/{spelt}")),
            message: format!("`{spelt}` in the config is spelt `{key}` in the OCI specification"),
            label: "Docker accepts any letter case, but Lambda may not".into(),
        })
    });
    found.collect()
}

/// The key of an object that differs from a given one in letter case only.
fn other_spelling<'v>(value: &'v Value, above: &str, key: &str) -> Option<&'v str> {
    let keys = value.pointer(above)?.as_object()?.keys();
    keys.map(String::as_str).find(|known| *known != key && known.eq_ignore_ascii_case(key))
}

fn strict<T: for<'a> serde::Deserialize<'a>>(image: &Image, doc: DocumentId, what: &str) -> Option<ImageFault> {
    let document = image.document(doc)?;
    let text = std::str::from_utf8(document.source.bytes()).ok()?;
    // An old docker-archive has no manifest of its own to hold against the specification.
    let error = serde_json::from_str::<T>(text).err()?;
    let source = &document.source;
    let line = source.line(error.line().max(1));
    let place = crate::diagnostic::Location::new(doc, line);
    Some(broken(place, format!("{what} does not follow the OCI specification"), error.to_string()))
}
