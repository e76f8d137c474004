//! Container images as they are saved: OCI layouts and docker-archives, read as streams.
//!
//! What is wrong inside an image is data in the model ([`Image::faults`]); only what could not be looked
//! at at all is an error. A file that can be sought in is indexed by its headers and read by offset; a pipe
//! or a compressed archive is read once, front to back. Neither writes files or holds a layer in memory.

mod archive;
mod beside;
mod budget;
#[cfg(feature = "registry")]
mod cache;
mod compress;
mod content;
mod document;
mod duplicates;
mod elf;
mod entries;
mod files;
mod folders;
mod hash;
mod header;
mod history;
mod jar;
mod json;
mod kept;
mod layer;
mod layers;
mod limits;
mod load;
mod marks;
mod names;
pub(crate) mod pathname;
mod pax;
mod pipeline;
mod progress;
mod record;
#[cfg(feature = "registry")]
mod remote;
mod schema;
#[cfg(feature = "registry")]
mod shared;
mod slice;
mod sparse;
mod stream;
mod tarball;
mod texts;
#[cfg(target_os = "linux")]
mod unpack;
mod waiting;

#[cfg(feature = "registry")]
pub use cache::{LayerCache, prune};
pub use compress::Compression;
pub use content::{FileContent, NonLinuxFormat, Script};
pub use elf::Elf;
pub use files::{FileAt, Files, Hidden, Node, Resolution, Seen};
pub use history::instruction;
pub use layer::Orphans;
pub use progress::Progress;
pub use record::Record;
#[cfg(feature = "registry")]
pub use remote::{Kept, Remote, keep};
#[cfg(feature = "registry")]
pub use shared::SharedLayers;
pub use tarball::EntryKind;
#[cfg(target_os = "linux")]
pub use unpack::{LayerEntry, entries, spool};

use crate::diagnostic::{DocumentId, Location};
use crate::error::Error;
use crate::source::{Source, Span};
use budget::Budget;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
use std::sync::{Arc, OnceLock};

/// An image that has been read from an archive or a layout.
#[derive(Debug, Default)]
pub struct Image {
    /// The name or tag it carries in the archive, if any.
    pub name: Option<String>,
    /// How it was saved.
    pub form: Form,
    /// A layout's `index.json`, where it is no more than a list.
    pub layout: Option<Arc<Document>>,
    /// The index that a push would push, where the image is one.
    pub index: Option<Arc<Document>>,
    /// What that index lists.
    pub descriptors: Vec<Descriptor>,
    /// The image's manifest (for an old docker-archive: its entry of `manifest.json`).
    pub manifest: Option<Document>,
    /// Length of the manifest's JSON as it is stored, in bytes; none in an old docker-archive.
    pub manifest_bytes: Option<u64>,
    /// The image's config.
    pub config: Option<Document>,
    /// Layers, lowest first.
    pub layers: Vec<Layer>,
    /// Whether its layers were left out as the user asked: what is in them is unknown.
    pub layers_left_out: bool,
    /// A length that the layers together, unpacked, are over, in bytes, where they were not read to their end for it.
    pub longer_than: Option<u64>,
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

/// What an index lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Descriptor {
    /// Where it stands.
    pub place: Location,
    /// `linux/amd64`, or what it says of itself.
    pub platform: String,
    /// Whether it is an attestation, which BuildKit adds by itself.
    pub attestation: bool,
    /// The type of an artifact that is not an image, if it names one.
    pub artifact: Option<String>,
}

impl Descriptor {
    fn of(document: &Document, pointer: &str, value: &Value) -> Self {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let platform = &value["platform"];
        let part = |key: &str| platform[key].as_str().filter(|part| !part.is_empty());
        let parts: Vec<&str> = ["os", "architecture", "variant"].into_iter().filter_map(part).collect();
        Self {
            place: document.place(pointer),
            platform: if parts.is_empty() { "no platform".into() } else { parts.join("/") },
            attestation: value["annotations"]["vnd.docker.reference.type"].is_string()
                || part("architecture") == Some("unknown"),
            artifact: text(&value["artifactType"]),
        }
    }
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
    /// LL013 as a warning: some readers take it, and others may not.
    DoubtfulDocument,
}

