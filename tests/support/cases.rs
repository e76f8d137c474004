//! Images that are drawn in `tests/pages/*.txt`, a case after another.
//!
//! ```text
//! # name: CODE, CODE, -CODE        codes that must be reported, and with `-` those that must not
//! base = "python"                  the picture's own keys; `Cmd = …` is short for `config.config.Cmd`
//! --arch=arm64                     as on the command line
//! > var/task/app.py 600            a file; folders above it are drawn too, unless the line begins with `>>`
//! > --                             the next layer begins
//! ~ app.py 600 ~ app.py 644        makes the good twin: this text, replaced by that
//! ```

use super::{Picture, PictureLayer};
use lamblint::{Arch, Options};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The files and their texts.
pub const FILES: &[(&str, &str)] = &[
    ("good.txt", include_str!("../pages/good.txt")),
    ("bad.txt", include_str!("../pages/bad.txt")),
    ("classes.txt", include_str!("../pages/classes.txt")),
    ("weight.txt", include_str!("../pages/weight.txt")),
];

/// A case as it is written.
pub struct Case {
    pub name: &'static str,
    /// Where it is written.
    pub file: &'static str,
    pub line: usize,
    /// The codes behind its name.
    pub codes: Vec<&'static str>,
    /// The lines that draw it.
    pub drawn: String,
    /// What to replace for the good twin.
    pub swaps: Vec<(&'static str, &'static str)>,
}

/// All cases.
pub fn all() -> impl Iterator<Item = Case> {
    FILES.iter().flat_map(|(file, text)| {
        text.match_indices("\n# ").map(move |(at, mark)| {
            let at = at + mark.len();
            let case = text[at..].split("\n# ").next().unwrap();
            let (title, body) = case.split_once('\n').unwrap();
            let (name, codes) = title.split_once(':').unwrap();
            let (swaps, drawn): (Vec<&str>, Vec<&str>) = body.lines().partition(|line| line.starts_with('~'));
            let swap = |line: &&'static str| {
                let (from, to) = line[1..].split_once('~').unwrap();
                (from.trim(), to.trim())
            };
            Case {
                name,
                file,
                line: text[..at].lines().count(),
                codes: codes.split(',').map(str::trim).filter(|code| !code.is_empty()).collect(),
                drawn: drawn.join("\n"),
                swaps: swaps.iter().map(swap).collect(),
            }
        })
    })
}

impl Case {
    /// The lines that draw its good twin, if it has one.
    pub fn twin(&self) -> Option<String> {
        let mut twin = self.drawn.clone();
        for (from, to) in &self.swaps {
            assert!(twin.contains(from), "{}: nothing to swap for {from}", self.name);
            // `\n>` in the replacement begins another line of the picture.
            twin = twin.replace(from, &to.replace("\\n> ", "\n> "));
        }
        (!self.swaps.is_empty()).then_some(twin)
    }
}

/// The picture that lines draw, and how it is checked.
pub fn picture(drawn: &str) -> (Picture, Options) {
    let (mut head, mut options) = (String::new(), Options::new(super::pages::TODAY));
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
    (picture, options)
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
