//! Where an image's blobs lie: in a tar file that can be sought in, in a folder, or in a stream that passes
//! once. All answer the same two questions: give me a document, walk me a layer.

use super::budget::Budget;
use super::compress::{self, Compression};
use super::content::Inspection;
use super::layer::{self, Scan};
use super::limits;
use super::slice::FileSlice;
use super::tarball::{EntryKind, Sought, Streamed, Walk, normalize};
use crate::error::Error;
use crate::parallel;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A saved image's parts by name.
pub(super) trait Store {
    /// The bytes of a document; `None` where there is no such member, an error where it cannot be read.
    fn document(&mut self, name: &str) -> Option<Result<Vec<u8>, String>>;
    /// One pass over each of some layers, in their order; `None` for one that is not there.
    fn layers(&mut self, names: &[String], budget: &Budget) -> Vec<Option<Arc<Scan>>>;
    /// Ends the reading: no layer is asked for after this.
    fn let_go(&mut self) {}
    /// Looks again at some entries of a layer, each as if it had another name; at nothing in a stream that has passed.
    fn again(&mut self, _: &str, _: &[(usize, &[u8])]) -> Vec<(usize, Inspection)> {
        Vec::new()
    }
    /// A blob's bytes as they lie in a file; `None` where it is not there, or has passed in a stream.
    #[cfg(target_os = "linux")]
    fn blob(&self, _: &str) -> Option<(File, u64, u64)> {
        None
    }
    /// What is wrong with the archive itself.
    fn fault(&self) -> Option<&str>;
    /// What it is, for people.
    fn called(&self) -> &'static str {
        "archive"
    }
}

/// Where a member of a tar file lies.
#[derive(Clone, Debug)]
enum Member {
    Bytes { start: u64, length: u64 },
    Link(String),
}

/// A tar file, indexed by its headers.
pub(super) struct TarFile {
    file: File,
    path: PathBuf,
    members: BTreeMap<String, Member>,
    fault: Option<String>,
    verify: bool,
}

impl TarFile {
    pub(super) fn open(mut file: File, path: &Path, verify: bool) -> Result<Self, Error> {
        let length = file.seek(SeekFrom::End(0)).map_err(|error| Error::io(path, &error))?;
        let mut walk = Walk::new(Sought::new(FileSlice::new(&file, 0, length)));
        let mut members = BTreeMap::new();
        let mut fault = None;
        loop {
            match walk.next() {
                Ok(None) => break,
                Err(message) => {
                    fault = Some(message);
                    break;
                }
                Ok(Some(_)) if members.len() >= limits::MEMBERS => {
                    fault = Some(format!("over {} members", limits::MEMBERS));
                    break;
                }
                Ok(Some(entry)) => {
                    let name = String::from_utf8_lossy(&entry.path).into_owned();
                    match (entry.kind, entry.link) {
                        (EntryKind::File, _) => {
                            let start = walk.offset();
                            // A member that reaches past the end is as long as what is there.
                            let length = entry.size.min(length.saturating_sub(start));
                            members.insert(name, Member::Bytes { start, length });
                        }
                        (EntryKind::Symlink, Some(link)) => {
                            let target = relative(&name, &String::from_utf8_lossy(&link));
                            members.insert(name, Member::Link(target));
                        }
                        (EntryKind::Hardlink, Some(link)) => {
                            let target = String::from_utf8_lossy(&normalize(&link)).into_owned();
                            members.insert(name, Member::Link(target));
                        }
                        _ => {}
                    }
                }
            }
        }
        Ok(Self { file, path: path.to_owned(), members, fault, verify })
    }

    fn find(&self, name: &str) -> Option<(u64, u64)> {
        let mut name = name.to_owned();
        for _ in 0..limits::LINKS {
            match self.members.get(&name)? {
                Member::Bytes { start, length } => return Some((*start, *length)),
                Member::Link(target) => name.clone_from(target),
            }
        }
        None
    }
}