/// Something wrong inside an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageFault {
    /// Which rule reports it.
    pub kind: FaultKind,
    /// Where it is shown.
    pub place: Location,
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
    /// The digest of the unpacked stream that the config names.
    pub diff_id: Option<String>,
    /// The media type its descriptor names; empty in an old docker-archive.
    pub media_type: String,
    /// How the blob is packed in fact.
    pub compression: Compression,
    /// Bytes of the blob as it lies in the archive.
    pub packed_bytes: u64,
    /// Length of the unpacked tar stream; `None` where it could not be read to its end.
    pub unpacked_bytes: Option<u64>,
    /// Entries in the tar stream.
    pub entries: u64,
    /// Whether all its bytes were read and held against the digest.
    pub verified: bool,
    /// Whether its files are known: it was read to its end, and nothing shows that it is another layer than the one that
    /// the image names.
    pub whole: bool,
    /// Entries whose parent directory has no entry before them, here or in a lower layer.
    pub missing_parents: Orphans,
    /// Hard links to what is neither here nor in a lower layer.
    pub dangling_hardlinks: Orphans,
}

/// A JSON document of the image, printed so that every value has a place.
#[derive(Debug, Default)]
pub struct Document {
    /// Which document it is.
    pub doc: DocumentId,
    /// The value, as read.
    pub value: Value,
    /// The text that findings point into.
    pub source: Source,
    /// The span of each value by its JSON pointer.
    pub spans: BTreeMap<String, Span>,
    /// The pointer of each span, once a finding has asked for one.
    pointers: OnceLock<BTreeMap<Span, String>>,
}

/// How to read.
#[derive(Clone, Debug, Default)]
pub struct ReadOptions {
    /// The image to look at, by name or tag, where an archive holds several.
    pub image: Option<String>,
    /// Read and hash plain layers too, which otherwise only have their headers read.
    pub verify: bool,
    /// How much is read of it.
    pub depth: Depth,
    /// Moved on while layers are read.
    pub progress: Arc<Progress>,
}

/// How much is read of an image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Depth {
    /// All of it.
    #[default]
    Layers,
    /// Its manifest and its config.
    Config,
}

/// Reads the images of a file or folder, and gives each to `each` before the next one is read: what an archive holds
/// together may be a lot.
pub fn open<T>(path: &Path, options: &ReadOptions, each: impl FnMut(Image) -> T) -> Result<Vec<T>, Error> {
    let metadata = std::fs::metadata(path).map_err(|error| Error::io(path, &error))?;
    let named = |error: Error| Error::new(format!("{}: {error}", path.display()));
    if metadata.is_dir() {
        return read(&mut archive::Folder::open(path, options.verify)?, &budget(options), options, each).map_err(named);
    } else if !metadata.is_file() {
        return Err(named(Error::new("no image: neither a file nor a folder")));
    }
    let mut file = std::fs::File::open(path).map_err(|error| Error::io(path, &error))?;
    let mut head = Vec::new();
    file.by_ref().take(512).read_to_end(&mut head).map_err(|error| Error::io(path, &error))?;
    if Compression::of(&head) == Compression::Plain {
        if !layer::is_tar(&head) {
            return Err(named(Error::new("no image: neither a tar archive nor a layout")));
        }
        let mut archive = archive::TarFile::open(file, path, options.verify)?;
        read(&mut archive, &budget(options), options, each).map_err(named)
    } else {
        std::io::Seek::rewind(&mut file).map_err(|error| Error::io(path, &error))?;
        passing(file, Some(path), options, each).map_err(named)
    }
}

/// Reads the images of an archive that passes by once, and gives each to `each`.
pub fn from_reader<T>(reader: impl Read, options: &ReadOptions, each: impl FnMut(Image) -> T) -> Result<Vec<T>, Error> {
    passing(reader, None, options, each)
}

/// Reads an image whose parts are fetched one by one. An error where one could not be fetched. `shared` has the layers that
/// other images of the run have too.
#[cfg(feature = "registry")]
pub fn from_remote<T>(
    remote: &dyn Remote,
    shared: Option<&SharedLayers>,
    options: &ReadOptions,
    each: impl FnMut(Image) -> T,
) -> Result<Vec<T>, Error> {
    let read = read(&mut remote::Fetched { remote, shared }, &budget(options), options, each);
    match remote.failure() {
        Some(failure) => Err(failure),
        None => read,
    }
}

fn passing<T>(
    reader: impl Read,
    path: Option<&Path>,
    options: &ReadOptions,
    each: impl FnMut(Image) -> T,
) -> Result<Vec<T>, Error> {
    let budget = budget(options);
    let mut passed = archive::Passed::read(reader, &budget);
    passed.path = path.map(Path::to_owned);
    if !passed.any {
        return Err(Error::new("no image: not a tar archive"));
    }
    read(&mut passed, &budget, options, each)
}

