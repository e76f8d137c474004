//! Lists that are TOML: pyproject.toml, Pipfile, Cargo.toml and lock files.

use super::List;
use super::lines::requirement;
use toml::{Table, Value};

fn parse(text: &str) -> Option<Table> {
    text.parse().ok()
}

fn at<'t>(table: &'t Table, path: &[&str]) -> Option<&'t Value> {
    let (first, rest) = path.split_first()?;
    let found = table.get(*first)?;
    if rest.is_empty() { Some(found) } else { at(found.as_table()?, rest) }
}

fn tables(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_table).into_iter().flatten()
}

/// The strings of an array, as requirements; an `{include-group = "x"}` among them is a group of the same file.
fn requirements(list: &mut List, value: Option<&Value>) {
    for entry in value.and_then(Value::as_array).into_iter().flatten() {
        if let Some(text) = entry.as_str() {
            requirement(list, text);
        }
    }
}

/// `name = "version"` or `name = { version = "…" }`.
fn entries(list: &mut List, value: Option<&Value>) {
    for (name, value) in tables(value) {
        let table = value.as_table();
        let text = |key: &str| table.and_then(|table| table.get(key)).and_then(Value::as_str);
        list.open |= table.is_some_and(|table| table.contains_key("path"));
        let real = text("package").unwrap_or(name);
        if name != "python" {
            list.add(real, value.as_str().or_else(|| text("version")));
        }
    }
}

/// pyproject.toml; `None` if it is about no project.
pub(super) fn pyproject(text: &str) -> Option<List> {
    let table = parse(text)?;
    let mut list = List::default();
    let project = table.get("project").and_then(Value::as_table);
    let poetry = at(&table, &["tool", "poetry"]).and_then(Value::as_table);
    if let Some(project) = project {
        requirements(&mut list, project.get("dependencies"));
        tables(project.get("optional-dependencies")).for_each(|(_, extra)| requirements(&mut list, Some(extra)));
        let dynamic = project.get("dynamic").and_then(Value::as_array).into_iter().flatten();
        list.open |= dynamic.filter_map(Value::as_str).any(|name| name.ends_with("dependencies"));
    }
    if let Some(poetry) = poetry {
        entries(&mut list, poetry.get("dependencies"));
        entries(&mut list, poetry.get("dev-dependencies"));
        for (_, group) in tables(poetry.get("group")) {
            entries(&mut list, group.get("dependencies"));
        }
        // Another index may have other packages of any name.
        list.open |= poetry.contains_key("source");
    }
    tables(table.get("dependency-groups")).for_each(|(_, group)| requirements(&mut list, Some(group)));
    requirements(&mut list, at(&table, &["tool", "uv", "dev-dependencies"]));
    for (_, group) in tables(at(&table, &["tool", "pdm", "dev-dependencies"])) {
        requirements(&mut list, Some(group));
    }
    let beside = [["tool", "uv", "workspace"], ["tool", "uv", "index"], ["tool", "pdm", "source"]];
    list.open |= beside.iter().any(|path| at(&table, path).is_some());
    let local = |source: &Value| ["path", "workspace", "url"].iter().any(|key| source.get(key).is_some());
    list.open |= tables(at(&table, &["tool", "uv", "sources"])).any(|(_, source)| local(source));
    (project.is_some() || poetry.is_some() || table.contains_key("dependency-groups")).then_some(list)
}

/// Pipenv's Pipfile.
pub(super) fn pipfile(text: &str) -> Option<List> {
    let table = parse(text)?;
    let mut list = List::default();
    entries(&mut list, table.get("packages"));
    entries(&mut list, table.get("dev-packages"));
    list.open |= table.get("source").and_then(Value::as_array).is_some_and(|sources| sources.len() > 1);
    (table.contains_key("packages")).then_some(list)
}

/// Lock files with `[[package]]` tables.
pub(super) fn lock(text: &str) -> Option<List> {
    let table = parse(text)?;
    let mut list = List::default();
    for package in table.get("package")?.as_array()? {
        let text = |key: &str| package.get(key).and_then(Value::as_str);
        if let Some(name) = text("name") {
            list.add(name, text("version"));
        }
    }
    Some(list)
}

/// Cargo.toml.
pub(super) fn cargo(text: &str) -> Option<List> {
    let table = parse(text)?;
    let mut list = List::default();
    entries(&mut list, table.get("dependencies"));
    entries(&mut list, at(&table, &["workspace", "dependencies"]));
    for (_, target) in tables(table.get("target")) {
        entries(&mut list, target.get("dependencies"));
    }
    list.open |= at(&table, &["workspace", "members"]).is_some();
    (table.contains_key("package") || table.contains_key("workspace")).then_some(list)
}
