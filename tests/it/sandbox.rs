//! AWS's own runtime emulator and lamblint about the same images; `tests/sandbox/run.sh` builds and starts them.
//!
//! It needs root, tools and a network, and takes minutes, so it runs only when asked for:
//! `cargo test --test it sandbox -- --ignored`.

use std::path::{Path, PathBuf};
use std::process::Command;

const TOOLS: &[&str] = &[
    "buildah",
    "umoci",
    "skopeo",
    "debootstrap",
    "gcc",
    "node",
    "npm",
    "python3",
    "pip",
    "curl",
    "ip",
    "unshare",
    "setpriv",
];

/// Why the script cannot run here.
fn obstacle() -> Option<String> {
    let id = Command::new("id").arg("-u").output().map(|output| output.stdout).unwrap_or_default();
    if id != b"0\n" {
        return Some("it needs root".into());
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let there = |tool: &&&str| folders.iter().any(|folder| folder.join(tool).exists());
    let missing: Vec<&str> = TOOLS.iter().filter(|tool| !there(tool)).copied().collect();
    (!missing.is_empty()).then(|| format!("{} not found", missing.join(", ")))
}

#[test]
#[ignore = "needs root, many tools and a network"]
fn the_emulator_agrees() {
    if let Some(why) = obstacle() {
        panic!("it cannot run here: {why}");
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sandbox/run.sh");
    let work = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sandbox");
    // More archives to count, one after another.
    let archives = std::env::var_os("LAMBLINT_ARCHIVES").unwrap_or_default();
    let status = Command::new(script)
        .args([Path::new(env!("CARGO_BIN_EXE_lamblint")), &work])
        .args(std::env::split_paths(&archives))
        .status()
        .unwrap();
    assert!(status.success(), "they differ: see the table");
}
