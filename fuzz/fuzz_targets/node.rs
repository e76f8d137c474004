//! Any text as a module that a Node handler loads, and as the description of a package.
#![no_main]

use lamblint::fuzz::node::{Package, summarise};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let summary = summarise(text.as_bytes());
    for import in &summary.imports {
        assert!((1..=text.lines().count().max(1)).contains(&(import.line as usize)), "an import in line {}", import.line);
    }
    let _ = Package::read(text.as_bytes()).map(|package| package.cost());
});
