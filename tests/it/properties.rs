//! What holds for any input, tried on inputs that nobody thought of.

use crate::support::entry;
use crate::support::internals::check::{self, Subject};
use crate::support::internals::dockerfile::Dockerfile;
use crate::support::internals::dockerfile::expand::{self, Scope, Var};
use crate::support::internals::fix;
use crate::support::internals::image::{self, EntryKind, Image, ReadOptions, Resolution};
use jiff::civil::date;
use lamblint::Options;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// No variable is set.
struct Nothing;

impl Scope for Nothing {
    fn get(&self, _: &str) -> Var {
        Var::Unset
    }
}

/// Lines that have something of a Dockerfile, in any order.
fn lines() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        Just("FROM public.ecr.aws/lambda/python:3.12 AS a".to_owned()),
        Just("FROM scratch\r".to_owned()),
        Just("# lamblint: ignore=LL801".to_owned()),
        Just("RUN yum install -y jq && \\".to_owned()),
        Just("RUN <<A cat <<-'B'".to_owned()),
        Just("A".to_owned()),
        Just("\tB".to_owned()),
        Just("CMD app.handler".to_owned()),
        Just("ENTRYPOINT [\"python\", \"-m\", \"awslambdaric\"]".to_owned()),
        Just("COPY --chmod=600 app.py ${LAMBDA_TASK_ROOT}/".to_owned()),
        Just("ENV A=$B PATH=/x".to_owned()),
        Just("MAINTAINER me".to_owned()),
        Just(String::new()),
        "[ -~]{0,40}",
        "\\PC{0,20}",
    ];
    let end = prop_oneof![Just("\n"), Just("\r\n"), Just("")];
    (proptest::collection::vec(line, 0..20), end).prop_map(|(lines, end)| lines.join("\n") + end)
}

proptest! {
    /// Instructions stand one behind the other, and what is between them is blank or a comment.
    #[test]
    fn spans_tile_the_file(text in lines()) {
        let file = Dockerfile::read(text.as_bytes());
        let mut covered = vec![false; text.len()];
        let mut end = 0;
        for instruction in &file.instructions {
            prop_assert!(instruction.span.start >= end, "instructions overlap");
            end = instruction.span.end;
            prop_assert!(instruction.span.contains(instruction.keyword.span));
            covered[instruction.span.start..end].fill(true);
        }
        for span in file.comments.iter().map(|c| c.span).chain(file.directives.iter().map(|d| d.span)) {
            covered[span.start..span.end].fill(true);
        }
        let rest: String = text.bytes().zip(covered).filter(|(_, covered)| !covered).map(|(b, _)| char::from(b)).collect();
        // A byte order mark and blanks are nobody's.
        prop_assert!(file.faults.iter().any(|_| true) || rest.trim().is_empty(), "left over: {rest:?}");
    }

    /// What has nothing to expand is what it was, and expanding that again changes nothing.
    #[test]
    fn expanding_a_literal_changes_nothing(text in "[a-zA-Z0-9 /:._@%+=,-]{0,60}") {
        let once = expand::word(&text, '\\', &Nothing).unwrap().value.unwrap();
        prop_assert_eq!(&once, &text);
        prop_assert_eq!(expand::word(&once, '\\', &Nothing).unwrap().value.unwrap(), once);
    }

    /// A file after its fixes has nothing left that they could mend, and nothing new.
    #[test]
    fn a_fixed_file_stays_fixed(text in lines()) {
        let mut options = Options::new(date(2026, 11, 25));
        options.function = Some(true);
        let once = fix::apply(&Subject::new("Dockerfile", text.as_bytes()), &options, true);
        let twice = fix::apply(&Subject::new("Dockerfile", &once.bytes), &options, true);
        prop_assert_eq!(String::from_utf8_lossy(&twice.bytes), String::from_utf8_lossy(&once.bytes));
        let before = check::dockerfile("Dockerfile", text.as_bytes(), &options);
        prop_assert!(once.checked.diagnostics.len() <= before.diagnostics.len());
    }

    /// Layers merged are what a naive overlay makes of them, and as long as their streams are.
    #[test]
    fn layers_merge_as_an_overlay(layers in proptest::collection::vec(proptest::collection::vec(step(), 0..12), 1..5)) {
        let streams: Vec<Vec<u8>> = layers.iter().map(|layer| layer.iter().flat_map(Step::bytes).collect()).collect();
        let image = read(&streams);
        let lengths: u64 = streams.iter().map(|stream| stream.len() as u64).sum();
        prop_assert_eq!(image.unpacked_bytes(), Some(lengths));
        let expected = overlay(&layers);
        let found: BTreeMap<String, (bool, u64)> = image
            .files
            .inside("/")
            .map(|file| (file.path(), (file.kind == EntryKind::Directory, file.size)))
            .collect();
        prop_assert_eq!(&found, &expected);
        let files = expected.values().filter(|(folder, _)| !folder);
        prop_assert_eq!(image.flattened_bytes(), Some(files.clone().map(|(_, size)| size).sum()));
        prop_assert_eq!(image.file_count(), Some(files.count() as u64));
    }

    /// Whatever links there are, a path leads somewhere, nowhere or in a circle.
    #[test]
    fn every_path_resolves(links in proptest::collection::vec(("[ab]", "(/?(a|b|\\.\\.|\\.)){1,6}"), 0..6), path in "(/(a|b|\\.\\.)){1,8}") {
        let stream: Vec<u8> =
            links.iter().flat_map(|(name, to)| entry(name, tar::EntryType::Symlink, 0o777, Some(to), b"", 0)).collect();
        match read(&[stream]).files.resolve(&path) {
            Resolution::Found(_, to) => prop_assert!(to.starts_with('/')),
            Resolution::Missing(_) | Resolution::Loop | Resolution::NotDirectory(_) => {}
        }
    }
}

