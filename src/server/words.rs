//! What stands at a place of a document: a code that a comment or a configuration file names, an image, a variable.

use super::documents::{Document, Kind};
use crate::dockerfile::Dockerfile;
use crate::page::{Family, Page};
use crate::rules;
use crate::source::Span;

/// A code of a rule, and where it is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub code: String,
    pub span: Span,
}

/// The codes and names of rules that a document names: in comments that ignore some, and in the lists of a
/// `lamblint.toml`.
pub fn named(document: &Document) -> Vec<Named> {
    let text = document.text.as_str();
    match document.kind {
        Kind::Dockerfile => {
            let dockerfile = Dockerfile::read(text.as_bytes());
            dockerfile.comments.iter().flat_map(|comment| in_comment(text, comment.span)).collect()
        }
        Kind::Template => {
            let starts = memchr::memmem::find_iter(text.as_bytes(), b"lamblint:");
            let line = |start: usize| document.text.line(document.text.line_of(start)).unwrap_or_default();
            starts.flat_map(|start| in_comment(text, Span::new(start, line(start).end))).collect()
        }
        Kind::Config => in_quotes(text),
        Kind::Other => Vec::new(),
    }
}

/// The codes of `lamblint: ignore=…`, `hadolint ignore=…` and `check=skip=…`.
fn in_comment(text: &str, span: Span) -> Vec<Named> {
    let comment = text.get(span.start..span.end).unwrap_or_default();
    let list = ["ignore=", "ignore-file=", "skip=", "experimental="];
    let Some(start) = list.iter().filter_map(|key| comment.find(key).map(|at| at + key.len())).max() else {
        return Vec::new();
    };
    let known = ["lamblint:", "hadolint", "check"].iter().any(|tool| comment[..start].contains(tool));
    let end = comment[start..].find(" -- ").map_or(comment.len(), |at| start + at);
    if known { words(text, Span::new(span.start + start, span.start + end)) } else { Vec::new() }
}

/// The strings of a configuration file.
fn in_quotes(text: &str) -> Vec<Named> {
    let mut found = Vec::new();
    let mut line_start = 0;
    for line in text.split_inclusive('\n') {
        let code = line.split('#').next().unwrap_or_default();
        let mut at = 0;
        while let Some(open) = code[at..].find(['"', '\'']).map(|open| at + open + 1) {
            let Some(close) = code[open..].find(['"', '\'']).map(|close| open + close) else { break };
            found.extend(words(text, Span::new(line_start + open, line_start + close)));
            at = close + 1;
        }
        line_start += line.len();
    }
    found
}

/// The words of a list that are rules.
fn words(text: &str, span: Span) -> Vec<Named> {
    let mut found = Vec::new();
    let mut start = span.start;
    for word in text[span.start..span.end].split_inclusive([',', ' ', ';']) {
        let name = word.trim_end_matches([',', ' ', ';']);
        let code = rules::canonical(name);
        let known = rules::find(code).is_some() || Family::of(code) == Family::Shellcheck;
        if known && !name.is_empty() {
            found.push(Named { code: code.to_owned(), span: Span::new(start, start + name.len()) });
        }
        start += word.len();
    }
    found
}

/// A rule's page, if the rule has one.
pub fn page(code: &str) -> Option<&'static Page> {
    rules::pages().map(|(_, page)| page).find(|page| page.code.eq_ignore_ascii_case(code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Unit;

    #[test]
    fn codes_in_comments_and_lists() {
        let of = |uri: &str, text: &str| {
            let document = Document::new(uri.into(), "", 1, text.into(), Unit::Utf8);
            let all = named(&document)
                .into_iter()
                .map(|named| (text[named.span.start..named.span.end].to_owned(), named.code));
            all.collect::<Vec<_>>()
        };
        let pair = |name: &str, code: &str| (name.to_owned(), code.to_owned());
        let text = "FROM a\n# lamblint: ignore=LL203, handler-shell-form,SC2086,nonsense -- LL404\n# hadolint ignore=DL3008\n# LL203\nRUN x\n";
        let found = of("file:///Dockerfile", text);
        assert_eq!(
            found,
            [
                pair("LL203", "LL203"),
                pair("handler-shell-form", "LL203"),
                pair("SC2086", "SC2086"),
                pair("DL3008", "DL3008")
            ]
        );
        assert_eq!(of("file:///lamblint.toml", "ignore = ['LL203', \"x\"] # \"LL404\"\n"), [pair("LL203", "LL203")]);
        assert_eq!(of("file:///a.yaml", "a: 1 # lamblint: ignore=LL701\n"), [pair("LL701", "LL701")]);
    }
}
