//! Unpacks the layers of an image into a folder, as a container engine would, and bounded.
//!
//! Device nodes, extended attributes and the bits setuid and setgid are left out: nothing that is unpacked has
//! privileges. All work goes through directory handles.

mod attributes;
mod extras;

use super::handles;
use crate::image::pathname::{self, join};
use crate::image::{EntryKind, LayerEntry};
use attributes::Attributes;
use rustix::fs::{AtFlags, FileType, Mode, OFlags};
use rustix::io::Errno;
use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

/// Bytes of files that are written at most: Lambda takes images of 10 GiB.
pub(super) const MOST_BYTES: u64 = 10 * 1024 * 1024 * 1024;
/// Links that are followed to a folder that is not there yet.
const LINKS: usize = 40;

/// Whose files the unpacked ones are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owners {
    /// Those that the image names: only root can do that.
    Kept,
    /// The user's own, with the bits that Lambda's user would have.
    Projected,
}

/// A folder that an image is unpacked into.
#[derive(Debug)]
pub struct Tree {
    root: OwnedFd,
    path: PathBuf,
    owners: Owners,
    /// Paths that the layer at work has put there: its whiteouts do not mean them.
    made: HashSet<Vec<u8>>,
    layer: usize,
    /// Attributes of folders, set at the end: one that may not be written to could not be filled.
    folders: BTreeMap<Vec<u8>, Attributes>,
    /// The folder that was worked in last, by the path that led to it.
    last: Option<(Vec<u8>, Folder)>,
    left: u64,
    /// Regular files that were written.
    pub files: u64,
    /// Bytes that were written.
    pub bytes: u64,
    /// Devices and pipes that were left out.
    pub special: u64,
}

/// An open folder and its path in the tree.
#[derive(Debug)]
struct Folder {
    handle: OwnedFd,
    path: Vec<u8>,
}

impl Folder {
    fn again(&self) -> io::Result<Self> {
        Ok(Self { handle: self.handle.try_clone()?, path: self.path.clone() })
    }
}

impl Tree {
    /// A tree in an empty folder.
    pub fn new(path: &Path, owners: Owners) -> io::Result<Self> {
        let path = path.canonicalize()?;
        let root = rustix::fs::open(&path, handles::NAMED, Mode::empty())?;
        Ok(Self {
            root,
            path,
            owners,
            made: HashSet::new(),
            layer: 0,
            folders: BTreeMap::new(),
            last: None,
            left: MOST_BYTES,
            files: 0,
            bytes: 0,
            special: 0,
        })
    }

    /// Puts an entry of a layer into the tree. An error says what cannot be unpacked.
    pub fn put(&mut self, layer: usize, entry: &LayerEntry<'_>, content: &mut dyn Read) -> Result<(), String> {
        if layer != self.layer {
            self.made.clear();
            self.layer = layer;
        }
        let named = || String::from_utf8_lossy(entry.path).into_owned();
        if entry.sparse {
            return Err(format!("{} is stored with holes left out, which is not unpacked", named()));
        }
        self.entry(entry, content).map_err(|error| format!("{}: {}", named(), crate::error::why(&error)))
    }

    fn entry(&mut self, entry: &LayerEntry<'_>, content: &mut dyn Read) -> io::Result<()> {
        let attributes =
            Attributes { mode: entry.mode, owner: entry.owner, group: entry.group, changed: entry.changed };
        let (parent, name) = split(entry.path);
        if name.is_empty() {
            self.folders.insert(Vec::new(), attributes);
            return Ok(());
        }
        if name == b".." || entry.path.contains(&0) {
            return Err(io::Error::other("a name that leads out of the image"));
        }
        let folder = self.folder(parent)?;
        if let Some(hidden) = name.strip_prefix(b".wh.") {
            return self.hide(&folder, hidden);
        }
        let path = join(&folder.path, name);
        match entry.kind {
            EntryKind::Directory => self.make(&folder, name, attributes)?,
            EntryKind::File => {
                self.clear(&folder, name)?;
                self.write(&folder, name, attributes, content)?;
            }
            EntryKind::Symlink => {
                self.clear(&folder, name)?;
                rustix::fs::symlinkat(entry.link.unwrap_or_default(), &folder.handle, name)?;
                self.own_link(&folder, name, attributes)?;
            }
            EntryKind::Hardlink => self.link(&folder, name, entry.link.unwrap_or_default())?,
            EntryKind::Special => self.special += 1,
        }
        self.made.insert(path);
        Ok(())
    }

    /// The folder at a path, made where it is not there; links are followed as if the tree was the root.
    fn folder(&mut self, path: &[u8]) -> io::Result<Folder> {
        if let Some((known, folder)) = &self.last
            && known == path
        {
            return folder.again();
        }
        let folder = self.reach(path, 0)?;
        self.last = Some((path.to_vec(), folder.again()?));
        Ok(folder)
    }

