//! A folder that is worked in through directory handles: no name and no link in it leads out of it.

use crate::image::pathname::join;
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, ResolveFlags};
use rustix::io::Errno;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// How deep folders may lie in one another: a path has at most 4,096 bytes.
const DEPTH: usize = 2048;
/// How often the kernel is asked again where something was renamed while it looked.
const TRIES: usize = 16;
/// What a folder is opened with to name it and to work in it.
pub(super) const NAMED: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
/// What a folder is opened with to list it.
const LISTED: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC).union(OFlags::NOFOLLOW);

/// Opens a path as if the folder was the root: links are followed inside it, and `..` ends at it.
pub(super) fn open(root: impl AsFd, path: &[u8], flags: OFlags) -> Result<OwnedFd, Errno> {
    let path = if path.is_empty() { b"." } else { path };
    let inside = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
    let mut last = Errno::AGAIN;
    for _ in 0..TRIES {
        match rustix::fs::openat2(&root, path, flags | OFlags::CLOEXEC, Mode::empty(), inside) {
            Err(Errno::AGAIN) => last = Errno::AGAIN,
            done => return done,
        }
    }
    Err(last)
}

/// The path of an open folder, as the kernel knows it, from a root whose own path is given.
pub(super) fn path_of(folder: BorrowedFd<'_>, root: &Path) -> Result<Vec<u8>, Errno> {
    let link = format!("/proc/self/fd/{}", folder.as_raw_fd());
    let path = rustix::fs::readlink(link, Vec::new())?;
    let inside = path.as_bytes().strip_prefix(root.as_os_str().as_bytes()).ok_or(Errno::XDEV)?;
    Ok(inside.strip_prefix(b"/").unwrap_or(inside).to_vec())
}

/// What lies under a name, links not followed; `None` if nothing does.
pub(super) fn kind(folder: impl AsFd, name: &[u8]) -> Result<Option<FileType>, Errno> {
    match rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => Ok(Some(FileType::from_raw_mode(stat.st_mode))),
        Err(Errno::NOENT) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The names in a folder.
pub(super) fn names(folder: impl AsFd, name: &[u8]) -> Result<Vec<Vec<u8>>, Errno> {
    let opened = rustix::fs::openat(folder, name, LISTED, Mode::empty())?;
    let mut names = Vec::new();
    for entry in Dir::read_from(&opened)? {
        let name = entry?.file_name().to_bytes().to_vec();
        if name != b"." && name != b".." {
            names.push(name);
        }
    }
    Ok(names)
}

/// Removes what lies under a name, with all that is below it, except what `keeps` says; `true` if all of it is gone.
/// `keeps` gets paths that begin with `path`.
pub(super) fn remove(
    folder: BorrowedFd<'_>,
    (path, name): (&[u8], &[u8]),
    keeps: &dyn Fn(&[u8]) -> bool,
    gone: &mut dyn FnMut(&[u8]),
    depth: usize,
) -> Result<bool, Errno> {
    let Some(found) = kind(folder, name)? else { return Ok(true) };
    let kept = keeps(path);
    if found != FileType::Directory {
        if !kept {
            rustix::fs::unlinkat(folder, name, AtFlags::empty())?;
        }
        return Ok(!kept);
    }
    if depth > DEPTH {
        return Err(Errno::NAMETOOLONG);
    }
    let opened = match rustix::fs::openat(folder, name, LISTED, Mode::empty()) {
        // A folder of the image that its owner, as whom it was unpacked, may not list.
        Err(Errno::ACCESS) => {
            rustix::fs::chmodat(folder, name, Mode::RWXU, AtFlags::empty())?;
            rustix::fs::openat(folder, name, LISTED, Mode::empty())?
        }
        opened => opened?,
    };
    let inside = names(&opened, b".")?;
    if !inside.is_empty() && !kept {
        rustix::fs::fchmod(&opened, Mode::RWXU)?;
    }
    let mut all = true;
    for child in inside {
        all &= remove(opened.as_fd(), (&join(path, &child), &child), keeps, gone, depth + 1)?;
    }
    if !all || kept {
        return Ok(false);
    }
    rustix::fs::unlinkat(folder, name, AtFlags::REMOVEDIR)?;
    gone(path);
    Ok(true)
}

/// Removes a folder with all that is below it.
pub(super) fn remove_all(path: &Path) -> Result<(), Errno> {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else { return Err(Errno::INVAL) };
    let parent = rustix::fs::open(parent, NAMED, Mode::empty())?;
    remove(parent.as_fd(), (b"", name.as_bytes()), &|_| false, &mut |_| {}, 0).map(|_| ())
}