fn budget(options: &ReadOptions) -> Budget {
    let budget = Budget::new(Arc::clone(&options.progress));
    match options.depth {
        Depth::Layers => budget,
        Depth::Config => budget.of_documents(),
    }
}

fn read<T>(
    store: &mut dyn archive::Store,
    budget: &Budget,
    options: &ReadOptions,
    mut each: impl FnMut(Image) -> T,
) -> Result<Vec<T>, Error> {
    let mut all = Vec::new();
    let mut take = |image| all.push(each(image));
    load::images(store, budget, load::Sink::new(options.image.as_deref(), &mut take))?;
    Ok(all)
}

/// Whether the first bytes of a file are those of an archive, packed or not. 512 bytes tell.
pub fn looks_like_archive(head: &[u8]) -> bool {
    Compression::of(head) != Compression::Plain || layer::is_tar(head)
}

/// Maximum number of words of a command line, and of folders of PATH, in which a program is looked for.
const MAX_WORDS: usize = 32;

impl Image {
    /// One of the image's JSON documents.
    pub fn document(&self, doc: DocumentId) -> Option<&Document> {
        match doc {
            DocumentId::Index => self.index.as_deref().or(self.layout.as_deref()),
            DocumentId::Manifest => self.manifest.as_ref(),
            DocumentId::Config => self.config.as_ref(),
            DocumentId::Dockerfile | DocumentId::Archive | DocumentId::Layer(_) | DocumentId::File(_) => None,
        }
    }

    /// A label of the config.
    pub fn label(&self, name: &str) -> Option<&str> {
        self.config.as_ref()?.value.get("config")?.get("Labels")?.get(name)?.as_str()
    }

    /// The place of a value in a document, or of the nearest thing above it.
    pub fn place(&self, doc: DocumentId, pointer: &str) -> Location {
        self.document(doc)
            .map_or(Location::new(DocumentId::Archive, Span::default()), |document| document.place(pointer))
    }

    /// The texts that findings point into: documents, and a line a layer.
    pub fn sources(&self) -> BTreeMap<DocumentId, Source> {
        let mut sources: BTreeMap<DocumentId, Source> = [DocumentId::Index, DocumentId::Manifest, DocumentId::Config]
            .into_iter()
            .filter_map(|doc| Some((doc, self.document(doc)?.source.clone())))
            .collect();
        sources.insert(DocumentId::Archive, Source::new(self.name.clone().unwrap_or_default().into_bytes()));
        for (at, layer) in self.layers.iter().enumerate() {
            let bytes = layer.unpacked_bytes.map_or("unreadable".into(), crate::size::show);
            let by = self.created_by(at).map_or_else(|| layer.digest.clone(), instruction);
            let by: String = by.chars().take(MAX_INSTRUCTION).collect();
            let line = format!("{by} ({bytes})");
            sources.insert(DocumentId::Layer(at), Source::new(line.into_bytes()));
        }
        sources
    }

