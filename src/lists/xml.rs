//! Lists that are XML: Maven's pom.xml and .NET's project files.

use super::List;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::collections::BTreeMap;

/// Attributes by their names.
type Attributes = BTreeMap<String, String>;

/// Maximum depth of elements.
const MAX_DEPTH: usize = 64;

/// One element with what it holds, as it ends.
struct Element<'p> {
    /// The names of the elements around it, its own last.
    path: &'p [String],
    /// Its attributes.
    attributes: &'p Attributes,
    /// The text in it.
    text: &'p str,
}

/// Calls a function for each element, inner ones first; `None` if the text is not XML.
fn each(text: &str, on: &mut dyn FnMut(&Element<'_>)) -> Option<()> {
    let mut reader = Reader::from_str(text);
    let (mut path, mut open): (Vec<String>, Vec<(Attributes, String)>) = (Vec::new(), Vec::new());
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) if path.len() < MAX_DEPTH => {
                path.push(String::from_utf8_lossy(start.local_name().as_ref()).into_owned());
                open.push((attributes(&start), String::new()));
            }
            Event::Start(_) => return None,
            Event::Empty(start) => {
                path.push(String::from_utf8_lossy(start.local_name().as_ref()).into_owned());
                on(&Element { path: &path, attributes: &attributes(&start), text: "" });
                path.pop();
            }
            Event::Text(text) => {
                if let Some((_, held)) = open.last_mut() {
                    held.push_str(&String::from_utf8_lossy(&text));
                }
            }
            Event::End(_) => {
                let (attributes, text) = open.pop()?;
                on(&Element { path: &path, attributes: &attributes, text: text.trim() });
                path.pop();
            }
            Event::Eof => return path.is_empty().then_some(()),
            _ => {}
        }
    }
}

fn attributes(start: &BytesStart<'_>) -> Attributes {
    let pairs = start.attributes().flatten();
    pairs
        .map(|pair| {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            (text(pair.key.local_name().as_ref()), text(&pair.value))
        })
        .collect()
}

/// Maven's pom.xml.
pub(super) fn pom(text: &str) -> Option<List> {
    let (mut list, mut fields, mut project) = (List::default(), BTreeMap::new(), false);
    each(text, &mut |element| {
        let [.., above, name] = element.path else {
            project |= element.path == ["project"];
            return;
        };
        if above == "dependency" {
            fields.insert(name.clone(), element.text.to_owned());
        } else if name == "dependency" {
            let group = fields.get("groupId").map_or("", String::as_str);
            if let Some(artifact) = fields.get("artifactId") {
                list.add(format!("{group}:{artifact}"), fields.get("version").map(String::as_str));
            }
            fields.clear();
        }
        list.open |= matches!(name.as_str(), "modules" | "parent");
    })?;
    project.then_some(list)
}

/// A project file of .NET.
pub(super) fn csproj(text: &str) -> Option<List> {
    let (mut list, mut version, mut project) = (List::default(), None, false);
    each(text, &mut |element| {
        let name = element.path.last().map_or("", String::as_str);
        match name {
            "Version" => version = Some(element.text.to_owned()),
            "PackageReference" => {
                let inner = version.take();
                if let Some(package) = element.attributes.get("Include") {
                    list.add(
                        package.as_str(),
                        element.attributes.get("Version").or(inner.as_ref()).map(String::as_str),
                    );
                }
            }
            "ProjectReference" | "Import" | "Reference" => list.open = true,
            "Project" => project = true,
            _ => {}
        }
    })?;
    project.then_some(list)
}
