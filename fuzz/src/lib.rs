//! What the fuzz targets share: a judge for Dockerfiles and one for archives, and the claims that hold for any input.

use jiff::civil::{Date, date};
use lamblint::Options;
use lamblint::fuzz::Inventory;
use lamblint::fuzz::check::{self, Checked};
use lamblint::fuzz::image::{self, Image, ReadOptions};
use lamblint::fuzz::report::{self, Format, Run, Style};
use lamblint::fuzz::template;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::io::Write;
use std::path::Path;

const TODAY: Date = date(2026, 11, 25);

/// Everything that can be asked for: all families, on a function.
pub fn options() -> Options {
    let select = ["lambda", "hadolint", "buildkit"].map(str::to_owned).to_vec();
    let mut options = Options::new(TODAY);
    (options.select, options.function) = (select, Some(true));
    options
}

/// Checks a Dockerfile and prints what is found in every format.
pub fn dockerfile(bytes: &[u8]) -> Checked {
    let checked = check::dockerfile("Dockerfile", bytes, &options());
    print(&checked);
    checked
}

/// Reads a text as a template of each language, checks its functions and prints what is found in every format.
pub fn template(bytes: &[u8]) {
    for name in ["template.yaml", "serverless.yml", "main.tf", "main.tf.json", "S.template.json"] {
        let files = vec![(name.to_owned(), bytes.to_vec()), ("b.assets.json".to_owned(), bytes.to_vec())];
        if let Ok(Some(template)) = template::read(name, files, 0) {
            print(&check::template(&template, &[], &options()));
        }
    }
}

/// Reads an archive as a file and as a stream, checks its images, and holds one reading against the other.
pub fn archive(bytes: &[u8]) {
    let verify = ReadOptions { verify: true, ..ReadOptions::default() };
    let streamed = image::from_reader(bytes, &verify, std::convert::identity);
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("room for it");
    let sought = image::open(file.path(), &ReadOptions::default(), std::convert::identity);
    let verified = image::open(file.path(), &verify, std::convert::identity);
    for image in [&streamed, &sought, &verified].into_iter().flatten().flatten() {
        judge(image);
    }
    // What is read to its end is as long, whichever way it was read.
    if let (Ok(sought), Ok(verified)) = (&sought, &verified) {
        for (one, other) in sought.iter().zip(verified) {
            for (one, other) in one.layers.iter().zip(&other.layers) {
                if let (Some(one), Some(other)) = (one.unpacked_bytes, other.unpacked_bytes) {
                    assert_eq!(one, other, "bytes by seeking and by reading");
                }
            }
        }
    }
}

fn judge(image: &Image) {
    print(&check::image("image.tar", image, &options()));
    speaks_plainly(&report::size_for_people(&Inventory::of(image, 15), &SizeStyle::default()));
}

fn print(checked: &Checked) {
    let run = Run { checked: std::slice::from_ref(checked), unreadable: &[], folder: Path::new("/"), root: Path::new("/") };
    let style = Style { color: false, links: false, unicode: true, width: 100, quiet: false };
    for format in [Format::Human, Format::Short] {
        speaks_plainly(&report::render(format, &run, &style));
    }
    for format in [Format::Json, Format::Sarif, Format::Gitlab] {
        let text = report::render(format, &run, &style);
        serde_json::from_str::<Value>(&text).expect("a report for programs is JSON");
    }
    for format in [Format::Github, Format::Junit, Format::Checkstyle, Format::Jsonl] {
        report::render(format, &run, &style);
    }
}

/// No byte of the input steers a terminal.
fn speaks_plainly(text: &str) {
    let steers = |c: char| c.is_control() && c != '\n' && c != '\t';
    assert!(!text.contains(steers), "a control character is printed raw: {text:?}");
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A tar stream of regular files.
pub fn tar(files: &[(&str, u32, &[u8])]) -> Vec<u8> {
    let mut out = tar::Builder::new(Vec::new());
    for (path, mode, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(*mode);
        header.set_cksum();
        out.append_data(&mut header, path, *content).expect("a tar in memory");
    }
    out.into_inner().expect("a tar in memory")
}

/// A layout with one image of one layer, whose digests are right.
pub fn layout(config: &[u8], layer: &[u8]) -> Vec<u8> {
    let manifest = serde_json::to_vec(&json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": descriptor("application/vnd.oci.image.config.v1+json", config),
        "layers": [descriptor("application/vnd.oci.image.layer.v1.tar", layer)],
    }))
    .expect("JSON");
    layout_of(&manifest, &[config, layer])
}

/// A layout of a manifest and blobs, each under its digest.
pub fn layout_of(manifest: &[u8], blobs: &[&[u8]]) -> Vec<u8> {
    let index = serde_json::to_vec(&json!({
        "schemaVersion": 2,
        "manifests": [descriptor("application/vnd.oci.image.manifest.v1+json", manifest)],
    }))
    .expect("JSON");
    let named: Vec<(String, &[u8])> =
        std::iter::once(&manifest).chain(blobs).map(|blob| (format!("blobs/sha256/{}", hex(blob)), *blob)).collect();
    let mut files = vec![("index.json", 0o644, &index[..])];
    files.extend(named.iter().map(|(name, blob)| (name.as_str(), 0o644, *blob)));
    tar(&files)
}

fn descriptor(kind: &str, bytes: &[u8]) -> Value {
    json!({"mediaType": kind, "digest": format!("sha256:{}", hex(bytes)), "size": bytes.len()})
}

/// The config of a function that starts `/main`.
pub fn config() -> Vec<u8> {
    let config = json!({
        "architecture": "amd64", "os": "linux",
        "config": {"Entrypoint": ["/main"], "Cmd": ["app.handler"], "WorkingDir": "/var/task"},
        "rootfs": {"type": "layers", "diff_ids": []},
    });
    serde_json::to_vec(&config).expect("JSON")
}

/// Puts right the checksums of what looks like a tar header: else nothing behind the first would ever be reached.
pub fn with_checksums(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for block in bytes.chunks_exact_mut(512).filter(|block| block[257..262] == *b"ustar") {
        block[148..156].fill(b' ');
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    }
    bytes
}
