//! Whose the unpacked files are, and who may do what with them.

use super::{Folder, Owners, Tree};
use crate::try_it::{handles, modes};
use rustix::fs::{AtFlags, Gid, Mode, OFlags, Timespec, Timestamps, Uid};
use rustix::io::Errno;
use std::io;
use std::os::fd::AsFd;

/// Owner, permissions and time of a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attributes {
    pub(super) mode: u32,
    pub(super) owner: u32,
    pub(super) group: u32,
    pub(super) changed: u64,
}

impl Tree {
    /// Gives an open file its owner, permissions and time.
    pub(super) fn set(&self, file: impl AsFd, attributes: Attributes) -> io::Result<()> {
        let Attributes { mode, owner, group, changed } = attributes;
        let mode = match self.owners {
            Owners::Kept => {
                rustix::fs::fchown(&file, Some(Uid::from_raw(owner)), Some(Gid::from_raw(group)))?;
                mode & 0o777
            }
            Owners::Projected => modes::projected(mode, owner, group),
        };
        rustix::fs::fchmod(&file, Mode::from_raw_mode(mode))?;
        // Python compares the time of a module with the one in its compiled form.
        let time = Timespec { tv_sec: i64::try_from(changed).unwrap_or_default(), tv_nsec: 0 };
        Ok(rustix::fs::futimens(&file, &Timestamps { last_access: time, last_modification: time })?)
    }

    pub(super) fn own_link(&self, folder: &Folder, name: &[u8], attributes: Attributes) -> io::Result<()> {
        if self.owners == Owners::Kept {
            let (owner, group) = (Uid::from_raw(attributes.owner), Gid::from_raw(attributes.group));
            rustix::fs::chownat(&folder.handle, name, Some(owner), Some(group), AtFlags::SYMLINK_NOFOLLOW)?;
        }
        Ok(())
    }

    /// Gives all folders their owners and permissions, the deepest first.
    pub fn finish(&mut self) -> io::Result<()> {
        self.last = None;
        let mut folders: Vec<(Vec<u8>, Attributes)> = std::mem::take(&mut self.folders).into_iter().collect();
        let root = Attributes { mode: 0o755, owner: 0, group: 0, changed: 0 };
        if folders.first().is_none_or(|(path, _)| !path.is_empty()) {
            folders.insert(0, (Vec::new(), root));
        }
        folders
            .sort_by_key(|(path, _)| std::cmp::Reverse((path.len().min(1), path.split(|byte| *byte == b'/').count())));
        for (path, attributes) in folders {
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW;
            match handles::open(&self.root, &path, flags) {
                Ok(folder) => self.set(folder, attributes)?,
                Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}
