//! Saved images taken apart to tar entries and documents, so that a test can change them and pack them in any form.

use super::{Picture, base, hex, lay, stream};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use tar::EntryType;

/// An image, whatever form it is saved in.
#[derive(Clone)]
pub struct Saved {
    pub config: Value,
    /// Annotations of the manifest.
    pub annotations: Value,
    pub layers: Vec<SavedLayer>,
    pub name: String,
}

/// A layer as its tar stream holds it.
#[derive(Clone, Default)]
pub struct SavedLayer {
    pub entries: Vec<SavedEntry>,
    /// Bytes in place of the two blocks of zeros at the end.
    pub end: Option<Vec<u8>>,
}

/// One entry of a layer.
#[derive(Clone)]
pub struct SavedEntry {
    pub path: String,
    pub kind: EntryType,
    pub mode: u32,
    pub owner: (u64, u64),
    pub mtime: u64,
    pub link: String,
    pub content: Vec<u8>,
}

/// How an image is saved.
#[derive(Clone, Copy, Default)]
pub struct Form {
    pub archive: Archive,
    pub layers: Packed,
    pub headers: Headers,
    /// How the whole archive is packed.
    pub outer: Packed,
    /// Members from the last to the first.
    pub reversed: bool,
    /// Members are named `./index.json`.
    pub dotted: bool,
    /// Docker's media types in place of OCI's.
    pub docker_types: bool,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub enum Archive {
    #[default]
    Oci,
    Folder,
    /// An old docker-archive.
    Docker,
    /// Docker's own archive since version 25, which is both.
    Docker25,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub enum Packed {
    #[default]
    Plain,
    Gzip,
    /// Two members, the second one with a name.
    GzipTwice,
    Zstd,
    /// A frame that readers skip, and two that they do not.
    ZstdFrames,
}

/// How tar headers are written.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub enum Headers {
    #[default]
    Gnu,
    Ustar,
    /// Names, links and times in extended headers.
    Pax,
    /// Extended attributes with binary values, and a global header in front.
    Attributes,
    /// Names in GNU's long entries, however short.
    LongNames,
}

impl Saved {
    /// The image that a picture shows; the forms that it asks for are left out.
    pub fn of(picture: &Picture) -> Self {
        let (files, under) = if picture.base.is_empty() { (Vec::new(), json!({})) } else { base(&picture.base) };
        let lowest = (!files.is_empty()).then_some(super::PictureLayer { files, hole: None });
        let layers = lowest.iter().chain(&picture.layer).map(|layer| SavedLayer::of(&stream(layer).bytes)).collect();
        let mut config = json!({"architecture": "amd64", "os": "linux", "config": {}});
        lay(&under, &mut config);
        lay(&picture.config, &mut config);
        if !picture.history.is_empty() {
            config["history"] = picture.history.iter().map(|line| json!({"created_by": line})).collect();
        }
        Self { config, annotations: json!({}), layers, name: picture.name.clone() }
    }

    /// Packs it; the path of the archive or the folder.
    pub fn pack(&self, form: Form, folder: &Path) -> PathBuf {
        let mut members = self.members(form);
        if form.reversed {
            members.reverse();
        }
        if form.archive == Archive::Folder {
            let path = folder.join("layout");
            for (name, bytes) in members {
                let to = path.join(name);
                std::fs::create_dir_all(to.parent().unwrap()).unwrap();
                std::fs::write(to, bytes).unwrap();
            }
            return path;
        }
        let dot = if form.dotted { "./" } else { "" };
        let entry = |(name, content): (String, Vec<u8>)| SavedEntry::file(&format!("{dot}{name}"), content);
        let archive = SavedLayer { entries: members.into_iter().map(entry).collect(), end: None };
        let path = folder.join("image.tar");
        std::fs::write(&path, packed(&archive.stream(Headers::Gnu), form.outer)).unwrap();
        path
    }

