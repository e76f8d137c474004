//! Where a string literal ends: prefixes, triple quotes, and f-strings whose fields hold strings themselves.

use super::lexer::{Doubt, continuation, end_of_line, is_identifier};
use memchr::{memchr, memchr2, memchr3};

/// Maximum nesting of f-strings inside their own replacement fields; CPython stops at 150.
const MAX_NESTED_STRINGS: usize = 150;

/// What a string literal is opened with.
#[derive(Clone, Copy)]
struct Opening {
    quote: u8,
    triple: bool,
    /// Has replacement fields: an f-string or a t-string.
    fields: bool,
    raw: bool,
}

/// Whether letters in front of a quote belong to the literal.
pub(super) fn is_prefix(letters: &[u8]) -> bool {
    letters.len() <= 2 && letters.iter().all(|letter| b"bBfFrRtTuU".contains(letter))
}

/// The literal that begins with the quote at `at`; letters in front of it are its prefix.
fn opening(text: &[u8], at: usize) -> Opening {
    let letters = text[..at].iter().rev().take(3).take_while(|byte| is_identifier(**byte)).count();
    let prefix = Some(&text[at - letters..at]).filter(|letters| is_prefix(letters)).unwrap_or_default();
    let has = |letter: u8| prefix.iter().any(|byte| byte.to_ascii_lowercase() == letter);
    let quote = text[at];
    let triple = text.get(at + 1) == Some(&quote) && text.get(at + 2) == Some(&quote);
    Opening { quote, triple, fields: has(b'f') || has(b't'), raw: has(b'r') }
}

/// The end of the string literal whose quote stands at `at`.
pub(super) fn string(text: &[u8], at: usize) -> Result<usize, Doubt> {
    let opening = opening(text, at);
    let inside = at + if opening.triple { 3 } else { 1 };
    if opening.fields { formatted(text, opening, inside) } else { plain(text, opening, inside) }
}

/// The end of a string without replacement fields.
fn plain(text: &[u8], Opening { quote, triple, .. }: Opening, mut at: usize) -> Result<usize, Doubt> {
    loop {
        let rest = text.get(at..).ok_or(Doubt)?;
        // A newline ends the search for a single quote at once: the literal is not closed.
        let found = if triple { memchr2(quote, b'\\', rest) } else { memchr3(quote, b'\\', b'\n', rest) };
        at += found.ok_or(Doubt)?;
        match text[at] {
            b'\\' => at = continuation(text, at).unwrap_or(at + 2),
            b'\n' => return Err(Doubt),
            _ if !triple => return Ok(at + 1),
            _ if text.get(at + 1) == Some(&quote) && text.get(at + 2) == Some(&quote) => return Ok(at + 3),
            _ => at += 1,
        }
    }
}

/// What the reader of an f-string is in.
enum Level {
    /// The text of a literal.
    Text(Opening),
    /// A replacement field, with its open brackets.
    Field(usize),
    /// The text after a field's colon.
    Spec,
}

/// The end of an f-string, whose fields may hold strings themselves.
fn formatted(text: &[u8], opening: Opening, mut at: usize) -> Result<usize, Doubt> {
    let mut levels = vec![Level::Text(opening)];
    // The quotes of the literal that a field or its specification lies in.
    let mut literals = vec![opening];
    loop {
        let byte = *text.get(at).ok_or(Doubt)?;
        let literal = *literals.last().ok_or(Doubt)?;
        match levels.last_mut().ok_or(Doubt)? {
            Level::Text(Opening { quote, triple, raw, .. }) => match byte {
                b'\\' if !*raw && text.get(at + 1..at + 3) == Some(b"N{") => {
                    at += memchr(b'}', &text[at..]).ok_or(Doubt)? + 1;
                }
                // A backslash does not escape a brace.
                b'\\' if matches!(text.get(at + 1), Some(b'{' | b'}')) => at += 1,
                b'\\' => at = continuation(text, at).unwrap_or(at + 2),
                b'\n' if !*triple => return Err(Doubt),
                b'{' if text.get(at + 1) == Some(&b'{') => at += 2,
                b'{' => {
                    levels.push(Level::Field(0));
                    at += 1;
                }
                _ if byte == *quote => {
                    let closed = !*triple || (text.get(at + 1) == Some(quote) && text.get(at + 2) == Some(quote));
                    at += if closed && *triple { 3 } else { 1 };
                    if closed {
                        levels.pop();
                        literals.pop();
                    }
                    if levels.is_empty() {
                        return Ok(at);
                    }
                }
                _ => at += 1,
            },
            Level::Field(depth) => match byte {
                b'\'' | b'"' => {
                    let inner = self::opening(text, at);
                    // Before Python 3.12 the literal's own quote could not stand in a field at all.
                    let inside = at + if inner.triple { 3 } else { 1 };
                    if inner.fields {
                        if literals.len() >= MAX_NESTED_STRINGS {
                            return Err(Doubt);
                        }
                        literals.push(inner);
                        levels.push(Level::Text(inner));
                        at = inside;
                    } else {
                        at = plain(text, inner, inside)?;
                    }
                }
                b'(' | b'[' | b'{' => {
                    *depth += 1;
                    at += 1;
                }
                b'}' if *depth == 0 => {
                    levels.pop();
                    at += 1;
                }
                b')' | b']' | b'}' => {
                    *depth = depth.checked_sub(1).ok_or(Doubt)?;
                    at += 1;
                }
                b':' if *depth == 0 => {
                    *levels.last_mut().ok_or(Doubt)? = Level::Spec;
                    at += 1;
                }
                b'#' if literal.triple => at = end_of_line(text, at),
                _ => at += 1,
            },
            Level::Spec => match byte {
                b'{' => {
                    levels.push(Level::Field(0));
                    at += 1;
                }
                b'}' => {
                    levels.pop();
                    at += 1;
                }
                b'\n' if !literal.triple => return Err(Doubt),
                _ if byte == literal.quote && !literal.triple => return Err(Doubt),
                _ => at += 1,
            },
        }
    }
}
