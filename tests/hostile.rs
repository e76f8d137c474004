//! Archives that are made to hurt: each ends with findings or a clear error, soon, in little memory, and never with a
//! signal. What they are made of is below; nothing here is anybody's image.
//!
//! A debug build reads slowly, so by default the large ones are a hundredth of their size. At their full size, with the
//! bounds of 20 seconds and 512 MiB asserted:
//!
//! ```console
//! $ LAMBLINT_HOSTILE=full cargo test --release --test hostile -- --nocapture
//! ```

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test")]

mod support;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use support::{entry, hex};
use tar::EntryType::{self, Directory, Link, Regular, Symlink, XHeader};

/// Something to be looked at, and how it must end.
struct Case {
    name: &'static str,
    /// Makes it in a folder.
    make: fn(&Path, u64) -> PathBuf,
    /// What must stand in the answer.
    says: &'static str,
}

const CASES: &[Case] = &[
    Case { name: "gzip bomb of 100 GiB", make: gzip_bomb, says: "unpack to more than" },
    Case { name: "zstd bomb of 1 TiB", make: zstd_bomb, says: "unpack to more than" },
    Case { name: "bomb in a packed archive", make: packed_archive_bomb, says: "no image" },
    Case { name: "1,000 gzip members", make: many_members, says: "" },
    Case { name: "zstd window of 2 GiB", make: deep_window, says: "LL012" },
    Case { name: "10 million entries", make: many_entries, says: "entries" },
    Case { name: "a layer named 1,024 times", make: repeated_layer, says: "entries" },
    Case { name: "paths of 2,000 folders", make: deep_paths, says: "LL012" },
    Case { name: "many long paths", make: long_paths, says: "bytes of paths" },
    Case { name: "PAX header of 1 GiB", make: huge_pax, says: "extended header" },
    Case { name: "PAX headers in a row", make: many_pax, says: "" },
    Case { name: "sparse files of 8 EiB", make: huge_sparse, says: "" },
    Case { name: "impossible sizes", make: impossible_sizes, says: "LL012" },
    Case { name: "links in a circle", make: link_loops, says: "LL" },
    Case { name: "chains of links", make: link_chains, says: "LL" },
    Case { name: "opaque again and again", make: opaque_again, says: "" },
    Case { name: "names that steer and lead out", make: bad_names, says: "LL" },
    Case { name: "JSON of 1 GiB", make: huge_json, says: "bytes" },
    Case { name: "JSON of 10,000 levels", make: deep_json, says: "LL013" },
    Case { name: "JSON of four million values", make: many_values, says: "values" },
    Case { name: "JSON of long keys in each other", make: long_keys, says: "" },
    Case { name: "config of many variables", make: many_variables, says: "LL" },
    Case { name: "digests with paths in them", make: path_digests, says: "LL0" },
    Case { name: "index of 10,000 images", make: many_images, says: "" },
    Case { name: "indexes in each other", make: index_loop, says: "" },
    Case { name: "200,001 members", make: many_archive_members, says: "members" },
    Case { name: "ELF files of overlapping lists", make: overlapping_elf, says: "" },
    Case { name: "scripts that start each other", make: script_chain, says: "LL" },
    Case { name: "many scripts", make: many_scripts, says: "LL" },
];

#[test]
fn hostile_archives_end_soon_and_clearly() {
    let full = std::env::var("LAMBLINT_HOSTILE").is_ok_and(|value| value == "full");
    let only = std::env::var("ONLY").unwrap_or_default();
    for case in CASES.iter().filter(|case| case.name.contains(&only)) {
        let folder = tempfile::tempdir().unwrap();
        let path = (case.make)(folder.path(), if full { 100 } else { 1 });
        for from_pipe in [false, true] {
            let ended = run(&path, from_pipe);
            let how = if from_pipe { "pipe" } else { "file" };
            println!("{:34} {how}  {:>6.2} s {:>5} MiB", case.name, ended.took.as_secs_f64(), ended.memory >> 20);
            let text = &ended.text;
            assert!(matches!(ended.code, Some(0..=2)), "{} ({how}): {:?} {text}", case.name, ended.code);
            assert!(!text.contains("panicked"), "{} ({how}): {text}", case.name);
            assert!(text.chars().all(|c| !c.is_control() || c == '\n'), "{} ({how}) steers: {text:?}", case.name);
            if full || case.name.contains("JSON") {
                assert!(text.contains(case.says), "{} ({how}) does not say {:?}: {text}", case.name, case.says);
            }
            if full {
                assert!(ended.took < Duration::from_secs(20), "{} ({how}) took {:?}", case.name, ended.took);
                assert!(ended.memory < 512 << 20, "{} ({how}) took {} bytes", case.name, ended.memory);
            }
        }
    }
}

