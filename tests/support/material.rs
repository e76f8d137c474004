//! Other people's suites, where they are at hand: the variable `LAMBLINT_MATERIAL` names their folder.

#![allow(dead_code, unreachable_pub, reason = "each test uses a part of it")]

use serde_json::Value;
use std::path::{Path, PathBuf};

/// A path in the folder; without one a test says so and passes.
pub fn material(path: &str) -> Option<PathBuf> {
    let root = std::env::var_os("LAMBLINT_MATERIAL");
    if root.is_none() {
        println!("skipped: LAMBLINT_MATERIAL is not set");
    }
    root.map(|root| Path::new(&root).join(path))
}

/// The rows of a suite, a line of JSON each.
pub fn rows(file: &str) -> Vec<Value> {
    let Some(path) = material(file) else { return Vec::new() };
    std::fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
