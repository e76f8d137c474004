//! Splits Python source into logical lines and tokens, without recursion and in linear time.
//!
//! Follows CPython's tokenizer where it decides what a name or a line is. What it cannot read is [`Doubt`]: the caller
//! then says nothing about the file.

use super::strings::{is_prefix, string};
use memchr::memchr2;

/// The source is not Python that this reader understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Doubt;

/// A logical line: a statement, or several with semicolons in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// The first byte after the indentation.
    pub(super) start: usize,
    /// The end, comment and blanks left out.
    pub(super) end: usize,
    /// Columns of indentation; a tab goes to the next multiple of eight.
    pub(super) indent: usize,
}

/// Bytes at which the reader of a logical line stops.
const STOPS: [bool; 256] = {
    let mut stops = [false; 256];
    let bytes = b"\n\r#\\'\"()[]{}\0";
    let mut at = 0;
    while at < bytes.len() {
        stops[bytes[at] as usize] = true;
        at += 1;
    }
    stops
};

/// Bytes of identifiers; every byte of a letter outside ASCII is one.
pub(super) const fn is_identifier(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// Reads logical lines.
pub(super) struct Lines<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self { text, at: if text.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 } }
    }

    /// The next logical line; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Line>, Doubt> {
        let text = self.text;
        let mut indent = 0;
        // A line that is blank or a comment has no indentation.
        let start = loop {
            match text.get(self.at) {
                None => return Ok(None),
                Some(b' ') => indent += 1,
                Some(b'\t') => indent = (indent / 8 + 1) * 8,
                Some(b'\n' | b'\r' | b'\x0c') => indent = 0,
                Some(b'#') => {
                    self.at = end_of_line(text, self.at);
                    continue;
                }
                Some(b'\\') if continuation(text, self.at).is_some() => {
                    self.at = continuation(text, self.at).ok_or(Doubt)?;
                    continue;
                }
                Some(_) => break self.at,
            }
            self.at += 1;
        };
        let mut depth = 0_usize;
        let mut at = start;
        let end = loop {
            while at < text.len() && !STOPS[text[at] as usize] {
                at += 1;
            }
            let Some(byte) = text.get(at) else { break at };
            match byte {
                b'\n' | b'\r' if depth == 0 => break at,
                b'#' => {
                    let end = at;
                    at = end_of_line(text, at);
                    if depth == 0 {
                        break end;
                    }
                    continue;
                }
                b'\'' | b'"' => {
                    at = string(text, at)?;
                    continue;
                }
                b'(' | b'[' | b'{' => depth += 1,
                b')' | b']' | b'}' => depth = depth.checked_sub(1).ok_or(Doubt)?,
                b'\\' => {
                    at = continuation(text, at).ok_or(Doubt)?;
                    continue;
                }
                b'\0' => return Err(Doubt),
                _ => {}
            }
            at += 1;
        };
        if depth > 0 {
            return Err(Doubt);
        }
        self.at = at;
        let blank = text[start..end].iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\x0c')).count();
        Ok(Some(Line { start, end: end - blank, indent }))
    }
}

/// The end of the physical line, its newline left out.
pub(super) fn end_of_line(text: &[u8], at: usize) -> usize {
    memchr2(b'\n', b'\r', &text[at..]).map_or(text.len(), |found| at + found)
}

/// Where a backslash at the end of a physical line leads; `None` if it stands elsewhere.
pub(super) fn continuation(text: &[u8], at: usize) -> Option<usize> {
    match (text.get(at + 1), text.get(at + 2)) {
        (Some(b'\r'), Some(b'\n')) => Some(at + 3),
        (Some(b'\n' | b'\r'), _) => Some(at + 2),
        _ => None,
    }
}

/// A token. Strings and numbers are not told from one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A name or a keyword.
    Name(&'a [u8]),
    /// A string literal, prefix and quotes included.
    String(&'a [u8]),
    /// A number.
    Number,
    /// `=`, alone.
    Assign,
    /// `:=`.
    Walrus,
    /// `+=` and its like.
    Augmented,
    /// Any other operator; of one with several characters, the first, and then the others.
    Operator(u8),
}

/// Reads the tokens of a part of the text.
#[derive(Clone)]
pub(super) struct Tokens<'a> {
    text: &'a [u8],
    /// Where the next token is looked for.
    pub(super) at: usize,
    end: usize,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(text: &'a [u8], start: usize, end: usize) -> Self {
        Self { text, at: start, end }
    }

    /// The next token, and where it begins; `None` at the end. A literal that does not close ends the tokens: the
    /// reader of lines has found it before.
    pub(super) fn next(&mut self) -> Option<(usize, Token<'a>)> {
        let text = &self.text[..self.end];
        loop {
            match text.get(self.at)? {
                b' ' | b'\t' | b'\n' | b'\r' | b'\x0c' | b'\\' => self.at += 1,
                b'#' => self.at = end_of_line(text, self.at),
                _ => break,
            }
        }
        let start = self.at;
        let byte = text[start];
        if matches!(byte, b'\'' | b'"') {
            return Some(self.literal(start, start));
        }
        let number = byte.is_ascii_digit() || byte == b'.' && text.get(start + 1).is_some_and(u8::is_ascii_digit);
        if number {
            self.at += text[start..].iter().take_while(|byte| is_identifier(**byte) || **byte == b'.').count();
            return Some((start, Token::Number));
        }
        if is_identifier(byte) {
            self.at += text[start..].iter().take_while(|byte| is_identifier(**byte)).count();
            // `rb"…"`: letters right in front of a quote belong to the literal.
            if is_prefix(&text[start..self.at]) && matches!(text.get(self.at), Some(b'\'' | b'"')) {
                return Some(self.literal(start, self.at));
            }
            return Some((start, Token::Name(&text[start..self.at])));
        }
        self.at += 1;
        Some((start, self.operator(byte)))
    }

    fn literal(&mut self, start: usize, quote: usize) -> (usize, Token<'a>) {
        self.at = string(self.text, quote).ok().filter(|end| *end <= self.end).unwrap_or(self.end);
        (start, Token::String(&self.text[start..self.at]))
    }

    fn operator(&mut self, byte: u8) -> Token<'a> {
        let text = &self.text[..self.end];
        let next = text.get(self.at).copied();
        match (byte, next) {
            (b':', Some(b'=')) => {
                self.at += 1;
                Token::Walrus
            }
            (b'=' | b'!' | b'<' | b'>', Some(b'=')) => {
                self.at += 1;
                Token::Operator(byte)
            }
            (b'=', _) => Token::Assign,
            (b'*' | b'/' | b'<' | b'>', Some(same)) if same == byte => {
                self.at += 1;
                if text.get(self.at) == Some(&b'=') {
                    self.at += 1;
                    return Token::Augmented;
                }
                Token::Operator(byte)
            }
            (b'+' | b'-' | b'*' | b'/' | b'%' | b'&' | b'|' | b'^' | b'@', Some(b'=')) => {
                self.at += 1;
                Token::Augmented
            }
            _ => Token::Operator(byte),
        }
    }
}
