//! JSON that is too much, and images named again and again.

use super::parts::{CONFIG, INDEX, MANIFEST, archive, config_of, descriptor, file, gzip, header, image, kind, layout};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use tar::EntryType::Regular;

pub(super) fn huge_json(folder: &Path, scale: u64) -> PathBuf {
    let config = format!("{{\"a\": \"{}\"}}", "x".repeat(usize::try_from(scale * (10 << 20)).unwrap()));
    image(folder, &[&file("main", b"")], config.as_bytes())
}

pub(super) fn deep_json(folder: &Path, _: u64) -> PathBuf {
    let config = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    image(folder, &[&file("main", b"")], config.as_bytes())
}

pub(super) fn many_values(folder: &Path, _: u64) -> PathBuf {
    image(folder, &[&file("main", b"")], format!("[{}0]", "0,".repeat(4_000_000)).as_bytes())
}

pub(super) fn long_keys(folder: &Path, _: u64) -> PathBuf {
    let key = format!("{{\"{}\":", "k".repeat(64 << 10));
    let config = format!("{}[0,0]{}", key.repeat(120), "}".repeat(120));
    image(folder, &[&file("main", b"")], config.as_bytes())
}

pub(super) fn many_variables(folder: &Path, scale: u64) -> PathBuf {
    let count = scale * 1500;
    let variables: Vec<String> = (0..count).map(|at| format!("V{at}=$V{}", at + 1)).collect();
    let words: Vec<String> = (0..count).map(|at| format!("word{at}")).collect();
    let ports: serde_json::Map<String, Value> = (0..count / 10).map(|at| (format!("{at}/tcp"), json!({}))).collect();
    let config = json!({"Entrypoint": words, "Cmd": words, "Env": variables, "ExposedPorts": ports});
    image(folder, &[&file("main", b"")], &config_of(&config))
}

pub(super) fn long_settings(folder: &Path, scale: u64) -> PathBuf {
    let handler = format!("{}b.c", "a/".repeat(usize::try_from(scale * 35_000).unwrap()));
    let config = json!({"Entrypoint": ["/usr/bin/python3", "-m", "awslambdaric"], "Cmd": [handler]});
    image(folder, &[&file("main", b"")], &config_of(&config))
}

pub(super) fn path_digests(folder: &Path, _: u64) -> PathBuf {
    std::fs::write(folder.join("secret"), "{}").unwrap();
    let at = |digest: &str| json!({"mediaType": CONFIG, "digest": digest, "size": 2});
    let manifest = json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": at("sha256:../../../secret"),
        "layers": [at("sha256:/etc/passwd"), at("../x"), at("sha512:00"), at(""), at("sha256:..")]});
    layout(folder, manifest.to_string().as_bytes(), &[])
}

pub(super) fn many_images(folder: &Path, scale: u64) -> PathBuf {
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

pub(super) fn index_loop(folder: &Path, _: u64) -> PathBuf {
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
