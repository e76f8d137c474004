//! JSON of the image, printed so that every value has a place to point at.

use super::{Document, FaultKind, ImageFault, json, limits};
use crate::diagnostic::{DocumentId, Location};
use crate::source::{Source, Span};
use serde_json::Value;
use std::collections::BTreeMap;

impl Document {
    /// Prints a value with two blanks a level, and notes where each value stands.
    pub fn print(doc: DocumentId, value: Value) -> Self {
        let mut printer = Printer { text: String::new(), spans: BTreeMap::new(), room: limits::JSON_PLACES };
        printer.value(&value, &mut String::new(), 0);
        printer.text.push('\n');
        let source = Source::new(printer.text.into_bytes());
        Self { doc, value, source, spans: printer.spans, ..Self::default() }
    }

    /// Reads a document; what is not JSON is kept as text, with the fault.
    pub(super) fn read(doc: DocumentId, bytes: &[u8], what: &str) -> (Self, Option<ImageFault>) {
        match json::read(bytes) {
            Ok(value) => (Self::print(doc, value), None),
            Err(error) => {
                let source = Source::new(bytes[..bytes.len().min(64 * 1024)].to_vec());
                let line = source.line(error.line().max(1));
                let at = (line.start + error.column().saturating_sub(1)).min(line.end);
                let fault = ImageFault {
                    kind: FaultKind::BrokenDocument,
                    place: Location::new(doc, Span::new(at, (at + 1).min(line.end.max(at)))),
                    message: format!("{what} is not valid JSON"),
                    label: error.to_string(),
                };
                (Self { doc, source, ..Self::default() }, Some(fault))
            }
        }
    }

    /// The place of a value; of the nearest one above it where there is none.
    pub fn place(&self, pointer: &str) -> Location {
        let mut pointer = pointer;
        loop {
            if let Some(&span) = self.spans.get(pointer) {
                return Location::new(self.doc, span);
            }
            match pointer.rsplit_once('/') {
                Some((above, _)) => pointer = above,
                None => return Location::new(self.doc, Span::default()),
            }
        }
    }

    /// The JSON pointer of the value that a span covers.
    pub fn pointer(&self, span: Span) -> Option<&str> {
        let pointers = self.pointers.get_or_init(|| {
            let mut pointers = BTreeMap::new();
            // A document of one value only has two pointers with one span; the shorter is the document.
            for (pointer, span) in &self.spans {
                pointers.entry(*span).or_insert_with(|| pointer.clone());
            }
            pointers
        });
        pointers.get(&span).map(String::as_str)
    }
}

struct Printer {
    text: String,
    spans: BTreeMap<String, Span>,
    /// Bytes that pointers may still take.
    room: usize,
}

impl Printer {
    // `serde_json` has refused anything deeper than 128 levels.
    fn value(&mut self, value: &Value, pointer: &mut String, depth: usize) {
        let start = self.text.len();
        match value {
            Value::Array(items) if !items.is_empty() => {
                // Command lines are read across, as people write them.
                let flat = items.len() <= 64 && items.iter().all(|item| !item.is_array() && !item.is_object());
                self.text.push('[');
                for (index, item) in items.iter().enumerate() {
                    self.separate(index, depth + 1, flat);
                    self.child(item, &index.to_string(), pointer, depth + 1);
                }
                if !flat {
                    self.line(depth);
                }
                self.text.push(']');
            }
            Value::Object(map) if !map.is_empty() => {
                self.text.push('{');
                for (index, (key, item)) in map.iter().enumerate() {
                    self.separate(index, depth + 1, false);
                    self.text.push_str(&Value::from(key.as_str()).to_string());
                    self.text.push_str(": ");
                    self.child(item, &key.replace('~', "~0").replace('/', "~1"), pointer, depth + 1);
                }
                self.line(depth);
                self.text.push('}');
            }
            scalar => self.text.push_str(&scalar.to_string()),
        }
        if let Some(room) = self.room.checked_sub(pointer.len() + 64) {
            self.room = room;
            self.spans.insert(pointer.clone(), Span::new(start, self.text.len()));
        }
    }

    fn child(&mut self, item: &Value, key: &str, pointer: &mut String, depth: usize) {
        let length = pointer.len();
        pointer.push('/');
        pointer.push_str(key);
        self.value(item, pointer, depth);
        pointer.truncate(length);
    }

    fn separate(&mut self, index: usize, depth: usize, flat: bool) {
        if index > 0 {
            self.text.push_str(if flat { ", " } else { "," });
        }
        if !flat {
            self.line(depth);
        }
    }

    fn line(&mut self, depth: usize) {
        self.text.push('\n');
        self.text.extend(std::iter::repeat_n("  ", depth.min(limits::JSON_INDENT)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_a_place() {
        let value = serde_json::json!({"config": {"Cmd": ["a", "b"], "x/y": null}, "n": 1});
        let document = Document::print(DocumentId::Config, value.clone());
        assert_eq!(serde_json::from_slice::<Value>(document.source.bytes()).unwrap(), value);
        let text = |pointer: &str| document.source.text(document.place(pointer).span).into_owned();
        assert_eq!(text("/config/Cmd"), "[\"a\", \"b\"]");
        assert_eq!(text("/config/Cmd/1"), "\"b\"");
        assert_eq!(text("/config/x~1y"), "null");
        assert_eq!(document.pointer(document.place("/n").span), Some("/n"));
        assert_eq!(document.place("/config/Entrypoint"), document.place("/config"));
    }
}
