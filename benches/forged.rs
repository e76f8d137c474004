//! Writes two saved images of as many files: one whose names all have a hash that ends in the same bits, were the hash the
//! same in every run, and one of plain names. Reading the first must not take longer than reading the second.
//!
//!     cargo bench --bench forged -- FOLDER [FILES]

use foldhash::fast::FixedState;
use std::fs::File;
use std::hash::BuildHasher;
use std::io::{self, BufWriter};
use std::path::Path;
use tar::{Builder, Header};

/// Bits in which the forged names agree: a table of 65,536 places would have all of them in one.
const BITS: u32 = 16;
/// Names in a directory: each directory is a second chance to collide.
const TOGETHER: usize = 1_000;

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let Some(folder) = arguments.first().map(Path::new) else { return Ok(()) };
    let files = arguments.get(1).and_then(|count| count.parse().ok()).unwrap_or(20_000);
    let hash = FixedState::default();
    let collides = |name: &String| hash.hash_one(name.as_bytes()).trailing_zeros() >= BITS;
    let names = || (0_u64..).map(|at| format!("{at:012}"));
    image(&folder.join("forged.tar"), names().filter(collides).take(files))?;
    image(&folder.join("plain.tar"), names().take(files))
}

/// An image whose one layer has files of these names, each twice: in directories of a thousand, and all in one.
fn image(path: &Path, names: impl Iterator<Item = String>) -> io::Result<()> {
    let mut layer = Builder::new(Vec::new());
    for (at, name) in names.enumerate() {
        for folder in [format!("var/task/{}", at / TOGETHER), "opt/all".to_owned()] {
            layer.append_data(&mut header(0), format!("{folder}/{name}"), io::empty())?;
        }
    }
    let layer = layer.into_inner()?;
    let config = br#"{"architecture":"amd64","os":"linux","config":{"Entrypoint":["/x"]},"rootfs":{"type":"layers","diff_ids":[]}}"#;
    let manifest = br#"[{"Config":"config.json","RepoTags":["forged:latest"],"Layers":["layer.tar"]}]"#;
    let mut archive = Builder::new(BufWriter::new(File::create(path)?));
    for (name, content) in [("layer.tar", &layer[..]), ("config.json", config), ("manifest.json", manifest)] {
        archive.append_data(&mut header(content.len()), name, content)?;
    }
    archive.finish()
}

fn header(bytes: usize) -> Header {
    let mut header = Header::new_gnu();
    header.set_size(bytes as u64);
    header.set_mode(0o644);
    header
}
