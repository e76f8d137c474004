//! The layers of the crate: a module imports only from layers below its own, so that no ring closes.

use super::{files, root};
use regex::Regex;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The modules of `src`, the lowest layer first. A module may import those of the rows above its own row here, and none
/// of its own row; of one row none needs another.
const LAYERS: &[&[&str]] = &[
    &["arch", "error", "hex", "meter", "node", "parallel", "path", "percent", "programs", "python", "ruby", "size"],
    &["dockerignore", "suggest"],
    &["facts", "source"],
    &["command", "diagnostic", "gitignore", "imports", "lists", "yaml"],
    &["dockerfile", "image", "page", "shell"],
    &["guard", "inventory", "registry", "selection"],
    &["options"],
    &["launch"],
    &["template"],
    &["launched", "suppress"],
    &["rules"],
    &["context", "shellcheck"],
    &["check"],
    &["config", "discover", "explain", "fingerprint", "fix", "save"],
    &["baseline", "report"],
    &["api", "server", "shards", "try_it"],
    &["cli"],
];

/// What lists the others and holds nothing itself.
const LISTS: &[&str] = &["lib", "main", "internals", "fuzz"];

/// What a rule may name of `rules`: the table of rules stands above each of them.
const RULE: &[&str] = &["Check", "Deployed", "DockerfileContext", "Rule"];

/// A path in a file: where it stands, and the names it begins with behind the crate's root.
struct Named {
    line: usize,
    names: Vec<String>,
}

fn row(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

/// The names of modules from the crate's root to a file: `rules`, `lambda`, `ll203_handler_shell_form`.
fn module(file: &Path) -> Vec<String> {
    let relative = file.strip_prefix(root().join("src")).unwrap().with_extension("");
    let names = relative.components().map(|part| part.as_os_str().to_string_lossy().into_owned());
    names.filter(|name| name != "mod").collect()
}

/// A file without comments and without what is there for tests alone; the names of the modules among that.
fn program(text: &str) -> (String, Vec<String>) {
    let (mut kept, mut tests) = (String::new(), Vec::new());
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.trim() == "#[cfg(test)]" {
            // rustfmt ends an item with a line of its own at the same depth, unless it is one line.
            let depth = &line[..line.len() - line.trim_start().len()];
            let item = lines.by_ref().inspect(|_| kept.push('\n')).find(|line| !line.trim().starts_with("#["));
            let item = item.unwrap_or_default();
            if item.ends_with(';') {
                tests.extend(item.trim_end_matches(';').rsplit_once("mod ").map(|(_, name)| name.to_owned()));
            } else if !item.ends_with('}') {
                let end = format!("{depth}}}");
                lines.by_ref().inspect(|_| kept.push('\n')).find(|line| line.starts_with(&end));
            }
        } else if !line.trim_start().starts_with("//") {
            kept.push_str(line);
        }
        kept.push('\n');
    }
    (kept, tests)
}

/// Every path of a file that begins at the crate's root, or leaves the file's own module upward.
fn named(module: &[String], text: &str) -> Vec<Named> {
    let start = Regex::new(r"\b(?:crate|((?:super::)*super))::").unwrap();
    let name = Regex::new(r"^[A-Za-z_][A-Za-z_0-9]*").unwrap();
    let mut found = Vec::new();
    for start in start.captures_iter(text) {
        let whole = start.get(0).unwrap();
        let ups = start.get(1).map_or(module.len(), |supers| supers.as_str().split("::").count());
        let Some(depth) = module.len().checked_sub(ups) else {
            panic!("{module:?}: {} leaves the crate", whole.as_str())
        };
        let above = &module[..depth];
        let line = text[..whole.start()].matches('\n').count() + 1;
        let mut push = |path: &str| {
            let names = path.split("::").map_while(|part| name.find(part.trim())).map(|name| name.as_str().to_owned());
            found.push(Named { line, names: above.iter().cloned().chain(names).collect() });
        };
        // A list is as many paths as it has elements; what stands in front of it is their beginning.
        let rest = &text[whole.end()..];
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).unwrap_or(rest.len());
        match rest[end..].strip_prefix('{') {
            Some(list) => elements(list).iter().for_each(|element| push(&format!("{}{element}", &rest[..end]))),
            None => push(&rest[..end]),
        }
    }
    found
}

