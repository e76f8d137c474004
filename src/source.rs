//! The text of one document, and where in it something stands.
//!
//! Everything that reads input keeps byte offsets; lines and columns are worked out here, once, when a
//! finding is shown.

use crate::error::Error;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

/// A half-open range of bytes in a document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// First byte, counted from 0.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The range from `start` up to, not including, `end`.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end: end.max(start) }
    }

    /// Length in bytes.
    pub fn len(self) -> usize {
        self.end - self.start
    }

    /// Whether the range holds no byte at all.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// The smallest range that holds both.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// Whether `other` lies wholly inside.
    pub fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}

/// A place as people and editors count it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Position {
    /// Line, counted from 1.
    pub line: usize,
    /// Column, counted from 1, in characters (a byte that is not UTF-8 counts as one).
    pub column: usize,
    /// Byte offset in the document, counted from 0.
    pub offset: usize,
}

/// One document: its bytes and the offsets of its lines. A copy shares them: all images of an archive have one index.
#[derive(Clone, Debug)]
pub struct Source {
    bytes: Arc<[u8]>,
    lines: Arc<[usize]>,
}

impl Default for Source {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl Source {
    /// Takes the document's bytes and finds its lines.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        let mut lines = vec![0];
        lines.extend(memchr::memchr_iter(b'\n', &bytes).map(|at| at + 1));
        Self { bytes: bytes.into(), lines: lines.into() }
    }

    /// The whole document.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes of a span; a span that reaches past the end is cut there.
    pub fn get(&self, span: Span) -> &[u8] {
        let end = span.end.min(self.bytes.len());
        &self.bytes[span.start.min(end)..end]
    }

    /// The text of a span, bytes that are not UTF-8 replaced.
    pub fn text(&self, span: Span) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(self.get(span))
    }

    /// How many lines the document has; one at least.
    pub fn line_count(&self) -> usize {
        self.lines.len()
    }

    /// The bytes of a line, counted from 1, without its line end.
    pub fn line(&self, line: usize) -> Span {
        let index = line.saturating_sub(1).min(self.lines.len() - 1);
        let start = self.lines[index];
        let mut end = self.lines.get(index + 1).map_or(self.bytes.len(), |next| next - 1);
        if end > start && self.bytes[end - 1] == b'\r' {
            end -= 1;
        }
        Span::new(start, end)
    }

    /// The line, counted from 1, that holds a byte offset.
    pub fn line_of(&self, offset: usize) -> usize {
        self.lines.partition_point(|&start| start <= offset).max(1)
    }

    /// Line and column of a byte offset.
    pub fn position(&self, offset: usize) -> Position {
        let offset = offset.min(self.bytes.len());
        let line = self.line_of(offset);
        let before = &self.bytes[self.lines[line - 1]..offset];
        let column = before.utf8_chunks().map(|c| c.valid().chars().count() + c.invalid().len()).sum::<usize>() + 1;
        Position { line, column, offset }
    }
}

/// What columns are counted in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unit {
    /// Bytes.
    Utf8,
    /// UTF-16 code units, as SARIF and most editors have it.
    #[default]
    Utf16,
}

impl Unit {
    /// How many of them a text has. In UTF-16, bytes that are not UTF-8 count as the character that stands for them.
    pub fn count(self, text: &[u8]) -> usize {
        let of_chunk = |chunk: std::str::Utf8Chunk<'_>| {
            chunk.valid().encode_utf16().count() + usize::from(!chunk.invalid().is_empty())
        };
        match self {
            Self::Utf8 => text.len(),
            Self::Utf16 => text.utf8_chunks().map(of_chunk).sum(),
        }
    }

    /// The byte at which a column of a line begins; one within a character is that character's first, and one behind
    /// the line is its end.
    pub fn offset(self, line: &str, column: usize) -> usize {
        match self {
            Self::Utf8 => (0..=column.min(line.len())).rev().find(|at| line.is_char_boundary(*at)).unwrap_or_default(),
            Self::Utf16 => {
                let mut units = 0;
                let inside = |(_, c): &(usize, char)| {
                    units += c.len_utf16();
                    units > column
                };
                line.char_indices().find(inside).map_or(line.len(), |(at, _)| at)
            }
        }
    }
}

/// Reads a file whole: a regular file of at most `most` bytes. Pipes, devices and what says of itself that it is empty
/// (`/proc/kmsg`) are not waited for.
pub fn read_file(path: &Path, most: u64) -> Result<Vec<u8>, Error> {
    let fail = |error: std::io::Error| Error::io(path, &error);
    let metadata = std::fs::metadata(path).map_err(fail)?;
    if !metadata.is_file() {
        return Err(Error::new(format!("{}: not a file", path.display())));
    }
    let mut bytes = Vec::new();
    if metadata.len() > 0 {
        std::fs::File::open(path).and_then(|file| file.take(most + 1).read_to_end(&mut bytes)).map_err(fail)?;
    }
    if bytes.len() as u64 > most {
        return Err(Error::new(format!("{}: over {most} bytes", path.display())));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_are_counted_as_editors_do() {
        let source = Source::new("FROM a\r\nÄß b\n".as_bytes());
        assert_eq!(source.position(8), Position { line: 2, column: 1, offset: 8 });
        assert_eq!(source.position(13).column, 4);
        assert_eq!(source.text(source.line(1)), "FROM a");
        assert_eq!(source.line_count(), 3);
    }

    #[test]
    fn columns_in_units() {
        let line = "a😀é b";
        for (unit, columns) in [(Unit::Utf8, [0, 1, 5, 7, 8, 9]), (Unit::Utf16, [0, 1, 3, 4, 5, 6])] {
            for (column, (at, _)) in columns.into_iter().zip(line.char_indices().chain([(line.len(), ' ')])) {
                assert_eq!((unit.count(&line.as_bytes()[..at]), unit.offset(line, column)), (column, at), "{unit:?}");
            }
            assert_eq!(unit.offset(line, 2), 1, "{unit:?}: within a character");
            assert_eq!(unit.offset(line, 99), line.len());
        }
        assert_eq!(Unit::Utf16.count(b"\xff\xc3\xa9"), 2);
    }

    #[test]
    fn a_place_past_the_end_is_the_end() {
        let source = Source::new(*b"a");
        assert_eq!(source.position(99), Position { line: 1, column: 2, offset: 1 });
        assert_eq!(source.get(Span::new(5, 9)), b"");
    }
}
