//! YAML and JSON as a tree that knows where each value stands: one document, bounded in size, depth and what aliases
//! repeat.

use crate::source::Span;
use saphyr_parser::{Event, Parser, ScalarStyle, Tag};
use std::borrow::Cow;
use std::collections::HashMap;

/// How much is read.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Maximum length of the text, in bytes. What anchors keep and aliases repeat may be four times as long.
    pub bytes: usize,
    /// Maximum nesting of lists and maps.
    pub depth: usize,
    /// Maximum number of values, those that aliases repeat counted each time.
    pub values: usize,
}

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its bytes, without the indentation and the comments after it.
    pub span: Span,
    /// Its tag as written, `!Ref` or `!!str`.
    pub tag: Option<String>,
    /// What it is.
    pub kind: Kind,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A text, number, bool or null.
    Scalar {
        /// The text without quotes and escapes.
        text: String,
        /// `true` if it is written without quotes, so that `true` is a bool and `1` a number.
        plain: bool,
    },
    /// A list.
    List(Vec<Node>),
    /// A map in the order of the file; keys may be repeated.
    Map(Vec<(Node, Node)>),
}

impl Node {
    /// The text of a scalar.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The entries of a map.
    pub fn entries(&self) -> Option<&[(Self, Self)]> {
        match &self.kind {
            Kind::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The value of a map's key; the last one wins.
    pub fn get(&self, key: &str) -> Option<&Self> {
        let entries = self.entries()?;
        entries.iter().rev().find(|(name, _)| name.text() == Some(key)).map(|(_, value)| value)
    }

    /// `true` for null and its spellings.
    pub fn is_null(&self) -> bool {
        matches!(&self.kind, Kind::Scalar { text, plain: true } if is_null(text)) && self.tag.is_none()
    }

    /// How many values it is, and how long their texts are in bytes.
    fn weight(&self) -> (usize, usize) {
        let (mut values, mut bytes, mut todo) = (0, 0, vec![self]);
        while let Some(node) = todo.pop() {
            values += 1;
            match &node.kind {
                Kind::Scalar { text, .. } => bytes += text.len(),
                Kind::List(list) => todo.extend(list),
                Kind::Map(entries) => todo.extend(entries.iter().flat_map(|(key, value)| [key, value])),
            }
        }
        (values, bytes)
    }
}

/// `true` if a plain scalar's text means null.
pub fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

/// Why a text cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong there.
    pub message: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

/// Reads the first document of a text; `None` if there is none.
pub fn read(text: &str, limits: Limits) -> Result<Option<Node>, Fault> {
    if text.len() > limits.bytes {
        return Err(Fault { line: 1, message: format!("over {} bytes", limits.bytes) });
    }
    let (offsets, open, anchors) = (Offsets::of(text), Vec::new(), HashMap::new());
    let mut reader = Reader { text, limits, offsets, open, whole: None, anchors, values: 0, repeated: 0 };
    for event in Parser::new_from_str(text) {
        let (event, span) =
            event.map_err(|error| Fault { line: error.marker().line(), message: error.info().to_owned() })?;
        let end = matches!(event, Event::DocumentEnd);
        let bytes = reader.offsets.span(span.start.index(), span.end.index());
        reader.take(event, bytes).map_err(|message| Fault { line: span.start.line(), message })?;
        if end {
            break;
        }
    }
    Ok(reader.whole)
}

/// The parser counts characters, and places are bytes.
enum Offsets {
    Ascii,
    Chars(Vec<usize>),
}

impl Offsets {
    fn of(text: &str) -> Self {
        if text.is_ascii() {
            return Self::Ascii;
        }
        Self::Chars(text.char_indices().map(|(at, _)| at).chain([text.len()]).collect())
    }

    fn span(&self, start: usize, end: usize) -> Span {
        let byte = |index: usize| match self {
            Self::Ascii => index,
            Self::Chars(offsets) => offsets.get(index).or(offsets.last()).copied().unwrap_or_default(),
        };
        Span::new(byte(start), byte(end))
    }
}

/// A list or a map that is not yet closed.
struct Open {
    start: Span,
    tag: Option<String>,
    anchor: usize,
    body: Body,
}

enum Body {
    List(Vec<Node>),
    /// The key that waits for its value stands beside.
    Map(Vec<(Node, Node)>, Option<Node>),
}

struct Reader<'a> {
    text: &'a str,
    limits: Limits,
    offsets: Offsets,
    open: Vec<Open>,
    whole: Option<Node>,
    /// What anchors stand for, and its weight.
    anchors: HashMap<usize, (Node, (usize, usize))>,
    values: usize,
    /// Bytes that anchors keep and aliases repeat.
    repeated: usize,
}

impl Reader<'_> {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), String> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let kind = Kind::Scalar { text: text.into_owned(), plain: style == ScalarStyle::Plain };
                let span = scalar_span(self.text, span, tag.is_some() || anchor > 0);
                self.put(Node { span, tag: written(tag), kind }, anchor)
            }
            Event::SequenceStart(anchor, tag) => self.opened(Body::List(Vec::new()), anchor, tag, span),
            Event::MappingStart(anchor, tag) => self.opened(Body::Map(Vec::new(), None), anchor, tag, span),
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(open) => {
                    let anchor = open.anchor;
                    self.put(closed(self.text, open), anchor)
                }
                None => Ok(()),
            },
            Event::Alias(anchor) => {
                let weight = self.anchors.get(&anchor).ok_or("an alias of nothing")?.1;
                // Before it is copied: nine aliases of nine aliases of … fill all memory, and many of one long text too.
                self.charge(weight)?;
                // The copy stands where the alias does, what is in it where the anchor does.
                let node = self.anchors.get(&anchor).map(|(node, _)| Node { span, ..node.clone() });
                let node = node.ok_or("an alias of nothing")?;
                self.put(node, 0)
            }
            _ => Ok(()),
        }
    }

    fn opened(&mut self, body: Body, anchor: usize, tag: Option<Cow<'_, Tag>>, start: Span) -> Result<(), String> {
        if self.open.len() == self.limits.depth {
            return Err(format!("nested deeper than {}", self.limits.depth));
        }
        self.open.push(Open { start, tag: written(tag), anchor, body });
        Ok(())
    }

    fn charge(&mut self, (values, bytes): (usize, usize)) -> Result<(), String> {
        self.values += values;
        self.repeated += bytes;
        if self.values > self.limits.values {
            return Err(format!("over {} values", self.limits.values));
        }
        let most = 4 * self.limits.bytes;
        if self.repeated > most {
            return Err(format!("anchors and aliases repeat over {most} bytes"));
        }
        Ok(())
    }

    fn put(&mut self, node: Node, anchor: usize) -> Result<(), String> {
        self.charge((1, 0))?;
        if anchor > 0 {
            let weight = node.weight();
            // What an anchor stands for is kept beside where it stands.
            self.charge((0, weight.1))?;
            self.anchors.insert(anchor, (node.clone(), weight));
        }
        match self.open.last_mut().map(|open| &mut open.body) {
            None => self.whole = Some(node),
            Some(Body::List(list)) => list.push(node),
            Some(Body::Map(entries, key)) => match key.take() {
                Some(key) if key.text() == Some("<<") => merge(entries, node),
                Some(key) => entries.push((key, node)),
                None => *key = Some(node),
            },
        }
        Ok(())
    }
}

