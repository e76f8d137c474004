//! Blanks, as BuildKit's parser sees them.
//!
//! A line, a comment and the ends of a text are trimmed of every character with the Unicode property `White_Space`
//! (`unicode.IsSpace` in Go, `char::is_whitespace` and `str::trim` here). Only the name of an instruction, and the key
//! of an old `ENV key value`, end at an ASCII blank.

/// Bytes of blanks at the beginning of a line. A byte that is not UTF-8 is not a blank.
pub(super) fn leading(bytes: &[u8]) -> usize {
    let text = bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    text.len() - text.trim_start().len()
}

/// `true` for what ends the name of an instruction: BuildKit's `[\t\v\f\r ]`.
pub(super) fn is_separator(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\u{b}' | '\u{c}')
}

#[cfg(test)]
mod tests {
    use super::leading;
    use crate::dockerfile::{Dockerfile, Kind};

    /// Every blank of Unicode but the line feed, which ends a line.
    const BLANKS: &[char] = &[
        '\t', '\u{b}', '\u{c}', '\r', ' ', '\u{85}', '\u{a0}', '\u{1680}', '\u{2000}', '\u{2003}', '\u{200a}',
        '\u{2028}', '\u{2029}', '\u{202f}', '\u{205f}', '\u{3000}',
    ];

    #[test]
    fn bytes_that_are_no_text_are_no_blanks() {
        assert_eq!(leading("\u{a0}\u{3000} x".as_bytes()), 6);
        assert_eq!((leading(b"\xa0 x"), leading(b" \xff"), leading(b"")), (0, 1, 0));
    }

    #[test]
    fn a_line_of_blanks_is_no_instruction_wherever_it_stands() {
        for blank in BLANKS {
            for text in [
                format!("{blank}\nFROM a\n"),
                format!("FROM a\n{blank}\n"),
                format!("FROM a\n{blank}{blank}"),
                format!("{blank}FROM a{blank}\n"),
                format!("FROM \\\n{blank}\na\n"),
                format!("FROM a\n{blank}# a comment\n"),
            ] {
                let dockerfile = Dockerfile::read(text.as_bytes());
                let froms = dockerfile.instructions.iter().filter(|i| matches!(i.kind, Kind::From(_))).count();
                assert_eq!((froms, dockerfile.instructions.len()), (1, 1), "{text:?}: {:?}", dockerfile.instructions);
            }
        }
    }

    #[test]
    fn a_blank_before_an_escape_at_the_end_is_an_instruction_without_a_name() {
        for blank in BLANKS {
            let dockerfile = Dockerfile::read(format!("FROM a\n{blank}\\\n").into_bytes());
            assert!(matches!(dockerfile.instructions[1].kind, Kind::Unreadable(_)), "{blank:?}");
        }
    }

    #[test]
    fn the_name_of_an_instruction_ends_at_an_ascii_blank_only() {
        let dockerfile = Dockerfile::read("FROM\u{a0}a\n".as_bytes());
        assert_eq!(dockerfile.instructions[0].keyword.text, "FROM\u{a0}a");
        assert!(matches!(dockerfile.instructions[0].kind, Kind::Unreadable(_)));
    }
}
