//! Pictures of images: a few lines of TOML, packed into a real archive on disk.
//!
//! ```toml
//! form = "oci"                  # or "docker": an old docker-archive
//! compression = "gzip"          # or "plain", "zstd"; of every layer
//! media_type = "…"              # of every layer, where it should not fit
//! index = ["linux/amd64", "attestation"]   # makes the pushed object an index of these
//! break = "layer-bytes"         # one thing done to the archive: that of the first layer, "layer-cut", "layer-gone",
//!                               # "layer-empty" (the last one), "layer-swapped" (the last has the first one's bytes)
//! beside = ["signature"]        # what else the layout has: "attestation", "sbom", "chart"
//! entries = '[null]'            # the whole of a docker-archive's manifest.json; `{config}` and `{layers}` stand for its own
//!
//! [config]                      # laid over a config that is right
//! architecture = "arm64"
//! [config.config]
//! Entrypoint = ["/main"]
//!
//! [[layer]]
//! files = ["var/", "var/task/app.py", "bin/sh 755", "a -> b", "c => d", "run.sh 755 = #!/bin/sh\nexec x"]
//! hole = "10.5GiB"              # a file of so many zeros, which take no room on disk
//! ```
//!
//! Behind `=` stands what a file holds: text, `elf …` (see `elf`), `zeros 6MiB`, `macho`, `pe`, `zip`, `ar`,
//! `class 65`. `@pax 12 path=a/b\n` is an extended header. Without it an executable file is a static program that speaks the Runtime API.
//! `base = "python"` puts a base such as AWS's below all layers.

#![allow(dead_code, unreachable_pub, unused_imports, reason = "each binary uses a part of it")]

pub mod cases;
pub mod disk;
pub mod draft;
pub mod elf;
pub mod internals;
pub mod material;
pub mod pages;
pub mod samples;
pub mod saved;
pub mod server;

use internals::check::{self, Checked};
use internals::image::{self, ReadOptions};
use internals::size;
use lamblint::Options;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// An image as a page draws it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Picture {
    pub form: String,
    pub compression: String,
    pub media_type: Option<String>,
    /// The same for each layer, where they differ; the word behind a blank is its compression.
    pub media_types: Vec<String>,
    /// Docker's types for manifest and config.
    pub docker_types: bool,
    /// `linux/amd64` for the image itself; `attestation`, `attestation 2` and `soci` for what comes beside it.
    pub index: Vec<String>,
    /// What the history says of each layer.
    pub history: Vec<String>,
    #[serde(rename = "break")]
    pub breaks: String,
    /// What lies beside the image in its layout.
    pub beside: Vec<String>,
    /// A docker-archive's `manifest.json`.
    pub entries: Option<String>,
    pub config: Value,
    pub layer: Vec<PictureLayer>,
    pub name: String,
    pub base: String,
    /// Without the certificates that a page's image has else.
    pub bare: bool,
    pub config_type: Option<String>,
    /// Bytes of annotations in the manifest.
    pub annotations: usize,
}

/// One layer of it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PictureLayer {
    pub files: Vec<String>,
    pub hole: Option<String>,
}

/// Bytes, and how many zeros follow them.
struct Blob {
    bytes: Vec<u8>,
    zeros: u64,
}

impl Blob {
    fn len(&self) -> u64 {
        self.bytes.len() as u64 + self.zeros
    }

    fn digest(&self) -> String {
        hex(&self.bytes)
    }
}

pub fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Checks the image that a picture shows.
pub fn check_picture(picture: &str, options: &Options) -> Checked {
    let picture: Picture = toml::from_str(picture).unwrap_or_else(|error| panic!("{error}\n{picture}"));
    check_drawn(picture, options)
}

