//! Any text as a template of each language.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| lamblint_fuzz::template(bytes));
