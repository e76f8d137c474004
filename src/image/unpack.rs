//! The entries of an image's layers with their content, one layer after the other, for the command that starts an image.

use super::archive::{Folder, Store, TarFile};
use super::compress::{self, Compression};
use super::load::{blob_name, member};
use super::slice::FileSlice;
use super::tarball::{EntryKind, Streamed, Walk};
use super::{Form, Image, limits};
use crate::error::Error;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

/// An entry of a layer.
#[derive(Debug)]
pub struct LayerEntry<'a> {
    /// Its path, without slashes at both ends.
    pub path: &'a [u8],
    /// What it is.
    pub kind: EntryKind,
    /// Permission bits, with setuid, setgid and sticky.
    pub mode: u32,
    /// Where a link leads.
    pub link: Option<&'a [u8]>,
    /// The owner's number.
    pub owner: u32,
    /// The group's number.
    pub group: u32,
    /// When it was changed, in seconds since 1970.
    pub changed: u64,
    /// Whether the content is stored with holes left out.
    pub sparse: bool,
}

/// What is done with an entry and its content; an error ends the walk.
pub type Each<'a> = dyn FnMut(usize, &LayerEntry<'_>, &mut dyn Read) -> Result<(), String> + 'a;

/// Walks the layers of an image that lies in a plain archive or a folder, the lowest first.
pub fn entries(path: &Path, image: &Image, each: &mut Each<'_>) -> Result<(), String> {
    let store: Box<dyn Store> = if path.is_dir() {
        Box::new(Folder::open(path, false).map_err(|error| error.to_string())?)
    } else {
        let file = File::open(path).map_err(|error| Error::io(path, &error).to_string())?;
        Box::new(TarFile::open(file, path, false).map_err(|error| error.to_string())?)
    };
    for (at, layer) in image.layers.iter().enumerate() {
        let name = match image.form {
            Form::OciLayout => blob_name(&layer.digest),
            Form::DockerArchive => Some(member(&layer.digest)),
        };
        let blob = name.and_then(|name| store.blob(&name));
        let (file, start, length) = blob.ok_or_else(|| format!("layer {} cannot be read", at + 1))?;
        one(&file, start, length, &mut |entry, content| each(at, entry, content))?;
    }
    Ok(())
}

fn one(
    file: &File,
    start: u64,
    length: u64,
    each: &mut dyn FnMut(&LayerEntry<'_>, &mut dyn Read) -> Result<(), String>,
) -> Result<(), String> {
    let mut packed = compress::buffered(FileSlice::new(file, start, length));
    let head = compress::peek(&mut packed).map_err(|error| error.to_string())?;
    let unpacked = compress::unpack(packed, Compression::of(&head)).take(limits::UNPACKED_BYTES);
    let mut walk = Walk::new(Streamed(unpacked));
    while let Some(entry) = walk.next()? {
        let [owner, group, changed] = walk.stamp();
        let shown = LayerEntry {
            path: &entry.path,
            kind: entry.kind,
            mode: entry.mode,
            link: entry.link.as_deref(),
            owner: u32::try_from(owner).unwrap_or(u32::MAX - 1),
            group: u32::try_from(group).unwrap_or(u32::MAX - 1),
            changed,
            sparse: entry.kind == EntryKind::File && entry.size != entry.stored,
        };
        each(&shown, &mut walk.content(&entry))?;
    }
    Ok(())
}

/// Writes what comes out of a stream, unpacked where it is packed as a whole: an archive that passes by once cannot be
/// walked layer by layer.
pub fn spool(reader: impl Read, to: &mut File) -> Result<(), String> {
    let mut packed = compress::buffered(reader);
    let head = compress::peek(&mut packed).map_err(|error| error.to_string())?;
    let mut unpacked = compress::unpack(packed, Compression::of(&head)).take(limits::ARCHIVE_BYTES);
    let copied = io::copy(&mut unpacked, to).and_then(|bytes| to.flush().map(|()| bytes));
    match copied {
        Ok(limits::ARCHIVE_BYTES) => Err(format!("over {} bytes long", limits::ARCHIVE_BYTES)),
        Ok(_) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}