/// A link's target as a name in the archive; one that leads out of it is a name nothing has.
fn relative(name: &str, link: &str) -> String {
    let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
    let joined = if link.starts_with('/') { link.to_owned() } else { format!("{folder}/{link}") };
    let mut parts: Vec<&str> = Vec::new();
    for part in joined.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

impl Store for TarFile {
    fn document(&mut self, name: &str) -> Option<Result<Vec<u8>, String>> {
        let (start, length) = self.find(name)?;
        if length > limits::JSON_BYTES {
            return Some(Err(too_large(name, length)));
        }
        let read = (|| {
            self.file.seek(SeekFrom::Start(start))?;
            let mut bytes = vec![0; length as usize];
            self.file.read_exact(&mut bytes)?;
            Ok(bytes)
        })();
        Some(read.map_err(|error: io::Error| format!("{name}: {error}")))
    }

    fn layers(&mut self, names: &[String], budget: &Budget) -> Vec<Option<Arc<Scan>>> {
        let blob =
            |name: &String| self.find(name).map(|(start, length)| Blob { path: self.path.clone(), start, length });
        side_by_side(&names.iter().map(blob).collect::<Vec<_>>(), self.verify, budget)
    }

    fn again(&mut self, name: &str, wanted: &[(usize, &[u8])]) -> Vec<(usize, Inspection)> {
        self.find(name).map_or(Vec::new(), |(start, length)| layer::again(&self.file, start, length, wanted))
    }

    #[cfg(target_os = "linux")]
    fn blob(&self, name: &str) -> Option<(File, u64, u64)> {
        let (start, length) = self.find(name)?;
        Some((File::open(&self.path).ok()?, start, length))
    }

    fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }
}

/// A layer's bytes in a file.
#[derive(Clone, PartialEq, Eq)]
struct Blob {
    path: PathBuf,
    start: u64,
    length: u64,
}

/// Walks layers on all processors, the largest first; the same blob once.
fn side_by_side(blobs: &[Option<Blob>], verify: bool, budget: &Budget) -> Vec<Option<Arc<Scan>>> {
    let mut different: Vec<&Blob> = Vec::new();
    for blob in blobs.iter().flatten() {
        if !different.contains(&blob) {
            different.push(blob);
        }
    }
    different.sort_by_key(|blob| std::cmp::Reverse(blob.length));
    budget.progress.expect(different.len(), different.iter().map(|blob| blob.length).sum());
    // A thread that panicked has found a fault of ours; its layers are missing, and that is said of them.
    let scans = parallel::in_order(different.len(), parallel::processors(), |at| {
        let blob = different.get(at)?;
        let scan = match File::open(&blob.path) {
            Ok(file) => layer_in_file(&file, blob.start, blob.length, verify, budget),
            Err(error) => Scan { fault: Some(error.to_string()), ..Scan::default() },
        };
        budget.progress.layer_done();
        Some(scan)
    });
    let done = different.into_iter().zip(scans).filter_map(|(blob, scan)| Some((blob, scan.flatten()?)));
    let (blobs_done, scans): (Vec<&Blob>, Vec<Scan>) = done.unzip();
    let mut layers: Vec<(&Path, Scan)> = blobs_done.iter().map(|blob| blob.path.as_path()).zip(scans).collect();
    super::duplicates::hash(&mut layers);
    let scans = layers.into_iter().map(|(_, scan)| Arc::new(scan));
    let done: Vec<(&Blob, Arc<Scan>)> = blobs_done.into_iter().zip(scans).collect();
    let scan = |blob: &Blob| done.iter().find(|(other, _)| *other == blob).map(|(_, scan)| Arc::clone(scan));
    blobs.iter().map(|blob| blob.as_ref().and_then(scan)).collect()
}

