//! Any bytes as an archive, as a file and as a stream.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    lamblint_fuzz::archive(bytes);
    lamblint_fuzz::archive(&lamblint_fuzz::with_checksums(bytes));
});
