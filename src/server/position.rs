//! The text of a document, with lines as the protocol counts them: `\n`, `\r\n` and `\r` end one.

use crate::source::{Span, Unit};
use gen_lsp_types::{Position, Range};

/// A text and where its lines begin.
#[derive(Clone, Debug)]
pub struct Text {
    whole: String,
    starts: Vec<usize>,
    unit: Unit,
}

impl Text {
    /// Finds the lines of a text.
    pub fn new(text: String, unit: Unit) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        let ends = memchr::memchr2_iter(b'\n', b'\r', bytes);
        starts.extend(ends.filter(|at| bytes[*at] == b'\n' || bytes.get(at + 1) != Some(&b'\n')).map(|at| at + 1));
        Self { whole: text, starts, unit }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.whole
    }

    /// The bytes of a line, counted from 0, without its end; `None` behind the last.
    pub fn line(&self, line: usize) -> Option<Span> {
        let start = *self.starts.get(line)?;
        let end = self.starts.get(line + 1).copied().unwrap_or(self.whole.len());
        Some(Span::new(start, start + self.whole[start..end].trim_end_matches(['\r', '\n']).len()))
    }

    /// The line, counted from 0, that a byte is in.
    pub fn line_of(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset).saturating_sub(1)
    }

    /// The place of a byte.
    pub fn position(&self, offset: usize) -> Position {
        let line = self.line_of(offset.min(self.whole.len()));
        let span = self.line(line).unwrap_or_default();
        let before = &self.whole.as_bytes()[span.start..offset.clamp(span.start, span.end)];
        Position { line: whole(line), character: whole(self.unit.count(before)) }
    }

    /// The places of a range of bytes.
    pub fn range(&self, span: Span) -> Range {
        Range { start: self.position(span.start), end: self.position(span.end) }
    }

    /// The byte at a place; what lies behind a line is its end, and what lies behind the text is that.
    pub fn offset(&self, position: Position) -> usize {
        let Some(span) = self.line(position.line as usize) else { return self.whole.len() };
        span.start + self.unit.offset(&self.whole[span.start..span.end], position.character as usize)
    }

    /// The bytes of a range of places.
    pub fn span(&self, range: Range) -> Span {
        Span::new(self.offset(range.start), self.offset(range.end))
    }
}

fn whole(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn three_ends_of_a_line() {
        let text = Text::new("a\r\nbb\rc\n".into(), Unit::Utf16);
        assert_eq!(text.starts, [0, 3, 6, 8]);
        assert_eq!(text.range(Span::new(3, 5)), text.range(text.span(text.range(Span::new(3, 5)))));
        assert_eq!(text.position(2), Position { line: 0, character: 1 }, "between the two bytes of an end");
        assert_eq!(text.position(99), Position { line: 3, character: 0 });
        assert_eq!(text.offset(Position { line: 0, character: 9 }), 1);
        assert_eq!(text.offset(Position { line: 9, character: 9 }), 8);
    }

    proptest! {
        #[test]
        fn a_place_comes_back(text in "[a😀é\r\n\u{feff} ]{0,30}", utf8: bool) {
            let text = Text::new(text, if utf8 { Unit::Utf8 } else { Unit::Utf16 });
            for (at, _) in text.as_str().char_indices() {
                let between = text.as_str()[..at].ends_with('\r') && text.as_str()[at..].starts_with('\n');
                prop_assert_eq!(text.offset(text.position(at)), at - usize::from(between));
            }
        }
    }
}
