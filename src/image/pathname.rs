//! Paths as layers name them: bytes, from the root, without a slash in front or behind.

/// The directory that a path lies in, empty for the root, and its last part.
pub fn split(path: &[u8]) -> (&[u8], &[u8]) {
    memchr::memrchr(b'/', path).map_or((&b""[..], path), |at| (&path[..at], &path[at + 1..]))
}

/// The path of a name in a directory.
pub fn join(folder: &[u8], name: &[u8]) -> Vec<u8> {
    if folder.is_empty() { name.to_vec() } else { [folder, b"/", name].concat() }
}
