//! Which classes a jar holds, by the directory at its end.

use twox_hash::XxHash3_128;

/// The end of a jar that is read, in bytes: its directory lies there.
pub(super) const TAIL: u64 = 4 * 1024 * 1024;
/// Maximum number of classes of a jar.
const MAX_CLASSES: usize = 200_000;
/// What the last record of an archive begins with, and how long it is without the comment after it.
const END: &[u8] = b"PK\x05\x06";
const END_BYTES: usize = 22;
/// What an entry of the directory begins with, and how long it is without its texts.
const ENTRY: &[u8] = b"PK\x01\x02";
const ENTRY_BYTES: usize = 46;

/// The classes of a jar, by hashes of their paths.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Jar {
    classes: Box<[u64]>,
}

impl Jar {
    /// Reads the end of a jar; `None` if its directory is not whole, or in a form for very large archives.
    pub(super) fn read(tail: &[u8]) -> Option<Self> {
        let end = memchr::memmem::rfind(tail, END)?;
        let record = tail.get(end..end + END_BYTES)?;
        let short =
            |bytes: &[u8], at: usize| Some(usize::from(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?)));
        let count = short(record, 10)?;
        let length = u32::from_le_bytes(record.get(12..16)?.try_into().ok()?) as usize;
        if count == 0xffff || length == 0xffff_ffff {
            return None;
        }
        let mut rest = tail.get(end.checked_sub(length)?..end)?;
        let mut classes = Vec::new();
        for _ in 0..count {
            let head = rest.get(..ENTRY_BYTES).filter(|head| head.starts_with(ENTRY))?;
            let name = short(head, 28)?;
            let next = ENTRY_BYTES + name + short(head, 30)? + short(head, 32)?;
            let path = rest.get(ENTRY_BYTES..ENTRY_BYTES + name)?;
            if path.ends_with(b".class") {
                classes.push(hash(path));
            }
            rest = rest.get(next..)?;
        }
        if classes.len() > MAX_CLASSES {
            return None;
        }
        classes.sort_unstable();
        Some(Self { classes: classes.into() })
    }

    /// Whether it holds a class, by its path without the ending: `com/example/App`.
    pub fn holds(&self, class: &str) -> bool {
        self.classes.binary_search(&hash(format!("{class}.class").as_bytes())).is_ok()
    }

    /// About how many bytes it takes.
    pub(super) fn cost(&self) -> usize {
        size_of_val(&*self.classes)
    }
}

fn hash(path: &[u8]) -> u64 {
    XxHash3_128::oneshot(path) as u64
}

/// Whether a file is a jar that AWS's runtime for Java loads classes from.
pub(super) fn is_jar(path: &[u8]) -> bool {
    let folders: [&[u8]; 2] = [b"var/task/lib/", b"opt/java/lib/"];
    let name = folders.iter().find_map(|folder| path.strip_prefix(*folder));
    name.is_some_and(|name| name.ends_with(b".jar") && !name.contains(&b'/'))
}

#[cfg(test)]
mod tests {
    use super::{Jar, is_jar};

    fn directory(names: &[&str]) -> Vec<u8> {
        let mut bytes = b"PK\x03\x04 content".to_vec();
        let begin = bytes.len();
        for name in names {
            let mut entry = vec![0; 46];
            entry[..4].copy_from_slice(b"PK\x01\x02");
            entry[28] = u8::try_from(name.len()).unwrap();
            bytes.extend(entry);
            bytes.extend(name.as_bytes());
        }
        let length = u32::try_from(bytes.len() - begin).unwrap();
        let mut end = vec![0; 22];
        end[..4].copy_from_slice(b"PK\x05\x06");
        end[10] = u8::try_from(names.len()).unwrap();
        end[12..16].copy_from_slice(&length.to_le_bytes());
        bytes.extend(end);
        bytes
    }

    #[test]
    fn classes_of_a_jar() {
        let bytes = directory(&["META-INF/MANIFEST.MF", "a/App.class", "a/App$Inner.class"]);
        let jar = Jar::read(&bytes).unwrap();
        assert!(jar.holds("a/App") && jar.holds("a/App$Inner") && !jar.holds("App") && !jar.holds("META-INF/MANIFEST"));
        assert!(Jar::read(b"").is_none() && Jar::read(&bytes[..bytes.len() - 1]).is_none());
        assert!(Jar::read(&bytes[20..]).is_none(), "a directory that is cut");
        for at in 0..bytes.len() {
            for value in [0, 1, 0x7f, 0xff] {
                let mut other = bytes.clone();
                other[at] = value;
                let _ = Jar::read(&other);
            }
        }
        assert!(is_jar(b"var/task/lib/a.jar") && !is_jar(b"var/task/a.jar") && !is_jar(b"var/task/lib/x/a.jar"));
    }
}
