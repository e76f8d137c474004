//! Any bytes as an image's documents: index, manifest and config, parted by form feeds.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut parts = bytes.split(|byte| *byte == 0x0c);
    let mut next = || parts.next().unwrap_or_default();
    let (config, manifest, index, tags) = (next(), next(), next(), next());
    lamblint_fuzz::archive(&lamblint_fuzz::layout(config, &lamblint_fuzz::tar(&[("main", 0o755, b"#!/bin/sh\n")])));
    lamblint_fuzz::archive(&lamblint_fuzz::layout_of(manifest, &[config]));
    lamblint_fuzz::archive(&lamblint_fuzz::tar(&[("index.json", 0o644, index), ("manifest.json", 0o644, tags)]));
    lamblint_fuzz::archive(&lamblint_fuzz::tar(&[("config.json", 0o644, config), ("manifest.json", 0o644, tags)]));
});
