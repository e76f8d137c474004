//! Dockerfile reading against BuildKit's own tests and real files.

use crate::support::internals::dockerfile::expand::{self, Scope, Var};
use crate::support::internals::dockerfile::{Command, Dockerfile, Flag, Instruction, Kind, Pair, Word};
use crate::support::material::{material, rows};
use serde_json::Value;
use std::collections::BTreeMap;

/// What BuildKit's parser would hold of an instruction: its arguments before they are judged.
fn arguments(instruction: &Instruction) -> Option<Vec<String>> {
    let texts = |words: &[Word]| words.iter().map(|word| word.text.clone()).collect::<Vec<_>>();
    let pair = |pairs: &[Pair], legacy: bool| {
        let equals = if legacy { "" } else { "=" };
        let value = |pair: &Pair| pair.value.clone().unwrap_or_default().text;
        pairs.iter().flat_map(|p| [p.key.text.clone(), value(p), equals.to_owned()]).collect::<Vec<_>>()
    };
    let command = |command: &Command| match command {
        Command::Exec(words) => texts(words),
        Command::Shell(text) if text.text.is_empty() => Vec::new(),
        Command::Shell(text) => vec![text.text.clone()],
    };
    Some(match &instruction.kind {
        Kind::From(from) => {
            let mut words = vec![from.image.text.clone()];
            words.extend(from.name.iter().flat_map(|(keyword, name)| [keyword.text.clone(), name.text.clone()]));
            words
        }
        Kind::Run(c) | Kind::Cmd(c) | Kind::Entrypoint(c) => command(c),
        Kind::Shell(words) | Kind::Expose(words) | Kind::Volume(words) => texts(words),
        Kind::Env { pairs, legacy } => pair(pairs, *legacy),
        Kind::Label(pairs) => pair(pairs, !instruction.rest.text.split_whitespace().next()?.contains('=')),
        Kind::Arg(pairs) => {
            let word = |p: &Pair| p.value.as_ref().map_or(p.key.text.clone(), |v| format!("{}={}", p.key.text, v.text));
            pairs.iter().map(word).collect()
        }
        Kind::Copy(copy) | Kind::Add(copy) => {
            let mut words = texts(&copy.sources);
            words.push(copy.destination.text.clone());
            words
        }
        Kind::Workdir(word) | Kind::User(word) | Kind::Stopsignal(word) | Kind::Maintainer(word) => {
            vec![word.text.clone()]
        }
        Kind::Healthcheck(None) => vec!["NONE".into()],
        Kind::Healthcheck(Some(c)) => [vec!["CMD".into()], command(c)].concat(),
        Kind::Onbuild(_) | Kind::Unreadable(_) => return None,
    })
}

/// A line of BuildKit's dump: `(healthcheck ["--interval=5s"] "CMD" "x")`.
fn dumped(line: &str) -> Option<(String, Vec<String>, Vec<String>)> {
    let inside = line.strip_prefix('(')?.strip_suffix(')')?;
    let (keyword, mut rest) = inside.split_once(' ').unwrap_or((inside, ""));
    let mut flags = Vec::new();
    if rest.starts_with("[\"") {
        let end = rest.find("\"]")? + 2;
        flags = serde_json::from_str(&rest[..end].replace("\" \"", "\", \"")).ok()?;
        rest = rest[end..].trim_start();
    }
    let mut words = Vec::new();
    let stream = serde_json::Deserializer::from_str(rest).into_iter::<String>();
    for word in stream {
        words.push(word.ok()?);
    }
    Some((keyword.to_owned(), flags, words))
}

#[test]
#[ignore = "needs LAMBLINT_MATERIAL"]
fn buildkits_parser_pairs() {
    let folder = material("suites/buildkit_parser/testfiles");
    let mut pairs = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let folder = entry.unwrap().path();
        let file = Dockerfile::read(std::fs::read(folder.join("Dockerfile")).unwrap());
        let result = std::fs::read_to_string(folder.join("result")).unwrap();
        let wanted: Vec<&str> = result.lines().filter(|line| line.starts_with('(')).collect();
        assert_eq!(wanted.len(), file.instructions.len(), "{}", folder.display());
        for (line, instruction) in wanted.iter().zip(&file.instructions) {
            let keyword = line[1..].split([' ', ')']).next().unwrap();
            assert_eq!(keyword, instruction.keyword.text.to_lowercase(), "{}", folder.display());
            let (Some(ours), Some((_, flags, words))) = (arguments(instruction), dumped(line)) else { continue };
            assert_eq!(ours, words, "{}: {line}", folder.display());
            let own = |flag: &Flag| match &flag.value {
                Some(value) => format!("--{}={}", flag.name, value.text),
                None => format!("--{}", flag.name),
            };
            assert_eq!(instruction.flags.iter().map(own).collect::<Vec<_>>(), flags, "{line}");
        }
        pairs += 1;
    }
    assert_eq!(pairs, 33);
}

#[test]
#[ignore = "needs LAMBLINT_MATERIAL"]
fn buildkits_negatives_are_refused() {
    let folder = material("suites/buildkit_parser/testfiles-negative");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path().join("Dockerfile");
        let file = Dockerfile::read(std::fs::read(&path).unwrap());
        let unreadable = |i: &Instruction| matches!(i.kind, Kind::Unreadable(_));
        // A nested array is shell form to the parser; it is the instruction that cannot stand alone.
        let refused = file.instructions.is_empty()
            || file.instructions.iter().any(unreadable)
            || !file.instructions.iter().any(|i| matches!(i.kind, Kind::From(_)));
        assert!(refused, "{}", path.display());
        count += 1;
    }
    assert_eq!(count, 4);
}

struct Table(BTreeMap<String, String>);

