//! `--depth config`: what manifest and config tell alone is never more than what the whole image tells.

use crate::support::internals::check;
use crate::support::internals::diagnostic::Severity;
use crate::support::internals::image::{self, Depth, ReadOptions};
use crate::support::internals::rules::{RULES, looks_at_images, needs_layers};
use crate::support::{Picture, cases, pack, pages};
use lamblint::Options;
use std::collections::BTreeSet;
use std::path::Path;

/// Codes, each with its severity.
type Verdict = BTreeSet<(&'static str, Severity)>;

fn verdict(path: &Path, options: &Options, depth: Depth) -> Verdict {
    let read = ReadOptions { depth, ..ReadOptions::default() };
    let found = image::open(path, &read, |image| check::image("image", &image, options).diagnostics).unwrap();
    found.into_iter().flatten().map(|diagnostic| (diagnostic.code, diagnostic.severity)).collect()
}

/// Every image that is drawn for a test or on a page, with the flags that it is checked with. Those with gigabytes of zeros
/// take long to read.
fn drawn() -> Vec<(String, Picture, Options)> {
    let mut all = Vec::new();
    for case in cases::all() {
        let twin = case.twin();
        for (kind, drawn) in [("", Some(case.drawn)), (", good twin", twin)] {
            let Some(drawn) = drawn else { continue };
            let (picture, options) = cases::picture(&drawn);
            all.push((format!("{}{kind}", case.name), picture, options));
        }
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/lambda");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        for block in text.split("```image").skip(1) {
            let (flags, rest) = block.split_once('\n').unwrap();
            let picture = rest.split("\n```").next().unwrap();
            if !picture.contains("GiB") {
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                all.push((name, toml::from_str(picture).unwrap(), pages::options(flags)));
            }
        }
    }
    assert!(all.len() > 200, "{}", all.len());
    all
}

#[test]
fn manifest_and_config_say_nothing_that_the_layers_contradict() {
    let (mut answered, mut wrong) = (BTreeSet::new(), Vec::new());
    for (name, picture, options) in drawn() {
        let folder = tempfile::tempdir().unwrap();
        let path = pack(&picture, folder.path());
        let part = verdict(&path, &options, Depth::Config);
        if part.is_empty() {
            continue;
        }
        let whole = verdict(&path, &options, Depth::Layers);
        // Of a size by descriptors alone it is said that it is likely, and what is milder is no contradiction.
        let differs = part.difference(&whole).filter(|(code, _)| *code != "LL106");
        let more: Vec<_> =
            differs.filter(|(code, said)| !whole.iter().any(|(other, more)| other == code && more > said)).collect();
        if !more.is_empty() {
            wrong.push(format!("{name}: {more:?} without the layers, and with them {whole:?}"));
        }
        answered.extend(part.into_iter().map(|(code, _)| code));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // What is listed as answered is answered, at least for one of them.
    let listed = RULES.iter().filter(|rule| !needs_layers(rule, rule.page().code)).map(|rule| rule.page().code);
    let silent: Vec<&str> = listed
        .filter(|code| code.starts_with("LL") && !answered.contains(code))
        .filter(|code| RULES.iter().any(|rule| rule.page().code == *code && looks_at_images(rule)))
        .collect();
    assert_eq!(silent, UNDRAWN, "no drawn image shows that they are answered");
}

/// Rules that are answered, and that no image is drawn for which is small enough.
const UNDRAWN: &[&str] = &["LL011", "LL012", "LL402"];
