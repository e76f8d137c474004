//! What `lamblint size` says of six small images, against tables worked out by hand.
//!
//! An entry of a tar takes 512 bytes, its content as many more up to the next 512, and the end of a layer 1,024.

use crate::support::{Picture, PictureLayer, pack};
use serde_json::Value;
use std::process::Command;

/// A file whose bytes cannot be read: path, bytes, the layer that holds it, the one that hides it (both from
/// 0, where the report counts from 1), whether deleted.
type Wasted<'a> = (&'a str, u64, u64, u64, bool);

/// An image, and what is true of it.
struct Table<'a> {
    name: &'a str,
    layers: &'a [&'a [&'a str]],
    /// Of each layer, in bytes.
    unpacked: &'a [u64],
    /// What is no directory in the merged tree, and the bytes of its regular files.
    files: u64,
    flattened: u64,
    wasted: &'a [Wasted<'a>],
}

const END: u64 = 1024;

const TABLES: &[Table<'_>] = &[
    Table {
        name: "deleted file",
        layers: &[&["a/", "a/big = zeros 10KiB", "a/small = zeros 1KiB"], &["a/.wh.big"]],
        // The whiteout holds its own name, 9 bytes.
        unpacked: &[512 + (512 + 10_240) + (512 + 1024) + END, (512 + 512) + END],
        files: 1,
        flattened: 1024,
        wasted: &[("/a/big", 10_240, 0, 1, true)],
    },
    Table {
        name: "overwritten file",
        layers: &[&["f = zeros 3KiB", "g = zeros 100"], &["f = zeros 5KiB"], &["f = zeros 7KiB"]],
        unpacked: &[(512 + 3072) + (512 + 512) + END, (512 + 5120) + END, (512 + 7168) + END],
        files: 2,
        flattened: 7168 + 100,
        wasted: &[("/f", 5120, 1, 2, false), ("/f", 3072, 0, 1, false)],
    },
    Table {
        name: "opaque directory",
        layers: &[
            &["d/", "d/a = zeros 2KiB", "d/e/", "d/e/b = zeros 4KiB", "c = zeros 1KiB"],
            &["d/", "d/.wh..wh..opq", "d/n = zeros 512"],
        ],
        unpacked: &[
            512 + (512 + 2048) + 512 + (512 + 4096) + (512 + 1024) + END,
            512 + (512 + 512) + (512 + 512) + END,
        ],
        files: 2,
        flattened: 1024 + 512,
        wasted: &[("/d/e/b", 4096, 0, 1, true), ("/d/a", 2048, 0, 1, true)],
    },
    Table {
        name: "chmod-only copy",
        layers: &[&["app/", "app/run = zeros 6KiB", "app/lib = zeros 2KiB"], &["app/run 755 = zeros 6KiB"]],
        unpacked: &[512 + (512 + 6144) + (512 + 2048) + END, (512 + 6144) + END],
        files: 2,
        flattened: 6144 + 2048,
        wasted: &[("/app/run", 6144, 0, 1, false)],
    },
    Table {
        name: "hard links",
        // The bytes of `a` stay for as long as `b` names them; those of `x` go with both of its names.
        layers: &[&["a = zeros 8KiB", "b => a", "x = zeros 4KiB", "y => x"], &[".wh.a", "x = zeros 1KiB", ".wh.y"]],
        unpacked: &[(512 + 8192) + 512 + (512 + 4096) + 512 + END, (512 + 512) + (512 + 1024) + (512 + 512) + END],
        files: 2,
        flattened: 8192 + 1024,
        wasted: &[("/x", 4096, 0, 1, false)],
    },
    Table {
        name: "restored file",
        layers: &[&["r = zeros 9KiB", "s = zeros 1KiB"], &[".wh.r"], &["r = zeros 9KiB"]],
        unpacked: &[(512 + 9216) + (512 + 1024) + END, (512 + 512) + END, (512 + 9216) + END],
        files: 2,
        flattened: 9216 + 1024,
        wasted: &[("/r", 9216, 0, 1, true)],
    },
];

