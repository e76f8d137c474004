//! Lists that are read line by line: pip's, Bundler's, Yarn's, Go's and Gradle's.

use super::List;

/// pip's requirements files.
pub(super) fn requirements(text: &str) -> List {
    let mut list = List::default();
    let mut logical = String::new();
    for line in text.lines() {
        let line = line.split_once(" #").map_or(line, |(before, _)| before).trim();
        if line.starts_with('#') {
            continue;
        }
        if let Some(begun) = line.strip_suffix('\\') {
            logical.push_str(begun);
            logical.push(' ');
            continue;
        }
        logical.push_str(line);
        requirement_line(&mut list, logical.trim());
        logical.clear();
    }
    requirement_line(&mut list, logical.trim());
    list
}

fn requirement_line(list: &mut List, line: &str) {
    if !line.starts_with('-') {
        requirement(list, line);
        return;
    }
    let flag_end = line.find([' ', '=', '\t']).unwrap_or(line.len());
    let (flag, value) = line.split_at(flag_end);
    let value = value.trim_start_matches(['=', ' ', '\t']).trim_matches(['"', '\'']);
    match flag {
        "-r" | "--requirement" => list.includes.push(value.to_owned()),
        "-c" | "--constraint" | "--no-index" | "--pre" | "--prefer-binary" | "--no-binary" | "--only-binary"
        | "--require-hashes" | "--trusted-host" | "--use-feature" => {}
        _ => match flag.strip_prefix("-r").filter(|rest| !rest.is_empty()) {
            Some(rest) => list.includes.push(rest.to_owned()),
            // Another index may have other packages of any name; code of the user's own has dependencies.
            None => list.open = true,
        },
    }
}

/// A requirement as PEP 508 has it: `name[extra]==1.0; marker`.
pub(super) fn requirement(list: &mut List, text: &str) {
    let text = text.trim();
    if text.is_empty() {
        return;
    }
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let rest = rest.trim_start();
    let rest = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((_, rest)) => rest.trim_start(),
        None => rest,
    };
    let plain = rest.is_empty() || rest.starts_with(['=', '<', '>', '~', '!', '@', ';', '(', '-']);
    let archive = [".whl", ".zip", ".gz"].iter().any(|ending| name.ends_with(ending));
    if name.is_empty() || !plain || archive || name.starts_with('.') {
        // A path, an address, or a line that is not understood.
        list.open = true;
        return;
    }
    let rest = rest.split([';', ' ']).next().unwrap_or_default();
    list.add(name, rest.strip_prefix("==").map(|version| version.trim_start_matches('=')));
}

/// Bundler's Gemfile, which is Ruby: what is not a plain `gem 'name'` is not seen.
pub(super) fn gemfile(text: &str) -> List {
    let mut list = List::default();
    for line in text.lines().map(str::trim) {
        let word = line.split([' ', '(', '\t']).next().unwrap_or_default();
        match word {
            "gem" => {
                let mut quoted = line.split(['"', '\'']).skip(1).step_by(2);
                match quoted.next() {
                    Some(name) => list.add(name, quoted.next()),
                    None => list.open = true,
                }
                list.open |= line.contains("path:") || line.contains(":path");
            }
            "gemspec" | "eval_gemfile" | "instance_eval" | "eval" | "path" | "plugin" => list.open = true,
            _ => list.open |= line.contains(".each"),
        }
    }
    list
}

/// Gemfile.lock: four blanks in front of `name (version)`.
pub(super) fn gemfile_lock(text: &str) -> List {
    let mut list = List::default();
    for line in text.lines() {
        let Some(rest) = line.strip_prefix("    ").filter(|rest| !rest.starts_with(' ')) else { continue };
        let (name, version) = rest.split_once(" (").unwrap_or((rest, ""));
        list.add(name.trim(), Some(version.trim_end_matches(')')));
    }
    list
}

/// go.mod; `None` if it names no module.
pub(super) fn go_mod(text: &str) -> Option<List> {
    let mut list = List::default();
    let (mut block, mut module) = (false, false);
    for line in text.lines() {
        let line = line.split_once("//").map_or(line, |(before, _)| before).trim();
        let mut words = line.split_whitespace();
        let first = words.next().unwrap_or_default();
        let (name, version) = match first {
            ")" => {
                block = false;
                continue;
            }
            "module" => {
                module = true;
                continue;
            }
            "require" if line.ends_with('(') => {
                block = true;
                continue;
            }
            "require" => (words.next().unwrap_or_default(), words.next()),
            _ if block => (first, words.next()),
            _ => continue,
        };
        if !name.is_empty() {
            list.add(name.trim_matches('"'), version);
        }
    }
    module.then_some(list)
}

/// yarn.lock: `"name@range", name@range:` and the version below it.
pub(super) fn yarn_lock(text: &str) -> List {
    let mut list = List::default();
    let mut name: Option<&str> = None;
    for line in text.lines() {
        if let Some(head) = line.strip_suffix(':').filter(|_| !line.starts_with([' ', '#'])) {
            let first = head.split(',').next().unwrap_or_default().trim().trim_matches('"');
            let end = first.char_indices().skip(1).find(|(_, c)| *c == '@').map_or(first.len(), |(at, _)| at);
            name = first.get(..end).filter(|name| !name.is_empty() && *name != "__metadata");
            continue;
        }
        let Some(version) = line.trim().strip_prefix("version") else { continue };
        if let Some(name) = name.take() {
            list.add(name, Some(version.trim_start_matches(':').trim().trim_matches('"')));
        }
    }
    list
}

/// Gradle's build files, which are programs: every quoted `group:artifact:version` counts.
pub(super) fn gradle(text: &str) -> List {
    let mut list = List::default();
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with("//")) {
        list.open |= ["project(", "libs.", "apply from", "fileTree", "files("].iter().any(|word| line.contains(word));
        for quoted in line.split(['"', '\'']).skip(1).step_by(2) {
            let mut parts = quoted.split(':');
            let (Some(group), Some(artifact), version, None) = (parts.next(), parts.next(), parts.next(), parts.nth(1))
            else {
                continue;
            };
            let plain = |text: &str| {
                !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
            };
            if plain(group) && plain(artifact) && group.contains(|c: char| c.is_ascii_alphabetic()) {
                list.add(format!("{group}:{artifact}"), version);
            }
        }
    }
    list
}