    /// Lengths of the settings that Lambda takes from an image, in bytes.
    pub fn settings(&self) -> [(u64, &'static str); 4] {
        let config = self.config.as_ref().map_or(&Value::Null, |config| &config.value["config"]);
        ["Env", "Entrypoint", "Cmd", "WorkingDir"].map(|key| {
            let bytes = match &config[key] {
                Value::String(text) => text.len(),
                Value::Array(list) => list.iter().filter_map(Value::as_str).map(str::len).sum(),
                _ => 0,
            };
            (bytes as u64, key)
        })
    }

    /// `false` if the manifest is the one of an artifact by its media types. An old docker-archive names none.
    pub fn is_one(&self) -> bool {
        let Some(manifest) = &self.manifest else { return true };
        let kind = &manifest.value["config"]["mediaType"];
        let layers = manifest.value["layers"].as_array().map_or(&[][..], Vec::as_slice);
        (kind.as_str().is_none_or(str::is_empty) || beside::is_image_config(kind))
            && (layers.is_empty() || layers.iter().any(beside::is_layer))
    }

    /// The history line that made a layer, where history pairs with layers.
    pub fn created_by(&self, layer: usize) -> Option<&str> {
        let history = self.config.as_ref()?.value["history"].as_array()?;
        let made: Vec<&Value> = history.iter().filter(|line| line["empty_layer"].as_bool() != Some(true)).collect();
        if made.len() != self.config.as_ref()?.value.pointer("/rootfs/diff_ids")?.as_array()?.len() {
            return None;
        }
        made.get(layer)?["created_by"].as_str()
    }

    /// Whether the files of every layer are known: only then is what is not in the tree not in the image. Where config
    /// and manifest differ in the number of layers, one of them may lack some.
    pub fn is_whole(&self) -> bool {
        let named = self.config.as_ref().and_then(|config| config.value.pointer("/rootfs/diff_ids")?.as_array());
        !self.layers.is_empty()
            && self.layers.iter().all(|layer| layer.whole)
            && named.is_none_or(|named| named.len() == self.layers.len())
    }

    /// The distribution by `/etc/os-release`: `ID` and `VERSION_ID`, such as `amzn` and `2023`.
    pub fn distribution(&self) -> Option<(String, String)> {
        let Resolution::Found(node, _) = self.files.resolve("/etc/os-release") else { return None };
        let Some(FileContent::Text(text)) = node.facet.as_deref() else { return None };
        let text = String::from_utf8_lossy(text);
        let value = |key: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
            line.map(|value| value.trim_matches(['"', '\'']).to_owned())
        };
        Some((value("ID")?, value("VERSION_ID").unwrap_or_default()))
    }

    /// Build arguments that the history keeps: name, value, and where.
    pub fn build_arguments(&self) -> Vec<(String, String, Location)> {
        let history = self.config.as_ref().and_then(|config| config.value["history"].as_array());
        let lines = history.into_iter().flatten().enumerate();
        let kept = lines.flat_map(|(at, line)| {
            let place = self.place(DocumentId::Config, &format!("/history/{at}/created_by"));
            let pairs = history::arguments(line["created_by"].as_str().unwrap_or_default());
            pairs.into_iter().map(move |(name, value)| (name, value, place))
        });
        kept.collect()
    }

    /// Whether something else than an AWS base's own entrypoint starts: only then is code searched for the Runtime API.
    fn may_start_script(&self) -> bool {
        let settings = self.config.as_ref().map_or(&Value::Null, |config| &config.value["config"]);
        let mut listed =
            ["Entrypoint", "Cmd"].into_iter().flat_map(|key| settings[key].as_array().into_iter().flatten());
        listed.find_map(Value::as_str) != Some("/lambda-entrypoint.sh")
    }

    /// Paths that ENTRYPOINT and CMD name, and where the first word of each may be found on PATH.
    fn started(&self) -> Vec<String> {
        let settings = self.config.as_ref().map_or(&Value::Null, |config| &config.value["config"]);
        let texts = |key: &str| settings[key].as_array().into_iter().flatten().filter_map(Value::as_str);
        let folders = texts("Env").find_map(|variable| variable.strip_prefix("PATH=")).unwrap_or_default();
        let mut paths = Vec::new();
        for key in ["Entrypoint", "Cmd"] {
            let words = texts(key).take(MAX_WORDS);
            paths.extend(words.filter(|word| word.starts_with('/')).map(str::to_owned));
            let bare = texts(key).next().filter(|word| !word.contains('/'));
            let on_path = bare.into_iter().flat_map(|word| folders.split(':').map(move |dir| format!("{dir}/{word}")));
            paths.extend(on_path.take(MAX_WORDS));
        }
        paths
    }

    /// Length of all layers' unpacked tar streams; `None` where one could not be read.
    pub fn unpacked_bytes(&self) -> Option<u64> {
        self.layers.iter().map(|layer| layer.unpacked_bytes).sum()
    }

    /// Regular files of the merged tree in bytes, hard links once; `None` where a layer could not be read.
    pub fn flattened_bytes(&self) -> Option<u64> {
        self.unpacked_bytes().map(|_| self.files.bytes())
    }

    /// Entries of the merged tree that are not directories; `None` where a layer could not be read.
    pub fn file_count(&self) -> Option<u64> {
        self.unpacked_bytes().map(|_| self.files.count())
    }
}

/// Characters of the instruction that made a layer that are shown.
const MAX_INSTRUCTION: usize = 160;

/// A fault of a document.
fn broken(place: Location, message: impl Into<String>, label: impl Into<String>) -> ImageFault {
    ImageFault { kind: FaultKind::BrokenDocument, place, message: message.into(), label: label.into() }
}
