//! Archives that are made to hurt: each ends with findings or a clear error, soon, in little memory, and never with a
//! signal. What they are made of is below; nothing here is anybody's image.
//!
//! A debug build reads slowly, so by default the large ones are a hundredth of their size. At their full size, with the
//! bounds of 20 seconds and 512 MiB asserted:
//!
//! ```console
//! $ LAMBLINT_HOSTILE=full cargo test --release --test it hostile -- --nocapture
//! ```

mod contents;
mod documents;
mod parts;
mod streams;
mod trees;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Something to be looked at, and how it must end.
struct Case {
    name: &'static str,
    /// Makes it in a folder.
    make: fn(&Path, u64) -> PathBuf,
    /// What must stand in the answer.
    says: &'static str,
}

const CASES: &[Case] = &[
    Case { name: "gzip bomb of 100 GiB", make: streams::gzip_bomb, says: "unpack to more than" },
    Case { name: "zstd bomb of 1 TiB", make: streams::zstd_bomb, says: "unpack to more than" },
    Case { name: "bomb in a packed archive", make: streams::packed_archive_bomb, says: "no image" },
    Case { name: "1,000 gzip members", make: streams::many_members, says: "" },
    Case { name: "zstd window of 2 GiB", make: streams::deep_window, says: "LL012" },
    Case { name: "10 million entries", make: trees::many_entries, says: "entries" },
    Case { name: "a layer named 1,024 times", make: trees::repeated_layer, says: "entries" },
    Case { name: "paths of 2,000 folders", make: trees::deep_paths, says: "LL012" },
    Case { name: "many long paths", make: trees::long_paths, says: "bytes of paths" },
    Case { name: "PAX header of 1 GiB", make: streams::huge_pax, says: "extended header" },
    Case { name: "PAX headers in a row", make: streams::many_pax, says: "" },
    Case { name: "sparse files of 8 EiB", make: streams::huge_sparse, says: "" },
    Case { name: "impossible sizes", make: streams::impossible_sizes, says: "LL012" },
    Case { name: "links in a circle", make: trees::link_loops, says: "LL" },
    Case { name: "chains of links", make: trees::link_chains, says: "LL" },
    Case { name: "opaque again and again", make: trees::opaque_again, says: "" },
    Case { name: "a million links in a row", make: trees::links_in_a_row, says: "LL105" },
    Case { name: "a million names that are no text", make: trees::no_text, says: "bytes of paths" },
    Case { name: "64 images of a million folders", make: trees::images_of_folders, says: "images of the archive" },
    Case { name: "names that steer and lead out", make: trees::bad_names, says: "LL" },
    Case { name: "JSON of 1 GiB", make: documents::huge_json, says: "bytes" },
    Case { name: "JSON of 10,000 levels", make: documents::deep_json, says: "LL013" },
    Case { name: "JSON of four million values", make: documents::many_values, says: "values" },
    Case { name: "JSON of long keys in each other", make: documents::long_keys, says: "" },
    Case { name: "config of many variables", make: documents::many_variables, says: "LL" },
    Case { name: "settings of 7 MB", make: documents::long_settings, says: "LL110" },
    Case { name: "digests with paths in them", make: documents::path_digests, says: "LL0" },
    Case { name: "index of 10,000 images", make: documents::many_images, says: "" },
    Case { name: "indexes in each other", make: documents::index_loop, says: "" },
    Case { name: "200,001 members", make: streams::many_archive_members, says: "members" },
    Case { name: "ELF files of overlapping lists", make: contents::overlapping_elf, says: "" },
    Case { name: "libraries in all folders", make: contents::lists_of_folders, says: "LL" },
    Case { name: "a million files closed or foreign", make: contents::closed_or_foreign, says: "LL30" },
    Case { name: "300,000 extensions", make: contents::many_extensions, says: "LL219" },
    Case { name: "scripts that start each other", make: contents::script_chain, says: "LL" },
    Case { name: "many scripts", make: contents::many_scripts, says: "LL" },
];

#[test]
fn hostile_archives_end_soon_and_clearly() {
    let full = std::env::var("LAMBLINT_HOSTILE").is_ok_and(|value| value == "full");
    let only = std::env::var("ONLY").unwrap_or_default();
    for case in CASES.iter().filter(|case| case.name.contains(&only)) {
        let folder = tempfile::tempdir().unwrap();
        let path = (case.make)(folder.path(), if full { 100 } else { 1 });
        for how in ["file", "pipe", "size"].into_iter().take(if full || case.name.contains("names") { 3 } else { 2 }) {
            let ended = run(&path, how);
            println!("{:34} {how}  {:>6.2} s {:>5} MiB", case.name, ended.took.as_secs_f64(), ended.memory >> 20);
            let text = &ended.text;
            assert!(matches!(ended.code, Some(0..=2)), "{} ({how}): {:?} {text}", case.name, ended.code);
            assert!(!text.contains("panicked"), "{} ({how}): {text}", case.name);
            assert!(text.chars().all(|c| !c.is_control() || c == '\n'), "{} ({how}) steers: {text:?}", case.name);
            if how != "size" && (full || case.name.contains("JSON")) {
                assert!(text.contains(case.says), "{} ({how}) does not say {:?}: {text}", case.name, case.says);
            }
            if full {
                assert!(ended.took < Duration::from_secs(20), "{} ({how}) took {:?}", case.name, ended.took);
                assert!(ended.memory < 512 << 20, "{} ({how}) took {} bytes", case.name, ended.memory);
            }
        }
    }
}

struct Ended {
    code: Option<i32>,
    text: String,
    took: Duration,
    /// Most resident bytes, as often as it was looked.
    memory: u64,
}

/// Looks at an archive: checks the file, checks what comes through a pipe, or weighs the file.
fn run(path: &Path, how: &str) -> Ended {
    let start = Instant::now();
    let output = path.with_extension("out");
    let file = || std::fs::OpenOptions::new().create(true).append(true).open(&output).unwrap();
    std::fs::write(&output, "").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_lamblint"));
    let people = path.with_extension("txt");
    if how == "size" {
        command.arg("size");
    } else {
        command.args(["check", "--today", "2026-11-25", "--format", "json", "--report"]);
        command.arg(format!("human={}", people.display()));
    }
    command.stdout(file()).stderr(file());
    let mut pipe = (how == "pipe")
        .then(|| Command::new("cat").arg(path).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap());
    if let Some(cat) = &mut pipe {
        command.arg("-").stdin(cat.stdout.take().unwrap());
    } else {
        command.arg(path);
    }
    let mut child = command.spawn().unwrap();
    let (mut memory, status) = (0, format!("/proc/{}/status", child.id()));
    let code = loop {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let most = text.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
        memory = memory.max(most.and_then(|most| most.trim().parse::<u64>().ok()).unwrap_or(0) << 10);
        if let Some(status) = child.try_wait().unwrap() {
            break status.code();
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let mut text = String::new();
    std::fs::File::open(&output).unwrap().take(1 << 20).read_to_string(&mut text).unwrap_or_default();
    let took = start.elapsed();
    drop(command);
    if let Some(cat) = &mut pipe {
        cat.wait().unwrap();
    }
    text += &std::fs::read_to_string(&people).unwrap_or_default();
    Ended { code, text, took, memory }
}
