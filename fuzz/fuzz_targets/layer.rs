//! Any bytes as the layer of an image that is right otherwise.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let layer = lamblint_fuzz::with_checksums(bytes);
    lamblint_fuzz::archive(&lamblint_fuzz::layout(&lamblint_fuzz::config(), &layer));
});