/// The bytes of a scalar alone: the parser's span begins with its tag, and ends after the comment that follows.
fn scalar_span(text: &str, span: Span, marked: bool) -> Span {
    let start = if marked { behind_marks(text, span) } else { span.start };
    let rest = text.get(start..span.end).unwrap_or_default();
    let length = match rest.bytes().next() {
        Some(quote @ (b'\'' | b'"')) => quoted_length(rest.as_bytes(), quote),
        _ => rest.trim_end().len(),
    };
    Span::new(start, start + length)
}

/// Where a value begins after its tag and its anchor.
fn behind_marks(text: &str, span: Span) -> usize {
    let mut at = span.start;
    while let Some(rest) = text.get(at..span.end).filter(|rest| rest.starts_with(['!', '&'])) {
        let mark = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let blank = rest[mark..].len() - rest[mark..].trim_start().len();
        at += mark + blank;
    }
    at
}

/// Length of a quoted scalar, both quotes included.
fn quoted_length(bytes: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' if quote == b'"' => at += 2,
            _ if byte == quote && quote == b'\'' && bytes.get(at + 1) == Some(&quote) => at += 2,
            _ if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// A closed list or map: flow style ends at its bracket, block style with its last value.
fn closed(text: &str, open: Open) -> Node {
    let (kind, first, last, bracket) = match open.body {
        Body::List(list) => {
            let ends = (list.first().map(|node| node.span.start), list.last().map(|node| node.span.end));
            (Kind::List(list), ends.0, ends.1, "[")
        }
        Body::Map(entries, _) => {
            // What `<<` has brought in stands elsewhere.
            let start = entries.iter().map(|(key, _)| key.span.start).min();
            let end = entries.iter().map(|(key, value)| key.span.end.max(value.span.end)).max();
            (Kind::Map(entries), start, end, "{")
        }
    };
    let start = behind_marks(text, Span::new(open.start.start, text.len()));
    let flow = text.get(start..).is_some_and(|rest| rest.starts_with(bracket));
    let span = if flow {
        Span::new(start, flow_end(text, last.unwrap_or(start + 1).max(start + 1)))
    } else {
        Span::new(first.unwrap_or(start), last.unwrap_or(start))
    };
    Node { span, tag: open.tag, kind }
}

/// One past the bracket that closes a list or map whose last value ends at `at`.
fn flow_end(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    let mut comment = false;
    for (index, c) in rest.char_indices() {
        match c {
            '\n' => comment = false,
            '#' => comment = true,
            ']' | '}' if !comment => return at + index + 1,
            _ => {}
        }
    }
    text.len()
}

/// `<<: *base`: what the map does not have itself. It goes in front, because the last of equal keys wins.
fn merge(entries: &mut Vec<(Node, Node)>, node: Node) {
    match node.kind {
        Kind::Map(more) => drop(entries.splice(0..0, more)),
        Kind::List(list) => list.into_iter().for_each(|node| merge(entries, node)),
        Kind::Scalar { .. } => {}
    }
}

fn written(tag: Option<Cow<'_, Tag>>) -> Option<String> {
    let tag = tag?;
    Some(if tag.is_yaml_core_schema() { format!("!!{}", tag.suffix) } else { format!("{}{}", tag.handle, tag.suffix) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { bytes: 1 << 20, depth: 64, values: 20_000 };

    fn node(text: &str) -> Node {
        read(text, LIMITS).unwrap().unwrap()
    }

    fn slice<'a>(text: &'a str, node: &Node) -> &'a str {
        &text[node.span.start..node.span.end]
    }

    #[test]
    fn every_value_knows_its_bytes() {
        let text = "# ä\nA:\n  B: !Sub '${x}'  # why\n  C:\n    - x y\n    - [1, 2]\nD: |\n  one\n  two\n\nE: 1\n";
        let whole = node(text);
        let a = whole.get("A").unwrap();
        let b = a.get("B").unwrap();
        assert_eq!((slice(text, b), b.tag.as_deref(), b.text()), ("'${x}'", Some("!Sub"), Some("${x}")));
        let Kind::List(list) = &a.get("C").unwrap().kind else { panic!() };
        assert_eq!((slice(text, &list[0]), slice(text, &list[1])), ("x y", "[1, 2]"));
        assert_eq!(slice(text, a), "B: !Sub '${x}'  # why\n  C:\n    - x y\n    - [1, 2]");
        assert_eq!(whole.get("D").unwrap().text(), Some("one\ntwo\n"));
        assert_eq!(slice(text, whole.get("E").unwrap()), "1");
    }

    #[test]
    fn tags_anchors_and_comments_are_not_in_the_bytes() {
        let text = "a: 'it''s' # don't\nb: !T \"q\\\"\"  # \"\nc: !T [1, # ]\n  2] # h\nd: !T\n  k: v # i\n\ne: &x\n  - z\nf: >- # k\n  u\n  v\n\n# end\ng: {} # }\nh: *x\n";
        let whole = node(text);
        let slices = ["a", "b", "c", "d", "e", "f", "g"].map(|key| slice(text, whole.get(key).unwrap()));
        let wanted = ["'it''s'", "\"q\\\"\"", "[1, # ]\n  2]", "k: v", "- z", "u\n  v", "{}"];
        assert_eq!(slices, wanted.map(|text| text.strip_prefix("- ").unwrap_or(text)));
        assert_eq!(whole.span, Span::new(0, text.len() - 1));
    }

    #[test]
    fn json_is_yaml() {
        let text = "{\n\t\"A\":{\"b\\/c\":[\"\\u00e9\", true]},\"D\":null}";
        let whole = node(text);
        assert_eq!(slice(text, whole.get("A").unwrap()), "{\"b\\/c\":[\"\\u00e9\", true]}");
        let Kind::List(list) = &whole.get("A").unwrap().get("b/c").unwrap().kind else { panic!() };
        assert_eq!(list[0].text(), Some("é"));
        assert!(whole.get("D").unwrap().is_null());
    }

    #[test]
    fn merged_maps_give_way() {
        let whole = node("a: &a {x: 1, y: 2}\nb: &b {y: 5, z: 6}\nc:\n  x: 3\n  <<: [*a, *b]\n");
        let c = whole.get("c").unwrap();
        let texts = ["x", "y", "z"].map(|key| c.get(key).unwrap().text().unwrap());
        assert_eq!(texts, ["3", "2", "6"]);
    }

    #[test]
    fn only_the_first_document_is_read() {
        assert_eq!(node("a: 1\n---\nb: [\n").get("a").and_then(Node::text), Some("1"));
        assert_eq!(read("", LIMITS), Ok(None));
    }
}
