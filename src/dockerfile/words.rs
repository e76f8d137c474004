//! Parting an instruction's text into words, the three ways Docker does it.

use super::{Text, Word};

/// Words between blanks, quotes meaning nothing: EXPOSE, FROM, COPY.
pub(super) fn pieces(text: &Text) -> Vec<Word> {
    let mut words = Vec::new();
    let mut start = None;
    for (at, c) in text.text.char_indices().chain([(text.text.len(), ' ')]) {
        match (c.is_whitespace(), start) {
            (true, Some(from)) => {
                words.push(Word { text: text.text[from..at].to_owned(), span: text.locate(from, at) });
                start = None;
            }
            (false, None) => start = Some(at),
            _ => {}
        }
    }
    words
}

/// Words between blanks outside quotes, quotes and escapes kept: ENV, LABEL, ARG.
pub(super) fn value_words(text: &Text, escape: char) -> Vec<Word> {
    let mut words = Vec::new();
    let mut start = None;
    let mut word = String::new();
    let mut quote: Option<char> = None;
    let mut chars = text.text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let inside = quote.is_some();
        if !inside && c.is_whitespace() {
            if let Some(from) = start.take() {
                words.push(Word { text: std::mem::take(&mut word), span: text.locate(from, at) });
            }
            continue;
        }
        start = start.or(Some(at));
        if c == escape && quote != Some('\'') {
            // An escape at the very end is dropped; elsewhere it keeps the next character from ending anything.
            if let Some((_, next)) = chars.next() {
                word.push(c);
                word.push(next);
            }
            continue;
        }
        match quote {
            Some(q) if c == q => quote = None,
            None if c == '\'' || c == '"' => quote = Some(c),
            _ => {}
        }
        word.push(c);
    }
    if let Some(from) = start
        && !word.is_empty()
    {
        words.push(Word { text: word, span: text.locate(from, text.text.len()) });
    }
    words
}

/// The elements of a JSON array of strings and nothing else; `None` where Docker would not take it as one.
pub(super) fn json_strings(text: &Text) -> Option<Vec<Word>> {
    if !text.text.trim_start().starts_with('[') {
        return None;
    }
    let values: Vec<String> = serde_json::from_str(&text.text).ok()?;
    let mut ends = Vec::with_capacity(values.len());
    let mut start = None;
    let mut bytes = text.text.bytes().enumerate();
    // It is valid JSON, so quotes come in pairs.
    while let Some((at, byte)) = bytes.next() {
        match (byte, start) {
            (b'\\', Some(_)) => {
                bytes.next();
            }
            (b'"', None) => start = Some(at),
            (b'"', Some(from)) => {
                ends.push((from, at + 1));
                start = None;
            }
            _ => {}
        }
    }
    let word = |(value, (from, to)): (String, (usize, usize))| Word { text: value, span: text.locate(from, to) };
    Some(values.into_iter().zip(ends).map(word).collect())
}

/// The value of a JSON string as a separate text, each of its characters with the way back to the file.
pub fn json_text(rest: &Text, word: &Word) -> Option<Text> {
    let from = rest.map_back(word.span.start)?;
    let mut chars = rest.text.get(from..)?.strip_prefix('"')?.char_indices().peekable();
    let (mut map, mut length) = (Vec::new(), 0);
    while let Some((at, c)) = chars.next() {
        if c == '"' {
            break;
        }
        map.push((length, rest.locate(from + 1 + at, from + 2 + at).start));
        let mut unescaped = c;
        if c == '\\' {
            let (_, escaped) = chars.next()?;
            unescaped = escaped;
            // `\u00e9` stands for a character that takes as many bytes as the value has; only ASCII is followed.
            if escaped == 'u' {
                return None;
            }
        }
        length += unescaped.len_utf8();
    }
    (length == word.text.len()).then(|| Text { text: word.text.clone(), span: word.span, map })
}
