//! Documents that lead astray, and layers that Go's tools take or refuse.

use crate::image::budget::Budget;
use crate::image::layer::{self, Scan, digest};
use crate::image::{Files, Image, ReadOptions, from_reader, limits};
use serde_json::{Value, json};
use sha2::{Digest, Sha256, Sha512};
use std::io::Write;
use tar::{EntryType, Header};

fn entry(path: &str, kind: EntryType, link: &str, content: &[u8]) -> Vec<u8> {
    let mut header = Header::new_gnu();
    header.set_path(path).unwrap();
    header.set_entry_type(kind);
    header.set_mode(0o644);
    header.set_size(content.len() as u64);
    if !link.is_empty() {
        header.set_link_name(link).unwrap();
    }
    header.set_cksum();
    let padding = content.len().next_multiple_of(512) - content.len();
    [header.as_bytes(), content, &vec![0; padding]].concat()
}

fn file(path: &str, content: &[u8]) -> Vec<u8> {
    entry(path, EntryType::Regular, "", content)
}

/// A layout in a tar, that grows.
#[derive(Default)]
struct Layout(Vec<u8>);

impl Layout {
    /// Adds a blob under its digest, and describes it.
    fn blob(&mut self, kind: &str, bytes: &[u8]) -> Value {
        self.named(kind, bytes, "sha256", &digest("sha256", &Sha256::digest(bytes)))
    }

    fn named(&mut self, kind: &str, bytes: &[u8], algorithm: &str, name: &str) -> Value {
        let hex = name.split(':').nth(1).unwrap();
        if algorithm == "sha512" {
            let path = format!("blobs/sha512/{hex}");
            self.0.extend(entry("long", EntryType::GNULongName, "", path.as_bytes()));
            self.0.extend(file("x", bytes));
        } else {
            self.0.extend(file(&format!("blobs/{algorithm}/{hex}"), bytes));
        }
        json!({"mediaType": format!("application/vnd.oci.image.{kind}"), "digest": name, "size": bytes.len()})
    }

    /// An image of one empty layer.
    fn manifest(&mut self, more: &Value) -> Vec<u8> {
        let layer = vec![0; 1024];
        let diff_ids = json!([digest("sha256", &Sha256::digest(&layer))]);
        let config =
            json!({"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": diff_ids}});
        let config = self.blob("config.v1+json", config.to_string().as_bytes());
        let layer = self.blob("layer.v1.tar", &layer);
        let mut manifest = json!({"schemaVersion": 2, "config": config, "layers": [layer]});
        manifest.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        manifest.to_string().into_bytes()
    }

    fn images(mut self, index: &Value, wanted: Option<&str>) -> Vec<Image> {
        self.0.extend(file("index.json", json!({"schemaVersion": 2, "manifests": index}).to_string().as_bytes()));
        let options = ReadOptions { image: wanted.map(str::to_owned), ..ReadOptions::default() };
        from_reader(self.0.as_slice(), &options, std::convert::identity).unwrap()
    }
}

fn faults(images: &[Image]) -> Vec<&str> {
    images.iter().flat_map(|image| image.faults.iter().map(|fault| fault.message.as_str())).collect()
}

#[test]
fn one_image_named_many_times_is_one_image_and_too_many_are_said() {
    let mut layout = Layout::default();
    let manifest = layout.manifest(&json!({}));
    let descriptor = layout.blob("manifest.v1+json", &manifest);
    let bytes = layout.0;
    let images = Layout(bytes.clone()).images(&json!(vec![descriptor.clone(); 3_000]), None);
    assert_eq!((images.len(), faults(&images).len()), (1, 0));
    let named = |at: usize| {
        let mut one = descriptor.clone();
        one["annotations"] = json!({"org.opencontainers.image.ref.name": format!("v{at:03}")});
        one
    };
    let all: Vec<Value> = (0..limits::IMAGES + 9).map(named).collect();
    let images = Layout(bytes.clone()).images(&json!(all), None);
    assert_eq!(images.len(), limits::IMAGES);
    assert_eq!(faults(&images), ["index.json names 73 images, and 64 of them are checked"]);
    let images = Layout(bytes).images(&json!(all), Some("v070"));
    assert_eq!((images.len(), faults(&images).len()), (1, 0), "one that is asked for is found behind the others");
}

