//! The readers of saved images held against others: who refuses what, and which files there are.
//!
//! `cargo test --test it other_readers -- --ignored` needs skopeo, umoci and Python. What skopeo and umoci refuse, Docker
//! and containerd refuse too: all read archives with Go's `archive/tar` and documents with its `encoding/json`.

use crate::support::cases;
use crate::support::internals::image::{self, EntryKind, FaultKind, Image, ReadOptions};
use crate::support::material::{material, rows};
use crate::support::pack;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where another reader and we differ on purpose: part of a name, what is said of it, and why.
const ON_PURPOSE: &[(&str, &str, &str)] = &[
    ("zstd", "umoci", "umoci 0.4 knows no zstd; containerd does"),
    ("what Lambda ignores", "umoci", "it looks the user up, whom Lambda ignores"),
    ("beside", "more than one image", "it wants the name of one image; we judge each"),
    ("midrender-25", "skopeo", "it wants an image for x86_64; we judge the one for arm64"),
    ("rules-oci-645", "skopeo", "LL103 says it"),
    ("rules-aws-145", "umoci", "LL112 says it of the link"),
    ("not for Linux", "skopeo", "LL108 says it"),
    ("a config of", "skopeo", "LL102 says it"),
    ("only-a-chart", "umoci", "LL102 says it"),
    ("sbom-by-manifest", "more than one image", "it wants the name of one image; the other is none"),
    ("entrypoint-holds-null", "only we", "Go reads null as the empty text, and the specification has no null there"),
    ("near-honest-empty-layer", "Python", "tarfile takes nothing for no archive; Go takes it for an empty one"),
    ("near-global", "umoci", "umoci 0.4 knows no global headers; Docker and containerd do"),
];

/// A file of a tree: its kind, length, link and mode.
type File = (char, u64, String, u32);

#[test]
#[ignore = "needs skopeo, umoci and Python"]
fn images_are_read_as_others_read_them() {
    let only = std::env::var("CASE").unwrap_or_default();
    let (mut count, mut refused, mut findings) = (0, 0, Vec::new());
    let mut held = |name: &str, path: &Path| {
        if !name.contains(&only) {
            return;
        }
        count += 1;
        let found = differences(path, &mut refused);
        let expected = |what: &str| ON_PURPOSE.iter().any(|(part, of, _)| name.contains(part) && what.contains(of));
        findings.extend(found.into_iter().filter(|what| !expected(what)).map(|what| format!("{name}: {what}")));
    };
    for case in cases::all().filter(|case| !case.drawn.contains("> hole")) {
        for compression in ["", "plain", "zstd", "docker"] {
            let (mut picture, _) = cases::picture(&case.drawn);
            let free = picture.form.is_empty() && picture.compression.is_empty() && picture.media_types.is_empty();
            match compression {
                "" => {}
                _ if !free || picture.media_type.is_some() => continue,
                "docker" => picture.form = "docker".into(),
                _ => picture.compression = compression.into(),
            }
            let folder = tempfile::tempdir().unwrap();
            held(&format!("{} {compression}", case.name), &pack(&picture, folder.path()));
        }
    }
    if std::env::var_os("LAMBLINT_MATERIAL").is_some() {
        for row in rows("siblings/expected.jsonl") {
            let file = row["file"].as_str().unwrap();
            held(file, &material("siblings").join(file));
        }
        for entry in std::fs::read_dir(material("images")).unwrap() {
            let path = entry.unwrap().path();
            held(&path.file_name().unwrap().to_string_lossy(), &path);
        }
    }
    println!("{count} images, {refused} of them refused by all");
    assert!(findings.is_empty(), "{} differences\n{}", findings.len(), findings.join("\n"));
}

/// Where we and others differ on one image.
fn differences(path: &Path, refused: &mut usize) -> Vec<String> {
    let ours = image::open(path, &ReadOptions { verify: true, ..ReadOptions::default() }, std::convert::identity);
    let fault = match &ours {
        Err(error) => Some(error.to_string()),
        Ok(images) => images.first().and_then(|image| {
            let certain = image.faults.iter().find(|fault| fault.kind != FaultKind::DoubtfulDocument);
            certain.map(|fault| format!("{}: {}", fault.message, fault.label))
        }),
    };
    let folder = tempfile::tempdir().unwrap();
    let layout = folder.path().join("layout");
    let theirs = copy(path, &layout).and_then(|()| unpack(&layout, &folder.path().join("bundle")));
    match (fault, theirs) {
        (Some(_), Err(_)) => {
            *refused += 1;
            Vec::new()
        }
        (Some(fault), Ok(_)) => vec![format!("only we refuse it: {fault}")],
        (None, Err(error)) => vec![format!("only others refuse it: {error}")],
        (None, Ok(root)) => {
            let image = &ours.unwrap()[0];
            trees(image, &root).into_iter().chain(entries(image, &layout)).collect()
        }
    }
}