/// Checks the image of a picture that was read.
pub fn check_drawn(mut picture: Picture, options: &Options) -> Checked {
    // Most pages are about something else than certificates.
    if let Some(last) = picture.layer.last_mut().filter(|_| !picture.bare && picture.base.is_empty()) {
        last.files.extend(["etc/", "etc/ssl/", "etc/ssl/cert.pem"].map(str::to_owned));
    }
    let folder = tempfile::tempdir().unwrap();
    let path = pack(&picture, folder.path());
    let images = image::open(&path, &ReadOptions::default(), std::convert::identity).unwrap();
    let mut checked = images.iter().map(|image| check::image("image.tar", image, options));
    let mut first = checked.next().unwrap();
    first.diagnostics.extend(checked.flat_map(|other| other.diagnostics));
    first
}

/// One tar entry.
pub fn entry(path: &str, kind: tar::EntryType, mode: u32, link: Option<&str>, content: &[u8], size: u64) -> Vec<u8> {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_path(path).unwrap();
    header.set_mode(mode);
    header.set_size(size);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    if let Some(link) = link {
        header.set_link_name(link).unwrap();
    }
    header.set_cksum();
    let mut bytes = header.as_bytes().to_vec();
    bytes.extend_from_slice(content);
    let pad = (512 - content.len() % 512) % 512;
    bytes.extend(std::iter::repeat_n(0, pad));
    bytes
}

/// `bin/sh 755`, `var/`, `a -> b`, `c => d`.
fn drawn(line: &str) -> Vec<u8> {
    if let Some(body) = line.strip_prefix("@pax ") {
        return entry("pax", tar::EntryType::XHeader, 0o644, None, body.as_bytes(), body.len() as u64);
    }
    let (line, content) = line.split_once(" = ").map_or((line, None), |(line, content)| (line, Some(content)));
    if let Some((path, target)) = line.split_once(" -> ") {
        return entry(path, tar::EntryType::Symlink, 0o777, Some(target), b"", 0);
    }
    if let Some((path, target)) = line.split_once(" => ") {
        return entry(path, tar::EntryType::Link, 0o644, Some(target), b"", 0);
    }
    let (path, mode) = line.split_once(' ').unwrap_or((line, ""));
    if path.ends_with('/') {
        let mode = u32::from_str_radix(mode, 8).unwrap_or(0o755);
        return entry(path, tar::EntryType::Directory, mode, None, b"", 0);
    }
    let mode = u32::from_str_radix(mode, 8).unwrap_or(0o644);
    let content = match content {
        Some(content) => held(content),
        None if mode & 0o111 != 0 => elf::elf("elf amd64 runtime-api"),
        // A module of which a picture says nothing has whatever it is asked for.
        None if path.ends_with(".py") => b"def __getattr__(name):\n    return print\n".to_vec(),
        // One of JavaScript cannot be read then.
        None if [".js", ".mjs", ".cjs"].iter().any(|ending| path.ends_with(ending)) => b"}\n".to_vec(),
        None => path.as_bytes().to_vec(),
    };
    entry(path, tar::EntryType::Regular, mode, None, &content, content.len() as u64)
}

/// What a file holds.
fn held(content: &str) -> Vec<u8> {
    let (word, rest) = content.split_once(' ').unwrap_or((content, ""));
    match word {
        "elf" => elf::elf(content),
        "zeros" => vec![0; usize::try_from(size::parse(rest).unwrap()).unwrap()],
        "macho" => b"\xcf\xfa\xed\xfe\x07\0\0\x01\x03\0\0\0\x02\0\0\0".to_vec(),
        "pe" => b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0".to_vec(),
        "zip" => zip(rest),
        "ar" => b"!<arch>\n__.PKGDEF".to_vec(),
        "class" => [&b"\xca\xfe\xba\xbe\0\0"[..], &rest.parse::<u16>().unwrap().to_be_bytes(), &[0; 8]].concat(),
        _ => content.as_bytes().to_vec(),
    }
}

