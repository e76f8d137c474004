//! Which modules a package has installed, as its `RECORD` lists them.

use crate::path;
use twox_hash::XxHash3_128;
use twox_hash::xxhash3_128::Hasher;

/// The modules that a `RECORD` lists, by a hash of their paths: a list of paths would be many times as long.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Record {
    hashes: Box<[u64]>,
}

impl Record {
    /// Reads a `RECORD`: a line a file, its path first, in quotes where it holds a comma.
    pub(super) fn of(text: &[u8]) -> Self {
        let listed = |line: &[u8]| {
            let (path, _) = match line.strip_prefix(b"\"") {
                Some(quoted) => quoted.split_at(memchr::memchr(b'"', quoted)?),
                None => line.split_at(memchr::memchr(b',', line)?),
            };
            let code = [".py", ".so", ".pyc"].iter().any(|ending| path.ends_with(ending.as_bytes()));
            code.then(|| hash(&String::from_utf8_lossy(path)))
        };
        let mut hashes: Vec<u64> = text.split(|byte| *byte == b'\n').filter_map(listed).collect();
        hashes.sort_unstable();
        Self { hashes: hashes.into() }
    }

    /// Whether it lists a file, by its path from the folder that the package is installed to.
    pub fn lists(&self, path: &str) -> bool {
        self.hashes.binary_search(&hash(path)).is_ok()
    }

    /// The hashes of the paths, in order.
    pub(super) fn hashes(&self) -> &[u64] {
        &self.hashes
    }

    /// About how many bytes it takes.
    pub(super) fn cost(&self) -> usize {
        size_of_val(&*self.hashes)
    }
}

/// `a/./b` and `x/../a/b` are `a/b`.
pub(super) fn hash(path: &str) -> u64 {
    // Most paths are clean already.
    let clean =
        !path.is_empty() && !path.starts_with(['/', '.']) && !["//", "/."].iter().any(|part| path.contains(part));
    if !clean || path.ends_with('/') {
        return XxHash3_128::oneshot(path::clean(path).as_bytes()) as u64;
    }
    let mut hasher = Hasher::new();
    hasher.write(b"/");
    hasher.write(path.as_bytes());
    hasher.finish_128() as u64
}

#[cfg(test)]
mod tests {
    use super::Record;

    #[test]
    fn files_of_a_package() {
        let record =
            Record::of(b"a/b.py,sha256=x,1\r\n\"a/c,d.py\",,\n../../bin/x,,\na/./e.py,,\na/f.txt,,\nbroken.py");
        assert!(record.lists("a/b.py") && record.lists("a/c,d.py") && record.lists("a/e.py"));
        assert!(record.lists("./a//b.py") && record.lists("a/x/../b.py") && !record.lists("a/.b.py"));
        assert!(!record.lists("a/f.txt") && !record.lists("broken.py") && !record.lists("b.py"));
    }
}