    fn reach(&mut self, path: &[u8], links: usize) -> io::Result<Folder> {
        match handles::open(&self.root, path, handles::NAMED) {
            Ok(handle) => return self.at(handle),
            Err(Errno::NOENT) if links <= LINKS => {}
            Err(error) => return Err(error.into()),
        }
        let (parent, name) = split(path);
        let above = self.reach(parent, links)?;
        if matches!(name, b"" | b"." | b"..") {
            return self.at(handles::open(&self.root, path, handles::NAMED)?);
        }
        match rustix::fs::readlinkat(&above.handle, name, Vec::new()) {
            // A link to what is not there yet: it is made where the link leads.
            Ok(target) => {
                let target = target.as_bytes();
                let whole = if target.starts_with(b"/") { target.to_vec() } else { join(&above.path, target) };
                self.reach(&whole, links + 1)
            }
            Err(_) => {
                let attributes = Attributes { mode: 0o755, owner: 0, group: 0, changed: 0 };
                self.make(&above, name, attributes)?;
                let handle = rustix::fs::openat(&above.handle, name, handles::NAMED | OFlags::NOFOLLOW, Mode::empty())?;
                self.at(handle)
            }
        }
    }

    fn at(&self, handle: OwnedFd) -> io::Result<Folder> {
        let path = handles::path_of(handle.as_fd(), &self.path)?;
        Ok(Folder { handle, path })
    }

    /// Takes away what lower layers have put under a name, or into the folder itself.
    fn hide(&mut self, folder: &Folder, hidden: &[u8]) -> io::Result<()> {
        if hidden == b".wh..opq" {
            for name in handles::names(&folder.handle, b".")? {
                self.remove(folder, &name, true)?;
            }
            return Ok(());
        }
        if matches!(hidden, b"" | b"." | b"..") {
            return Err(io::Error::other("a whiteout without a name"));
        }
        self.remove(folder, hidden, true)
    }

    fn clear(&mut self, folder: &Folder, name: &[u8]) -> io::Result<()> {
        self.remove(folder, name, false)
    }

    fn remove(&mut self, folder: &Folder, name: &[u8], spares: bool) -> io::Result<()> {
        let (made, folders) = (&self.made, &mut self.folders);
        let keeps = |path: &[u8]| spares && made.contains(path);
        let mut gone = |path: &[u8]| {
            folders.remove(path);
        };
        let path = join(&folder.path, name);
        let all = handles::remove(folder.handle.as_fd(), (&path, name), &keeps, &mut gone, 0)?;
        if all {
            self.last = None;
        }
        Ok(())
    }

    fn make(&mut self, folder: &Folder, name: &[u8], attributes: Attributes) -> io::Result<()> {
        match handles::kind(&folder.handle, name)? {
            Some(FileType::Directory) => {}
            Some(_) => {
                self.clear(folder, name)?;
                rustix::fs::mkdirat(&folder.handle, name, Mode::RWXU)?;
            }
            None => rustix::fs::mkdirat(&folder.handle, name, Mode::RWXU)?,
        }
        self.folders.insert(join(&folder.path, name), attributes);
        Ok(())
    }

    fn write(
        &mut self,
        folder: &Folder,
        name: &[u8],
        attributes: Attributes,
        content: &mut dyn Read,
    ) -> io::Result<()> {
        let mut file = new_file(folder, name)?;
        let copied = io::copy(&mut content.take(self.left + 1), &mut file)?;
        self.left = self.left.checked_sub(copied).ok_or_else(|| {
            io::Error::other(format!("the files of the image have over {MOST_BYTES} bytes, which is not unpacked"))
        })?;
        self.bytes += copied;
        self.files += 1;
        self.set(&file, attributes)
    }

    fn link(&mut self, folder: &Folder, name: &[u8], target: &[u8]) -> io::Result<()> {
        let (parent, own) = split(target);
        let from = self.reach(parent, 0)?;
        if join(&from.path, own) == join(&folder.path, name) {
            return Ok(());
        }
        self.clear(folder, name)?;
        Ok(rustix::fs::linkat(&from.handle, own, &folder.handle, name, AtFlags::empty())?)
    }
}

fn new_file(folder: &Folder, name: &[u8]) -> io::Result<File> {
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    Ok(rustix::fs::openat(&folder.handle, name, flags, Mode::RUSR | Mode::WUSR)?.into())
}

fn split(path: &[u8]) -> (&[u8], &[u8]) {
    pathname::split(path.strip_suffix(b"/").unwrap_or(path))
}

#[cfg(test)]
mod tests;