/// A zip archive: the names that its directory lists, and no content.
fn zip(names: &str) -> Vec<u8> {
    let mut bytes = b"PK\x03\x04\x14\0\0\0\x08\0\0\0\0\0\0\0".to_vec();
    let names: Vec<&str> = names.split(' ').filter(|name| !name.is_empty()).collect();
    if names.is_empty() {
        return bytes;
    }
    let begin = bytes.len();
    for name in &names {
        let length = u16::try_from(name.len()).unwrap().to_le_bytes();
        bytes.extend([&b"PK\x01\x02"[..], &[0; 24], &length, &[0; 16], name.as_bytes()].concat());
    }
    let length = u32::try_from(bytes.len() - begin).unwrap().to_le_bytes();
    let count = u16::try_from(names.len()).unwrap().to_le_bytes();
    bytes.extend([&b"PK\x05\x06"[..], &[0; 4], &count, &count, &length, &[0; 6]].concat());
    bytes
}

/// The files of a base such as AWS's, and its config.
fn base(family: &str) -> (Vec<String>, Value) {
    let mut files: Vec<String> = [
        "bin/",
        "bin/sh 755 = elf amd64 text=sh",
        "lib64/",
        "lib64/ld-linux-x86-64.so.2 755 = elf amd64 soname=ld-linux-x86-64.so.2 defines=GLIBC_2.2.5",
        "lib64/libc.so.6 755 = elf amd64 soname=libc.so.6 defines=GLIBC_2.2.5,GLIBC_2.17,GLIBC_2.26,GLIBC_2.34",
        "etc/",
        "etc/pki/",
        "etc/pki/tls/",
        "etc/pki/tls/certs/",
        "etc/pki/tls/certs/ca-bundle.crt",
        "etc/os-release = ID=\"amzn\"\nVERSION_ID=\"2023\"\n",
        "lambda-entrypoint.sh 755 = #!/bin/sh\nexec /var/runtime/bootstrap\n",
        "opt/",
        "tmp/ 1777",
        "usr/",
        "usr/bin/",
        "usr/local/",
        "usr/local/bin/",
        "usr/local/bin/aws-lambda-rie 755",
        "var/",
        "var/lang/",
        "var/lang/bin/",
        "var/lang/lib/",
        "var/runtime/",
        "var/task/",
    ]
    .map(str::to_owned)
    .to_vec();
    let (language, version) = family.split_once(':').unwrap_or((family, ""));
    let program = match language {
        "python" => format!("python{}", if version.is_empty() { "3.13" } else { version }),
        "nodejs" => "node".to_owned(),
        "java" | "dotnet" | "ruby" => language.to_owned(),
        _ => String::new(),
    };
    if !program.is_empty() {
        files.push(format!("var/lang/bin/{program} 755 = elf amd64 text={program}"));
        files.push("var/runtime/bootstrap 755 = #!/bin/sh\nexec x\n".to_owned());
    }
    let config = json!({"config": {
        "Entrypoint": ["/lambda-entrypoint.sh"],
        "WorkingDir": "/var/task",
        "Env": [
            "LANG=en_US.UTF-8", "TZ=:/etc/localtime",
            "PATH=/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
            "LD_LIBRARY_PATH=/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib",
            "LAMBDA_TASK_ROOT=/var/task", "LAMBDA_RUNTIME_DIR=/var/runtime",
        ],
    }});
    (files, config)
}

fn stream(layer: &PictureLayer) -> Blob {
    let mut bytes: Vec<u8> = layer.files.iter().flat_map(|line| drawn(line)).collect();
    let Some(hole) = &layer.hole else {
        bytes.extend([0; 1024]);
        return Blob { bytes, zeros: 0 };
    };
    let size = size::parse(hole).unwrap();
    bytes.extend(entry("hole", tar::EntryType::Regular, 0o644, None, b"", size));
    Blob { bytes, zeros: size.next_multiple_of(512) + 1024 }
}

fn packed(blob: &Blob, compression: &str) -> Blob {
    let bytes = match compression {
        "plain" => return Blob { bytes: blob.bytes.clone(), zeros: blob.zeros },
        "zstd" => ruzstd::encoding::compress_to_vec(blob.bytes.as_slice(), ruzstd::encoding::CompressionLevel::Fastest),
        _ => {
            assert_eq!(blob.zeros, 0, "a hole wants a plain layer");
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(&blob.bytes).unwrap();
            encoder.finish().unwrap()
        }
    };
    Blob { bytes, zeros: 0 }
}

