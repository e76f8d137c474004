//! Real faults that only an image shows, drawn as small as they can be, each with its good twin.
//!
//! The pictures lie in the `*.txt` beside this file, a case after another:
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

use crate::support::internals::diagnostic::{Diagnostic, Severity};
use crate::support::{Picture, PictureLayer, check_drawn};
use lamblint::{Arch, Options};
use libtest_mimic::Trial;
use std::collections::BTreeSet;
use std::fmt::Write as _;

const FILES: &[(&str, &str)] = &[
    ("good.txt", include_str!("good.txt")),
    ("bad.txt", include_str!("bad.txt")),
    ("classes.txt", include_str!("classes.txt")),
    ("weight.txt", include_str!("weight.txt")),
];

/// A test for each case, named after the codes that it must have.
pub(crate) fn trials() -> impl Iterator<Item = Trial> {
    FILES
        .iter()
        .flat_map(|(file, text)| text.match_indices("\n# ").map(move |(at, mark)| (file, text, at + mark.len())))
        .map(|(file, text, at)| {
            let case = text[at..].split("\n# ").next().unwrap();
            let (title, body) = case.split_once('\n').unwrap();
            let (name, codes) = title.split_once(':').unwrap();
            let codes: Vec<&str> = codes.split(',').map(str::trim).filter(|code| !code.is_empty()).collect();
            let line = text[..at].lines().count();
            let test = format!("image::{name}{}{}", if codes.is_empty() { "" } else { "::" }, codes.join(","));
            Trial::test(test, move || {
                let failures = is_told_from_its_good_twin(name, body, &codes);
                let place = format!("tests/pages/{file}:{line}");
                if failures.is_empty() { Ok(()) } else { Err(format!("{place}\n{failures}").into()) }
            })
        })
}

fn is_told_from_its_good_twin(name: &str, body: &str, codes: &[&str]) -> String {
    let mut failures = String::new();
    let (swaps, drawn): (Vec<&str>, Vec<&str>) = body.lines().partition(|line| line.starts_with('~'));
    let drawn = drawn.join("\n");
    for form in forms(&drawn, codes) {
        let found = check(&drawn, form);
        for code in codes {
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
        quiet(&format!("{name}, good twin"), form, &check(&twin, form), &mut failures);
    }
    failures
}

/// The forms that a case is packed in: every one, unless it is about a form.
fn forms(drawn: &str, codes: &[&str]) -> &'static [&'static str] {
    let set =
        ["form", "index", "compression", "media_type", "media_types", "docker_types", "break", "beside", "entries"]
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
    let mut found = check_drawn(picture, &options).diagnostics;
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
    let path = line.split(' ').next().filter(|path| !path.starts_with('@')).unwrap_or_default();
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
