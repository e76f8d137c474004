//! Any bytes as the program that an image starts, and as the library that it wants.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let files = [
        ("main", 0o755, bytes),
        ("lib64/ld-linux-x86-64.so.2", 0o755, bytes),
        ("lib64/libc.so.6", 0o755, bytes),
        ("opt/extensions/other", 0o755, bytes),
        ("etc/ld.so.conf", 0o644, bytes),
    ];
    lamblint_fuzz::archive(&lamblint_fuzz::layout(&lamblint_fuzz::config(), &lamblint_fuzz::tar(&files)));
});
