//! An image is judged by what it means: the same image saved, written and laid out in other ways gets the same verdict.
//!
//! `cargo test` tries a few changes on each drawn image; `cargo test --test it same_image -- --ignored` tries them all.

mod changes;

use crate::support::cases::{self, Case};
use crate::support::internals::check;
use crate::support::internals::diagnostic::Severity;
use crate::support::internals::image::{self, ReadOptions};
use crate::support::saved::{Archive, Form, Packed, Saved};
use changes::{CHANGES, Change};
use lamblint::Options;
use serde_json::Value;
use std::collections::BTreeSet;

/// Codes, each with its severity.
type Verdict = BTreeSet<(&'static str, Severity)>;

/// Keys of pictures that are about how the image is saved.
const OF_FORM: &[&str] = &[
    "form",
    "index",
    "compression",
    "media_type",
    "media_types",
    "docker_types",
    "break",
    "beside",
    "entries",
    "config_type",
    "annotations",
    "config.rootfs.diff_ids",
];

/// An image, how it is checked, and what is said of it.
struct Subject {
    name: String,
    saved: Saved,
    options: Options,
    verdict: Verdict,
}

/// The drawn images whose meaning does not depend on how they are saved, and their good twins.
fn subjects() -> Vec<Subject> {
    let only = std::env::var("CASE").unwrap_or_default();
    let drawn = |case: Case| {
        let twin = case.twin().map(|twin| (format!("{}, good twin", case.name), twin));
        [Some((case.name.to_owned(), case.drawn)), twin].into_iter().flatten()
    };
    let plain =
        |drawn: &str| !OF_FORM.iter().any(|key| drawn.contains(&format!("{key} ="))) && !drawn.contains("> hole");
    let subject = |(name, drawn): (String, String)| {
        let (picture, options) = cases::picture(&drawn);
        let saved = Saved::of(&picture);
        let verdict = verdict(&saved, BASE, &options);
        Subject { name, saved, options, verdict }
    };
    let chosen = cases::all().flat_map(drawn).filter(|(name, drawn)| plain(drawn) && name.contains(&only));
    chosen.map(subject).collect()
}

/// How an image is saved that nothing was done to.
const BASE: Form = Form { layers: Packed::Gzip, ..FORM };
const FORM: Form = Form {
    archive: Archive::Oci,
    layers: Packed::Plain,
    headers: crate::support::saved::Headers::Gnu,
    outer: Packed::Plain,
    reversed: false,
    dotted: false,
    docker_types: false,
};

fn verdict(saved: &Saved, form: Form, options: &Options) -> Verdict {
    let folder = tempfile::tempdir().unwrap();
    let path = saved.pack(form, folder.path());
    let check = |image| check::image("image", &image, options).diagnostics;
    let found = image::open(&path, &ReadOptions::default(), check).unwrap();
    found.into_iter().flatten().map(|diagnostic| (diagnostic.code, diagnostic.severity)).collect()
}

/// What a change does to the verdict on an image, if anything.
fn difference(subject: &Subject, change: &Change) -> Option<String> {
    let (mut saved, mut form) = (subject.saved.clone(), BASE);
    if !(change.apply)(&mut saved, &mut form) {
        return None;
    }
    let after = verdict(&saved, form, &subject.options);
    let differ = subject.verdict.symmetric_difference(&after).filter(|(code, _)| !change.about.contains(code));
    let shown: Vec<String> = differ
        .map(|(code, severity)| {
            let sign = if after.contains(&(*code, *severity)) { '+' } else { '-' };
            format!("{sign}{}[{code}]", severity.as_str())
        })
        .collect();
    (!shown.is_empty()).then(|| format!("{}: {}: {}", change.name, subject.name, shown.join(" ")))
}

fn judged_alike(tried: impl Fn(usize, usize) -> bool) {
    let only = std::env::var("CHANGE").unwrap_or_default();
    let (mut count, mut differences) = (0, Vec::new());
    for (at, subject) in subjects().iter().enumerate() {
        for (number, change) in CHANGES.iter().enumerate().filter(|(_, change)| change.name.contains(&only)) {
            if tried(at, number) {
                count += 1;
                differences.extend(difference(subject, change));
            }
        }
    }
    println!("{count} changed images, {} judged in another way", differences.len());
    assert!(differences.is_empty(), "\n{}", differences.join("\n"));
}

#[test]
fn a_sample_of_changes_is_judged_alike() {
    // Neighbours in a file are alike, and changes that follow one another too.
    judged_alike(|image, change| (image * 7 + change) % CHANGES.len() == 0);
}

#[test]
#[ignore = "takes minutes"]
fn every_change_is_judged_alike() {
    judged_alike(|_, _| true);
}

/// Go, and so Docker, takes the keys of a config in any letter case. What Lambda does is not known, so that nothing may
/// be said with more certainty than of the image as the specification spells it.
#[test]
fn keys_in_other_letters_make_no_error() {
    for subject in subjects() {
        for spell in [str::to_ascii_lowercase as fn(&str) -> String, str::to_ascii_uppercase] {
            let mut saved = subject.saved.clone();
            let Value::Object(settings) = &saved.config["config"] else { continue };
            saved.config["config"] = settings.iter().map(|(key, value)| (spell(key), value.clone())).collect();
            let after = verdict(&saved, BASE, &subject.options);
            // What the settings prove is an error, and without them perhaps a warning.
            let weaker = |code: &str, severity: Severity| {
                subject.verdict.iter().any(|(known, before)| *known == code && *before >= severity)
            };
            let gained: Vec<_> =
                after.iter().filter(|(code, severity)| *code != "LL013" && !weaker(code, *severity)).collect();
            assert!(gained.is_empty(), "{}: {gained:?}", subject.name);
        }
    }
}
