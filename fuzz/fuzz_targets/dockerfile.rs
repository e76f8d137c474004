//! Any text as a Dockerfile: scanned, parsed, expanded, its scripts read, all rules, all reports; then fixed.
#![no_main]

use lamblint::fuzz::check::Subject;
use lamblint::fuzz::fix;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    lamblint_fuzz::dockerfile(bytes);
    let fixed = fix::apply(&Subject::new("Dockerfile", bytes), &lamblint_fuzz::options(), true);
    lamblint_fuzz::dockerfile(&fixed.bytes);
});
