//! What archives are made of.

use crate::support::{entry, hex};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use tar::EntryType::{self, Regular, XHeader};

pub(super) fn file(path: &str, content: &[u8]) -> Vec<u8> {
    entry(path, Regular, 0o755, None, content, content.len() as u64)
}

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A header with fields that the `tar` crate would not write.
pub(super) fn header(path: &str, kind: EntryType, change: impl FnOnce(&mut tar::Header)) -> Vec<u8> {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_path(path).unwrap();
    header.set_mode(0o755);
    header.set_size(0);
    change(&mut header);
    header.set_cksum();
    header.as_bytes().to_vec()
}

/// A PAX header with records, for the entry that follows.
pub(super) fn pax(records: &[(&str, &str)]) -> Vec<u8> {
    let mut body = String::new();
    for (key, value) in records {
        let rest = key.len() + value.len() + 3;
        let mut length = rest + 1;
        while rest + length.to_string().len() != length {
            length = rest + length.to_string().len();
        }
        writeln!(body, "{length} {key}={value}").unwrap();
    }
    entry("pax", XHeader, 0o644, None, body.as_bytes(), body.len() as u64)
}

pub(super) fn descriptor(kind: &str, bytes: &[u8]) -> Value {
    json!({"mediaType": kind, "digest": format!("sha256:{}", hex(bytes)), "size": bytes.len()})
}

pub(super) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub(super) const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
pub(super) const INDEX: &str = "application/vnd.oci.image.index.v1+json";

pub(super) fn kind(layer: &[u8]) -> &'static str {
    match layer {
        [0x1f, 0x8b, ..] => "application/vnd.oci.image.layer.v1.tar+gzip",
        [0x28, 0xb5, ..] => "application/vnd.oci.image.layer.v1.tar+zstd",
        _ => "application/vnd.oci.image.layer.v1.tar",
    }
}

pub(super) fn config_of(config: &Value) -> Vec<u8> {
    let rootfs = json!({"type": "layers", "diff_ids": []});
    json!({"architecture": "amd64", "os": "linux", "config": config, "rootfs": rootfs}).to_string().into_bytes()
}

/// A layout of these layers.
pub(super) fn image(folder: &Path, layers: &[&[u8]], config: &[u8]) -> PathBuf {
    let layers_: Vec<Value> = layers.iter().map(|layer| descriptor(kind(layer), layer)).collect();
    let manifest =
        json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": descriptor(CONFIG, config), "layers": layers_});
    let mut blobs = vec![config];
    for layer in layers {
        if !blobs.contains(layer) {
            blobs.push(layer);
        }
    }
    layout(folder, manifest.to_string().as_bytes(), &blobs)
}

pub(super) fn layout(folder: &Path, manifest: &[u8], blobs: &[&[u8]]) -> PathBuf {
    let index = json!({"schemaVersion": 2, "manifests": [descriptor(MANIFEST, manifest)]}).to_string();
    archive(folder, index.as_bytes(), &[&[manifest], blobs].concat())
}

pub(super) fn archive(folder: &Path, index: &[u8], blobs: &[&[u8]]) -> PathBuf {
    let path = folder.join("image.tar");
    let mut out = std::fs::File::create(&path).unwrap();
    out.write_all(&entry("index.json", Regular, 0o644, None, index, index.len() as u64)).unwrap();
    for blob in blobs {
        let name = format!("blobs/sha256/{}", hex(blob));
        out.write_all(&entry(&name, Regular, 0o644, None, b"", blob.len() as u64)).unwrap();
        out.write_all(blob).unwrap();
        out.write_all(&vec![0; (512 - blob.len() % 512) % 512]).unwrap();
    }
    out.write_all(&[0; 1024]).unwrap();
    path
}

pub(super) fn one_layer(folder: &Path, layer: &[u8]) -> PathBuf {
    image(folder, &[layer], &config_of(&json!({"Entrypoint": ["/main"]})))
}

/// So many zeros in gzip members of 64 MiB.
pub(super) fn gzip_zeros(bytes: u64) -> Vec<u8> {
    const MEMBER: u64 = 64 << 20;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    std::io::copy(&mut std::io::repeat(0).take(MEMBER), &mut encoder).unwrap();
    encoder.finish().unwrap().repeat(usize::try_from(bytes.div_ceil(MEMBER)).unwrap())
}
