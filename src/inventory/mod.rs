//! Where an image's bytes are: layers, folders, files, and what is wasted. `lamblint size` prints it.

mod changes;
mod growth;
mod tree;
mod weights;

pub use changes::ChangeNode;
pub use growth::{Change, Growth, LayerChange, Sides};
pub use tree::{SHARE, TreeNode};
pub use weights::Weights;

use crate::image::{Compression, Image, Layer, instruction};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where the bytes of an image are. All sizes are in bytes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Inventory {
    /// The image's name in the archive.
    pub image: Option<String>,
    /// Length of all layers' unpacked tar streams, which Lambda holds against its limit; `None` where a layer
    /// could not be read.
    pub unpacked_bytes: Option<u64>,
    /// Regular files of the merged tree, hard links once.
    pub flattened_bytes: Option<u64>,
    /// Lambda's limit.
    pub limit_bytes: u64,
    /// What is left up to the limit; negative where it is passed.
    pub headroom_bytes: Option<i64>,
    /// Files that are not directories.
    pub files: Option<u64>,
    /// Bytes that later layers hide.
    pub wasted_bytes: u64,
    /// Layers, lowest first.
    pub layers: Vec<LayerSize>,
    /// Folders that hold most, largest first.
    pub folders: Vec<PathSize>,
    /// Largest files, largest first.
    pub largest: Vec<PathSize>,
    /// Hidden files, largest first.
    pub wasted: Vec<WastedSize>,
    /// The folders and files that take at least 0.2 % of all.
    pub tree: TreeNode,
    /// How many folders hold something, those left out that say no more than the largest one in them.
    #[serde(skip)]
    pub telling_folders: usize,
    /// How many files hold something, and how many hidden ones do.
    #[serde(skip)]
    pub file_counts: (usize, usize),
}

/// One layer's share.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LayerSize {
    /// Its digest, or its name in an old docker-archive.
    pub digest: String,
    /// The digest of its unpacked tar stream that the config names.
    pub diff_id: Option<String>,
    /// As it lies in the archive.
    pub packed_bytes: u64,
    /// Whether it is compressed there.
    pub compressed: bool,
    /// Its unpacked tar stream.
    pub unpacked_bytes: Option<u64>,
    /// Entries in it.
    pub entries: u64,
    /// Bytes of it that later layers hide.
    pub wasted_bytes: u64,
    /// The history line that made it.
    pub created_by: Option<String>,
}

/// A path of the merged tree and its size.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathSize {
    /// The path.
    pub path: String,
    /// Regular files there and below, hard links once.
    pub bytes: u64,
    /// The layer that brought a file, counted from 1; none for folders.
    pub layer: Option<usize>,
}

/// A file whose bytes are in the image and can no longer be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WastedSize {
    /// Its path.
    pub path: String,
    /// Its length.
    pub bytes: u64,
    /// The layer that holds it, counted from 1.
    pub layer: usize,
    /// The layer that hides it, counted from 1.
    pub by: usize,
    /// Whether it was deleted, and not overwritten.
    pub deleted: bool,
}

/// Folders and files that each list has if no other number is asked for.
pub const LISTED: usize = 15;
/// Hidden files are listed at least this many times as often.
const WASTED: usize = 10;

/// `true` if a folder says something that the largest folder in it does not, both in bytes.
fn tells(bytes: u64, most_below: u64) -> bool {
    bytes > 0 && most_below.saturating_mul(10) < bytes.saturating_mul(9)
}

impl Inventory {
    /// Takes stock of an image; each list has at most `listed` folders or files.
    pub fn of(image: &Image, listed: usize) -> Self {
        Self::weighed(image, &Weights::of(image), listed)
    }