/// `NAME=@15000` with as many letters in place of the number.
fn long(value: &Value) -> Value {
    let stretched = value.as_str().and_then(|text| {
        let (head, count) = text.split_once('@')?;
        Some(format!("{head}{}", "x".repeat(count.parse().ok()?)))
    });
    stretched.map_or_else(|| value.clone(), Value::from)
}

fn lay(over: &Value, under: &mut Value) {
    match (over, under) {
        (Value::Object(over), Value::Object(under)) => {
            for (key, value) in over {
                lay(value, under.entry(key.clone()).or_insert(Value::Null));
            }
        }
        (Value::Null, _) => {}
        // `BIG=@15000` is so many bytes long.
        (Value::Array(list), under) => *under = list.iter().map(long).collect(),
        (Value::String(_), under) => *under = long(over),
        (over, under) => *under = over.clone(),
    }
}

/// Packs a picture into a folder; the archive's path.
pub fn pack(picture: &Picture, folder: &Path) -> PathBuf {
    let compression = if picture.form == "docker" { "plain" } else { picture.compression.as_str() };
    let (files, under) = if picture.base.is_empty() { (Vec::new(), json!({})) } else { base(&picture.base) };
    let lowest = (!files.is_empty()).then_some(PictureLayer { files, hole: None });
    let streams: Vec<Blob> = lowest.iter().chain(&picture.layer).map(stream).collect();
    let described_in = |at: usize| picture.media_types.get(at).and_then(|text| text.split_once(' '));
    let of_layer = |at: usize| described_in(at).map_or(compression, |(_, compression)| compression);
    let mut layers: Vec<Blob> = streams.iter().enumerate().map(|(at, blob)| packed(blob, of_layer(at))).collect();
    let mut config = json!({
        "architecture": "amd64",
        "os": "linux",
        "config": {},
        "rootfs": {"type": "layers", "diff_ids": streams.iter().map(|s| format!("sha256:{}", s.digest())).collect::<Vec<_>>()},
    });
    lay(&under, &mut config);
    lay(&picture.config, &mut config);
    if !picture.history.is_empty() {
        config["history"] = picture.history.iter().map(|line| json!({"created_by": line})).collect();
    }
    let config = serde_json::to_vec(&config).unwrap();
    // The config keeps the diff_id of the layer that was here.
    if let (what @ ("layer-empty" | "layer-swapped"), Some((first, rest))) =
        (picture.breaks.as_str(), layers.split_first_mut())
    {
        let bytes = if what == "layer-empty" { Vec::new() } else { first.bytes.clone() };
        *rest.last_mut().unwrap_or(first) = Blob { bytes, zeros: 0 };
    }
    let mut members: Vec<(String, Blob)> = Vec::new();
    let plain = |bytes: Vec<u8>| Blob { bytes, zeros: 0 };
    let path = folder.join("image.tar");
    if picture.form == "docker" {
        let names: Vec<String> = (0..layers.len()).map(|at| format!("{at}/layer.tar")).collect();
        let manifest =
            json!([{"Config": format!("{}.json", hex(&config)), "RepoTags": [picture.name], "Layers": names}]);
        let manifest = picture.entries.as_ref().map_or_else(
            || manifest.to_string(),
            |text| {
                let (config, layers) = (&manifest[0]["Config"], &manifest[0]["Layers"]);
                text.replace("{config}", &config.to_string()).replace("{layers}", &layers.to_string())
            },
        );
        members.push((format!("{}.json", hex(&config)), plain(config)));
        members.extend(names.into_iter().zip(layers));
        members.push(("manifest.json".into(), plain(manifest.into_bytes())));
        write(&path, &members);
        return path;
    }
    let kind = picture.media_type.clone().unwrap_or_else(|| {
        let ending = match compression {
            "plain" => "",
            "zstd" => "+zstd",
            _ => "+gzip",
        };
        format!("application/vnd.oci.image.layer.v1.tar{ending}")
    });
    let described: Vec<Value> = layers
        .iter()
        .enumerate()
        .map(|(at, blob)| {
            let kind = described_in(at).map_or(kind.as_str(), |(kind, _)| kind);
            json!({"mediaType": kind, "digest": format!("sha256:{}", blob.digest()), "size": blob.len()})
        })
        .collect();
    let (manifest_kind, config_kind) = if picture.docker_types {
        ("application/vnd.docker.distribution.manifest.v2+json", "application/vnd.docker.container.image.v1+json")
    } else {
        ("application/vnd.oci.image.manifest.v1+json", "application/vnd.oci.image.config.v1+json")
    };
    let config_kind = picture.config_type.as_deref().unwrap_or(config_kind);
    let notes = if picture.annotations > 0 { json!({"notes": "x".repeat(picture.annotations)}) } else { json!({}) };
    let mut manifest = serde_json::to_vec(&json!({
        "schemaVersion": 2,
        "mediaType": manifest_kind,
        "annotations": notes,
        "config": {"mediaType": config_kind, "digest": format!("sha256:{}", hex(&config)), "size": config.len()},
        "layers": described,
    }))
    .unwrap();
    let names: Vec<String> = layers.iter().map(Blob::digest).collect();
    match picture.breaks.as_str() {
        // The last bytes of a gzip stream are its checksum: the layer unpacks to the same, and is another blob.
        "layer-bytes" => layers[0].bytes[9] ^= 1,
        "layer-cut" => {
            let half = layers[0].bytes.len() / 2;
            layers[0].bytes.truncate(half);
        }
        _ => {}
    }
    let manifest_digest = hex(&manifest);
    if picture.breaks == "manifest-json" {
        manifest.truncate(manifest.len() - 2);
    }
    let mut top =
        json!({"mediaType": manifest_kind, "digest": format!("sha256:{manifest_digest}"), "size": manifest.len()});
    if !picture.index.is_empty() {
        let list: Vec<Value> = picture.index.iter().map(|word| described_as(word, &top, &mut members)).collect();
        let kind = "application/vnd.oci.image.index.v1+json";
        let index = serde_json::to_vec(&json!({"schemaVersion": 2, "mediaType": kind, "manifests": list})).unwrap();
        top = json!({"mediaType": kind, "digest": format!("sha256:{}", hex(&index)), "size": index.len()});
        members.push((format!("blobs/sha256/{}", hex(&index)), plain(index)));
    }
    if !picture.name.is_empty() {
        top["annotations"] = json!({"org.opencontainers.image.ref.name": picture.name});
    }
    let config_name = format!("blobs/sha256/{}", hex(&config));
    members.push((config_name, plain(config)));
    members.push((format!("blobs/sha256/{manifest_digest}"), plain(manifest)));
    for (name, blob) in names.into_iter().zip(layers) {
        members.push((format!("blobs/sha256/{name}"), blob));
    }
    if picture.breaks == "layer-gone" {
        members.pop();
    }
    members.push(("oci-layout".into(), plain(b"{\"imageLayoutVersion\":\"1.0.0\"}".to_vec())));
    let mut listed = vec![top.clone()];
    listed.extend(picture.beside.iter().map(|word| artifact(word, &top, &mut members)));
    let index = json!({"schemaVersion": 2, "manifests": listed});
    members.push(("index.json".into(), plain(serde_json::to_vec(&index).unwrap())));
    write(&path, &members);
    path
}

