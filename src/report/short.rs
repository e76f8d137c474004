//! A line a finding, as editors and grep like it.

use super::plain;
use crate::check::Checked;
use crate::diagnostic::Doc;
use std::fmt::Write;

pub(super) fn render(checked: &[Checked]) -> String {
    let mut text = String::new();
    for diagnostic in checked.iter().flat_map(|checked| &checked.diagnostics) {
        let place = match diagnostic.labels.first() {
            Some(label) if label.doc == Doc::Dockerfile => format!("{}:{}", label.start.line, label.start.column),
            Some(label) => match &label.pointer {
                Some(pointer) => format!("{}{pointer}", super::json::document(label.doc)),
                None => super::json::document(label.doc),
            },
            None => "1:1".into(),
        };
        let (path, message) = (plain(&diagnostic.path), plain(&diagnostic.message));
        let _ = writeln!(text, "{path}:{place}: {}[{}] {message}", diagnostic.severity.as_str(), diagnostic.code);
    }
    text
}
