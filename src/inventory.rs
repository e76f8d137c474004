//! Where an image's bytes are: layers, folders, files, and what is wasted. `lamblint size` prints it.

use crate::image::instruction;
use crate::image::{EntryKind, Image};
use crate::report::plain;
use crate::size::show;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// Where the bytes of an image are. All sizes are in bytes.
#[derive(Clone, Debug, Serialize)]
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
}

/// One layer's share.
#[derive(Clone, Debug, Serialize)]
pub struct LayerSize {
    /// Its digest, or its name in an old docker-archive.
    pub digest: String,
    /// As it lies in the archive.
    pub packed_bytes: u64,
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PathSize {
    /// The path.
    pub path: String,
    /// Regular files there and below, hard links once.
    pub bytes: u64,
    /// The layer that brought a file, counted from 1; none for folders.
    pub layer: Option<usize>,
}

/// A file whose bytes are in the image and can no longer be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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

/// Maximum number of folders and files in the list.
const LISTED: usize = 15;

impl Inventory {
    /// Takes stock of an image.
    pub fn of(image: &Image) -> Self {
        let limit = crate::facts::limits().unpacked_bytes;
        let mut wasted_by_layer: BTreeMap<usize, u64> = BTreeMap::new();
        for hidden in image.files.hidden() {
            *wasted_by_layer.entry(hidden.layer).or_default() += hidden.bytes;
        }
        let layer = |(at, layer): (usize, &crate::image::Layer)| LayerSize {
            digest: layer.digest.clone(),
            packed_bytes: layer.packed_bytes,
            unpacked_bytes: layer.unpacked_bytes,
            entries: layer.entries,
            wasted_bytes: wasted_by_layer.get(&at).copied().unwrap_or(0),
            created_by: image.created_by(at).map(|line| plain(&instruction(line))),
        };
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
        let wasted_bytes = wasted.iter().map(|wasted| wasted.bytes).sum();
        wasted.truncate(10 * LISTED);
        let (folders, largest) = tree(image);
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
            layers: image.layers.iter().enumerate().map(layer).collect(),
            folders,
            largest,
            wasted,
        }
    }

    /// The table for people.
    pub fn human(&self) -> String {
        let mut out = String::new();
        let all = |bytes: Option<u64>| bytes.map_or("unreadable".to_owned(), show);
        let unpacked = self.unpacked_bytes.unwrap_or(0);
        let _ = writeln!(out, "{}", plain(self.image.as_deref().unwrap_or("image")));
        let _ = writeln!(out, "  unpacked   {:>12}  in {} layers", all(self.unpacked_bytes), self.layers.len());
        let _ = writeln!(
            out,
            "  merged     {:>12}  in {} files",
            all(self.flattened_bytes),
            self.files.map_or("?".into(), |files| files.to_string())
        );
        let share = self.wasted_bytes.saturating_mul(100).checked_div(unpacked).unwrap_or(0);
        let _ = writeln!(out, "  wasted     {:>12}  {share} %", show(self.wasted_bytes));
        let headroom = match self.headroom_bytes {
            Some(left) if left >= 0 => {
                format!("{:>12}  below Lambda's {}", show(left.unsigned_abs()), show(self.limit_bytes))
            }
            Some(over) => format!("{:>12}  OVER Lambda's {}", show(over.unsigned_abs()), show(self.limit_bytes)),
            None => format!("{:>12}", "unknown"),
        };
        let _ = writeln!(out, "  headroom   {headroom}");
        let _ = writeln!(out, "\nlayers       unpacked        packed        wasted  made by");
        for (at, layer) in self.layers.iter().enumerate() {
            let by = layer.created_by.as_deref().unwrap_or(&layer.digest);
            let by = plain(&by.chars().take(90).collect::<String>());
            let _ = writeln!(
                out,
                "  {:>3}  {:>14}{:>14}{:>14}  {by}",
                at + 1,
                all(layer.unpacked_bytes),
                show(layer.packed_bytes),
                show(layer.wasted_bytes)
            );
        }
        list(&mut out, "largest folders", &self.folders);
        list(&mut out, "largest files", &self.largest);
        if !self.wasted.is_empty() {
            let _ = writeln!(out, "\nwasted");
            for wasted in self.wasted.iter().take(LISTED) {
                let how = if wasted.deleted { "deleted" } else { "overwritten" };
                let path = plain(&wasted.path);
                let _ = writeln!(
                    out,
                    "{:>14}  {path} (layer {}, {how} by {})",
                    show(wasted.bytes),
                    wasted.layer,
                    wasted.by
                );
            }
            if self.wasted.len() > LISTED {
                let _ = writeln!(out, "{:>14}  and more: --format json lists them", "");
            }
        }
        out
    }
}