fn run(program: &str, args: &[&str]) -> Result<String, String> {
    let output = Command::new(program).args(args).output().unwrap_or_else(|error| panic!("{program}: {error}"));
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(format!("{program}: {}", text.lines().last().unwrap_or_default()))
}

/// Lets skopeo copy an image into a layout.
fn copy(path: &Path, layout: &Path) -> Result<(), String> {
    let kind = match (path.is_dir(), has_index(path)) {
        (true, _) => "oci",
        (false, true) => "oci-archive",
        (false, false) => "docker-archive",
    };
    let from = format!("{kind}:{}", path.display());
    let to = format!("oci:{}:x", layout.display());
    run("skopeo", &["copy", "--insecure-policy", "--quiet", &from, &to]).map(drop)
}

fn has_index(path: &Path) -> bool {
    let Ok(file) = std::fs::File::open(path) else { return false };
    let mut archive = tar::Archive::new(file);
    let Ok(entries) = archive.entries() else { return false };
    let is = |entry: tar::Entry<'_, std::fs::File>| entry.path().is_ok_and(|path| path.ends_with("index.json"));
    entries.filter_map(Result::ok).any(is)
}

/// Lets umoci unpack a layout; the root of its tree.
fn unpack(layout: &Path, bundle: &Path) -> Result<PathBuf, String> {
    let image = format!("{}:x", layout.display());
    run("umoci", &["unpack", "--rootless", "--image", &image, &bundle.display().to_string()])?;
    Ok(bundle.join("rootfs"))
}

/// Where our tree and another one differ.
fn trees(image: &Image, root: &Path) -> Option<String> {
    let mut theirs = BTreeMap::new();
    walk(root, root, &mut theirs);
    let kind = |kind: EntryKind| match kind {
        EntryKind::Directory => 'd',
        EntryKind::Symlink => 'l',
        EntryKind::Special => 's',
        _ => 'f',
    };
    let ours: BTreeMap<String, File> = image
        .files
        .inside("/")
        .map(|file| {
            let node = file.node();
            let link =
                image.files.link(node).map(|link| String::from_utf8_lossy(link).into_owned()).unwrap_or_default();
            let mode = if node.kind == EntryKind::Symlink { 0 } else { node.mode & 0o777 };
            (file.path(), (kind(node.kind), node.size, link, mode))
        })
        // A device is an empty file to whoever may not make one.
        .filter(|(_, (kind, ..))| *kind != 's')
        .collect();
    let devices = |path: &str| matches!(image.files.get(path), Some(node) if node.kind == EntryKind::Special);
    let differ = ours.iter().find(|(path, file)| theirs.get(*path) != Some(file));
    let more = theirs.keys().find(|path| !ours.contains_key(*path) && !devices(path));
    differ
        .map(|(path, file)| format!("{path} is {file:?}, and {:?} to umoci", theirs.get(path)))
        .or_else(|| more.map(|path| format!("only umoci has {path}")))
}

fn walk(root: &Path, at: &Path, found: &mut BTreeMap<String, File>) {
    use std::os::unix::fs::PermissionsExt;
    for entry in std::fs::read_dir(at).unwrap() {
        let path = entry.unwrap().path();
        let metadata = path.symlink_metadata().unwrap();
        let name = format!("/{}", path.strip_prefix(root).unwrap().display());
        let mode = metadata.permissions().mode() & 0o777;
        let file = if metadata.is_symlink() {
            ('l', 0, std::fs::read_link(&path).unwrap().display().to_string(), 0)
        } else if metadata.is_dir() {
            walk(root, &path, found);
            ('d', 0, String::new(), mode)
        } else {
            ('f', metadata.len(), String::new(), mode)
        };
        found.insert(name, file);
    }
}

/// Counts the entries of each layer, with Python.
const COUNT: &str = r"
import gzip, json, sys, tarfile
root = sys.argv[1]
blob = lambda d: open(root + '/blobs/' + d['digest'].replace(':', '/'), 'rb')
index = json.load(open(root + '/index.json'))
for layer in json.load(blob(index['manifests'][0]))['layers']:
    stream = blob(layer)
    packed = stream.read(2) == b'\x1f\x8b'
    stream.seek(0)
    stream = gzip.open(stream) if packed else stream
    print(sum(1 for _ in tarfile.open(fileobj=stream, mode='r|')))
";

fn entries(image: &Image, layout: &Path) -> Option<String> {
    let counted = match run("python3", &["-c", COUNT, &layout.display().to_string()]) {
        Ok(text) => text,
        Err(error) => return Some(format!("only Python refuses it: {error}")),
    };
    let theirs: Vec<u64> = counted.lines().map(|line| line.parse().unwrap()).collect();
    let ours: Vec<u64> = image.layers.iter().map(|layer| layer.entries).collect();
    (theirs != ours).then(|| format!("layers of {ours:?} entries, {theirs:?} to Python"))
}