/// One entry of a layer.
#[derive(Clone, Debug)]
enum Step {
    Folder(String),
    File(String, usize),
    Gone(String),
    Opaque(String),
}

fn step() -> impl Strategy<Value = Step> {
    let path = || "[ab](/[ab]){0,2}";
    prop_oneof![
        path().prop_map(Step::Folder),
        (path(), 0..2000_usize).prop_map(|(path, size)| Step::File(path, size)),
        path().prop_map(Step::Gone),
        path().prop_map(Step::Opaque),
    ]
}

impl Step {
    fn bytes(&self) -> Vec<u8> {
        let empty = |path: &str| entry(path, tar::EntryType::Regular, 0o644, None, b"", 0);
        match self {
            Self::Folder(path) => entry(&format!("{path}/"), tar::EntryType::Directory, 0o755, None, b"", 0),
            Self::File(path, size) => {
                entry(path, tar::EntryType::Regular, 0o644, None, &vec![b'x'; *size], *size as u64)
            }
            Self::Gone(path) => {
                let (folder, name) = path.rsplit_once('/').map_or(("", path.as_str()), |(folder, name)| (folder, name));
                empty(format!("{folder}/.wh.{name}").trim_start_matches('/'))
            }
            Self::Opaque(path) => empty(&format!("{path}/.wh..wh..opq")),
        }
    }
}

/// The naive overlay: a map of paths, whiteouts of a layer before its files.
fn overlay(layers: &[Vec<Step>]) -> BTreeMap<String, (bool, u64)> {
    let mut tree: BTreeMap<String, (bool, u64)> = BTreeMap::new();
    let below = |path: &str| format!("/{path}/");
    for layer in layers {
        for step in layer {
            match step {
                Step::Gone(path) => tree.retain(|at, _| *at != format!("/{path}") && !at.starts_with(&below(path))),
                Step::Opaque(path) => tree.retain(|at, _| !at.starts_with(&below(path))),
                _ => {}
            }
        }
        for step in layer {
            let (path, folder, size) = match step {
                Step::Folder(path) => (path, true, 0),
                Step::File(path, size) => (path, false, *size as u64),
                _ => continue,
            };
            for (at, _) in path.match_indices('/') {
                let above = tree.entry(format!("/{}", &path[..at])).or_insert((true, 0));
                *above = (true, 0);
            }
            if !folder {
                tree.retain(|at, _| !at.starts_with(&below(path)));
            }
            tree.insert(format!("/{path}"), (folder, size));
        }
    }
    tree
}

/// The image of an old docker-archive with these layers.
fn read(streams: &[Vec<u8>]) -> Image {
    let names: Vec<String> = (0..streams.len()).map(|at| format!("{at}/layer.tar")).collect();
    let manifest = serde_json::json!([{"Config": "c.json", "RepoTags": null, "Layers": names}]).to_string();
    let mut members = vec![("manifest.json".to_owned(), manifest.into_bytes()), ("c.json".to_owned(), b"{}".to_vec())];
    members.extend(names.into_iter().zip(streams.iter().cloned()));
    let archive: Vec<u8> = members
        .iter()
        .flat_map(|(name, bytes)| entry(name, tar::EntryType::Regular, 0o644, None, bytes, bytes.len() as u64))
        .collect();
    image::from_reader(archive.as_slice(), &ReadOptions::default(), std::convert::identity).unwrap().remove(0)
}
