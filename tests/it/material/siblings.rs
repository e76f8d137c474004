//! Forged images of known fault classes: each names the codes that must, may and must not be reported for it.

use crate::support::internals::check;
use crate::support::internals::diagnostic::Severity;
use crate::support::internals::image::{self, ReadOptions};
use crate::support::material::{material, rows};
use lamblint::{Arch, Options};
use serde_json::Value;
use std::collections::BTreeSet;

#[test]
#[ignore = "needs LAMBLINT_MATERIAL"]
fn forged_images_are_judged_as_expected() {
    let only = std::env::var("CASE").unwrap_or_default();
    let rows = rows("siblings/expected.jsonl");
    let (mut seen, mut wrong) = (0, Vec::new());
    for row in rows.iter().filter(|row| text(&row["file"]).contains(&only)) {
        seen += 1;
        let faults = faults(row);
        if !faults.is_empty() {
            wrong.push(format!("{}: {}", text(&row["file"]), faults.join("; ")));
        }
    }
    println!("{} of {seen} images judged as expected", seen - wrong.len());
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// What is wrong with the verdict on one image.
fn faults(row: &Value) -> Vec<String> {
    let found = found(row);
    let codes = |key: &str| row[key].as_array().unwrap().iter().map(text).collect::<Vec<_>>();
    let has = |wanted: &&String| wanted.split('|').any(|code| found.iter().any(|(known, _)| known == code));
    let (must, must_not, may) = (codes("must"), codes("must_not"), codes("may"));
    let mut faults = Vec::new();
    faults.extend(must.iter().filter(|wanted| !has(wanted)).map(|wanted| format!("lacks {wanted}")));
    faults.extend(must_not.iter().filter(has).map(|code| format!("has {code}")));
    let allowed = |code: &str| must.iter().chain(&may).any(|list| list.split('|').any(|known| known == code));
    let unexpected = found.iter().filter(|(code, severity)| *severity != Severity::Info && !allowed(code));
    faults.extend(unexpected.map(|(code, severity)| format!("did not expect {}[{code}]", severity.as_str())));
    faults
}

/// The codes reported for all images of one archive. An archive that is not an image has none.
fn found(row: &Value) -> BTreeSet<(String, Severity)> {
    let path = material("siblings").join(text(&row["file"]));
    let mut options = Options::new(jiff::civil::date(2026, 11, 24));
    options.select.push("lambda".into());
    for arg in row["args"].as_array().unwrap().iter().map(text) {
        match arg.split_once('=') {
            Some(("--arch", arch)) => options.arch = Arch::parse(arch),
            _ => panic!("an argument that this test does not know: {arg}"),
        }
    }
    let check = |image| check::image("x", &image, &options).diagnostics;
    let diagnostics = image::open(&path, &ReadOptions::default(), check).unwrap_or_default();
    diagnostics.into_iter().flatten().map(|d| (d.code.to_owned(), d.severity)).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
