//! What an image has that an older one has not: by layer, by folder, and in bytes to download.

use super::changes::ChangeNode;
use super::{Inventory, LayerSize, Weights};
use serde::Serialize;
use std::collections::BTreeSet;

/// How one image differs from an older one. All sizes are in bytes.
#[derive(Clone, Debug, Serialize)]
pub struct Growth {
    /// The image's name in its archive.
    pub image: Option<String>,
    /// The older image's name in its archive.
    pub against: Option<String>,
    /// Length of all layers' unpacked tar streams.
    pub unpacked: Sides,
    /// Regular files of the merged tree, hard links once.
    pub flattened: Sides,
    /// Bytes that later layers hide.
    pub wasted: Sides,
    /// What a client that has the older image downloads.
    pub download: Download,
    /// Layers of both, those of the image in its order; one that was taken away stands where its successor would.
    pub layers: Vec<LayerChange>,
    /// Folders and files that have grown or shrunk, the root first.
    pub tree: ChangeNode,
}

/// A size before and after; `None` where a layer could not be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sides {
    /// In the older image.
    pub old: Option<u64>,
    /// In the image.
    pub new: Option<u64>,
    /// The difference, negative if it has shrunk.
    pub growth: Option<i64>,
}

impl Sides {
    /// Two sizes and their difference.
    pub fn of(old: Option<u64>, new: Option<u64>) -> Self {
        let growth = old.zip(new).map(|(old, new)| difference(old, new));
        Self { old, new, growth }
    }
}

/// How much longer the second is; what no number holds is the largest or the smallest number.
pub(super) fn difference(old: u64, new: u64) -> i64 {
    let difference = i128::from(new) - i128::from(old);
    i64::try_from(difference).unwrap_or(if difference < 0 { i64::MIN } else { i64::MAX })
}

/// Layers that the older image does not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Download {
    /// Their bytes as they lie in the archive.
    pub bytes: u64,
    /// How many they are.
    pub layers: usize,
    /// Whether all of them are compressed, as registries have them. `docker save` does not compress.
    pub compressed: bool,
}

/// What became of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// Both images have it.
    Same,
    /// The same instruction has made another one.
    Changed,
    /// Only the image has it.
    Added,
    /// Only the older image has it.
    Removed,
}

impl Change {
    /// The word users read.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Changed => "changed",
            Self::Added => "added",
            Self::Removed => "removed",
        }
    }
}

/// A layer of one of the images, or two that one instruction has made.
#[derive(Clone, Debug, Serialize)]
pub struct LayerChange {
    /// What became of it.
    pub change: Change,
    /// The instruction.
    pub created_by: Option<String>,
    /// The unpacked tar streams; 0 where there is no such layer.
    pub unpacked: Sides,
    /// Bytes to download for it.
    pub download_bytes: u64,
    /// Its digest, or that of the layer that was taken away.
    pub digest: String,
}

impl Growth {
    /// Compares an image with an older one.
    pub fn of(old: (&Inventory, &Weights), new: (&Inventory, &Weights)) -> Self {
        let ((before, old_weights), (now, new_weights)) = (old, new);
        let layers = layers(&before.layers, &now.layers);
        Self {
            image: now.image.clone(),
            against: before.image.clone(),
            unpacked: Sides::of(before.unpacked_bytes, now.unpacked_bytes),
            flattened: Sides::of(before.flattened_bytes, now.flattened_bytes),
            wasted: Sides::of(Some(before.wasted_bytes), Some(now.wasted_bytes)),
            download: download(&before.layers, &now.layers),
            layers,
            tree: ChangeNode::of(old_weights, new_weights),
        }
    }
}

/// `true` if a client that has one layer does not download the other. The digests of unpacked streams decide where a layer
/// has no other: in an old docker-archive.
fn is_same(one: &LayerSize, other: &LayerSize) -> bool {
    let blobs = is_digest(&one.digest) && is_digest(&other.digest);
    one.digest == other.digest && blobs || !blobs && one.diff_id.is_some() && one.diff_id == other.diff_id
}

fn is_digest(name: &str) -> bool {
    name.starts_with("sha256:") || name.starts_with("sha512:")
}

fn download(old: &[LayerSize], new: &[LayerSize]) -> Download {
    let mut download = Download { compressed: true, ..Download::default() };
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for layer in new.iter().filter(|layer| !old.iter().any(|known| is_same(known, layer))) {
        // An image may name one blob several times.
        if seen.insert(&layer.digest) {
            download.bytes = download.bytes.saturating_add(layer.packed_bytes);
            download.layers += 1;
            download.compressed &= layer.compressed;
        }
    }
    download
}

