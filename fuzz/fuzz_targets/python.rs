//! Any bytes as a module that the handler imports, and as the handler's own.
#![no_main]

use lamblint::fuzz::python::summarise;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let summary = summarise(bytes);
    let lines = bytes.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count() + 1;
    for import in &summary.imports {
        assert!((1..=lines).contains(&(import.line as usize)), "an import in line {} of {lines}", import.line);
    }
    let names: Vec<&str> = summary.names().collect();
    assert!(names.is_sorted(), "names are in order");
});