impl Scope for Table {
    fn get(&self, name: &str) -> Var {
        self.0.get(name).map_or(Var::Unset, |value| Var::Value(value.clone()))
    }
}

#[test]
#[ignore = "needs LAMBLINT_MATERIAL"]
fn buildkits_expansions() {
    for row in rows("suites/buildkit_shell/process_word.jsonl") {
        let envs: BTreeMap<String, String> = serde_json::from_value(row["envs"].clone()).unwrap();
        let got = expand::word(row["input"].as_str().unwrap(), '\\', &Table(envs));
        assert_eq!(got.is_err(), row["error"].as_bool().unwrap(), "{row}");
        if let Ok(expansion) = got {
            assert_eq!(expansion.value.as_deref(), row["expected"].as_str(), "{row}");
            let names = |list: &Value| {
                let mut names: Vec<String> = serde_json::from_value(list.clone()).unwrap_or_default();
                names.sort();
                names
            };
            let sorted = |mut list: Vec<String>| {
                list.sort();
                list.dedup();
                list
            };
            assert_eq!(sorted(expansion.unset), names(&row["unmatched"]), "{row}");
        }
    }
}

#[test]
#[ignore = "needs LAMBLINT_MATERIAL"]
fn buildkits_shell_tables() {
    let folder = material("suites/buildkit_shell");
    let envs = [("PWD", "/home"), ("SHELL", "bash"), ("KOREAN", "한국어"), ("NULL", "")];
    let table = Table(envs.into_iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect());
    for line in std::fs::read_to_string(folder.join("envVarTest")).unwrap().lines() {
        let line =
            line.split_once('#').map_or(line, |(head, _)| if line.starts_with('#') { "" } else { head }.max(line));
        let parts: Vec<&str> = line.split('|').collect();
        let [platform, input, wanted] = parts.as_slice() else { continue };
        if platform.trim() == "W" {
            continue;
        }
        let (input, wanted) = (input.trim(), wanted.trim());
        match expand::word(input, '\\', &table) {
            Err(_) => assert_eq!(wanted, "error", "{line}"),
            Ok(expansion) => assert_eq!(expansion.value.as_deref(), Some(wanted), "{line}"),
        }
    }
    let mut table = Table(BTreeMap::new());
    for line in std::fs::read_to_string(folder.join("wordsTest")).unwrap().lines() {
        if let Some(set) = line.strip_prefix("ENV ") {
            let (key, value) = set.split_once('=').unwrap();
            table.0.insert(key.to_owned(), value.to_owned());
        } else if let Some((input, wanted)) = line.split_once('|').filter(|_| !line.starts_with('#')) {
            let wanted: Vec<&str> =
                wanted.trim_start().trim_end_matches('\n').split(',').map(str::trim_start).collect();
            let got = expand::words(input.trim(), '\\', &table).unwrap_or_else(|_| vec!["error".into()]);
            let trimmed: Vec<&str> = got.iter().map(|word| word.trim_start()).collect();
            assert_eq!(trimmed, wanted, "{line}");
        }
    }
}

#[test]
#[ignore = "needs LAMBLINT_MATERIAL"]
fn buildkits_nodes_and_parse_errors() {
    let (mut nodes, mut errors, mut clean) = (0, 0, 0);
    for row in rows("suites/cross.jsonl") {
        let text = row["dockerfile"].as_str().unwrap();
        let file = Dockerfile::read(text);
        if let Some(list) = row["nodes"].as_array() {
            let ours: Vec<Value> = file
                .instructions
                .iter()
                .map(|i| {
                    let end = i.span.end.max(i.span.start + 1) - 1;
                    let keyword = &i.keyword.text;
                    serde_json::json!([keyword, file.source.line_of(i.span.start), file.source.line_of(end)])
                })
                .collect();
            assert_eq!(&ours, list, "{text}");
            nodes += 1;
        }
        let ours = !file.faults.is_empty() || file.instructions.iter().any(|i| matches!(i.kind, Kind::Unreadable(_)));
        let error = row["buildkit_instr_error"].as_str().unwrap_or_default();
        if error == "no build stage in current context" || error == "file with no instructions" {
            continue;
        }
        assert_eq!(ours, !error.is_empty(), "BuildKit: `{error}` for\n{text}");
        if ours { errors += 1 } else { clean += 1 }
    }
    println!("{nodes} node lists, {errors} refused, {clean} clean");
}

#[test]
#[ignore = "needs LAMBLINT_MATERIAL"]
fn buildkits_instruction_errors() {
    for row in rows("suites/buildkit_instruction_errors.jsonl") {
        let text = format!("FROM scratch\n{}\n", row["dockerfile"].as_str().unwrap());
        let file = Dockerfile::read(text.as_str());
        let refused =
            !file.faults.is_empty() || file.instructions.iter().any(|i| matches!(i.kind, Kind::Unreadable(_)));
        assert!(refused, "{row}");
    }
}

#[test]
#[ignore = "needs LAMBLINT_MATERIAL"]
fn real_files() {
    let root = material("corpus");
    let mut count = 0;
    let mut unreadable = Vec::new();
    for set in ["lambda-official", "lambda-community", "general"] {
        for row in rows(&format!("corpus/{set}/manifest.jsonl")) {
            let path = root.join(set).join(row["file"].as_str().unwrap());
            let file = Dockerfile::read(std::fs::read(&path).unwrap());
            count += 1;
            for instruction in &file.instructions {
                if let Kind::Unreadable(fault) = &instruction.kind {
                    unreadable.push(format!("{set}/{}: {}", path.file_name().unwrap().display(), fault.message));
                }
            }
        }
    }
    println!("{count} files read; {} unreadable instructions:\n{}", unreadable.len(), unreadable.join("\n"));
    assert!(count > 1_400);
}
