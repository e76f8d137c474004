//! Tar streams, header by header: each entry's name, kind and place, its content skipped or handed on.
//!
//! The `tar` crate reads the fields of a header. Walking is done here, because its iterator takes a cut-off
//! archive for a whole one, stops silently at the first zero block, and trusts sizes.

use super::content::FileContent;
use super::header;
use super::limits;
use super::marks::Marks;
use super::pax;
use super::slice::FileSlice;
use std::borrow::Cow;
use std::io::{self, Read};
use std::sync::Arc;
use tar::{EntryType, Header};

/// A block of a tar stream, in bytes.
const BLOCK: u64 = 512;

/// A stream that can pass over bytes.
pub(super) trait Skip: Read {
    /// Skips exactly this many bytes.
    fn skip(&mut self, bytes: u64) -> io::Result<()> {
        self.pass(bytes, &mut |_| {})
    }

    /// Reads exactly this many bytes, and shows them piece by piece.
    fn pass(&mut self, mut bytes: u64, look: &mut dyn FnMut(&[u8])) -> io::Result<()> {
        let mut buffer = [0; 8 * 1024];
        while bytes > 0 {
            let want = usize::try_from(bytes).unwrap_or(usize::MAX).min(buffer.len());
            let got = self.read(&mut buffer[..want])?;
            if got == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            look(&buffer[..got]);
            bytes -= got as u64;
        }
        Ok(())
    }
}

/// A stream that can only be read on: passing over means reading.
pub(super) struct Streamed<R>(pub(super) R);

impl<R: Read> Read for Streamed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl<R: Read> Skip for Streamed<R> {}

impl<S: Skip + ?Sized> Skip for &mut S {
    fn skip(&mut self, bytes: u64) -> io::Result<()> {
        (**self).skip(bytes)
    }

    fn pass(&mut self, bytes: u64, look: &mut dyn FnMut(&[u8])) -> io::Result<()> {
        (**self).pass(bytes, look)
    }
}

/// A part of a file: passing over means seeking, and its end is known.
///
/// It is read in windows. Small files lie close together, and one window has the headers and the contents of many; of a
/// large file only the header is read, and the next window begins behind its content. How much is read at a time follows
/// from how much of the last window was of use: a system call costs about as much as copying 5 KiB.
pub(super) struct Sought<'a> {
    part: FileSlice<'a>,
    /// The window.
    buffer: Vec<u8>,
    used: usize,
    filled: usize,
    /// Bytes that the next window has.
    ahead: usize,
}

/// Bytes that are there at least when a header is read: with it, enough of the content to tell what that is.
const NEXT: usize = 1024;
/// Minimum length of a window in bytes.
const LEAST: usize = 2 * 1024;
/// Maximum length of a window in bytes.
const MOST: usize = 64 * 1024;
/// What may be of no use in a window, in bytes.
const IDLE: usize = 2 * 1024;

impl<'a> Sought<'a> {
    pub(super) fn new(part: FileSlice<'a>) -> Self {
        Self { part, buffer: Vec::new(), used: 0, filled: 0, ahead: LEAST }
    }

    /// Bytes of the window that have not been read.
    fn ready(&self) -> usize {
        self.filled - self.used
    }

    /// Makes the next window as long as the last one was useful.
    fn adapt(&mut self) {
        if self.ready() > self.used + IDLE {
            self.ahead = (self.ahead / 2).max(LEAST);
        } else if self.used > self.filled / 4 * 3 {
            self.ahead = (self.ahead * 2).min(MOST);
        }
    }

    /// The next window, behind what is left of this one.
    fn go_on(&mut self, want: usize) -> io::Result<()> {
        self.adapt();
        let ready = self.ready();
        self.buffer.copy_within(self.used..self.filled, 0);
        (self.used, self.filled) = (0, ready);
        let left = usize::try_from(self.part.left()).unwrap_or(usize::MAX);
        let end = ready + left.min(self.ahead.max(want));
        if self.buffer.len() < end {
            self.buffer.resize(end, 0);
        }
        self.filled += self.part.read(&mut self.buffer[ready..end])?;
        Ok(())
    }
}

impl Read for Sought<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let want = if out.len() == BLOCK as usize { NEXT } else { out.len().min(MOST) };
        if self.ready() < want && self.part.left() > 0 {
            self.go_on(want)?;
        }
        let count = self.ready().min(out.len());
        out[..count].copy_from_slice(&self.buffer[self.used..self.used + count]);
        self.used += count;
        Ok(count)
    }
}

