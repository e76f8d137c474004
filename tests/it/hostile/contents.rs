//! Files whose content leads in circles, or on and on.

use super::parts::{config_of, file, gzip, header, image, one_layer};
use crate::support::entry;
use serde_json::json;
use std::path::{Path, PathBuf};
use tar::EntryType::{Directory, Regular, Symlink};

/// An ELF file that is no more than its dynamic section, its strings, and its needs of versions, so many of them.
fn elf(tags: &[(u32, usize)], strings: &[u8], needs: &[u8], count: usize) -> Vec<u8> {
    let dynamic = 64 + 56 * 2;
    let at_strings = dynamic + 16 * (tags.len() + 5);
    let at_needs = (at_strings + strings.len()).next_multiple_of(16);
    let mut elf = vec![0; at_needs + needs.len()];
    let put = |elf: &mut Vec<u8>, at: usize, bytes: &[u8]| elf[at..at + bytes.len()].copy_from_slice(bytes);
    put(&mut elf, 0, b"\x7fELF\x02\x01\x01");
    put(&mut elf, 16, &[3, 0, 62, 0, 1, 0, 0, 0]);
    put(&mut elf, 32, &64_u64.to_le_bytes());
    put(&mut elf, 52, &[64, 0, 56, 0, 2, 0, 64, 0]);
    let length = elf.len();
    for (at, kind, start, size) in [(64, 1_u32, 0, length), (120, 2, dynamic, 16 * (tags.len() + 5))] {
        put(&mut elf, at, &kind.to_le_bytes());
        for field in [8, 16, 24] {
            put(&mut elf, at + field, &(start as u64).to_le_bytes());
        }
        put(&mut elf, at + 32, &(size as u64).to_le_bytes());
        put(&mut elf, at + 40, &(size as u64).to_le_bytes());
    }
    let facts = [(5_u32, at_strings), (10, strings.len()), (0x6fff_fffe, at_needs), (0x6fff_ffff, count)];
    for (at, (tag, value)) in facts.iter().chain(tags).enumerate() {
        put(&mut elf, dynamic + 16 * at, &u64::from(*tag).to_le_bytes());
        put(&mut elf, dynamic + 16 * at + 8, &(*value as u64).to_le_bytes());
    }
    put(&mut elf, at_strings, strings);
    put(&mut elf, at_needs, needs);
    elf
}

/// Version needs that lead back into themselves as far as offsets go, and names that overlap.
pub(super) fn overlapping_elf(folder: &Path, scale: u64) -> PathBuf {
    const COUNT: usize = 4096;
    let mut needs = vec![0; 32 * COUNT];
    for need in needs[..16 * COUNT].chunks_mut(16) {
        need[..4].copy_from_slice(&[1, 0, 0xff, 0xff]);
        need[8..12].copy_from_slice(&16_u32.to_le_bytes());
        need[12..].copy_from_slice(&16_u32.to_le_bytes());
    }
    let strings = [b"\0", &[b'a'; 16 * 1024 - 1][..]].concat();
    let elf = elf(&vec![(1, 1); COUNT], &strings, &needs, COUNT);
    let mut bytes = Vec::new();
    for at in 0..scale * 20 {
        bytes.extend(file(&format!("opt/p{at}"), &elf));
    }
    bytes.extend(file("main", &elf));
    one_layer(folder, &gzip(&bytes))
}

