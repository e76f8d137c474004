//! Lists that are JSON: package.json, package-lock.json and Pipfile.lock.

use super::List;
use serde_json::{Map, Value};

fn parse(text: &str) -> Option<Map<String, Value>> {
    match serde_json::from_str(text).ok()? {
        Value::Object(object) => Some(object),
        _ => None,
    }
}

fn entries(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flatten()
}

/// npm's package.json.
pub(super) fn package_json(text: &str) -> Option<List> {
    let object = parse(text)?;
    let mut list = List::default();
    for section in ["dependencies", "optionalDependencies", "peerDependencies", "devDependencies"] {
        for (name, version) in entries(object.get(section)) {
            let version = version.as_str().unwrap_or_default();
            // Code of the user's own has dependencies; an alias is called otherwise.
            list.open |= ["file:", "link:", "workspace:", "portal:", "."].iter().any(|sign| version.starts_with(sign));
            let real =
                version.strip_prefix("npm:").map(|alias| match alias.char_indices().skip(1).find(|c| c.1 == '@') {
                    Some((at, _)) => (&alias[..at], &alias[at + 1..]),
                    None => (alias, ""),
                });
            let (name, version) = real.unwrap_or((name.as_str(), version));
            list.add(name, Some(version));
        }
    }
    list.open |= object.contains_key("workspaces");
    Some(list)
}

/// npm's package-lock.json, of any version.
pub(super) fn package_lock(text: &str) -> Option<List> {
    let object = parse(text)?;
    let mut list = List::default();
    for (path, package) in entries(object.get("packages")) {
        if let Some((_, name)) = path.rsplit_once("node_modules/") {
            list.add(name, package.get("version").and_then(Value::as_str));
        }
    }
    let mut open: Vec<&Value> = object.get("dependencies").into_iter().collect();
    while let Some(level) = open.pop() {
        for (name, package) in entries(Some(level)) {
            list.add(name.as_str(), package.get("version").and_then(Value::as_str));
            open.extend(package.get("dependencies"));
        }
    }
    (object.contains_key("lockfileVersion")).then_some(list)
}

/// Pipenv's Pipfile.lock.
pub(super) fn pipfile_lock(text: &str) -> Option<List> {
    let object = parse(text)?;
    let mut list = List::default();
    for section in ["default", "develop"] {
        for (name, package) in entries(object.get(section)) {
            list.add(name.as_str(), package.get("version").and_then(Value::as_str));
        }
    }
    (object.contains_key("_meta")).then_some(list)
}