fn layer_in_file(file: &File, start: u64, length: u64, verify: bool, budget: &Budget) -> Scan {
    let mut head = compress::buffered(FileSlice::new(file, start, length));
    let compression = compress::peek(&mut head).map_or(Compression::Plain, |head| Compression::of(&head));
    if compression == Compression::Plain && !verify && length > limits::SMALL_LAYER_BYTES {
        budget.progress.read(length);
        layer::seek(file, start, length, budget)
    } else {
        layer::stream(FileSlice::new(file, start, length), budget)
    }
}

fn too_large(name: &str, length: u64) -> String {
    format!("{name} has {length} bytes, over the {} that are read of a document", limits::JSON_BYTES)
}

/// An image layout in a folder. Nothing outside it is read.
pub(super) struct Folder {
    root: PathBuf,
    verify: bool,
}

impl Folder {
    pub(super) fn open(root: &Path, verify: bool) -> Result<Self, Error> {
        let root = root.canonicalize().map_err(|error| Error::io(root, &error))?;
        Ok(Self { root, verify })
    }

    fn find(&self, name: &str) -> Option<(PathBuf, u64)> {
        let path = self.root.join(name).canonicalize().ok()?;
        let inside = path.starts_with(&self.root);
        let metadata = std::fs::metadata(&path).ok().filter(|metadata| inside && metadata.is_file())?;
        Some((path, metadata.len()))
    }
}

impl Store for Folder {
    fn document(&mut self, name: &str) -> Option<Result<Vec<u8>, String>> {
        let (path, length) = self.find(name)?;
        if length > limits::JSON_BYTES {
            return Some(Err(too_large(name, length)));
        }
        let mut bytes = Vec::new();
        let read = File::open(path).and_then(|file| file.take(limits::JSON_BYTES).read_to_end(&mut bytes));
        Some(read.map(|_| bytes).map_err(|error| format!("{name}: {error}")))
    }

    fn layers(&mut self, names: &[String], budget: &Budget) -> Vec<Option<Arc<Scan>>> {
        let blob = |name: &String| self.find(name).map(|(path, length)| Blob { path, start: 0, length });
        side_by_side(&names.iter().map(blob).collect::<Vec<_>>(), self.verify, budget)
    }

    fn again(&mut self, name: &str, wanted: &[(usize, &[u8])]) -> Vec<(usize, Inspection)> {
        let Some((path, length)) = self.find(name) else { return Vec::new() };
        File::open(path).map_or(Vec::new(), |file| layer::again(&file, 0, length, wanted))
    }

    #[cfg(target_os = "linux")]
    fn blob(&self, name: &str) -> Option<(File, u64, u64)> {
        let (path, length) = self.find(name)?;
        Some((File::open(path).ok()?, 0, length))
    }

    fn fault(&self) -> Option<&str> {
        None
    }
}

/// An archive that passed by once: every layer walked, every document kept.
#[derive(Default)]
pub(super) struct Passed {
    documents: BTreeMap<String, Result<Vec<u8>, String>>,
    layers: BTreeMap<String, Arc<Scan>>,
    links: BTreeMap<String, String>,
    fault: Option<String>,
    /// Whether anything looked like an archive at all.
    pub(super) any: bool,
    /// The file that it came from, if it may be read once more.
    pub(super) path: Option<PathBuf>,
    /// How often that was done.
    read_again: usize,
}

