//! Many images in one run: each layer is fetched once, and every verdict is the one that the image has alone.

use crate::support::hex;
use crate::support::server::{Blobs, Reply, Request, Server};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

/// How many images there are.
pub(crate) const IMAGES: usize = 12;

/// Images that differ in their configs and have the same layers, under the tags 0, 1, 2 …
pub(crate) fn images() -> Blobs {
    let example = Blobs::of(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/example/image.tar"));
    let mut blobs = BTreeMap::clone(&example.blobs);
    let root = example.json(example.digest());
    let manifest = example.json(root["manifests"][0]["digest"].as_str().unwrap());
    let config = example.json(manifest["config"]["digest"].as_str().unwrap());
    let mut add = |value: &Value| {
        let bytes = value.to_string().into_bytes();
        let (digest, size) = (format!("sha256:{}", hex(&bytes)), bytes.len());
        blobs.insert(digest.clone(), bytes);
        (digest, size)
    };
    let mut tags = serde_json::Map::new();
    for number in 0..IMAGES {
        let mut config = config.clone();
        config["config"]["Labels"] = json!({"number": number.to_string()});
        // Every third is for the other processor.
        if number % 3 == 0 {
            config["architecture"] = "arm64".into();
        }
        let (digest, size) = add(&config);
        let mut manifest = manifest.clone();
        manifest["mediaType"] = "application/vnd.oci.image.manifest.v1+json".into();
        manifest["config"]["digest"] = digest.into();
        manifest["config"]["size"] = size.into();
        tags.insert(number.to_string(), add(&manifest).0.into());
    }
    Blobs { blobs: Arc::new(blobs), root: tags.into() }
}

pub(crate) fn answer(images: &Blobs, request: &Request) -> Reply {
    let tag = request.path.rsplit_once("/manifests/").map_or("", |(_, tag)| tag);
    match images.root[tag].as_str() {
        Some(digest) => {
            images.answer(&Request { path: format!("/v2/team/orders/manifests/{digest}"), ..request.clone() })
        }
        None => images.answer(request),
    }
}

pub(crate) fn server() -> Server {
    let images = images();
    Server::start(move |request| answer(&images, request))
}

fn run(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lamblint"));
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", folder);
    command.env("LAMBLINT_SHELLCHECK", "off").current_dir(folder);
    command.args(["check", "--today", "2026-11-24", "--format", "json"]).args(args).output().unwrap()
}

fn report(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

/// What is said of one subject.
fn of_subject(report: &Value, path: &str) -> Vec<Value> {
    let mut all = report["diagnostics"].as_array().unwrap().clone();
    all.retain(|diagnostic| diagnostic["path"] == path);
    all
}

fn paths(report: &Value) -> Vec<&str> {
    report["subjects"].as_array().unwrap().iter().map(|subject| subject["path"].as_str().unwrap()).collect()
}

#[test]
fn each_layer_is_fetched_once() {
    let server = server();
    let folder = tempfile::tempdir().unwrap();
    let reference = |tag: &str| format!("{}/team/orders:{tag}", server.host);
    // In an order that is not that of their names.
    let mut order: Vec<String> = (0..IMAGES).rev().map(|number| reference(&number.to_string())).collect();
    order.swap(2, 7);
    let mut list = order.clone();
    list.insert(3, reference("gone"));
    list.insert(5, order[0].clone());
    std::fs::write(folder.path().join("refs"), list.join("\n")).unwrap();
    let output = run(folder.path(), &["--refs", "refs"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.lines().count() == 1 && said.contains("orders:gone"), "{said}");
    let all = report(&output);
    assert_eq!(paths(&all), order);
    let mut blobs: Vec<String> =
        server.seen().into_iter().map(|request| request.path).filter(|path| path.contains("/blobs/")).collect();
    let fetched = blobs.len();
    blobs.sort();
    blobs.dedup();
    // Two layers and a config each.
    assert_eq!((fetched, blobs.len()), (IMAGES + 2, IMAGES + 2), "{blobs:?}");
    for path in order.iter().take(4) {
        let alone = report(&run(folder.path(), &[path]));
        assert_eq!(of_subject(&all, path), of_subject(&alone, path));
        assert!(!of_subject(&all, path).is_empty());
    }
    let again = run(folder.path(), &["--refs", "refs"]);
    assert_eq!(again.stdout, output.stdout, "two runs say the same");
}

#[test]
fn functions_are_judged_as_they_are_deployed() {
    let server = server();
    let folder = tempfile::tempdir().unwrap();
    let images = images();
    let uri =
        |number: usize| format!("{}/team/orders@{}", server.host, images.root[number.to_string()].as_str().unwrap());
    let arn = |name: &str| format!("arn:aws:lambda:eu-west-1:123456789012:function:{name}");
    let function = |name: &str, number: usize, settings: Value| {
        let mut configuration = json!({"FunctionArn": arn(name), "FunctionName": name, "PackageType": "Image"});
        for (key, value) in settings.as_object().unwrap() {
            configuration[key] = value.clone();
        }
        let code = json!({"RepositoryType": "ECR", "ImageUri": format!("{}/team/orders:gone", server.host),
            "ResolvedImageUri": uri(number)});
        json!({"Code": code, "Configuration": configuration}).to_string()
    };
    let lines = [
        function("zebra", 1, json!({"Architectures": ["arm64"]})),
        function(
            "ant",
            1,
            json!({"Architectures": ["x86_64"], "Environment": {"Variables": {"AWS_REGION": "geheim"}}}),
        ),
        function("bee", 1, json!({"ImageConfigResponse": {"ImageConfig": {"Command": ["app.handler", "more"]}}})),
        json!({"Configuration": {"FunctionName": "zip", "PackageType": "Zip"}}).to_string(),
        "{".to_owned(),
    ];
    std::fs::write(folder.path().join("functions.jsonl"), lines.join("\n")).unwrap();
    let output = run(folder.path(), &["--functions", "functions.jsonl", "--verbose"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("functions.jsonl:5: it is not JSON") && said.contains("1 function packaged as a zip"),
        "{said}"
    );
    let all = report(&output);
    let digest = images.root["1"].as_str().unwrap();
    let path = |name: &str| format!("{}@{digest}", arn(name));
    assert_eq!(paths(&all), ["zebra", "ant", "bee"].map(path));
    let codes = |name: &str| -> Vec<String> {
        of_subject(&all, &path(name)).iter().map(|one| one["code"].as_str().unwrap().to_owned()).collect()
    };
    let has = |name: &str, code: &str| assert!(codes(name).iter().any(|one| one == code), "{name}: {:?}", codes(name));
    assert!(codes("zebra").iter().any(|code| code == "LL221" || code == "LL707"), "{:?}", codes("zebra"));
    has("ant", "LL703");
    // CMD of the image is in shell form; bee overrides it, with one word too many.
    has("ant", "LL203");
    has("bee", "LL204");
    assert!(!codes("ant").iter().any(|code| ["LL204", "LL221", "LL707"].contains(&&**code)), "{:?}", codes("ant"));
    // The list does not say which variables bee has.
    assert!(!codes("bee").iter().any(|code| ["LL203", "LL703", "LL704"].contains(&&**code)), "{:?}", codes("bee"));
    assert!(!String::from_utf8_lossy(&output.stdout).contains("geheim"));
}

#[test]
fn lists_that_are_none() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("empty"), "\n").unwrap();
    std::fs::write(folder.path().join("binary"), b"\xff\xfe\x00").unwrap();
    for (args, words) in [
        (["--functions", "empty"], "no function in it"),
        (["--functions", "binary"], "not text"),
        (["--refs", "gone"], "no such file"),
    ] {
        let output = run(folder.path(), &args);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn a_cache_takes_the_place_of_layers() {
    let server = server();
    let folder = tempfile::tempdir().unwrap();
    let references: Vec<String> = (0..3).map(|number| format!("{}/team/orders:{number}", server.host)).collect();
    std::fs::write(folder.path().join("refs"), references.join("\n")).unwrap();
    let plain = run(folder.path(), &["--refs", "refs"]);
    let layers = || server.seen().iter().filter(|request| request.path.contains("/blobs/")).count();
    let before = layers();
    let cold = run(folder.path(), &["--refs", "refs", "--cache", "cache"]);
    assert_eq!(layers() - before, 5, "three configs and two layers");
    let before = layers();
    let warm = run(folder.path(), &["--refs", "refs", "--cache", "cache", "--cache-read-only"]);
    assert_eq!(layers() - before, 3, "three configs");
    let before = layers();
    let single = run(folder.path(), &["--cache", "cache", &references[1]]);
    assert_eq!(layers() - before, 1, "one config");
    assert_eq!(of_subject(&report(&single), &references[1]), of_subject(&report(&plain), &references[1]));
    assert_eq!((&plain.stdout, &plain.stdout), (&cold.stdout, &warm.stdout));
    // What is damaged is fetched again, and mended.
    let mut entries = Vec::new();
    let mut folders = vec![folder.path().join("cache")];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() { folders.push(entry) } else { entries.push(entry) }
        }
    }
    assert_eq!(entries.len(), 2);
    entries.iter().for_each(|entry| std::fs::write(entry, "damaged").unwrap());
    let before = layers();
    let mended = run(folder.path(), &["--refs", "refs", "--cache", "cache"]);
    assert_eq!((layers() - before, &mended.stdout), (5, &plain.stdout));
    let prune = |time: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lamblint"));
        let output =
            command.args(["cache", "prune", "--unused-for", time, "cache"]).current_dir(folder.path()).output();
        String::from_utf8_lossy(&output.unwrap().stdout).into_owned()
    };
    assert_eq!(prune("1d"), "0 layers were removed, and 2 are left\n");
    assert_eq!(prune("0m"), "2 layers were removed, and 0 are left\n");
    // A cache that is none costs the run.
    let none = run(folder.path(), &["--refs", "refs", "--cache", "refs"]);
    assert_eq!(none.status.code(), Some(2));
}

#[test]
fn a_tag_that_has_moved_is_told_where_it_is_asked_for() {
    let server = server();
    let (folder, images) = (tempfile::tempdir().unwrap(), images());
    let digest = |number: usize| images.root[number.to_string()].as_str().unwrap().to_owned();
    let function = |name: &str, tag: &str, number: usize| {
        let code = json!({"ImageUri": format!("{}/team/orders{tag}", server.host),
            "ResolvedImageUri": format!("{}/team/orders@{}", server.host, digest(number))});
        json!({"Code": code, "Configuration": {"FunctionName": name, "PackageType": "Image"}}).to_string()
    };
    let pinned = format!("@{}", digest(1));
    let lines = [
        function("same", ":1", 1),
        function("moved", ":2", 1),
        function("too", ":2", 3),
        function("gone", ":gone", 1),
        function("pinned", &pinned, 1),
    ];
    std::fs::write(folder.path().join("functions.jsonl"), lines.join("\n")).unwrap();
    let plain = run(folder.path(), &["--functions", "functions.jsonl"]);
    assert_eq!(server.count("/manifests/2"), 0, "no request but where it is asked for");
    let output = run(folder.path(), &["--functions", "functions.jsonl", "--moved-tags"]);
    assert_eq!((&output.stdout, output.status.code()), (&plain.stdout, plain.status.code()), "it is no fault");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(said.lines().count(), 3, "{said}");
    for name in ["moved", "too"] {
        let told = format!("{name}@");
        let line = said.lines().find(|line| line.contains(&told)).unwrap();
        assert!(line.contains(&format!("orders:2 now leads to {}", digest(2))), "{said}");
    }
    assert!(said.contains("gone@") && said.contains("is not known: ") && said.contains("(404)"), "{said}");
    assert_eq!(server.count("/manifests/2"), 1, "each tag once");
}

#[test]
fn the_templates_for_fleets_have_no_faults() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/fleet");
    let output = run(&folder, &["."]);
    let said = report(&output);
    assert_eq!(said["diagnostics"], json!([]));
    assert_eq!(output.status.code(), Some(0));
    assert!(paths(&said).contains(&"on-push/Dockerfile") && paths(&said).contains(&"worker/Dockerfile"), "{said}");
}