    /// The same of an image whose files were weighed.
    pub fn weighed(image: &Image, weights: &Weights, listed: usize) -> Self {
        let limit = crate::facts::limits().unpacked_bytes;
        let mut wasted = wasted(image);
        let (wasted_bytes, wasted_files) = (wasted.iter().map(|wasted| wasted.bytes).sum(), wasted.len());
        wasted.truncate(WASTED * listed);
        let lists = Lists::of(weights, listed);
        Self {
            image: image.name.clone(),
            unpacked_bytes: image.unpacked_bytes(),
            flattened_bytes: image.flattened_bytes(),
            limit_bytes: limit,
            headroom_bytes: image
                .unpacked_bytes()
                .and_then(|bytes| i64::try_from(i128::from(limit) - i128::from(bytes)).ok()),
            files: image.file_count(),
            wasted_bytes,
            layers: layers(image),
            folders: lists.folders,
            largest: lists.files,
            wasted,
            tree: TreeNode::of(weights),
            telling_folders: lists.telling,
            file_counts: (lists.file_count, wasted_files),
        }
    }
}

fn layers(image: &Image) -> Vec<LayerSize> {
    let mut wasted_by_layer: BTreeMap<usize, u64> = BTreeMap::new();
    for hidden in image.files.hidden() {
        *wasted_by_layer.entry(hidden.layer).or_default() += hidden.bytes;
    }
    let layer = |(at, layer): (usize, &Layer)| LayerSize {
        digest: layer.digest.clone(),
        diff_id: layer.diff_id.clone(),
        packed_bytes: layer.packed_bytes,
        compressed: layer.compression != Compression::Plain,
        unpacked_bytes: layer.unpacked_bytes,
        entries: layer.entries,
        wasted_bytes: wasted_by_layer.get(&at).copied().unwrap_or(0),
        created_by: image.created_by(at).map(instruction),
    };
    image.layers.iter().enumerate().map(layer).collect()
}

/// Hidden files, largest first.
fn wasted(image: &Image) -> Vec<WastedSize> {
    let hidden = image.files.hidden().iter().filter(|hidden| hidden.bytes > 0);
    let mut wasted: Vec<WastedSize> = hidden
        .map(|hidden| WastedSize {
            path: format!("/{}", String::from_utf8_lossy(&hidden.path)),
            bytes: hidden.bytes,
            layer: hidden.layer + 1,
            by: hidden.by + 1,
            deleted: hidden.deleted,
        })
        .collect();
    wasted.sort_by(|a, b| (b.bytes, &a.path, a.layer).cmp(&(a.bytes, &b.path, b.layer)));
    wasted
}

/// The folders and files that hold most.
#[derive(Default)]
struct Lists {
    folders: Vec<PathSize>,
    files: Vec<PathSize>,
    /// How many folders say something.
    telling: usize,
    file_count: usize,
}

impl Lists {
    fn of(weights: &Weights, listed: usize) -> Self {
        let mut lists = Self::default();
        weights.walk(|at, path| {
            let row = weights.rows()[at];
            if row.file {
                lists.file_count += 1;
                note(&mut lists.files, path, row.bytes, row.layer(), listed);
            } else if row.folder {
                lists.telling += usize::from(weights.tells(at));
                let below = weights.children(at).map(|child| weights.rows()[child]).filter(|row| row.folder);
                let below = below.map(|row| row.bytes).max();
                if tells(row.bytes, below.unwrap_or(0)) {
                    note(&mut lists.folders, path, row.bytes, None, listed);
                }
            }
        });
        largest_first(&mut lists.folders, listed);
        largest_first(&mut lists.files, listed);
        lists
    }
}

/// Length of a list at which it is cut, more than are kept so that this is rare.
const MAX_NOTED: usize = 4096;

fn note(list: &mut Vec<PathSize>, path: &str, bytes: u64, layer: Option<usize>, listed: usize) {
    list.push(PathSize { path: path.to_owned(), bytes, layer });
    if list.len() > MAX_NOTED + listed {
        largest_first(list, listed);
    }
}

fn largest_first(paths: &mut Vec<PathSize>, listed: usize) {
    paths.sort_by(|a, b| (b.bytes, &a.path).cmp(&(a.bytes, &b.path)));
    paths.truncate(listed);
}

#[cfg(test)]
mod tests;
