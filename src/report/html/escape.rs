//! Text that others wrote, as HTML that means nothing but that text.

use crate::report::{plain, plain_lines};

/// A text on one line, for an element or an attribute: hidden characters are shown as `\u{1b}`.
pub(super) fn escape(text: &str) -> String {
    entities(&plain(text))
}

/// A line of a file, tabs kept.
pub(super) fn escape_line(text: &str) -> String {
    entities(&plain_lines(text))
}

fn entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// The beginning of a text that may be long.
pub(super) fn head(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", escape(&text[..end])),
        None => escape(text),
    }
}

/// The end of a path that may be long: the name tells more than the folders.
pub(super) fn tail(path: &str, most: usize) -> String {
    match path.chars().count().checked_sub(most) {
        None | Some(0) => escape(path),
        Some(more) => format!("…{}", escape(&path.chars().skip(more).collect::<String>())),
    }
}
