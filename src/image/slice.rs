//! One file inside another: a blob in an archive, a file in a plain layer.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

/// A part of a file. It has its own position and does not use the file's, so that several parts can be read at once.
#[derive(Clone, Copy)]
pub(super) struct FileSlice<'a> {
    file: &'a File,
    start: u64,
    length: u64,
    at: u64,
}

impl<'a> FileSlice<'a> {
    pub(super) fn new(file: &'a File, start: u64, length: u64) -> Self {
        Self { file, start, length, at: 0 }
    }

    /// Bytes from here to its end.
    pub(super) fn left(&self) -> u64 {
        self.length - self.at
    }

    /// Moves the start forward by this many bytes, which the part must have.
    pub(super) fn advance(&mut self, bytes: u64) {
        self.at = self.at.saturating_add(bytes).min(self.length);
    }

    /// Goes to a byte of it.
    pub(super) fn go_to(&mut self, at: u64) {
        self.at = at.min(self.length);
    }
}

impl Read for FileSlice<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let want = usize::try_from(self.left()).unwrap_or(usize::MAX).min(buffer.len());
        let got = read_at(self.file, &mut buffer[..want], self.start + self.at)?;
        self.at += got as u64;
        Ok(got)
    }
}

impl Seek for FileSlice<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.go_to(at.unwrap_or(self.length));
        Ok(self.at)
    }
}

/// One system call for a header, where seeking and reading would be two.
#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, at)
}

#[cfg(windows)]
fn read_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, at)
}