/// What lies beside an image, as the tools of that trade write it.
fn artifact(word: &str, image: &Value, members: &mut Vec<(String, Blob)>) -> Value {
    if word == "attestation" {
        return described_as(word, image, members);
    }
    let mut add = |bytes: Vec<u8>, kind: &str| {
        let digest = hex(&bytes);
        let value = json!({"mediaType": kind, "digest": format!("sha256:{digest}"), "size": bytes.len()});
        members.push((format!("blobs/sha256/{digest}"), Blob { bytes, zeros: 0 }));
        value
    };
    let image_config = "application/vnd.oci.image.config.v1+json";
    let (config, kind, layer) = match word {
        // cosign gives a signature an image's config, and the name of what it signs.
        "signature" => (
            &br#"{"architecture":"","os":"","rootfs":{"type":"layers","diff_ids":[]}}"#[..],
            image_config,
            "application/vnd.dev.cosign.simplesigning.v1+json",
        ),
        "sbom" => (&b"{}"[..], "application/vnd.oci.empty.v1+json", "application/spdx+json"),
        _ => (
            &br#"{"name":"chart"}"#[..],
            "application/vnd.cncf.helm.config.v1+json",
            "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
        ),
    };
    let mut own = json!({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json"});
    own["config"] = add(config.to_vec(), kind);
    own["layers"] = json!([add(b"payload".to_vec(), layer)]);
    if word == "sbom" {
        own["artifactType"] = json!(layer);
        own["subject"] = image.clone();
    }
    let mut value = add(serde_json::to_vec(&own).unwrap(), "application/vnd.oci.image.manifest.v1+json");
    let signed = image["digest"].as_str().unwrap().replace(':', "-");
    value["annotations"] = json!({"org.opencontainers.image.ref.name": format!("{signed}.{word}")});
    value
}

/// An entry of an index, and the blobs that it leads to.
fn described_as(word: &str, manifest: &Value, members: &mut Vec<(String, Blob)>) -> Value {
    let mut add = |bytes: Vec<u8>, kind: &str| {
        let digest = hex(&bytes);
        let value = json!({"mediaType": kind, "digest": format!("sha256:{digest}"), "size": bytes.len()});
        members.push((format!("blobs/sha256/{digest}"), Blob { bytes, zeros: 0 }));
        value
    };
    let kind = "application/vnd.oci.image.manifest.v1+json";
    let (what, count) = word.split_once(' ').unwrap_or((word, "1"));
    match what {
        "attestation" => {
            let statement =
                |at: usize| add(format!("{{\"statement\":{at}}}").into_bytes(), "application/vnd.in-toto+json");
            let layers: Vec<Value> = (0..count.parse().unwrap()).map(statement).collect();
            let config = json!({"architecture": "unknown", "os": "unknown", "config": {}, "rootfs": {"type": "layers", "diff_ids": []}});
            let config = add(serde_json::to_vec(&config).unwrap(), "application/vnd.oci.image.config.v1+json");
            let own = json!({"schemaVersion": 2, "mediaType": kind, "config": config, "layers": layers});
            let mut value = add(serde_json::to_vec(&own).unwrap(), kind);
            value["platform"] = json!({"os": "unknown", "architecture": "unknown"});
            value["annotations"] = json!({
                "vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": manifest["digest"],
            });
            value
        }
        "soci" => {
            let artifact = "application/vnd.amazon.soci.index.v2+json";
            let ztoc = add(b"ztoc".to_vec(), "application/octet-stream");
            let empty = add(b"{}".to_vec(), artifact);
            let own = json!({"schemaVersion": 2, "mediaType": kind, "artifactType": artifact, "config": empty, "layers": [ztoc]});
            let mut value = add(serde_json::to_vec(&own).unwrap(), kind);
            value["artifactType"] = json!(artifact);
            value["platform"] = json!({"os": "linux", "architecture": "amd64"});
            value
        }
        _ => {
            let mut value = manifest.clone();
            let (os, architecture) = what.split_once('/').unwrap();
            value["platform"] = json!({"os": os, "architecture": architecture});
            value
        }
    }
}

fn write(path: &Path, members: &[(String, Blob)]) {
    let mut file = std::fs::File::create(path).unwrap();
    let unique: BTreeMap<&str, &Blob> = members.iter().map(|(name, blob)| (name.as_str(), blob)).collect();
    for (name, blob) in unique {
        file.write_all(&entry(name, tar::EntryType::Regular, 0o644, None, b"", blob.len())).unwrap();
        file.write_all(&blob.bytes).unwrap();
        let end = file.stream_position().unwrap() + blob.zeros;
        // Zeros are a hole: they take no room on disk.
        file.set_len(end.next_multiple_of(512)).unwrap();
        file.seek(SeekFrom::Start(end.next_multiple_of(512))).unwrap();
    }
    file.write_all(&[0; 1024]).unwrap();
}
