//! Entries that make a tree too large, too deep or a circle.

use super::parts::{config_of, file, gzip, header, image, one_layer, pax};
use crate::support::entry;
use serde_json::json;
use std::path::{Path, PathBuf};
use tar::EntryType::{Directory, Link, Regular, Symlink};

pub(super) fn many_entries(folder: &Path, scale: u64) -> PathBuf {
    let piece: Vec<u8> = (0..10_000).flat_map(|at| header(&format!("d{}/f{at}", at % 100), Regular, |_| {})).collect();
    let bytes = gzip(&piece).repeat(usize::try_from(scale * 10).unwrap());
    // Names come again, and again each is an entry.
    one_layer(folder, &bytes)
}

pub(super) fn repeated_layer(folder: &Path, scale: u64) -> PathBuf {
    let piece: Vec<u8> = (0..scale * 5_000).flat_map(|at| header(&format!("f{at}"), Regular, |_| {})).collect();
    let layer = gzip(&piece);
    let layers: Vec<&[u8]> = (0..1024).map(|_| &layer[..]).collect();
    image(folder, &layers, &config_of(&json!({"Entrypoint": ["/main"]})))
}

pub(super) fn deep_paths(folder: &Path, scale: u64) -> PathBuf {
    let mut bytes = Vec::new();
    for at in 0..scale * 200 {
        bytes.extend(pax(&[("path", &format!("{at}{}", "/a".repeat(2000)))]));
        bytes.extend(header("x", Regular, |_| {}));
    }
    one_layer(folder, &gzip(&bytes))
}

pub(super) fn long_paths(folder: &Path, scale: u64) -> PathBuf {
    let mut bytes = Vec::new();
    for at in 0..scale * 1000 {
        bytes.extend(pax(&[("path", &format!("{at}{}", "a".repeat(4000)))]));
        bytes.extend(header("x", Regular, |_| {}));
    }
    one_layer(folder, &gzip(&bytes))
}

pub(super) fn link_loops(folder: &Path, _: u64) -> PathBuf {
    let link = |path, to| entry(path, Symlink, 0o777, Some(to), b"", 0);
    let bytes =
        [link("main", "other"), link("other", "main"), link("bin", "bin"), link("lib", "/lib/lib/lib")].concat();
    one_layer(folder, &[bytes, entry("a", Link, 0o644, Some("a"), b"", 0)].concat())
}

pub(super) fn link_chains(folder: &Path, scale: u64) -> PathBuf {
    let mut bytes = Vec::new();
    for at in 0..scale * 100 {
        let to = format!("{}/l{}", "x/../".repeat(18), at + 1);
        bytes.extend(entry(&format!("l{at}"), Symlink, 0o777, Some(&to), b"", 0));
    }
    bytes.extend(entry("main", Symlink, 0o777, Some("l0"), b"", 0));
    bytes.extend(entry("x/", Directory, 0o755, None, b"", 0));
    one_layer(folder, &bytes)
}

pub(super) fn opaque_again(folder: &Path, scale: u64) -> PathBuf {
    let below: Vec<u8> = (0..scale * 2000).flat_map(|at| header(&format!("d/f{at}"), Regular, |_| {})).collect();
    let above = [header("d/.wh..wh..opq", Regular, |_| {}), header(".wh..wh..opq", Regular, |_| {})].concat();
    let above = above.repeat(usize::try_from(scale * 1000).unwrap());
    let config = config_of(&json!({"Entrypoint": ["/main"]}));
    image(folder, &[&gzip(&below), &gzip(&above)], &config)
}

pub(super) fn bad_names(folder: &Path, _: u64) -> PathBuf {
    let raw = |name: &[u8], mode| {
        let mut header_ = header("x", Regular, |header| header.set_mode(mode));
        header_[..100].fill(0);
        header_[..name.len()].copy_from_slice(name);
        let mut header = tar::Header::new_gnu();
        header.as_mut_bytes().copy_from_slice(&header_);
        header.set_cksum();
        header.as_bytes().to_vec()
    };
    let names: [&[u8]; 8] = [
        b"../../../etc/passwd",
        b"/absolute",
        b"a\0b",
        b"new\nline",
        b"\x1b[2J\x1b]0;title\x07",
        b"\xff\xfe not UTF-8",
        "\u{202e}txt.exe".as_bytes(),
        b"...//.//",
    ];
    let mut bytes: Vec<u8> = names.iter().flat_map(|name| raw(name, 0o600)).collect();
    bytes.extend(names.iter().flat_map(|name| raw(&[b"var/task/", *name].concat(), 0o000)));
    let config = json!({
        "Entrypoint": ["/\u{1b}[31mred", "\u{0}", "\n"], "Cmd": ["\u{202e}.handler"], "User": "\u{1b}c",
        "Env": ["PATH=\u{1b}[1m", "\u{7}=\u{8}", "AWS_SECRET_ACCESS_KEY=\u{9b}2J"], "WorkingDir": "/../..\u{1b}",
    });
    image(folder, &[&bytes], &config_of(&config))
}

pub(super) fn links_in_a_row(folder: &Path, scale: u64) -> PathBuf {
    let link = |at: u64| entry(&format!("var/task/l{at}"), Symlink, 0o777, Some(&format!("l{}", at + 1)), b"", 0);
    let layer: Vec<u8> = (0..scale * 9_900).flat_map(link).collect();
    let config = config_of(&json!({"Entrypoint": ["/main"], "WorkingDir": "/var/task"}));
    image(folder, &[&gzip(&layer)], &config)
}

/// Every byte of these is shown as three.
pub(super) fn no_text(folder: &Path, scale: u64) -> PathBuf {
    let named = |at: u64| {
        header("x", Regular, |header| {
            let mut name = [0xff; 60];
            name[50..].copy_from_slice(format!("{at:010}").as_bytes());
            header.as_old_mut().name[..60].copy_from_slice(&name);
        })
    };
    one_layer(folder, &gzip(&(0..scale * 9_900).flat_map(named).collect::<Vec<u8>>()))
}

/// Few entries that stand for a million folders, in one layer that 64 images share.
pub(super) fn images_of_folders(folder: &Path, scale: u64) -> PathBuf {
    let entries = |at: u64| {
        let path = format!("{at}{}", "/ab".repeat(60));
        [pax(&[("path", &path)]), header("x", Regular, |_| {})].concat()
    };
    let layer: Vec<u8> = (0..scale * 150).flat_map(entries).collect();
    let image = |at: u64| json!({"Config": "c.json", "Layers": ["l.tar"], "RepoTags": [format!("a:{at}")]});
    let manifest = json!((0..64).map(image).collect::<Vec<_>>()).to_string();
    let config = config_of(&json!({"Entrypoint": ["/main"]}));
    let members = [("manifest.json", manifest.as_bytes()), ("c.json", &config), ("l.tar", &layer)];
    let path = folder.join("image.tar");
    std::fs::write(&path, members.iter().flat_map(|(name, bytes)| file(name, bytes)).collect::<Vec<u8>>()).unwrap();
    path
}