struct Ended {
    code: Option<i32>,
    text: String,
    took: Duration,
    /// Most resident bytes, as often as it was looked.
    memory: u64,
}

fn run(path: &Path, from_pipe: bool) -> Ended {
    let start = Instant::now();
    let output = path.with_extension("out");
    let file = || std::fs::OpenOptions::new().create(true).append(true).open(&output).unwrap();
    std::fs::write(&output, "").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_lamblint"));
    let people = path.with_extension("txt");
    command.args(["check", "--today", "2026-11-25", "--format", "json", "--report"]);
    command.arg(format!("human={}", people.display()));
    command.stdout(file()).stderr(file());
    let mut pipe =
        from_pipe.then(|| Command::new("cat").arg(path).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap());
    if let Some(cat) = &mut pipe {
        command.arg("-").stdin(cat.stdout.take().unwrap());
    } else {
        command.arg(path);
    }
    let mut child = command.spawn().unwrap();
    let (mut memory, status) = (0, format!("/proc/{}/status", child.id()));
    let code = loop {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let most = text.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
        memory = memory.max(most.and_then(|most| most.trim().parse::<u64>().ok()).unwrap_or(0) << 10);
        if let Some(status) = child.try_wait().unwrap() {
            break status.code();
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let mut text = String::new();
    std::fs::File::open(&output).unwrap().take(1 << 20).read_to_string(&mut text).unwrap_or_default();
    let took = start.elapsed();
    drop(command);
    if let Some(cat) = &mut pipe {
        cat.wait().unwrap();
    }
    text += &std::fs::read_to_string(&people).unwrap_or_default();
    Ended { code, text, took, memory }
}

// Parts

fn file(path: &str, content: &[u8]) -> Vec<u8> {
    entry(path, Regular, 0o755, None, content, content.len() as u64)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A header with fields that the `tar` crate would not write.
fn header(path: &str, kind: EntryType, change: impl FnOnce(&mut tar::Header)) -> Vec<u8> {
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
fn pax(records: &[(&str, &str)]) -> Vec<u8> {
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

fn descriptor(kind: &str, bytes: &[u8]) -> Value {
    json!({"mediaType": kind, "digest": format!("sha256:{}", hex(bytes)), "size": bytes.len()})
}

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

fn kind(layer: &[u8]) -> &'static str {
    match layer {
        [0x1f, 0x8b, ..] => "application/vnd.oci.image.layer.v1.tar+gzip",
        [0x28, 0xb5, ..] => "application/vnd.oci.image.layer.v1.tar+zstd",
        _ => "application/vnd.oci.image.layer.v1.tar",
    }
}

fn config_of(config: &Value) -> Vec<u8> {
    let rootfs = json!({"type": "layers", "diff_ids": []});
    json!({"architecture": "amd64", "os": "linux", "config": config, "rootfs": rootfs}).to_string().into_bytes()
}

/// A layout of these layers.
fn image(folder: &Path, layers: &[&[u8]], config: &[u8]) -> PathBuf {
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

fn layout(folder: &Path, manifest: &[u8], blobs: &[&[u8]]) -> PathBuf {
    let index = json!({"schemaVersion": 2, "manifests": [descriptor(MANIFEST, manifest)]}).to_string();
    archive(folder, index.as_bytes(), &[&[manifest], blobs].concat())
}

fn archive(folder: &Path, index: &[u8], blobs: &[&[u8]]) -> PathBuf {
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

fn one_layer(folder: &Path, layer: &[u8]) -> PathBuf {
    image(folder, &[layer], &config_of(&json!({"Entrypoint": ["/main"]})))
}

/// So many zeros in gzip members of 64 MiB.
fn gzip_zeros(bytes: u64) -> Vec<u8> {
    const MEMBER: u64 = 64 << 20;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    std::io::copy(&mut std::io::repeat(0).take(MEMBER), &mut encoder).unwrap();
    encoder.finish().unwrap().repeat(usize::try_from(bytes.div_ceil(MEMBER)).unwrap())
}

// Cases

fn gzip_bomb(folder: &Path, scale: u64) -> PathBuf {
    let head = gzip(&header("hole", Regular, |header| header.set_size(99 << 30)));
    one_layer(folder, &[head, gzip_zeros(scale << 30)].concat())
}

fn zstd_bomb(folder: &Path, scale: u64) -> PathBuf {
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

fn packed_archive_bomb(folder: &Path, scale: u64) -> PathBuf {
    let path = folder.join("image.tar.gz");
    let head = gzip(&header("hole", Regular, |header| header.set_size(99 << 30)));
    std::fs::write(&path, [head, gzip_zeros(scale << 30)].concat()).unwrap();
    path
}

fn many_members(folder: &Path, _: u64) -> PathBuf {
    let tar = file("main", b"#!/bin/sh\n");
    let mut bytes: Vec<u8> = tar.chunks(4).flat_map(gzip).collect();
    bytes.extend(gzip(&[]).repeat(1000));
    one_layer(folder, &bytes)
}

fn deep_window(folder: &Path, scale: u64) -> PathBuf {
    // The window's exponent is 31: 2 GiB, which a decoder that believes it would hold.
    let mut bytes = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 21 << 3];
    let repeated = [(1_u32 << 1 | (128 << 10) << 3).to_le_bytes()[..3].to_vec(), vec![0]].concat();
    bytes.extend(repeated.repeat(usize::try_from(scale * 160).unwrap()));
    one_layer(folder, &bytes)
}

fn many_entries(folder: &Path, scale: u64) -> PathBuf {
    let piece: Vec<u8> = (0..10_000).flat_map(|at| header(&format!("d{}/f{at}", at % 100), Regular, |_| {})).collect();
    let bytes = gzip(&piece).repeat(usize::try_from(scale * 10).unwrap());
    // Names come again, and again each is an entry.
    one_layer(folder, &bytes)
}

fn repeated_layer(folder: &Path, scale: u64) -> PathBuf {
    let piece: Vec<u8> = (0..scale * 5_000).flat_map(|at| header(&format!("f{at}"), Regular, |_| {})).collect();
    let layer = gzip(&piece);
    let layers: Vec<&[u8]> = (0..1024).map(|_| &layer[..]).collect();
    image(folder, &layers, &config_of(&json!({"Entrypoint": ["/main"]})))
}

fn deep_paths(folder: &Path, scale: u64) -> PathBuf {
    let mut bytes = Vec::new();
    for at in 0..scale * 200 {
        bytes.extend(pax(&[("path", &format!("{at}{}", "/a".repeat(2000)))]));
        bytes.extend(header("x", Regular, |_| {}));
    }
    one_layer(folder, &gzip(&bytes))
}

fn long_paths(folder: &Path, scale: u64) -> PathBuf {
    let mut bytes = Vec::new();
    for at in 0..scale * 1000 {
        bytes.extend(pax(&[("path", &format!("{at}{}", "a".repeat(4000)))]));
        bytes.extend(header("x", Regular, |_| {}));
    }
    one_layer(folder, &gzip(&bytes))
}

fn huge_pax(folder: &Path, _: u64) -> PathBuf {
    one_layer(folder, &header("pax", XHeader, |header| header.set_size(1 << 30)))
}

fn many_pax(folder: &Path, scale: u64) -> PathBuf {
    let value = "x".repeat(1_000_000);
    let piece = pax(&[("SCHILY.xattr.user.x", &value)]);
    let mut bytes = gzip(&piece).repeat(usize::try_from(scale * 20).unwrap());
    bytes.extend(gzip(&file("main", b"#!/bin/sh\n")));
    one_layer(folder, &bytes)
}

fn huge_sparse(folder: &Path, _: u64) -> PathBuf {
    let mut bytes = Vec::new();
    for at in 0..100 {
        bytes.extend(pax(&[("GNU.sparse.realsize", "18446744073709551615"), ("GNU.sparse.name", &format!("f{at}"))]));
        bytes.extend(header("x", Regular, |_| {}));
        bytes.extend(pax(&[("GNU.sparse.realsize", "18446744073709551615")]));
        bytes.extend(header(&format!("f{at}"), Regular, |_| {}));
    }
    one_layer(folder, &bytes)
}

fn impossible_sizes(folder: &Path, _: u64) -> PathBuf {
    let size = |bytes: [u8; 12]| header("x", Regular, |header| header.as_old_mut().size = bytes);
    // Binary: a negative number, and one near 2⁶⁴.
    let negative = size([0xff; 12]);
    let huge = size([0x80, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xf0]);
    let config = config_of(&json!({"Entrypoint": ["/main"]}));
    image(folder, &[&negative, &huge, &size(*b"77777777777\0")], &config)
}

fn link_loops(folder: &Path, _: u64) -> PathBuf {
    let link = |path, to| entry(path, Symlink, 0o777, Some(to), b"", 0);
    let bytes =
        [link("main", "other"), link("other", "main"), link("bin", "bin"), link("lib", "/lib/lib/lib")].concat();
    one_layer(folder, &[bytes, entry("a", Link, 0o644, Some("a"), b"", 0)].concat())
}

fn link_chains(folder: &Path, scale: u64) -> PathBuf {
    let mut bytes = Vec::new();
    for at in 0..scale * 100 {
        let to = format!("{}/l{}", "x/../".repeat(18), at + 1);
        bytes.extend(entry(&format!("l{at}"), Symlink, 0o777, Some(&to), b"", 0));
    }
    bytes.extend(entry("main", Symlink, 0o777, Some("l0"), b"", 0));
    bytes.extend(entry("x/", Directory, 0o755, None, b"", 0));
    one_layer(folder, &bytes)
}

fn opaque_again(folder: &Path, scale: u64) -> PathBuf {
    let below: Vec<u8> = (0..scale * 2000).flat_map(|at| header(&format!("d/f{at}"), Regular, |_| {})).collect();
    let above = [header("d/.wh..wh..opq", Regular, |_| {}), header(".wh..wh..opq", Regular, |_| {})].concat();
    let above = above.repeat(usize::try_from(scale * 1000).unwrap());
    let config = config_of(&json!({"Entrypoint": ["/main"]}));
    image(folder, &[&gzip(&below), &gzip(&above)], &config)
}

fn bad_names(folder: &Path, _: u64) -> PathBuf {
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

fn huge_json(folder: &Path, scale: u64) -> PathBuf {
    let config = format!("{{\"a\": \"{}\"}}", "x".repeat(usize::try_from(scale * (10 << 20)).unwrap()));
    image(folder, &[&file("main", b"")], config.as_bytes())
}

fn deep_json(folder: &Path, _: u64) -> PathBuf {
    let config = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    image(folder, &[&file("main", b"")], config.as_bytes())
}

fn many_values(folder: &Path, _: u64) -> PathBuf {
    image(folder, &[&file("main", b"")], format!("[{}0]", "0,".repeat(4_000_000)).as_bytes())
}

fn long_keys(folder: &Path, _: u64) -> PathBuf {
    let key = format!("{{\"{}\":", "k".repeat(64 << 10));
    let config = format!("{}[0,0]{}", key.repeat(120), "}".repeat(120));
    image(folder, &[&file("main", b"")], config.as_bytes())
}

fn many_variables(folder: &Path, scale: u64) -> PathBuf {
    let count = scale * 1500;
    let variables: Vec<String> = (0..count).map(|at| format!("V{at}=$V{}", at + 1)).collect();
    let words: Vec<String> = (0..count).map(|at| format!("word{at}")).collect();
    let ports: serde_json::Map<String, Value> = (0..count / 10).map(|at| (format!("{at}/tcp"), json!({}))).collect();
    let config = json!({"Entrypoint": words, "Cmd": words, "Env": variables, "ExposedPorts": ports});
    image(folder, &[&file("main", b"")], &config_of(&config))
}

fn path_digests(folder: &Path, _: u64) -> PathBuf {
    std::fs::write(folder.join("secret"), "{}").unwrap();
    let at = |digest: &str| json!({"mediaType": CONFIG, "digest": digest, "size": 2});
    let manifest = json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": at("sha256:../../../secret"),
        "layers": [at("sha256:/etc/passwd"), at("../x"), at("sha512:00"), at(""), at("sha256:..")]});
    layout(folder, manifest.to_string().as_bytes(), &[])
}

fn many_images(folder: &Path, scale: u64) -> PathBuf {
    let layer = gzip(&(0..1000).flat_map(|at| header(&format!("f{at}"), Regular, |_| {})).collect::<Vec<_>>());
    let config = config_of(&json!({"Entrypoint": ["/main"]}));
    let layers: Vec<Value> = (0..10).map(|_| descriptor(kind(&layer), &layer)).collect();
    let manifest =
        json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": descriptor(CONFIG, &config), "layers": layers});
    let manifest = manifest.to_string().into_bytes();
    let named = |at: u64| {
        let mut named = descriptor(MANIFEST, &manifest);
        named["annotations"] = json!({"org.opencontainers.image.ref.name": format!("v{at}")});
        named
    };
    let index = json!({"schemaVersion": 2, "manifests": (0..scale * 100).map(named).collect::<Vec<_>>()}).to_string();
    archive(folder, index.as_bytes(), &[&manifest, &config, &layer])
}

fn index_loop(folder: &Path, _: u64) -> PathBuf {
    let mut inner = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": []}).to_string().into_bytes();
    let mut blobs = vec![inner.clone()];
    for _ in 0..50 {
        inner = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": [descriptor(INDEX, &inner)]})
            .to_string()
            .into_bytes();
        blobs.push(inner.clone());
    }
    archive(folder, &inner, &blobs.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

fn many_archive_members(folder: &Path, _: u64) -> PathBuf {
    let path = folder.join("image.tar");
    let bytes: Vec<u8> = (0..200_001).flat_map(|at| header(&format!("m{at}"), Regular, |_| {})).collect();
    std::fs::write(&path, bytes).unwrap();
    path
}

/// Version needs that lead back into themselves as far as offsets go, and names that overlap.
fn overlapping_elf(folder: &Path, scale: u64) -> PathBuf {
    const COUNT: usize = 4096;
    let (dynamic, strings) = (64 + 56 * 2, 64 + 56 * 2 + 16 * (COUNT + 8));
    let (needs, length) = (strings + 16 * 1024, strings + 16 * 1024 + 32 * COUNT);
    let mut elf = vec![0; length];
    let put = |elf: &mut Vec<u8>, at: usize, bytes: &[u8]| elf[at..at + bytes.len()].copy_from_slice(bytes);
    put(&mut elf, 0, b"\x7fELF\x02\x01\x01");
    put(&mut elf, 16, &[3, 0, 62, 0, 1, 0, 0, 0]);
    put(&mut elf, 32, &64_u64.to_le_bytes());
    put(&mut elf, 52, &[64, 0, 56, 0, 2, 0, 64, 0]);
    for (at, kind, start, size) in [(64, 1_u32, 0, length), (120, 2, dynamic, 16 * (COUNT + 8))] {
        put(&mut elf, at, &kind.to_le_bytes());
        for field in [8, 16, 24] {
            put(&mut elf, at + field, &(start as u64).to_le_bytes());
        }
        put(&mut elf, at + 32, &(size as u64).to_le_bytes());
        put(&mut elf, at + 40, &(size as u64).to_le_bytes());
    }
    let facts = [(5_u32, strings), (10, 16 * 1024), (0x6fff_fffe, needs), (0x6fff_ffff, COUNT)];
    let wanted = (0..COUNT).map(|_| (1, 1));
    for (at, (tag, value)) in facts.into_iter().chain(wanted).enumerate() {
        put(&mut elf, dynamic + 16 * at, &u64::from(tag).to_le_bytes());
        put(&mut elf, dynamic + 16 * at + 8, &(value as u64).to_le_bytes());
    }
    elf[strings + 1..needs].fill(b'a');
    for at in 0..COUNT {
        let need = needs + 16 * at;
        put(&mut elf, need, &[1, 0, 0xff, 0xff]);
        put(&mut elf, need + 8, &16_u32.to_le_bytes());
        put(&mut elf, need + 12, &16_u32.to_le_bytes());
    }
    let mut bytes = Vec::new();
    for at in 0..scale * 20 {
        bytes.extend(file(&format!("opt/p{at}"), &elf));
    }
    bytes.extend(file("main", &elf));
    one_layer(folder, &gzip(&bytes))
}

fn script_chain(folder: &Path, scale: u64) -> PathBuf {
    let mut bytes = file("main", b"#!/s0 x\n");
    for at in 0..scale * 50 {
        bytes.extend(file(&format!("s{at}"), format!("#!/s{} {}\n", at + 1, "y".repeat(100)).as_bytes()));
    }
    bytes.extend(file("self", b"#!/self\n"));
    one_layer(folder, &bytes)
}

fn many_scripts(folder: &Path, scale: u64) -> PathBuf {
    let script = format!("#!/usr/bin/python3\r\nimport lib{}\n", "x".repeat(200));
    let mut bytes = Vec::new();
    for at in 0..scale * 9_000 {
        bytes.extend(file(&format!("var/task/bin{}/s{at}.py", at % 100), script.as_bytes()));
    }
    one_layer(folder, &gzip(&bytes))
}