impl Skip for Sought<'_> {
    fn skip(&mut self, bytes: u64) -> io::Result<()> {
        let ready = self.ready() as u64;
        if bytes <= ready {
            self.used += bytes as usize;
            return Ok(());
        }
        if bytes - ready > self.part.left() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.adapt();
        (self.used, self.filled) = (0, 0);
        self.part.advance(bytes - ready);
        Ok(())
    }
}

/// What kind of file an entry is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum EntryKind {
    /// A regular file.
    #[default]
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// Another name of an earlier file.
    Hardlink,
    /// A device, a pipe or a socket.
    Special,
}

/// One entry of a tar stream.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Entry {
    /// The name as stored, `./` and slashes at both ends taken off.
    pub(super) path: Box<[u8]>,
    pub(super) kind: EntryKind,
    pub(super) mode: u32,
    /// The file's own length in bytes, as it is when unpacked.
    pub(super) size: u64,
    /// Where a link leads.
    pub(super) link: Option<Box<[u8]>>,
    /// Bytes that follow the header in the stream.
    pub(super) stored: u64,
    /// What rules want to know of the content.
    pub(super) facet: Option<Arc<FileContent>>,
    /// The hash of the content of a large file, where it was read.
    pub(super) hash: Option<Box<u128>>,
    /// What the words of a program's text tell.
    pub(super) marks: Marks,
}

/// Walks a tar stream.
pub(super) struct Walk<R> {
    reader: R,
    /// Offset of the next header in bytes.
    offset: u64,
    /// Content of the last entry that has not been passed over yet.
    left: u64,
    /// Bytes of that which fill its last block.
    padding: u64,
    /// Owner, group and time of change of the entry just returned.
    #[cfg(target_os = "linux")]
    stamp: [u64; 3],
}

impl<R: Skip> Walk<R> {
    pub(super) fn new(reader: R) -> Self {
        Self {
            reader,
            offset: 0,
            left: 0,
            padding: 0,
            #[cfg(target_os = "linux")]
            stamp: [0; 3],
        }
    }

    /// Owner, group and time of change in seconds of the entry just returned: for unpacking, no rule asks for them.
    #[cfg(target_os = "linux")]
    pub(super) fn stamp(&self) -> [u64; 3] {
        self.stamp
    }

    /// The stream after the end of the archive.
    pub(super) fn into_inner(self) -> R {
        self.reader
    }

