//! Streams that unpack to more than there is room for, and headers that lie.

use super::parts::{config_of, file, gzip, gzip_zeros, header, image, one_layer, pax};
use serde_json::json;
use std::path::{Path, PathBuf};
use tar::EntryType::{Regular, XHeader};

pub(super) fn gzip_bomb(folder: &Path, scale: u64) -> PathBuf {
    let head = gzip(&header("hole", Regular, |header| header.set_size(99 << 30)));
    one_layer(folder, &[head, gzip_zeros(scale << 30)].concat())
}

pub(super) fn zstd_bomb(folder: &Path, scale: u64) -> PathBuf {
    let mut bytes = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58];
    // A raw block with the header, then blocks of 128 KiB that repeat one byte.
    let head = header("hole", Regular, |header| header.set_size(1 << 40));
    let block = |last: u32, kind: u32, size: u32| (last | kind << 1 | size << 3).to_le_bytes()[..3].to_vec();
    bytes.extend(block(0, 0, 512));
    bytes.extend(head);
    let repeated = [block(0, 1, 128 << 10), vec![0]].concat();
    bytes.extend(repeated.repeat(usize::try_from(scale * scale * 800).unwrap()));
    one_layer(folder, &bytes)
}

pub(super) fn packed_archive_bomb(folder: &Path, scale: u64) -> PathBuf {
    let path = folder.join("image.tar.gz");
    let head = gzip(&header("hole", Regular, |header| header.set_size(99 << 30)));
    std::fs::write(&path, [head, gzip_zeros(scale << 30)].concat()).unwrap();
    path
}

pub(super) fn many_members(folder: &Path, _: u64) -> PathBuf {
    let tar = file("main", b"#!/bin/sh\n");
    let mut bytes: Vec<u8> = tar.chunks(4).flat_map(gzip).collect();
    bytes.extend(gzip(&[]).repeat(1000));
    one_layer(folder, &bytes)
}

pub(super) fn deep_window(folder: &Path, scale: u64) -> PathBuf {
    // The window's exponent is 31: 2 GiB, which a decoder that believes it would hold.
    let mut bytes = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 21 << 3];
    let repeated = [(1_u32 << 1 | (128 << 10) << 3).to_le_bytes()[..3].to_vec(), vec![0]].concat();
    bytes.extend(repeated.repeat(usize::try_from(scale * 160).unwrap()));
    one_layer(folder, &bytes)
}

pub(super) fn huge_pax(folder: &Path, _: u64) -> PathBuf {
    one_layer(folder, &header("pax", XHeader, |header| header.set_size(1 << 30)))
}

pub(super) fn many_pax(folder: &Path, scale: u64) -> PathBuf {
    let value = "x".repeat(1_000_000);
    let piece = pax(&[("SCHILY.xattr.user.x", &value)]);
    let mut bytes = gzip(&piece).repeat(usize::try_from(scale * 20).unwrap());
    bytes.extend(gzip(&file("main", b"#!/bin/sh\n")));
    one_layer(folder, &bytes)
}

pub(super) fn huge_sparse(folder: &Path, _: u64) -> PathBuf {
    let mut bytes = Vec::new();
    for at in 0..100 {
        bytes.extend(pax(&[("GNU.sparse.realsize", "18446744073709551615"), ("GNU.sparse.name", &format!("f{at}"))]));
        bytes.extend(header("x", Regular, |_| {}));
        bytes.extend(pax(&[("GNU.sparse.realsize", "18446744073709551615")]));
        bytes.extend(header(&format!("f{at}"), Regular, |_| {}));
    }
    one_layer(folder, &bytes)
}

pub(super) fn impossible_sizes(folder: &Path, _: u64) -> PathBuf {
    let size = |bytes: [u8; 12]| header("x", Regular, |header| header.as_old_mut().size = bytes);
    // Binary: a negative number, and one near 2⁶⁴.
    let negative = size([0xff; 12]);
    let huge = size([0x80, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xf0]);
    let config = config_of(&json!({"Entrypoint": ["/main"]}));
    image(folder, &[&negative, &huge, &size(*b"77777777777\0")], &config)
}

pub(super) fn many_archive_members(folder: &Path, _: u64) -> PathBuf {
    let path = folder.join("image.tar");
    let bytes: Vec<u8> = (0..200_001).flat_map(|at| header(&format!("m{at}"), Regular, |_| {})).collect();
    std::fs::write(&path, bytes).unwrap();
    path
}
