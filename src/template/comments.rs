//! Comments of a template that silence rules, and what each is about.
//!
//! A comment on its own line is about what begins next, with all that is in it. One after a value is about what
//! begins on its line.

use crate::source::{Source, Span};

/// A comment with an order to lamblint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// Its bytes.
    pub span: Span,
    /// Its text after the mark of the comment.
    pub text: String,
    /// What it is about.
    pub target: Span,
}

/// The comments of a file. `entries` are the bytes of all keys with their values, blocks and list elements; `texts`
/// those of all texts, in which nothing is a comment.
pub(super) fn of(source: &Source, mut entries: Vec<Span>, texts: &[Span]) -> Vec<Comment> {
    entries.sort_by_key(|span| (span.start, std::cmp::Reverse(span.end)));
    let mut comments = Vec::new();
    for found in memchr::memmem::find_iter(source.bytes(), b"lamblint:") {
        let line = source.line(source.line_of(found));
        let before = String::from_utf8_lossy(source.get(Span::new(line.start, found))).into_owned();
        let head = before.trim_end();
        let Some(lead) = ["#", "//"].into_iter().find_map(|mark| head.strip_suffix(mark)) else { continue };
        if texts.iter().any(|text| text.start <= found && found < text.end) {
            continue;
        }
        let start = line.start + lead.len();
        let span = Span::new(start, line.end);
        let target = if lead.trim().is_empty() {
            let next = entries.partition_point(|entry| entry.start < line.end);
            entries.get(next).copied()
        } else {
            entries.iter().find(|entry| line.start <= entry.start && entry.start < start).copied()
        };
        let text = source.text(Span::new(found, line.end)).into_owned();
        comments.push(Comment { span, text, target: target.unwrap_or(span) });
    }
    comments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_is_about_what_begins_next_or_on_its_line() {
        let text = "# lamblint: ignore=LL701 -- a\nA:\n  B: 1 # lamblint: ignore=LL703\n  C: '# lamblint: no'\n";
        let source = Source::new(text.as_bytes());
        let at = |part: &str| {
            let start = text.find(part).unwrap();
            Span::new(start, start + part.len())
        };
        let whole = Span::new(at("A:").start, text.len() - 1);
        let found = of(&source, vec![at("B: 1"), whole, at("C: '# lamblint: no'")], &[at("'# lamblint: no'")]);
        let targets: Vec<Span> = found.iter().map(|comment| comment.target).collect();
        assert_eq!(targets, [whole, at("B: 1")]);
        assert_eq!(found[0].text, "lamblint: ignore=LL701 -- a");
    }
}
