//! What a sandbox needs of a tree besides the image's own files: folders for mounts, a line in a list, a file of our own.

use super::attributes::Attributes;
use super::{Tree, split};
use crate::image::pathname::join;
use crate::try_it::handles;
use rustix::fs::{FileType, Mode, OFlags};
use std::fs::File;
use std::io::{self, Read, Write};

/// A file such as `/etc/passwd` is completed if it is no longer than this, in bytes.
const LISTING_BYTES: u64 = 1024 * 1024;

impl Tree {
    /// Makes a folder for a mount; `true` if something else was there, which is gone now.
    pub fn mount_point(&mut self, name: &str) -> io::Result<bool> {
        let root = self.folder(b"")?;
        let other = handles::kind(&root.handle, name.as_bytes())?.is_some_and(|kind| kind != FileType::Directory);
        let attributes = Attributes { mode: 0o755, owner: 0, group: 0, changed: 0 };
        self.make(&root, name.as_bytes(), attributes)?;
        Ok(other)
    }

    /// The names in a folder that are no folders, sorted; none if it is not there.
    pub fn files_in(&self, path: &str) -> Vec<String> {
        let Ok(folder) = handles::open(&self.root, path.as_bytes(), handles::NAMED) else { return Vec::new() };
        let mut names = handles::names(&folder, b".").unwrap_or_default();
        names.retain(|name| {
            let followed = handles::open(&self.root, &join(path.as_bytes(), name), OFlags::PATH);
            let kind = followed.and_then(rustix::fs::fstat).map(|stat| FileType::from_raw_mode(stat.st_mode));
            kind != Ok(FileType::Directory)
        });
        names.sort();
        names.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect()
    }

    /// Adds a line to a list such as `/etc/passwd`, if it is there and `lacks` says so of its text.
    pub fn complete(&self, path: &str, lacks: impl Fn(&str) -> bool, line: &str) -> io::Result<()> {
        let Ok(opened) = handles::open(&self.root, path.as_bytes(), OFlags::RDONLY | OFlags::NONBLOCK) else {
            return Ok(());
        };
        let stat = rustix::fs::fstat(&opened)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Ok(());
        }
        let mut text = String::new();
        let file = File::from(opened);
        if file.take(LISTING_BYTES).read_to_string(&mut text).is_err() || !lacks(&text) {
            return Ok(());
        }
        let line = if text.is_empty() || text.ends_with('\n') { line.to_owned() } else { format!("\n{line}") };
        let opened = handles::open(&self.root, path.as_bytes(), OFlags::RDONLY)?;
        let mode = Mode::from_raw_mode(stat.st_mode);
        rustix::fs::fchmod(&opened, mode | Mode::WUSR | Mode::RUSR)?;
        let mut file = File::from(handles::open(&self.root, path.as_bytes(), OFlags::WRONLY | OFlags::APPEND)?);
        file.write_all(line.as_bytes())?;
        Ok(rustix::fs::fchmod(&opened, mode)?)
    }

    /// Writes a file of our own in place of whatever the image has there.
    pub fn replace(&mut self, path: &str, text: &[u8]) -> io::Result<()> {
        let (parent, name) = split(path.as_bytes());
        let folder = self.folder(parent)?;
        self.clear(&folder, name)?;
        let attributes = Attributes { mode: 0o644, owner: 0, group: 0, changed: 0 };
        self.write(&folder, name, attributes, &mut io::Cursor::new(text))
    }

    /// Whether something lies at a path.
    pub fn has(&self, path: &str) -> bool {
        handles::open(&self.root, path.as_bytes(), OFlags::PATH).is_ok()
    }
}
