//! Container images as they are saved: OCI layouts and docker-archives, read as streams.
//!
//! What is wrong inside an image is data in the model ([`Image::faults`]); only what could not be looked
//! at at all is an error.

use crate::diagnostic::{Doc, Place};
use crate::source::{Source, Span};
use std::collections::BTreeMap;

/// An image that has been read from an archive or a layout.
#[derive(Debug, Default)]
pub struct Image {
    /// The name or tag it carries in the archive, if any.
    pub name: Option<String>,
    /// How it was saved.
    pub form: Form,
    /// The index that a push would push, where the archive shows one and it is more than a list of one.
    pub index: Option<Document>,
    /// The image's manifest (for an old docker-archive: its entry of `manifest.json`).
    pub manifest: Option<Document>,
    /// The image's config.
    pub config: Option<Document>,
    /// Layers, lowest first.
    pub layers: Vec<Layer>,
    /// The layers merged.
    pub files: Files,
    /// What could not be read, or does not fit together: rules LL010–LL013.
    pub faults: Vec<ImageFault>,
}

/// How an image was saved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// Has an `index.json` (Docker's own archives since version 25 too): what is here is what gets pushed.
    #[default]
    OciLayout,
    /// `manifest.json` only: hides the index, and its layers were rewritten.
    DockerArchive,
}

/// Which rule a fault belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// LL010: bytes differ from their digest or size.
    DigestMismatch,
    /// LL011: named and not there.
    MissingBlob,
    /// LL012: truncated, corrupt, not what its media type says, or over a limit.
    BrokenLayer,
    /// LL013: not valid JSON of its schema.
    BrokenDocument,
}

/// Something wrong inside an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageFault {
    /// Which rule reports it.
    pub kind: FaultKind,
    /// Where it is shown.
    pub place: Place,
    /// What is wrong: lower case, no full stop.
    pub message: String,
    /// Why here: what was still read, what was expected.
    pub label: String,
}

/// One layer.
#[derive(Clone, Debug, Default)]
pub struct Layer {
    /// `sha256:…` of the blob, or the file's name in an old docker-archive.
    pub digest: String,
    /// The media type its descriptor names.
    pub media_type: String,
    /// Bytes of the blob as it lies in the archive.
    pub packed_bytes: u64,
    /// Length of the unpacked tar stream; `None` where it could not be read to its end.
    pub unpacked_bytes: Option<u64>,
    /// Entries in the tar stream.
    pub entries: u64,
    /// The history line that made it.
    pub created_by: Option<String>,
}

/// The layers of an image merged as the kernel's overlay would.
#[derive(Debug, Default)]
pub struct Files {}

/// A JSON document of the image, printed so that every value has a place.
#[derive(Debug, Default)]
pub struct Document {
    /// Which document it is.
    pub doc: Doc,
    /// The value, as read.
    pub value: serde_json::Value,
    /// The text that findings point into.
    pub source: Source,
    /// The span of each value by its JSON pointer.
    pub spans: BTreeMap<String, Span>,
}