/// Libraries that nobody has, in more folders than anybody has, and every variable full of folders.
pub(super) fn lists_of_folders(folder: &Path, scale: u64) -> PathBuf {
    let library = |at: u64| {
        let mut strings = vec![0];
        let mut tags = Vec::new();
        for needed in 0..1000 {
            tags.push((1, strings.len()));
            strings.extend(format!("l{at}-{needed}.so\0").bytes());
        }
        tags.push((29, strings.len()));
        strings.extend((0..1000).flat_map(|at| format!("/r{at}:").into_bytes()).chain([0]));
        elf(&tags, &strings, &[], 0)
    };
    let mut bytes: Vec<u8> = (0..scale * 10).flat_map(|at| file(&format!("var/task/x{at}.so"), &library(at))).collect();
    bytes.extend(file("main", &library(scale * 10)));
    for at in 0..scale * 100 {
        bytes.extend(entry(&format!("to{at}"), Symlink, 0o777, Some("/var/task"), b"", 0));
        bytes.extend(file(&format!("root/f{at}"), b"x"));
    }
    let folders = |from: &str| (0..scale * 100).map(|at| format!("{from}{at}")).collect::<Vec<_>>().join(":");
    let variables = ["PATH", "LD_LIBRARY_PATH", "PYTHONPATH", "NODE_PATH", "RUBYLIB", "LD_PRELOAD", "GEM_PATH"];
    let mut env: Vec<String> = variables.iter().map(|name| format!("{name}={}", folders("/to"))).collect();
    env.extend((0..scale * 100).map(|at| format!("V{at}=/root/none{at}:/tmp/none{at}")));
    let config = json!({"Entrypoint": ["/main"], "Cmd": ["app.handler"], "Env": env, "WorkingDir": "/var/task"});
    image(folder, &[&gzip(&bytes)], &config_of(&config))
}

/// Each of these is worth a line, and with a handler of Python each is compared with what the start needs.
pub(super) fn closed_or_foreign(folder: &Path, scale: u64) -> PathBuf {
    let python = "usr/local/bin/python3.12";
    let program = elf(&[], &[0], &[], 0);
    let mut bytes = [file(python, &program), file("var/task/app.py", b"def handler(e, c): pass\n")].concat();
    bytes.extend(file("usr/local/lib/python3.12/os.py", b""));
    let mut foreign = elf(&[], &[0], &[], 0);
    foreign[18] = 183;
    for at in 0..scale * 2_400 {
        bytes.extend(header(&format!("var/task/c{at}.py"), Regular, |header| header.set_mode(0o600)));
        bytes.extend(header(&format!("var/task/d{at}"), Directory, |header| header.set_mode(0o700)));
        bytes.extend(header(&format!("var/task/d{at}/x"), Directory, |header| header.set_mode(0o700)));
        bytes.extend(file(&format!("usr/bin/b{at}"), &foreign));
    }
    let config = json!({"Entrypoint": [format!("/{python}"), "-m", "awslambdaric"], "Cmd": ["app.handler"],
        "WorkingDir": "/var/task", "Env": ["PATH=/usr/local/bin:/usr/bin:/bin"]});
    image(folder, &[&gzip(&bytes)], &config_of(&config))
}

pub(super) fn many_extensions(folder: &Path, scale: u64) -> PathBuf {
    let extension = |at: u64| file(&format!("opt/extensions/e{at}"), b"#!/bin/sh\nexec true\n");
    one_layer(folder, &gzip(&(0..scale * 3_000).flat_map(extension).collect::<Vec<u8>>()))
}

pub(super) fn script_chain(folder: &Path, scale: u64) -> PathBuf {
    let mut bytes = file("main", b"#!/s0 x\n");
    for at in 0..scale * 50 {
        bytes.extend(file(&format!("s{at}"), format!("#!/s{} {}\n", at + 1, "y".repeat(100)).as_bytes()));
    }
    bytes.extend(file("self", b"#!/self\n"));
    one_layer(folder, &bytes)
}

pub(super) fn many_scripts(folder: &Path, scale: u64) -> PathBuf {
    let script = format!("#!/usr/bin/python3\r\nimport lib{}\n", "x".repeat(200));
    let mut bytes = Vec::new();
    for at in 0..scale * 9_000 {
        bytes.extend(file(&format!("var/task/bin{}/s{at}.py", at % 100), script.as_bytes()));
    }
    one_layer(folder, &gzip(&bytes))
}