    fn members(&self, form: Form) -> Vec<(String, Vec<u8>)> {
        let streams: Vec<Vec<u8>> = self.layers.iter().map(|layer| layer.stream(form.headers)).collect();
        let mut config = self.config.clone();
        if config["rootfs"].is_null() {
            let ids: Vec<String> = streams.iter().map(|stream| format!("sha256:{}", hex(stream))).collect();
            config["rootfs"] = json!({"type": "layers", "diff_ids": ids});
        }
        let config = serde_json::to_vec_pretty(&config).unwrap();
        let mut members = Vec::new();
        if form.archive == Archive::Docker {
            let names: Vec<String> = (0..streams.len()).map(|at| format!("{at}/layer.tar")).collect();
            let own = format!("{}.json", hex(&config));
            let entry = json!([{"Config": own, "RepoTags": [self.name], "Layers": names}]);
            members.extend(names.into_iter().zip(streams));
            members.push((own, config));
            members.push(("manifest.json".into(), entry.to_string().into_bytes()));
            return members;
        }
        let blob = |bytes: &[u8]| format!("blobs/sha256/{}", hex(bytes));
        let described = |kind: &str, bytes: &[u8]| json!({"mediaType": kind, "digest": format!("sha256:{}", hex(bytes)), "size": bytes.len()});
        let (manifest_type, config_type, layer_type) = form.media_types();
        let layers: Vec<Vec<u8>> = streams.iter().map(|stream| packed(stream, form.layers)).collect();
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": manifest_type,
            "config": described(config_type, &config),
            "layers": layers.iter().map(|layer| described(layer_type, layer)).collect::<Vec<_>>(),
            "annotations": self.annotations,
        });
        let manifest = serde_json::to_vec(&manifest).unwrap();
        let mut top = described(manifest_type, &manifest);
        if !self.name.is_empty() {
            top["annotations"] = json!({"org.opencontainers.image.ref.name": self.name});
        }
        if form.archive == Archive::Docker25 {
            let layers: Vec<String> = layers.iter().map(|layer| blob(layer)).collect();
            let entry = json!([{"Config": blob(&config), "RepoTags": [self.name], "Layers": layers}]);
            members.push(("manifest.json".into(), entry.to_string().into_bytes()));
        }
        members.push(("oci-layout".into(), br#"{"imageLayoutVersion":"1.0.0"}"#.to_vec()));
        members.push(("index.json".into(), json!({"schemaVersion": 2, "manifests": [top]}).to_string().into_bytes()));
        members.extend([manifest, config].into_iter().chain(layers).map(|bytes| (blob(&bytes), bytes)));
        members
    }

    /// Every entry of every layer.
    pub fn entries(&mut self) -> impl Iterator<Item = &mut SavedEntry> {
        self.layers.iter_mut().flat_map(|layer| &mut layer.entries)
    }

    /// Whether any layer has an entry at a path, or below it.
    pub fn has(&self, path: &str) -> bool {
        let below = format!("{path}/");
        let is = |entry: &SavedEntry| entry.path.trim_end_matches('/') == path || entry.path.starts_with(&below);
        self.layers.iter().any(|layer| layer.entries.iter().any(is))
    }
}

impl Form {
    fn media_types(self) -> (&'static str, &'static str, &'static str) {
        let layer = match (self.docker_types, self.layers) {
            (false, Packed::Plain) => "application/vnd.oci.image.layer.v1.tar",
            (false, Packed::Zstd | Packed::ZstdFrames) => "application/vnd.oci.image.layer.v1.tar+zstd",
            (false, _) => "application/vnd.oci.image.layer.v1.tar+gzip",
            (true, Packed::Plain) => "application/vnd.docker.image.rootfs.diff.tar",
            (true, _) => "application/vnd.docker.image.rootfs.diff.tar.gzip",
        };
        if self.docker_types {
            let config = "application/vnd.docker.container.image.v1+json";
            return ("application/vnd.docker.distribution.manifest.v2+json", config, layer);
        }
        ("application/vnd.oci.image.manifest.v1+json", "application/vnd.oci.image.config.v1+json", layer)
    }
}

impl SavedLayer {
    fn of(bytes: &[u8]) -> Self {
        let mut archive = tar::Archive::new(bytes);
        let mut entries = Vec::new();
        for entry in archive.entries().unwrap().raw(true) {
            let mut entry = entry.unwrap();
            let header = entry.header().clone();
            let text = |bytes: Option<std::borrow::Cow<'_, [u8]>>| {
                bytes.map(|bytes| String::from_utf8(bytes.into_owned()).unwrap()).unwrap_or_default()
            };
            let mut content = Vec::new();
            entry.read_to_end(&mut content).unwrap();
            entries.push(SavedEntry {
                path: text(Some(header.path_bytes())),
                kind: header.entry_type(),
                mode: header.mode().unwrap(),
                owner: (0, 0),
                mtime: 0,
                link: text(header.link_name_bytes()),
                content,
            });
        }
        Self { entries, end: None }
    }

    /// The tar stream.
    pub fn stream(&self, headers: Headers) -> Vec<u8> {
        let mut bytes = Vec::new();
        if headers == Headers::Attributes {
            bytes.extend(extension(EntryType::XGlobalHeader, &record("comment", b"abcdef")));
        }
        self.entries.iter().for_each(|entry| entry.write(headers, &mut bytes));
        bytes.extend(self.end.clone().unwrap_or_else(|| vec![0; 1024]));
        bytes
    }
}