/// The elements of a list up to its closing brace, those of lists within it with what stands in front of them.
fn elements(list: &str) -> Vec<String> {
    let (mut elements, mut element, mut fronts) = (Vec::new(), String::new(), Vec::new());
    for c in list.chars() {
        match c {
            '{' => fronts.push(std::mem::take(&mut element)),
            ',' | '}' => {
                if !element.trim().is_empty() {
                    let fronts = fronts.iter().map(|front: &String| front.trim());
                    elements.push(fronts.collect::<String>() + element.trim());
                }
                element.clear();
                if c == '}' && fronts.pop().is_none() {
                    return elements;
                }
            }
            c => element.push(c),
        }
    }
    elements
}

/// What a path does that it may not.
fn fault(from: &[String], path: &[String]) -> Option<String> {
    let module = from.first()?.as_str();
    let to = path.first()?.as_str();
    let Some(below) = row(to) else {
        return Some(format!("{to} is no module of the table: name what is re-exported by its own module"));
    };
    if to != module && Some(below) >= row(module) {
        return Some(format!("{module} may not import {to}, which is no lower"));
    }
    let family =
        |path: &[String]| path.get(1).filter(|name| ["lambda", "hadolint", "buildkit"].contains(&&***name)).cloned();
    let inside = module == "rules" && to == "rules" && path.len() > 1;
    let rule = from.get(1).map(String::as_str) == Some("rule");
    if inside && (rule || (family(from).is_some() && family(path) != family(from) && !RULE.contains(&path[1].as_str())))
    {
        return Some(format!("a rule may not name rules::{}, which stands above it", path[1]));
    }
    None
}

fn all() -> Vec<(PathBuf, Vec<String>, String)> {
    let mut for_tests: BTreeSet<Vec<String>> = BTreeSet::new();
    let mut all = Vec::new();
    for file in files("src", ".rs") {
        let (text, tests) = program(&std::fs::read_to_string(&file).unwrap());
        let module = module(&file);
        for_tests.extend(tests.into_iter().map(|name| module.iter().cloned().chain([name]).collect()));
        all.push((file, module, text));
    }
    all.retain(|(_, module, _)| !(1..=module.len()).any(|end| for_tests.contains(&module[..end])));
    all
}

#[test]
fn modules_import_only_from_below() {
    let mut faults = Vec::new();
    for (file, module, text) in all() {
        if LISTS.contains(&module[0].as_str()) {
            continue;
        }
        for Named { line, names } in named(&module, &text) {
            let fault = fault(&module, &names);
            faults.extend(fault.map(|fault| format!("{}:{line}: {fault}", file.display())));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_table_has_every_module() {
    let there: BTreeSet<String> = all().into_iter().map(|(_, module, _)| module[0].clone()).collect();
    let known: BTreeSet<String> = LAYERS.concat().iter().chain(LISTS).map(|&name| name.to_owned()).collect();
    assert_eq!(there, known, "the modules of src against the table");
}

/// The readers above see what they are meant to see.
#[test]
fn an_import_from_above_is_found() {
    let names = |path: &str| path.split("::").map(str::to_owned).collect::<Vec<_>>();
    let faults = |module: &str, text: &str| {
        let module = names(module);
        let (text, _) = program(text);
        named(&module, &text).iter().filter_map(|named| fault(&module, &named.names)).count()
    };
    for (module, text, count) in [
        ("launch::run", "use crate::rules::find;", 1),
        ("launch::run", "use crate::facts::{self, Base};", 0),
        ("launch", "use super::check;", 1),
        ("launch::run", "use super::stage::Stage;\nuse super::super::check;", 1),
        ("launch::run", "fn a() { crate::check::image(x) }", 1),
        ("launch::run", "use crate::{facts::{Base, Os}, check::{self, Checked}};", 2),
        ("launch::run", "// crate::check\n#[cfg(test)]\nmod tests {\n    use crate::check;\n}\n", 0),
        ("launch::run", "#[cfg(test)]\nuse crate::check;\nuse crate::api::x;\n", 1),
        ("launch::run", "use crate::Options;", 1),
        ("dockerfile", "use crate::image::Image;", 1),
        ("rules::lambda::ll001_x", "use crate::rules::{Check, Rule};\nuse super::ll002_y::z;", 0),
        ("rules::lambda::ll001_x", "use crate::rules::unknown;", 1),
        ("rules::lambda::ll001_x", "use super::super::table::pages;", 1),
        ("rules::lambda", "use super::find;", 1),
        ("rules::rule", "use super::table::find;", 1),
        ("rules::table", "use super::{Rule, lambda};", 0),
    ] {
        assert_eq!(faults(module, text), count, "{module}: {text}");
    }
}