    /// Offset of what will be read next in bytes.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// The content of the entry just returned.
    pub(super) fn content(&mut self, entry: &Entry) -> Content<'_, R> {
        Content { left: entry.stored.min(self.left), walk: self }
    }

    /// The next entry; `None` at the end. An error says what is wrong and at which byte.
    pub(super) fn next(&mut self) -> Result<Option<Entry>, String> {
        let mut long = Extensions::default();
        loop {
            if !self.pass_entry()? {
                return Ok(None);
            }
            let Some(header) = self.header()? else { return Ok(None) };
            let size = header::size(&header).map_err(|what| self.wrong(&what))?;
            let kind = header.entry_type();
            let size = long.pax_size.take().unwrap_or(size);
            let padded = size.checked_next_multiple_of(BLOCK).filter(|size| *size < 1 << 62);
            let padded = padded.ok_or_else(|| self.wrong("an entry of impossible size"))?;
            match kind {
                EntryType::GNULongName | EntryType::GNULongLink | EntryType::XHeader | EntryType::XGlobalHeader => {
                    let body = self.extension(size, padded)?;
                    long.take(kind, &body).map_err(|fault| self.wrong(fault))?;
                }
                _ => {
                    (self.left, self.padding) = (padded, padded - size);
                    return self.entry(&header, long, size).map(Some);
                }
            }
        }
    }

    /// Passes over what is left of the entry just returned. A stream may end with the last file's content, unpadded
    /// and with no block of zeros, as `umoci insert` writes it: everybody else reads that too.
    fn pass_entry(&mut self) -> Result<bool, String> {
        let left = std::mem::take(&mut self.left);
        let padding = std::mem::take(&mut self.padding).min(left);
        self.reader.skip(left - padding).map_err(|error| self.cut(&error))?;
        self.offset += left - padding;
        let mut block = [0; BLOCK as usize];
        let got = self.fill(&mut block[..padding as usize])? as u64;
        self.offset += got;
        Ok(got == padding)
    }

    fn header(&mut self) -> Result<Option<Header>, String> {
        let mut header = Header::new_old();
        let got = self.fill(header.as_mut_bytes())?;
        if got == 0 {
            return Ok(None);
        }
        if got < BLOCK as usize {
            return Err(format!("cut off at byte {}, inside a header", self.offset + got as u64));
        }
        if is_zero(&header) {
            self.offset += BLOCK;
            return self.end().map(|()| None);
        }
        if !header::is_summed(&header) {
            return Err(self.wrong("no tar header: its checksum is wrong"));
        }
        self.offset += BLOCK;
        Ok(Some(header))
    }

    /// Reads the second block of zeros at the end of an archive, which may be missing. Behind one block alone nothing else
    /// may come: what reads layers would drop it, or refuse all of it.
    fn end(&mut self) -> Result<(), String> {
        let mut second = Header::new_old();
        let got = self.fill(second.as_mut_bytes())?;
        if got > 0 && (got < BLOCK as usize || !is_zero(&second)) {
            return Err(self.wrong("more after one block of zeros, but an archive ends with two:"));
        }
        self.offset += got as u64;
        Ok(())
    }

    fn fill(&mut self, block: &mut [u8]) -> Result<usize, String> {
        let mut got = 0;
        while got < block.len() {
            match self.reader.read(&mut block[got..]) {
                Ok(0) => break,
                Ok(count) => got += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.cut(&error)),
            }
        }
        Ok(got)
    }

    fn extension(&mut self, size: u64, padded: u64) -> Result<Vec<u8>, String> {
        if size > limits::EXTENSION_BYTES {
            return Err(self.wrong(&format!("an extended header of {size} bytes")));
        }
        let mut body = vec![0; padded as usize];
        if self.fill(&mut body)? < body.len() {
            return Err(format!("cut off after byte {}, inside an extended header", self.offset));
        }
        self.offset += padded;
        body.truncate(size as usize);
        Ok(body)
    }

    fn entry(&mut self, header: &Header, long: Extensions, stored: u64) -> Result<Entry, String> {
        #[cfg(target_os = "linux")]
        {
            self.stamp = [header.uid(), header.gid(), header.mtime()].map(Result::unwrap_or_default);
        }
        let path = long.path.map_or_else(|| header.path_bytes(), Cow::from);
        let link = long.link.map(Cow::from).or_else(|| header.link_name_bytes());
        let path = normalize(&path);
        for name in [Some(&path), link.as_ref()].into_iter().flatten() {
            if name.len() > limits::PATH_BYTES {
                return Err(self.wrong(&format!("a path of {} bytes", name.len())));
            }
        }
        let kind = match header.entry_type() {
            EntryType::Directory => EntryKind::Directory,
            EntryType::Symlink => EntryKind::Symlink,
            EntryType::Link => EntryKind::Hardlink,
            EntryType::Char | EntryType::Block | EntryType::Fifo => EntryKind::Special,
            _ => EntryKind::File,
        };
        if kind != EntryKind::File {
            // Only files have content, regardless of the size in a header; old tars give links their target's.
            if matches!(kind, EntryKind::Hardlink | EntryKind::Symlink | EntryKind::Directory | EntryKind::Special) {
                self.left = 0;
            }
        }
        self.sparse(header)?;
        let real = header.as_gnu().filter(|_| header.entry_type() == EntryType::GNUSparse);
        let size = long.real_size.or_else(|| real.and_then(|gnu| gnu.real_size().ok())).unwrap_or(stored);
        let link = matches!(kind, EntryKind::Symlink | EntryKind::Hardlink).then_some(link).flatten();
        Ok(Entry {
            path: (*path).into(),
            kind,
            mode: header.mode().unwrap_or(0) & 0o7777,
            size: if kind == EntryKind::File { size.min(limits::FILE_BYTES) } else { 0 },
            link: link.map(|link| (*link).into()),
            stored: if kind == EntryKind::File { stored } else { 0 },
            facet: None,
            hash: None,
            marks: Marks::default(),
        })
    }

    /// Old GNU sparse files may have more header blocks after the first.
    fn sparse(&mut self, header: &Header) -> Result<(), String> {
        let extended = header.as_gnu().is_some_and(tar::GnuHeader::is_extended);
        if header.entry_type() != EntryType::GNUSparse || !extended {
            return Ok(());
        }
        loop {
            let mut block = tar::GnuExtSparseHeader::new();
            if self.fill(block.as_mut_bytes())? < BLOCK as usize {
                return Err(format!("cut off after byte {}, inside a sparse map", self.offset));
            }
            self.offset += BLOCK;
            if !block.is_extended() {
                return Ok(());
            }
        }
    }

    /// Why the stream ends here.
    pub(super) fn cut(&self, error: &io::Error) -> String {
        if error.kind() == io::ErrorKind::UnexpectedEof {
            format!("cut off after byte {}", self.offset)
        } else {
            format!("{error} after byte {}", self.offset)
        }
    }

    fn wrong(&self, what: &str) -> String {
        format!("{what} at byte {}", self.offset)
    }
}

