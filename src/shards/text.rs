//! The texts that findings point into, without the lines that no report shows: a config has the values of variables.

use crate::diagnostic::{DocumentId, Label};
use crate::source::{Source, Span};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Lines of one finding that a report shows at most, those around it not counted.
const MAX_LINES: usize = 6;

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Piece {
    /// Whole lines.
    Text(String),
    /// The same where they are not in UTF-8: in base64.
    Bytes(String),
    /// Lines that no report shows: how many bytes, and how many ends of lines in them.
    Blank(usize, usize),
}

/// The text of a document as far as reports show it. What people write is shown whole.
pub(super) fn pieces(doc: DocumentId, source: &Source, labels: &[&Label]) -> Vec<Piece> {
    if doc.is_text() || matches!(doc, DocumentId::Layer(_) | DocumentId::Archive) {
        return vec![piece(source.bytes())];
    }
    let last = source.line_count();
    let mut shown = BTreeSet::new();
    for label in labels {
        let end = label.end.line.min(label.start.line.saturating_add(MAX_LINES));
        shown.extend(label.start.line.saturating_sub(1).max(1)..=end.saturating_add(1).min(last));
        // Where it ends is looked at when the text is read again.
        shown.insert(label.end.line.min(last));
    }
    let begin = |line: usize| if line > last { source.bytes().len() } else { source.line(line).start };
    let mut pieces = Vec::new();
    let mut line = 1;
    while line <= last {
        let is_shown = shown.contains(&line);
        let first = line;
        while line <= last && shown.contains(&line) == is_shown {
            line += 1;
        }
        let bytes = source.get(Span::new(begin(first), begin(line)));
        let ends = memchr::memchr_iter(b'\n', bytes).count();
        pieces.push(if is_shown { piece(bytes) } else { Piece::Blank(bytes.len(), ends) });
    }
    pieces
}

fn piece(bytes: &[u8]) -> Piece {
    match std::str::from_utf8(bytes) {
        Ok(text) => Piece::Text(text.to_owned()),
        Err(_) => Piece::Bytes(STANDARD.encode(bytes)),
    }
}

/// A text of pieces; what is not shown is blank. `room` is how many bytes all texts may still have.
pub(super) fn source(pieces: &[Piece], room: &mut usize) -> Option<Source> {
    let mut bytes = Vec::new();
    for piece in pieces {
        let part = match piece {
            Piece::Text(text) => text.len(),
            Piece::Bytes(text) => text.len(),
            Piece::Blank(length, ends) if ends <= length => *length,
            Piece::Blank(..) => return None,
        };
        *room = room.checked_sub(part)?;
        match piece {
            Piece::Text(text) => bytes.extend_from_slice(text.as_bytes()),
            Piece::Bytes(text) => bytes.extend(STANDARD.decode(text).ok()?),
            Piece::Blank(length, ends) => {
                bytes.resize(bytes.len() + length - ends, b' ');
                bytes.resize(bytes.len() + ends, b'\n');
            }
        }
    }
    Some(Source::new(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(first: usize, last: usize, source: &Source) -> Label {
        let (start, end) = (source.line(first).start, source.line(last).end);
        Label {
            path: String::new(),
            doc: DocumentId::Config,
            span: Span::new(start, end),
            start: source.position(start),
            end: source.position(end),
            text: String::new(),
            pointer: None,
        }
    }

    #[test]
    fn a_long_label_ends_where_it_did() {
        let text = Source::new((1..=40).map(|at| format!("{:1$}\n", "x", at % 7)).collect::<String>().into_bytes());
        let long = label(3, 30, &text);
        let again = source(&pieces(DocumentId::Index, &text, &[&long]), &mut 10_000).unwrap();
        for (said, offset) in [(long.start, long.span.start), (long.end, long.span.end)] {
            let place = again.position(offset);
            assert_eq!((place.line, place.column, place.offset), (said.line, said.column, said.offset));
        }
        assert!(again.get(again.line(20)).iter().all(|byte| *byte == b' '), "what no report shows is not kept");
    }

    #[test]
    fn only_lines_that_are_shown_are_kept() {
        for end in ["", "\n", "\n\n"] {
            let lines: Vec<String> = (1..=40).map(|line| format!("line {line}: geheim{line}")).collect();
            let source = Source::new((lines.join("\n") + end).into_bytes());
            let labels = [label(3, 3, &source), label(20, 39, &source), label(1, 1, &source)];
            let pieces = pieces(DocumentId::Config, &source, &labels.iter().collect::<Vec<_>>());
            let again = super::source(&pieces, &mut 10_000).unwrap();
            assert_eq!((again.bytes().len(), again.line_count()), (source.bytes().len(), source.line_count()));
            for line in (1..=4).chain(19..=27) {
                assert_eq!(again.line(line), source.line(line), "{line}");
                assert_eq!(again.text(again.line(line)), source.text(source.line(line)), "{line}");
            }
            let text = serde_json::to_string(&pieces).unwrap();
            assert!(!text.contains("geheim10") && !text.contains("geheim35"), "{text}");
        }
    }

    #[test]
    fn bytes_that_are_no_text() {
        let source = Source::new(b"a\xff\nb".to_vec());
        let pieces = pieces(DocumentId::File(0), &source, &[]);
        assert_eq!(super::source(&pieces, &mut 100).unwrap().bytes(), source.bytes());
    }

    #[test]
    fn blanks_are_bounded() {
        for pieces in [
            vec![Piece::Blank(2, 3)],
            vec![Piece::Blank(60, 0), Piece::Blank(60, 0)],
            vec![Piece::Blank(usize::MAX, 0)],
        ] {
            assert!(source(&pieces, &mut 100).is_none(), "{pieces:?}");
        }
        assert!(source(&[Piece::Bytes("!".into())], &mut 100).is_none());
    }
}