fn list(out: &mut String, title: &str, paths: &[PathSize]) {
    if !paths.is_empty() {
        let _ = writeln!(out, "\n{title}");
    }
    for entry in paths {
        let layer = entry.layer.map_or(String::new(), |layer| format!(" (layer {layer})"));
        let _ = writeln!(out, "{:>14}  {}{layer}", show(entry.bytes), plain(&entry.path));
    }
}

/// A folder whose files are being added up.
#[derive(Default)]
struct Open<'a> {
    path: &'a str,
    bytes: u64,
    /// What the largest folder directly in it holds, in bytes.
    most_below: u64,
}

impl Open<'_> {
    /// A folder that holds little beside one folder below it says nothing that the lower one does not.
    fn tells(&self) -> bool {
        self.bytes > 0 && self.most_below.saturating_mul(10) < self.bytes.saturating_mul(9)
    }
}

/// The folders and files that hold most.
fn tree(image: &Image) -> (Vec<PathSize>, Vec<PathSize>) {
    let (mut folders, mut files) = (Vec::new(), Vec::new());
    let mut seen: BTreeSet<u32> = BTreeSet::new();
    // Folders come before what is in them: those on the way from the root to here, and the root in front.
    let mut open = vec![Open::default()];
    let close = |open: &mut Vec<Open<'_>>, folders: &mut Vec<PathSize>| {
        let Some(done) = open.pop() else { return };
        if let Some(above) = open.last_mut() {
            above.bytes = above.bytes.saturating_add(done.bytes);
            above.most_below = above.most_below.max(done.bytes);
            if done.tells() {
                note(folders, done.path, done.bytes, None);
            }
        }
    };
    for (path, node) in image.files.below("/") {
        while open.last().is_some_and(|folder| !crate::path::under(path, folder.path)) {
            close(&mut open, &mut folders);
        }
        match (node.kind, open.last_mut()) {
            (EntryKind::Directory, _) => open.push(Open { path, ..Open::default() }),
            (EntryKind::File, Some(folder)) if node.size > 0 && node.inode().is_none_or(|inode| seen.insert(inode)) => {
                folder.bytes = folder.bytes.saturating_add(node.size);
                note(&mut files, path, node.size, Some(node.layer + 1));
            }
            _ => {}
        }
    }
    while !open.is_empty() {
        close(&mut open, &mut folders);
    }
    largest_first(&mut folders);
    largest_first(&mut files);
    (folders, files)
}

fn note(list: &mut Vec<PathSize>, path: &str, bytes: u64, layer: Option<usize>) {
    list.push(PathSize { path: path.to_owned(), bytes, layer });
    if list.len() > 4096 {
        largest_first(list);
    }
}

fn largest_first(paths: &mut Vec<PathSize>) {
    paths.sort_by(|a, b| (b.bytes, &a.path).cmp(&(a.bytes, &b.path)));
    paths.truncate(LISTED);
}

#[cfg(test)]
mod tests {
    use super::Inventory;
    use crate::image::instruction;
    use crate::image::{Image, Layer};

    #[test]
    fn names_in_an_archive_steer_no_terminal() {
        let layer = Layer { digest: "/Laye\u{7f}sar".into(), ..Layer::default() };
        let image = Image { name: Some("\u{1b}]0;title\u{7}".into()), layers: vec![layer], ..Image::default() };
        let text = Inventory::of(&image).human();
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
        assert!(text.contains("/Laye") && text.contains("title"), "{text}");
    }

    #[test]
    fn history_reads_as_a_dockerfile_does() {
        assert_eq!(instruction("/bin/sh -c #(nop) COPY file:abc in /app "), "COPY file:abc in /app");
        assert_eq!(instruction("RUN /bin/sh -c apt-get update # buildkit"), "RUN apt-get update");
        assert_eq!(instruction("/bin/sh -c pip  install x"), "RUN pip install x");
        assert_eq!(instruction("WORKDIR /app"), "WORKDIR /app");
    }
}
