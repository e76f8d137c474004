//! How the names of programs are looked up; `build.rs` sorts them with this file too.

/// A program's name without the version after it: `python` of `python3.12`, `gcc` of `gcc-13`.
pub fn unversioned(name: &str) -> &str {
    name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.').trim_end_matches('-')
}

/// FNV-1a: names are short, and come from our own table.
pub fn hash(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
