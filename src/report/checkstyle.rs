//! Checkstyle XML, which most CI servers and review tools read.

use super::{Run, in_text, message_of_one_place, plain};
use crate::diagnostic::Diagnostic;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, Event};
use std::collections::BTreeMap;
use std::io;

pub(super) fn render(run: &Run<'_>) -> String {
    let mut files: BTreeMap<String, Vec<&Diagnostic>> = BTreeMap::new();
    for checked in run.checked {
        files.entry(run.portable(&checked.path)).or_default();
    }
    for (_, diagnostic) in run.diagnostics() {
        files.entry(run.portable(&diagnostic.path)).or_default().push(diagnostic);
    }
    // Nothing that is written to memory fails.
    write(run, &files).ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

fn write(run: &Run<'_>, files: &BTreeMap<String, Vec<&Diagnostic>>) -> io::Result<Vec<u8>> {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    writer.create_element("checkstyle").with_attribute(("version", "4.3")).write_inner_content(|writer| {
        for (path, diagnostics) in files {
            let file = writer.create_element("file").with_attribute(("name", plain(path).as_str()));
            file.write_inner_content(|writer| diagnostics.iter().try_for_each(|diagnostic| error(writer, diagnostic)))?;
        }
        for unreadable in run.unreadable {
            let path = plain(&run.portable(&unreadable.path));
            let file = writer.create_element("file").with_attribute(("name", path.as_str()));
            file.write_inner_content(|writer| {
                let error = writer.create_element("error").with_attribute(("line", "1"));
                let error = error.with_attribute(("severity", "error"));
                let error = error.with_attribute(("message", plain(&unreadable.message).as_str()));
                error.with_attribute(("source", "lamblint.unreadable")).write_empty()?;
                Ok(())
            })?;
        }
        Ok(())
    })?;
    let mut bytes = writer.into_inner();
    bytes.push(b'\n');
    Ok(bytes)
}

fn error(writer: &mut Writer<Vec<u8>>, diagnostic: &Diagnostic) -> io::Result<()> {
    let start = in_text(diagnostic).map(|label| label.start);
    let line = start.map_or(1, |start| start.line).to_string();
    let column = start.map_or(1, |start| start.column).to_string();
    let error = writer.create_element("error").with_attribute(("line", line.as_str()));
    let error = error.with_attribute(("column", column.as_str()));
    let error = error.with_attribute(("severity", diagnostic.severity.as_str()));
    let error = error.with_attribute(("message", message_of_one_place(diagnostic).as_str()));
    error.with_attribute(("source", format!("lamblint.{}", diagnostic.code).as_str())).write_empty()?;
    Ok(())
}
