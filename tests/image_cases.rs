//! Real faults that only an image shows, drawn as small as they can be, each with its good twin.
//!
//! The pictures lie in `image_cases/*.txt`, a case after another:
//!
//! ```text
//! # name: CODE, CODE, -CODE        codes that must be reported, and with `-` those that must not
//! base = "python"                  the picture's own keys; `Cmd = …` is short for `config.config.Cmd`
//! --arch=arm64                     as on the command line
//! > var/task/app.py 600            a file; folders above it are drawn too, unless the line begins with `>>`
//! > --                             the next layer begins
//! ~ app.py 600 ~ app.py 644        makes the good twin: this text, replaced by that
//! ```
//!
//! A good twin, and a case with no code, may yield neither error nor warning.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]
#![allow(clippy::print_stdout, reason = "counts are worth reading")]

mod support;

use lamblint::check::{Arch, Options};
use lamblint::diagnostic::{Diagnostic, Severity};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use support::{Picture, PictureLayer};

const CASES: &[&str] = &[
    include_str!("image_cases/good.txt"),
    include_str!("image_cases/bad.txt"),
    include_str!("image_cases/weight.txt"),
];

#[test]
fn every_case_is_told_from_its_good_twin() {
    let only = std::env::var("CASE").unwrap_or_default();
    let mut failures = String::new();
    let (mut cases, mut images) = (0, 0);
    for case in CASES.iter().flat_map(|text| text.split("\n# ").skip(1)).filter(|case| case.contains(&only)) {
        let (title, body) = case.split_once('\n').unwrap();
        let (name, codes) = title.split_once(':').unwrap();
        cases += 1;
        let (swaps, drawn): (Vec<&str>, Vec<&str>) = body.lines().partition(|line| line.starts_with('~'));
        let drawn = drawn.join("\n");
        let codes: Vec<&str> = codes.split(',').map(str::trim).filter(|code| !code.is_empty()).collect();
        for form in forms(&drawn, &codes) {
            images += 1;
            let found = check(&drawn, form);
            for code in &codes {
                let (code, wanted) = code.strip_prefix('-').map_or((*code, true), |code| (code, false));
                if found.iter().any(|d| d.code == code) != wanted {
                    let word = if wanted { "wanted" } else { "did not want" };
                    writeln!(failures, "{name} ({form}): {word} {code}, got {}", shown(&found)).unwrap();
                }
            }
            if codes.is_empty() {
                quiet(name, form, &found, &mut failures);
                continue;
            }
            if swaps.is_empty() {
                continue;
            }
            let mut twin = drawn.clone();
            for swap in &swaps {
                let (from, to) = swap[1..].split_once('~').unwrap();
                assert!(twin.contains(from.trim()), "{name}: nothing to swap for {from}");
                // `\n>` in the replacement begins another line of the picture.
                twin = twin.replace(from.trim(), &to.trim().replace("\\n> ", "\n> "));
            }
            images += 1;
            quiet(&format!("{name}, good twin"), form, &check(&twin, form), &mut failures);
        }
    }
    println!("{cases} cases, {images} images");
    assert!(failures.is_empty(), "\n{failures}");
}

/// The forms that a case is packed in: every one, unless it is about a form.
fn forms(drawn: &str, codes: &[&str]) -> &'static [&'static str] {
    let set = ["form", "index", "compression", "media_type", "media_types", "docker_types", "break"]
        .iter()
        .any(|key| drawn.contains(&format!("{key} =")));
    if set {
        &[""]
    } else if codes.iter().any(|code| code.starts_with("LL1")) {
        &["oci", "plain"]
    } else {
        &["oci", "plain", "zstd", "docker"]
    }
}

fn check(drawn: &str, form: &str) -> Vec<Diagnostic> {
    let (mut head, mut options) = (String::new(), Options::new(jiff::civil::date(2026, 11, 24)));
    options.select.push("lambda".into());
    let mut layers = vec![PictureLayer::default()];
    let mut made = BTreeSet::new();
    for line in drawn.lines() {
        if let Some(arch) = line.strip_prefix("--arch=") {
            options.arch = Arch::parse(arch);
        } else if let Some(file) = line.strip_prefix('>') {
            add(file, &mut layers, &mut made);
        } else if line.starts_with(|c: char| c.is_ascii_uppercase()) {
            writeln!(head, "config.config.{line}").unwrap();
        } else {
            writeln!(head, "{line}").unwrap();
        }
    }
    let mut picture: Picture = toml::from_str(&head).unwrap_or_else(|error| panic!("{error}\n{head}"));
    picture.layer = layers;
    match form {
        "docker" => picture.form = "docker".into(),
        "plain" | "zstd" => picture.compression = form.into(),
        _ => {}
    }
    let mut found = support::check_drawn(picture, &options).diagnostics;
    // A layer in zstd is worth a warning of its own.
    found.retain(|diagnostic| form != "zstd" || diagnostic.code != "LL104");
    found
}

/// Adds a line, and the folders above it that are not drawn yet.
fn add(line: &str, layers: &mut Vec<PictureLayer>, made: &mut BTreeSet<String>) {
    let bare = line.starts_with('>');
    let line = line.trim_start_matches('>').trim();
    if line == "--" {
        layers.push(PictureLayer::default());
        return;
    }
    let layer = layers.last_mut().unwrap();
    if let Some(size) = line.strip_prefix("hole ") {
        layer.hole = Some(size.to_owned());
        return;
    }
    let path = line.split(' ').next().unwrap();
    let mut at = 0;
    while let Some(next) = path[at..].find('/').map(|found| at + found + 1).filter(|next| !bare && *next < path.len()) {
        if made.insert(path[..next].to_owned()) {
            layer.files.push(path[..next].to_owned());
        }
        at = next;
    }
    if path.ends_with('/') {
        made.insert(path.to_owned());
    }
    layer.files.push(line.replace("\\n", "\n").replace("\\r", "\r"));
}

fn quiet(name: &str, form: &str, found: &[Diagnostic], failures: &mut String) {
    if found.iter().any(|diagnostic| diagnostic.severity != Severity::Info) {
        writeln!(failures, "{name} ({form}): wanted quiet, got {}", shown(found)).unwrap();
    }
}

fn shown(found: &[Diagnostic]) -> String {
    let one = |d: &Diagnostic| format!("\n    {}[{}]: {}", d.severity.as_str(), d.code, d.message);
    found.iter().map(one).collect()
}