#[test]
fn what_leads_to_no_manifest_is_a_fault() {
    let mut layout = Layout::default();
    let manifest = layout.manifest(&json!({"manifests": []}));
    let descriptor = layout.blob("manifest.v1+json", &manifest);
    let images = layout.images(&json!([descriptor]), None);
    assert_eq!(faults(&images), ["the manifest has its own manifests"]);
    assert_eq!(images[0].layers.len(), 1, "and the image is looked at");

    let nested = |depth: usize| {
        let mut layout = Layout::default();
        let manifest = layout.manifest(&json!({}));
        let mut descriptor = layout.blob("manifest.v1+json", &manifest);
        for _ in 0..depth {
            let index = json!({"schemaVersion": 2, "manifests": [descriptor]}).to_string();
            descriptor = layout.blob("index.v1+json", index.as_bytes());
        }
        layout.images(&json!([descriptor]), None)
    };
    assert_eq!(faults(&nested(limits::INDEX_DEPTH - 1)), [""; 0]);
    assert_eq!(faults(&nested(limits::INDEX_DEPTH)), ["an index leads to an index, 4 times and more"]);

    let mut layout = Layout::default();
    let empty = layout.blob("index.v1+json", br#"{"schemaVersion": 2, "manifests": []}"#);
    assert_eq!(faults(&layout.images(&json!([empty]), None)), ["the image index names no manifest"]);
}

#[test]
fn a_digest_is_held_against_its_own_algorithm() {
    for right in [true, false] {
        let mut layout = Layout::default();
        let manifest = layout.manifest(&json!({}));
        let hashed = if right { manifest.clone() } else { b"another".to_vec() };
        let name = digest("sha512", &Sha512::digest(&hashed));
        let descriptor = layout.named("manifest.v1+json", &manifest, "sha512", &name);
        let found = layout.images(&json!([descriptor]), None);
        let wanted: &[&str] = if right { &[] } else { &["the manifest is not what its digest says"] };
        assert_eq!(faults(&found), wanted);
    }
}

fn scan(stream: &[u8]) -> Scan {
    layer::stream(stream, &Budget::of(1 << 20, 99, std::sync::Arc::default()))
}

/// A header with some bytes put into it, its checksum right.
fn with(at: usize, bytes: &[u8]) -> Vec<u8> {
    let mut header = file("a", b"");
    header[at..at + bytes.len()].copy_from_slice(bytes);
    header[148..156].fill(b' ');
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    header
}

#[test]
fn headers_are_taken_and_refused_as_go_does() {
    for taken in [with(124, &[0; 12]), with(136, b"            "), with(100, b"\x80\0\0\0\0\0\x01\xa4")] {
        assert_eq!((scan(&taken).fault, scan(&taken).entries.len()), (None, 1));
    }
    for (refused, why) in [
        (with(124, b"\x80\0\x40\0\0\0\0\0\0\0\0\0"), "an entry whose size is not a number"),
        (with(136, b"-0000000001\0"), "an entry whose time is not a number"),
        (with(108, b"abcdefg\0"), "an entry whose owner is not a number"),
        (with(329, b"-000001\0"), "an entry whose device is not a number"),
    ] {
        assert!(scan(&refused).fault.is_some_and(|fault| fault.starts_with(why)), "{why}");
    }
    // Summed as signed bytes.
    let mut signed = with(0, b"\xff");
    let sum: i32 =
        signed[..148].iter().chain(&signed[156..]).map(|byte| i32::from(byte.cast_signed())).sum::<i32>() + 256;
    signed[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    assert_eq!(scan(&signed).fault, None);
}

#[test]
fn an_archive_ends_with_two_blocks_of_zeros_or_with_the_stream() {
    let zeros = |blocks: usize| vec![0; 512 * blocks];
    for end in [zeros(0), zeros(1), zeros(2), zeros(20), [zeros(2), b"anything".to_vec()].concat()] {
        let all = scan(&[file("a", b"x"), end].concat());
        assert_eq!((all.fault, all.entries.len()), (None, 1));
    }
    for more in [file("b", b""), b"x".to_vec()] {
        let fault = scan(&[file("a", b"x"), zeros(1), more].concat()).fault.unwrap();
        assert!(fault.starts_with("more after one block of zeros"), "{fault}");
    }
}

#[test]
fn whiteouts_without_a_name_and_links_to_what_is_gone() {
    for name in [".wh.", "a/.wh..", ".wh..."] {
        assert!(
            scan(&file(name, b"")).fault.is_some_and(|fault| fault.contains("a whiteout without a name")),
            "{name}"
        );
    }
    let link = entry("l", EntryType::Link, "d/f", b"");
    let mut below = Files::default();
    let budget = Budget::of(1 << 20, 99, std::sync::Arc::default());
    below.merge(&scan(&file("d/f", b"x")).entries, 0, &budget).unwrap();
    let dangling = |before: &[Vec<u8>]| scan(&[before.concat(), link.clone()].concat()).order(&below).1.count;
    assert_eq!(dangling(&[]), 0);
    for whiteout in ["d/.wh.f", ".wh.d", "d/.wh..wh..opq", ".wh..wh..opq"] {
        assert_eq!(dangling(&[file(whiteout, b"")]), 1, "{whiteout}");
        assert_eq!(dangling(&[file(whiteout, b""), file("d/f", b"y")]), 0, "{whiteout}, and put again");
    }
    assert_eq!(dangling(&[file("d/.wh.g", b""), file("e/.wh..wh..opq", b"")]), 0);
    let behind = scan(&[link, file("d/.wh.f", b"")].concat());
    assert_eq!(behind.order(&below).1.count, 0, "the link was made before");
}

#[test]
fn packed_streams_are_taken_and_refused_as_go_does() {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(&file("a", b"x")).unwrap();
    let mut packed = packer.finish().unwrap();
    packed[3] |= 0x80;
    assert_eq!((scan(&packed).fault, scan(&packed).entries.len()), (None, 1), "a reserved flag is not looked at");
    // A frame of one raw block, with a checksum.
    let content = file("a", b"x");
    let block = ((content.len() << 3) | 1) as u32;
    let frame = |checksum: u32| {
        let head = [&[0x28, 0xb5, 0x2f, 0xfd, 0b0000_0100, 0x58][..], &block.to_le_bytes()[..3]].concat();
        [head, content.clone(), checksum.to_le_bytes().to_vec()].concat()
    };
    let right = std::hash::Hasher::finish(&{
        let mut hasher = twox_hash::XxHash64::with_seed(0);
        std::hash::Hasher::write(&mut hasher, &content);
        hasher
    }) as u32;
    assert_eq!(scan(&frame(right)).fault, None);
    let wrong = scan(&frame(right ^ 1)).fault.unwrap();
    assert!(wrong.contains("a zstd frame is not what its checksum says"), "{wrong}");
}
