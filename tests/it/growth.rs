//! `lamblint size --against`: what an image has that an older one has not, and when that is too much.

use crate::support::{Picture, PictureLayer, pack};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// An image of layers, each an instruction and its files.
fn packed(folder: &Path, form: &str, layers: &[(&str, &[&str])]) -> PathBuf {
    std::fs::create_dir_all(folder).unwrap();
    let mut picture = Picture {
        layer: layers
            .iter()
            .map(|(_, files)| PictureLayer { files: files.iter().map(|&line| line.to_owned()).collect(), hole: None })
            .collect(),
        history: layers.iter().map(|(by, _)| (*by).to_owned()).collect(),
        name: "orders:latest".into(),
        ..Picture::default()
    };
    match form {
        "docker" => picture.form = form.into(),
        _ => picture.compression = form.into(),
    }
    pack(&picture, folder)
}

fn size(new: &Path, old: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lamblint"));
    command.arg("size").arg(new).arg("--against").arg(old).args(args).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

const BASE: (&str, &[&str]) = ("FROM base", &["bin/", "bin/sh = zeros 1MiB"]);
const OLD: &[(&str, &[&str])] =
    &[BASE, ("RUN pip install", &["lib/numpy-1/a = zeros 100KiB"]), ("COPY . .", &["app.py = x"])];
const NEW: &[(&str, &[&str])] = &[
    BASE,
    ("RUN pip install", &["lib/numpy-2/a = zeros 300KiB"]),
    ("COPY models /opt", &["opt/<script>.bin = zeros 600KiB"]),
    ("COPY . .", &["app.py = x"]),
];
/// The files and their headers: 200 KiB more of numpy, the model with its header and the end of its layer.
const GROWTH: u64 = 200 * 1024 + (512 + 600 * 1024 + 1024);

#[test]
fn growth_is_told_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (packed(&folder.path().join("old"), "gzip", OLD), packed(&folder.path().join("new"), "gzip", NEW));
    let json: Value = serde_json::from_slice(&size(&new, &old, &["--format", "json"]).stdout).unwrap();
    let schema: Value = serde_json::from_str(include_str!("../../schemas/growth.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(&json).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}\n{json:#}");
    let one = &json[0];
    assert_eq!(one["unpacked"]["growth"], GROWTH);
    let changes: Vec<&str> =
        one["layers"].as_array().unwrap().iter().map(|layer| layer["change"].as_str().unwrap()).collect();
    assert_eq!(changes, ["same", "changed", "added", "same"]);
    assert_eq!((&one["download"]["layers"], &one["download"]["compressed"]), (&2.into(), &true.into()));
    let download: u64 = one["layers"].as_array().unwrap().iter().map(|l| l["download_bytes"].as_u64().unwrap()).sum();
    assert_eq!(one["download"]["bytes"], download);
    let text = said(&size(&new, &old, &[]));
    for line in [
        "changed  +200.00 KiB",
        "added    +601.50 KiB",
        "/opt/<script>.bin (new)",
        "numpy-1/a (gone)",
        "same    2 layers",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    let comment = said(&size(&new, &old, &["--format", "markdown"]));
    assert!(comment.contains("has grown by 801.50 KiB\n") && comment.contains("/opt/&lt;script>.bin"), "{comment}");
    let file = folder.path().join("growth.md");
    let report = format!("markdown={}", file.display());
    assert!(size(&new, &old, &["--report", &report, "--format", "json"]).status.success());
    assert_eq!(std::fs::read_to_string(file).unwrap(), comment);
}

#[test]
fn too_much_growth_fails_and_one_byte_decides() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (packed(&folder.path().join("old"), "gzip", OLD), packed(&folder.path().join("new"), "gzip", NEW));
    for (limit, code) in [
        (GROWTH.to_string(), 0),
        ((GROWTH - 1).to_string(), 1),
        ("802KiB".into(), 0),
        ("0.8MB".into(), 1),
        ("50MB".into(), 0),
        ("0".into(), 1),
        ("-1".into(), 2),
        ("10%".into(), 2),
        ("much".into(), 2),
    ] {
        let output = size(&new, &old, &[&format!("--max-growth={limit}")]);
        assert_eq!(output.status.code(), Some(code), "{limit}: {}", said(&output));
        assert_eq!(said(&output).contains("over --max-growth"), code == 1, "{limit}");
    }
    // What shrinks, or stays, is no growth.
    for (one, other) in [(&old, &new), (&new, &new)] {
        assert_eq!(size(one, other, &["--max-growth", "0"]).status.code(), Some(0));
    }
    let over = said(&size(&new, &old, &["--max-growth", "0.5MiB", "--format", "markdown"]));
    assert!(over.contains("has grown by 801.50 KiB, over the limit of 0.5MiB\n"), "{over}");
}

#[test]
fn an_old_docker_archive_is_compared_by_what_is_in_its_layers() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) =
        (packed(&folder.path().join("old"), "docker", OLD), packed(&folder.path().join("new"), "gzip", NEW));
    let json = |new: &Path, old: &Path| -> Value {
        serde_json::from_slice(&size(new, old, &["--format", "json"]).stdout).unwrap()
    };
    let found = json(&new, &old);
    assert_eq!((&found[0]["layers"][0]["change"], &found[0]["download"]["layers"]), (&"same".into(), &2.into()));
    assert_eq!(json(&old, &new)[0]["download"]["compressed"], false);
    assert!(said(&size(&old, &new, &[])).contains("not all of them compressed"));
}

#[test]
fn what_cannot_be_compared_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let old = packed(&folder.path().join("old"), "gzip", OLD);
    let missing = folder.path().join("none.tar");
    assert_eq!(size(&old, &missing, &[]).status.code(), Some(2));
    let two = size(&old, &old, &[&old.display().to_string()]);
    assert!(two.status.code() == Some(2) && said(&two).contains("name one path"), "{}", said(&two));
    let alone =
        Command::new(env!("CARGO_BIN_EXE_lamblint")).args(["size", "--max-growth", "1"]).arg(&old).output().unwrap();
    assert!(alone.status.code() == Some(2) && said(&alone).contains("--against"), "{}", said(&alone));
    let over = format!("markdown={}", old.display());
    let refused = size(&old, &old, &["--report", &over]);
    assert!(refused.status.code() == Some(2) && said(&refused).contains("has read it"), "{}", said(&refused));
    // A layer that is cut short has no size.
    let cut = folder.path().join("cut");
    std::fs::create_dir(&cut).unwrap();
    let files = vec!["a = zeros 1MiB".to_owned()];
    let layer = vec![PictureLayer { files, hole: None }];
    let cut =
        pack(&Picture { layer, breaks: "layer-cut".into(), compression: "gzip".into(), ..Picture::default() }, &cut);
    let unknown = size(&cut, &old, &["--max-growth", "1GB"]);
    assert!(unknown.status.code() == Some(2) && said(&unknown).contains("growth is unknown"), "{}", said(&unknown));
    assert_eq!(size(&cut, &old, &[]).status.code(), Some(0));
}
