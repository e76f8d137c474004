//! The files of a build context on the disk. Each is read once, no link is followed, and nothing outside of the
//! context is looked at.

use crate::dockerignore::Ignored;
use crate::launch::context::{Contents, Entry, Files};
use crate::launch::limits;
use crate::meter::{self, Work};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

/// A build context on the disk.
#[derive(Debug)]
pub(super) struct Disk {
    root: PathBuf,
    ignored: Rc<Ignored>,
    /// How many paths may still be looked at.
    paths: Cell<usize>,
    /// How many bytes may still be read.
    bytes: Cell<u64>,
    read: RefCell<BTreeMap<String, Option<Rc<Contents>>>>,
}

impl Disk {
    pub(super) fn new(root: &Path, ignored: Rc<Ignored>) -> Self {
        Self {
            root: root.to_path_buf(),
            ignored,
            paths: Cell::new(limits::PATHS),
            bytes: Cell::new(limits::FILE_BYTES_TOGETHER),
            read: RefCell::default(),
        }
    }

    /// What is at a path, without regard to .dockerignore; with no link on the way followed.
    pub(super) fn lies(&self, path: &str) -> Entry {
        self.metadata(path).map_or_else(|entry| entry, |(entry, _)| entry)
    }

    fn metadata(&self, path: &str) -> Result<(Entry, std::fs::Metadata), Entry> {
        let left = self.paths.get().checked_sub(1).ok_or(Entry::Unknown)?;
        self.paths.set(left);
        let mut full = self.root.clone();
        let mut found = std::fs::metadata(&full).map_err(|_| Entry::Unknown)?;
        let parts: Vec<&str> = path.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
        if !parts.iter().all(|part| is_name(part)) {
            return Err(Entry::Unknown);
        }
        for (at, part) in parts.iter().enumerate() {
            full.push(part);
            found = match std::fs::symlink_metadata(&full) {
                Ok(found) if found.is_dir() => found,
                Ok(found) if found.is_file() && at + 1 == parts.len() => return Ok((Entry::File, found)),
                Ok(found) if found.is_file() => return Err(Entry::Nothing),
                Ok(_) => return Err(Entry::Unknown),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(Entry::Nothing),
                Err(_) => return Err(Entry::Unknown),
            };
        }
        Ok((Entry::Folder, found))
    }

    fn read(&self, path: &str) -> Option<Contents> {
        let (Entry::File, metadata) = self.metadata(path).ok()? else { return None };
        let length = metadata.len().min(limits::FILE_BYTES);
        let left = self.bytes.get().checked_sub(length)?;
        self.bytes.set(left);
        let mut bytes = Vec::new();
        let file = std::fs::File::open(self.root.join(path)).ok()?;
        file.take(limits::FILE_BYTES).read_to_end(&mut bytes).ok()?;
        Some(Contents { longer: metadata.len() > bytes.len() as u64, bytes })
    }
}

/// Whether a part of a path is the name of a file or a folder, and leads nowhere else.
fn is_name(part: &str) -> bool {
    let mut components = Path::new(part).components();
    matches!((components.next(), components.next()), (Some(Component::Normal(_)), None)) && !part.contains('\0')
}

impl Files for Disk {
    fn entry(&self, path: &str) -> Entry {
        let entry = match self.lies(path) {
            Entry::File if self.ignored.excludes_file(path).is_some() => Entry::Nothing,
            Entry::Folder if path != "." && self.ignored.excludes(path).is_some() => Entry::Nothing,
            entry => entry,
        };
        // What costs too much to tell is unknown.
        if meter::left(Work::Context) == 0 { Entry::Unknown } else { entry }
    }

    fn contents(&self, path: &str) -> Option<Rc<Contents>> {
        if let Some(known) = self.read.borrow().get(path) {
            return known.clone();
        }
        if self.read.borrow().len() >= limits::FILES {
            return None;
        }
        let ignored = self.ignored.excludes_file(path).is_some() || meter::left(Work::Context) == 0;
        let contents = if ignored { None } else { self.read(path).map(Rc::new) };
        self.read.borrow_mut().insert(path.to_owned(), contents.clone());
        contents
    }

    fn mode(&self, path: &str) -> Option<u32> {
        let (_, found) = self.metadata(path).ok()?;
        #[cfg(unix)]
        let mode = Some(std::os::unix::fs::PermissionsExt::mode(&found.permissions()) & 0o7777);
        // Docker gives every file the same mode where the disk has none.
        #[cfg(not(unix))]
        let mode = Some(found).and(None);
        mode
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disk(files: usize, length: u64) -> (tempfile::TempDir, Disk) {
        let root = tempfile::tempdir().unwrap();
        for at in 0..files {
            std::fs::File::create(root.path().join(at.to_string())).unwrap().set_len(length).unwrap();
        }
        let disk = Disk::new(root.path(), Rc::default());
        (root, disk)
    }

    #[test]
    fn a_file_is_read_up_to_its_bound() {
        let (_root, one) = disk(1, limits::FILE_BYTES);
        assert!(one.contents("0").is_some_and(|contents| !contents.longer));
        let (_root, one) = disk(1, limits::FILE_BYTES + 1);
        let contents = one.contents("0").unwrap();
        assert!(contents.longer && contents.bytes.len() as u64 == limits::FILE_BYTES && contents.text().is_none());
    }

    #[test]
    fn all_files_together_have_a_bound() {
        let most = usize::try_from(limits::FILE_BYTES_TOGETHER / limits::FILE_BYTES).unwrap();
        let (_root, many) = disk(most + 1, limits::FILE_BYTES);
        let read: Vec<bool> = (0..=most).map(|at| many.contents(&at.to_string()).is_some()).collect();
        assert!(read[..most].iter().all(|read| *read) && !read[most]);
        assert!(many.contents("0").is_some(), "what was read is kept");
    }

    #[test]
    fn the_number_of_files_has_a_bound() {
        let (_root, many) = disk(limits::FILES + 1, 1);
        let read: Vec<bool> = (0..=limits::FILES).map(|at| many.contents(&at.to_string()).is_some()).collect();
        assert!(read[..limits::FILES].iter().all(|read| *read) && !read[limits::FILES]);
    }

    #[test]
    fn the_number_of_paths_has_a_bound() {
        let (_root, one) = disk(1, 1);
        for _ in 0..limits::PATHS {
            assert_eq!(one.lies("0"), Entry::File);
        }
        assert_eq!(one.lies("0"), Entry::Unknown);
    }

    #[test]
    fn nothing_outside_is_looked_at() {
        let (root, one) = disk(1, 1);
        let inner = root.path().join("inner");
        std::fs::create_dir(&inner).unwrap();
        let inside = Disk::new(&inner, Rc::default());
        assert_eq!(one.lies("inner"), Entry::Folder);
        for path in ["../0", "a/../../0", "..", "\0"] {
            assert_eq!(inside.entry(path), Entry::Unknown, "{path}");
            assert!(inside.contents(path).is_none() && inside.mode(path).is_none(), "{path}");
        }
        assert_eq!((one.entry("0/x"), one.entry("x"), one.entry(".")), (Entry::Nothing, Entry::Nothing, Entry::Folder));
    }
}
