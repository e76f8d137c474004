//! Other people's suites and real files: the variable `LAMBLINT_MATERIAL` names their folder. Tests that need it are
//! ignored unless they are asked for, and fail if it is not there.

use serde_json::Value;
use std::path::{Path, PathBuf};

/// A path in the folder.
pub fn material(path: &str) -> PathBuf {
    let root = std::env::var_os("LAMBLINT_MATERIAL").expect("LAMBLINT_MATERIAL names no folder");
    Path::new(&root).join(path)
}

/// The rows of a suite, a line of JSON each.
pub fn rows(file: &str) -> Vec<Value> {
    let path = material(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