#[test]
fn sizes_are_those_worked_out_by_hand() {
    let mut archives = 0;
    for table in TABLES {
        for form in ["gzip", "plain", "zstd", "docker"] {
            let said = size(table, form);
            let name = format!("{} ({form})", table.name);
            let number = |value: &Value| value.as_u64().unwrap();
            let layers: Vec<u64> =
                said["layers"].as_array().unwrap().iter().map(|layer| number(&layer["unpacked_bytes"])).collect();
            assert_eq!(layers, table.unpacked, "{name}: layers");
            assert_eq!(number(&said["unpacked_bytes"]), table.unpacked.iter().sum::<u64>(), "{name}: unpacked");
            assert_eq!(number(&said["files"]), table.files, "{name}: files");
            assert_eq!(number(&said["flattened_bytes"]), table.flattened, "{name}: flattened");
            let wasted: Vec<Wasted<'_>> = said["wasted"].as_array().unwrap().iter().map(wasted).collect();
            let own = |(_, bytes, ..): &&Wasted<'_>| *bytes;
            assert_eq!(said["wasted_bytes"], table.wasted.iter().map(|one| own(&one)).sum::<u64>(), "{name}: waste");
            // What whiteouts hold is no file of the image, and takes nothing away.
            assert_eq!(wasted, table.wasted, "{name}: wasted");
            fits_schema(&said);
            let tree = &said["tree"];
            assert_eq!(
                (number(&tree["bytes"]), &tree["wasted"]),
                (table.flattened, &said["wasted_bytes"]),
                "{name}: tree"
            );
            adds_up(tree);
            archives += 1;
        }
    }
    println!("{archives} archives");
}

/// Holds the document against its schema.
#[track_caller]
fn fits_schema(image: &Value) {
    let schema: Value = serde_json::from_str(include_str!("../../schemas/size.json")).unwrap();
    let document = Value::Array(vec![image.clone()]);
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}\n{document:#}");
}

/// What is in a folder is no more than the folder, and all of it unless something is left out.
fn adds_up(node: &Value) {
    let Some(children) = node["children"].as_array() else { return };
    for key in ["bytes", "wasted"] {
        let below: u64 = children.iter().map(|child| child[key].as_u64().unwrap()).sum();
        let own = node[key].as_u64().unwrap();
        assert!(if node["left_out"].is_null() { below == own } else { below <= own }, "{key} of {node:#}");
    }
    children.iter().for_each(adds_up);
}

#[test]
fn lists_are_as_long_as_asked_for() {
    let files: Vec<String> = (0..40).map(|at| format!("f{at} = zeros {}", 1000 + at)).collect();
    let picture =
        Picture { layer: vec![PictureLayer { files, hole: None }], compression: "gzip".into(), ..Picture::default() };
    let folder = tempfile::tempdir().unwrap();
    let path = pack(&picture, folder.path());
    let run = |args: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_lamblint")).arg("size").args(args).arg(&path).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let length = |args: &[&str]| {
        let said: Value = serde_json::from_str(&run(&[args, &["--format", "json"]].concat()).1).unwrap();
        said[0]["largest"].as_array().unwrap().len()
    };
    assert_eq!((length(&[]), length(&["--top", "3"]), length(&["--top", "999"])), (15, 3, 40));
    let (_, text) = run(&["--top", "2"]);
    assert!(text.contains("/f39") && text.contains("/f38") && !text.contains("/f37"), "{text}");
    assert!(text.contains("and 38 smaller"), "{text}");
    assert_eq!(run(&["--top", "0"]).0, Some(2));
}

fn wasted(one: &Value) -> Wasted<'_> {
    let number = |key: &str| one[key].as_u64().unwrap();
    (
        one["path"].as_str().unwrap(),
        number("bytes"),
        number("layer") - 1,
        number("by") - 1,
        one["deleted"].as_bool().unwrap(),
    )
}

/// The image of a table, packed in a form and weighed by the program.
fn size(table: &Table<'_>, form: &str) -> Value {
    let layer =
        |files: &&[&str]| PictureLayer { files: files.iter().map(|&line| line.to_owned()).collect(), hole: None };
    let mut picture = Picture { layer: table.layers.iter().map(layer).collect(), ..Picture::default() };
    match form {
        "docker" => picture.form = form.into(),
        _ => picture.compression = form.into(),
    }
    let folder = tempfile::tempdir().unwrap();
    let path = pack(&picture, folder.path());
    let output =
        Command::new(env!("CARGO_BIN_EXE_lamblint")).args(["size", "--format", "json"]).arg(&path).output().unwrap();
    assert!(output.status.success(), "{}: {}", table.name, String::from_utf8_lossy(&output.stderr));
    let mut said: Value = serde_json::from_slice(&output.stdout).unwrap();
    said[0].take()
}
