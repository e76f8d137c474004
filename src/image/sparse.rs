//! As much of an ELF file as a loader would ask for, out of a stream or out of a file.

use super::elf;
use super::limits;
use super::slice::FileSlice;
use super::stream::EntryStream;
use super::tarball::Skip;
use object::{ReadCache, ReadRef};
use std::cell::Cell;
use std::io::{self, Read, Seek, SeekFrom};

/// Ranges after a byte, in order, without overlaps.
fn merged(mut ranges: Vec<(u64, u64)>, from: u64, length: u64) -> Vec<(u64, u64)> {
    ranges.sort_unstable();
    let mut out: Vec<(u64, u64)> = Vec::new();
    for (start, size) in ranges {
        let (start, end) = (start.max(from), start.saturating_add(size).min(length));
        match out.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ if start < end => out.push((start, end)),
            _ => {}
        }
    }
    out
}

/// The pieces of a file that were kept while it streamed by.
pub(super) struct Sparse {
    length: u64,
    pieces: Vec<(u64, Vec<u8>)>,
}

impl Sparse {
    /// Keeps what a loader would ask for, and passes over the rest up to the last of it.
    pub(super) fn read<R: Skip>(passing: &mut EntryStream<'_, R>, head: Vec<u8>) -> io::Result<Self> {
        let mut file = Self { length: head.len() as u64 + passing.left, pieces: Vec::new() };
        let mut ranges = elf::wanted(&head);
        ranges.push((0, limits::ELF_BYTES));
        let mut at = head.len() as u64;
        let mut kept = 0;
        let mut piece = head;
        for (start, end) in merged(ranges, at, file.length) {
            kept += end - start;
            if kept > 2 * limits::ELF_BYTES {
                break;
            }
            if start > at {
                file.pieces.push((at - piece.len() as u64, std::mem::take(&mut piece)));
                passing.pass(start - at)?;
            }
            passing.take(end - start, &mut piece)?;
            at = end;
        }
        file.pieces.push((at - piece.len() as u64, piece));
        Ok(file)
    }
}

impl<'a> ReadRef<'a> for &'a Sparse {
    fn len(self) -> Result<u64, ()> {
        Ok(self.length)
    }

    fn read_bytes_at(self, offset: u64, size: u64) -> Result<&'a [u8], ()> {
        let piece = self.pieces.partition_point(|(start, _)| *start <= offset).checked_sub(1).ok_or(())?;
        let (start, bytes) = self.pieces.get(piece).ok_or(())?;
        let from = usize::try_from(offset - start).map_err(|_| ())?;
        let to = from.checked_add(usize::try_from(size).map_err(|_| ())?).ok_or(())?;
        bytes.get(from..to).ok_or(())
    }

    fn read_bytes_at_until(self, range: std::ops::Range<u64>, delimiter: u8) -> Result<&'a [u8], ()> {
        let bytes = self.read_bytes_at(range.start, range.end.checked_sub(range.start).ok_or(())?)?;
        memchr::memchr(delimiter, bytes).and_then(|end| bytes.get(..end)).ok_or(())
    }
}

/// Bytes that are read of a file at least: tables are asked for a few bytes at a time.
const PAGE: usize = 4096;

/// A file in another one, a page of it at hand.
pub(super) struct Paged<'a> {
    part: FileSlice<'a>,
    page: Vec<u8>,
    /// Where the page begins, and what is read next.
    start: u64,
    at: u64,
}

impl<'a> Paged<'a> {
    /// A file whose first bytes have been read.
    pub(super) fn new(part: FileSlice<'a>, first: &[u8]) -> Self {
        Self { part, page: first.to_vec(), start: 0, at: 0 }
    }

    fn ready(&self) -> &[u8] {
        let from = self.at.checked_sub(self.start).and_then(|from| usize::try_from(from).ok());
        from.and_then(|from| self.page.get(from..)).unwrap_or_default()
    }
}

impl Read for Paged<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.ready().is_empty() {
            self.part.go_to(self.at);
            if out.len() >= PAGE {
                let got = self.part.read(out)?;
                self.at += got as u64;
                return Ok(got);
            }
            self.page.resize(PAGE, 0);
            self.start = self.at;
            let got = self.part.read(&mut self.page)?;
            self.page.truncate(got);
        }
        let ready = self.ready();
        let count = ready.len().min(out.len());
        out[..count].copy_from_slice(&ready[..count]);
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for Paged<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.part.go_to(self.at);
        self.at = self.part.seek(to)?;
        Ok(self.at)
    }
}

/// A file of which only this much is read, regardless of its headers.
pub(super) struct Bounded<'a> {
    pub(super) file: &'a ReadCache<Paged<'a>>,
    /// Bytes that may still be read.
    pub(super) left: Cell<u64>,
}

impl Bounded<'_> {
    fn take(&self, bytes: u64) -> Result<(), ()> {
        self.left.set(self.left.get().checked_sub(bytes).ok_or(())?);
        Ok(())
    }
}

impl<'a> ReadRef<'a> for &'a Bounded<'a> {
    fn len(self) -> Result<u64, ()> {
        self.file.len()
    }

    fn read_bytes_at(self, offset: u64, size: u64) -> Result<&'a [u8], ()> {
        self.take(size)?;
        self.file.read_bytes_at(offset, size)
    }

    fn read_bytes_at_until(self, range: std::ops::Range<u64>, delimiter: u8) -> Result<&'a [u8], ()> {
        self.take(limits::PATH_BYTES as u64)?;
        let end = range.end.min(range.start.saturating_add(limits::PATH_BYTES as u64));
        self.file.read_bytes_at_until(range.start..end, delimiter)
    }
}