impl SavedEntry {
    pub fn file(path: &str, content: Vec<u8>) -> Self {
        Self { kind: EntryType::Regular, mode: 0o644, content, ..Self::folder(path) }
    }

    pub fn folder(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            kind: EntryType::Directory,
            mode: 0o755,
            owner: (0, 0),
            mtime: 0,
            link: String::new(),
            content: Vec::new(),
        }
    }

    pub fn link(path: &str, to: &str) -> Self {
        Self { kind: EntryType::Symlink, mode: 0o777, link: to.to_owned(), ..Self::folder(path) }
    }

    fn write(&self, headers: Headers, bytes: &mut Vec<u8>) {
        // An extended header of the picture belongs to the entry behind it, which has none of its own then.
        let drawn = self.kind == EntryType::XHeader;
        match headers {
            Headers::Pax if !drawn => {
                let mut records = record("path", self.path.as_bytes());
                records.extend(record("mtime", format!("{}.25", self.mtime).as_bytes()));
                if !self.link.is_empty() {
                    records.extend(record("linkpath", self.link.as_bytes()));
                }
                bytes.extend(extension(EntryType::XHeader, &records));
            }
            Headers::Attributes if !drawn => {
                bytes.extend(extension(EntryType::XHeader, &record("SCHILY.xattr.user.x", b"\x01\n=\xff\0")));
            }
            Headers::LongNames if !drawn => {
                let long = |text: &str| [text.as_bytes(), b"\0"].concat();
                bytes.extend(extension(EntryType::GNULongName, &long(&self.path)));
                if !self.link.is_empty() {
                    bytes.extend(extension(EntryType::GNULongLink, &long(&self.link)));
                }
            }
            _ => {}
        }
        // What stands in an extended header is cut short in the entry's own.
        let elsewhere = !drawn && matches!(headers, Headers::Pax | Headers::LongNames);
        let name = |text: &str| if elsewhere { text.chars().take(3).collect() } else { text.to_owned() };
        let mut header = if headers == Headers::Ustar { tar::Header::new_ustar() } else { tar::Header::new_gnu() };
        set(&mut header.as_old_mut().name, &name(&self.path));
        set(&mut header.as_old_mut().linkname, &name(&self.link));
        header.set_entry_type(self.kind);
        header.set_mode(self.mode);
        header.set_uid(self.owner.0);
        header.set_gid(self.owner.1);
        header.set_mtime(self.mtime);
        header.set_size(self.content.len() as u64);
        header.set_cksum();
        bytes.extend(header.as_bytes());
        bytes.extend(&self.content);
        bytes.resize(bytes.len().next_multiple_of(512), 0);
    }
}

fn set(field: &mut [u8; 100], text: &str) {
    field.fill(0);
    field[..text.len()].copy_from_slice(text.as_bytes());
}

/// An entry that says something of the next one.
fn extension(kind: EntryType, body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    SavedEntry { kind, ..SavedEntry::file("extension", body.to_vec()) }.write(Headers::Gnu, &mut bytes);
    bytes
}

/// A record of an extended header: its own length stands in front.
fn record(key: &str, value: &[u8]) -> Vec<u8> {
    let rest = key.len() + value.len() + 3;
    let length = (rest + 1..rest + 20).find(|length| rest + length.to_string().len() == *length).unwrap();
    [format!("{length} {key}=").as_bytes(), value, b"\n"].concat()
}

/// Bytes as a blob holds them.
pub fn packed(bytes: &[u8], how: Packed) -> Vec<u8> {
    let zstd = |bytes| ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest);
    let (first, second) = bytes.split_at(bytes.len() / 2);
    match how {
        Packed::Plain => bytes.to_vec(),
        Packed::Gzip => gzip(flate2::GzBuilder::new(), bytes),
        Packed::GzipTwice => {
            let named = flate2::GzBuilder::new().filename("layer.tar").comment("second").mtime(1);
            [gzip(flate2::GzBuilder::new(), first), gzip(named, second)].concat()
        }
        Packed::Zstd => zstd(bytes),
        Packed::ZstdFrames => [&b"\x50\x2a\x4d\x18\x03\0\0\0abc"[..], &zstd(first), &zstd(second)].concat(),
    }
}

fn gzip(builder: flate2::GzBuilder, bytes: &[u8]) -> Vec<u8> {
    let mut encoder: GzEncoder<Vec<u8>> = builder.write(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
