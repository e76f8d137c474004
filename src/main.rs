//! The `lamblint` program.

fn main() {}