impl Passed {
    pub(super) fn read(reader: impl Read, budget: &Budget) -> Self {
        let mut buffered = compress::buffered(reader);
        let compression = compress::peek(&mut buffered).map_or(Compression::Plain, |head| Compression::of(&head));
        let unpacked = compress::unpack(buffered, compression).take(limits::ARCHIVE_BYTES);
        let mut walk = Walk::new(Streamed(unpacked));
        let mut passed = Self::default();
        let mut kept = 0;
        for _ in 0..limits::MEMBERS {
            match walk.next() {
                Ok(None) => return passed,
                Err(message) => {
                    let over = walk.into_inner().0.limit() == 0;
                    let limit = || format!("over {} bytes long", limits::ARCHIVE_BYTES);
                    passed.fault = Some(if over { limit() } else { message });
                    return passed;
                }
                Ok(Some(entry)) => {
                    passed.any = true;
                    let name = String::from_utf8_lossy(&entry.path).into_owned();
                    match (entry.kind, &entry.link) {
                        (EntryKind::Symlink, Some(link)) => {
                            let target = relative(&name, &String::from_utf8_lossy(link));
                            passed.links.insert(name, target);
                        }
                        (EntryKind::Hardlink, Some(link)) => {
                            let target = String::from_utf8_lossy(&normalize(link)).into_owned();
                            passed.links.insert(name, target);
                        }
                        (EntryKind::File, _) => {
                            let mut content = compress::buffered(walk.content(&entry));
                            if layer::looks_like_layer(&mut content).unwrap_or(false) {
                                if !budget.reads_layers() {
                                    continue;
                                }
                                passed.layers.insert(name, Arc::new(layer::stream(content, budget)));
                                budget.progress.layer_done();
                            } else if entry.size > limits::JSON_BYTES || kept > limits::JSON_BYTES_TOGETHER {
                                // Too large for a document, and no layer: passed over.
                                let fault = too_large(&name, entry.size);
                                passed.documents.insert(name, Err(fault));
                            } else {
                                let mut bytes = Vec::new();
                                let read = content.read_to_end(&mut bytes);
                                kept += bytes.len() as u64;
                                passed.documents.insert(name, read.map(|_| bytes).map_err(|error| error.to_string()));
                            }
                        }
                        _ => {}
                    }
                }
            }
        }
        passed.fault = Some(format!("over {} members", limits::MEMBERS));
        passed
    }

    fn find<'a, T>(&'a self, map: &'a BTreeMap<String, T>, name: &str) -> Option<&'a T> {
        let mut name = name;
        for _ in 0..limits::LINKS {
            if let Some(found) = map.get(name) {
                return Some(found);
            }
            name = self.links.get(name)?;
        }
        None
    }
}

impl Store for Passed {
    fn document(&mut self, name: &str) -> Option<Result<Vec<u8>, String>> {
        self.find(&self.documents, name).cloned()
    }

    fn layers(&mut self, names: &[String], budget: &Budget) -> Vec<Option<Arc<Scan>>> {
        let one = |name: &String| {
            if let Some(scan) = self.find(&self.layers, name) {
                return Some(Arc::clone(scan));
            }
            // A blob that did not look like a layer, and is named as one: walk it to say what is wrong.
            let bytes = self.find(&self.documents, name)?.as_ref().ok()?;
            Some(Arc::new(layer::stream(bytes.as_slice(), budget)))
        };
        names.iter().map(one).collect()
    }

    fn let_go(&mut self) {
        self.layers.clear();
    }

    fn again(&mut self, name: &str, wanted: &[(usize, &[u8])]) -> Vec<(usize, Inspection)> {
        self.read_again += 1;
        let path = self.path.as_ref().filter(|_| self.read_again <= limits::READ_AGAIN);
        let Some(file) = path.and_then(|path| File::open(path).ok()) else { return Vec::new() };
        let to = (0..limits::LINKS).try_fold(name, |name, _| self.links.get(name).map(String::as_str).ok_or(name));
        let Err(name) = to else { return Vec::new() };
        let mut buffered = compress::buffered(file);
        let compression = compress::peek(&mut buffered).map_or(Compression::Plain, |head| Compression::of(&head));
        let unpacked = compress::unpack(buffered, compression).take(limits::ARCHIVE_BYTES);
        let mut walk = Walk::new(Streamed(unpacked));
        for _ in 0..limits::MEMBERS {
            let Ok(Some(entry)) = walk.next() else { break };
            if entry.kind == EntryKind::File && *entry.path == *name.as_bytes() {
                return layer::again_in_stream(walk.content(&entry), wanted);
            }
        }
        Vec::new()
    }

    fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }
}