/// Layers that belong together: those that are the same, and those that one instruction has made.
fn layers(old: &[LayerSize], new: &[LayerSize]) -> Vec<LayerChange> {
    let mut partner: Vec<Option<usize>> = vec![None; new.len()];
    let mut taken = vec![false; old.len()];
    let made_alike =
        |one: &LayerSize, other: &LayerSize| one.created_by.is_some() && one.created_by == other.created_by;
    for fits in [is_same, made_alike] as [fn(&LayerSize, &LayerSize) -> bool; 2] {
        for (at, layer) in new.iter().enumerate().filter(|(at, _)| partner[*at].is_none()).collect::<Vec<_>>() {
            let found = old.iter().enumerate().position(|(known, one)| !taken[known] && fits(one, layer));
            if let Some(known) = found {
                (partner[at], taken[known]) = (Some(known), true);
            }
        }
    }
    let mut changes = Vec::new();
    let mut gone = (0..old.len()).filter(|&at| !taken[at]).peekable();
    for (at, layer) in new.iter().enumerate() {
        if let Some(known) = partner[at] {
            while let Some(at) = gone.next_if(|&at| at < known) {
                changes.push(removed(&old[at]));
            }
        }
        changes.push(kept(partner[at].map(|known| &old[known]), layer));
    }
    changes.extend(gone.map(|at| removed(&old[at])));
    changes
}

fn kept(before: Option<&LayerSize>, layer: &LayerSize) -> LayerChange {
    let change = match before {
        None => Change::Added,
        Some(before) if is_same(before, layer) => Change::Same,
        Some(_) => Change::Changed,
    };
    LayerChange {
        change,
        created_by: layer.created_by.clone(),
        unpacked: Sides::of(before.map_or(Some(0), |before| before.unpacked_bytes), layer.unpacked_bytes),
        download_bytes: if change == Change::Same { 0 } else { layer.packed_bytes },
        digest: layer.digest.clone(),
    }
}

fn removed(layer: &LayerSize) -> LayerChange {
    LayerChange {
        change: Change::Removed,
        created_by: layer.created_by.clone(),
        unpacked: Sides::of(layer.unpacked_bytes, Some(0)),
        download_bytes: 0,
        digest: layer.digest.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(digest: &str, diff_id: &str, by: &str, bytes: u64) -> LayerSize {
        LayerSize {
            digest: digest.into(),
            diff_id: (!diff_id.is_empty()).then(|| diff_id.into()),
            packed_bytes: bytes / 2,
            compressed: digest.starts_with("sha256:"),
            unpacked_bytes: Some(bytes),
            entries: 1,
            wasted_bytes: 0,
            created_by: (!by.is_empty()).then(|| by.into()),
        }
    }

    fn told(old: &[LayerSize], new: &[LayerSize]) -> Vec<String> {
        let one = |change: LayerChange| {
            let (growth, by) = (change.unpacked.growth.unwrap(), change.created_by.unwrap_or(change.digest));
            format!("{} {growth} {} {by}", change.change.as_str(), change.download_bytes)
        };
        layers(old, new).into_iter().map(one).collect()
    }

    #[test]
    fn layers_are_paired_by_digest_and_then_by_instruction() {
        let old = [
            layer("sha256:a", "", "FROM", 100),
            layer("sha256:b", "", "RUN pip", 60),
            layer("sha256:c", "", "RUN rm", 8),
            layer("sha256:d", "", "COPY", 10),
        ];
        let new = [
            layer("sha256:a", "", "FROM", 100),
            layer("sha256:e", "", "RUN pip", 90),
            layer("sha256:d", "", "COPY", 10),
            layer("sha256:f", "", "COPY models", 40),
        ];
        assert_eq!(
            told(&old, &new),
            [
                "same 0 0 FROM",
                "changed 30 45 RUN pip",
                "removed -8 0 RUN rm",
                "same 0 0 COPY",
                "added 40 20 COPY models"
            ]
        );
        assert_eq!(download(&old, &new), Download { bytes: 65, layers: 2, compressed: true });
        assert_eq!(download(&new, &new), Download { bytes: 0, layers: 0, compressed: true });
    }

    #[test]
    fn a_docker_archive_has_the_digests_of_unpacked_streams_alone() {
        let old = [layer("0/layer.tar", "sha256:x", "", 100)];
        let new = [layer("sha256:a", "sha256:x", "", 100), layer("sha256:b", "sha256:y", "", 50)];
        assert_eq!(told(&old, &new), ["same 0 0 sha256:a", "added 50 25 sha256:b"]);
        assert_eq!(told(&new, &old), ["same 0 0 0/layer.tar", "removed -50 0 sha256:b"]);
        // Names of files say nothing of what is in them.
        let other = [layer("0/layer.tar", "sha256:z", "", 70)];
        assert_eq!(
            told(&old, &other),
            ["removed -100 0 0/layer.tar", "added 70 35 0/layer.tar"]
                .map(str::to_owned)
                .into_iter()
                .rev()
                .collect::<Vec<_>>()
        );
        assert!(!download(&old, &other).compressed);
    }

    #[test]
    fn one_blob_is_downloaded_once() {
        let empty = layer("sha256:e", "", "", 10);
        assert_eq!(download(&[], &[empty.clone(), empty]), Download { bytes: 5, layers: 1, compressed: true });
    }

    #[test]
    fn sizes_without_bounds_have_a_difference() {
        assert_eq!(difference(0, u64::MAX), i64::MAX);
        assert_eq!(difference(u64::MAX, 0), i64::MIN);
        assert_eq!(Sides::of(None, Some(1)).growth, None);
        assert_eq!(Sides::of(Some(5), Some(3)).growth, Some(-2));
    }
}