impl Walk<Sought<'_>> {
    /// What has been read of the content of the entry just returned, without reading more.
    pub(super) fn ahead(&self) -> &[u8] {
        self.reader.buffer.get(self.reader.used..self.reader.filled).unwrap_or_default()
    }
}

impl<R: Skip> Content<'_, R> {
    /// Passes over bytes of it.
    pub(super) fn skip(&mut self, bytes: u64) -> io::Result<()> {
        self.go_on(bytes, |reader| reader.skip(bytes))
    }

    /// Reads bytes of it, and shows them piece by piece.
    pub(super) fn pass(&mut self, bytes: u64, look: &mut dyn FnMut(&[u8])) -> io::Result<()> {
        self.go_on(bytes, |reader| reader.pass(bytes, look))
    }

    fn go_on(&mut self, bytes: u64, how: impl FnOnce(&mut R) -> io::Result<()>) -> io::Result<()> {
        if bytes > self.left {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        how(&mut self.walk.reader)?;
        self.left -= bytes;
        self.walk.left -= bytes;
        self.walk.offset += bytes;
        Ok(())
    }
}

/// The content of one entry, as a separate stream.
pub(super) struct Content<'a, R> {
    walk: &'a mut Walk<R>,
    left: u64,
}

impl<R: Skip> Read for Content<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let want = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        if want == 0 {
            return Ok(0);
        }
        let got = self.walk.reader.read(&mut buffer[..want])?;
        if got == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= got as u64;
        self.walk.left -= got as u64;
        self.walk.offset += got as u64;
        Ok(got)
    }
}

#[derive(Default)]
struct Extensions {
    path: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    pax_size: Option<u64>,
    real_size: Option<u64>,
}

impl Extensions {
    fn take(&mut self, kind: EntryType, body: &[u8]) -> Result<(), &'static str> {
        let until_nul = || body.split(|byte| *byte == 0).next().unwrap_or_default().to_vec();
        match kind {
            EntryType::GNULongName => self.path = Some(until_nul()),
            EntryType::GNULongLink => self.link = Some(until_nul()),
            // What a global header says of later entries, Go does not apply either.
            EntryType::XGlobalHeader => drop(pax::records(body)?),
            _ => pax::records(body)?.into_iter().for_each(|record| self.apply(record)),
        }
        Ok(())
    }

    fn apply(&mut self, (key, value): pax::Record<'_>) {
        let number = || std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
        match key {
            _ if value.is_empty() => {}
            b"path" | b"GNU.sparse.name" => self.path = Some(value.to_vec()),
            b"linkpath" => self.link = Some(value.to_vec()),
            b"size" => self.pax_size = number(),
            b"GNU.sparse.realsize" | b"GNU.sparse.size" => self.real_size = number(),
            _ => {}
        }
    }
}

fn is_zero(header: &Header) -> bool {
    header.as_bytes().iter().all(|byte| *byte == 0)
}

/// A name without `./`, doubled slashes and slashes at its ends. `..` stays: who uses a path looks at it.
pub(super) fn normalize(path: &[u8]) -> Cow<'_, [u8]> {
    let mut path = memchr::memchr(0, path).map_or(path, |end| &path[..end]);
    while let Some(rest) = path.strip_prefix(b"/").or_else(|| path.strip_prefix(b"./")) {
        path = rest;
    }
    while let Some(rest) = path.strip_suffix(b"/") {
        path = rest;
    }
    let dotted = |rest: &[u8]| matches!(rest, [b'/', ..] | [b'.'] | [b'.', b'/', ..]);
    if path != b"." && !memchr::memchr_iter(b'/', path).any(|at| dotted(&path[at + 1..])) {
        return path.into();
    }
    let parts = path.split(|byte| *byte == b'/').filter(|part| !matches!(*part, b"" | b"."));
    parts.collect::<Vec<_>>().join(&b'/').into()
}
