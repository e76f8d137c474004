//! The command line as users type it: transcripts in `tests/cli`, README's commands, and the JSON contract.

use serde_json::Value;
use std::process::{Command, Output};

/// Says the same whether ShellCheck is installed or not.
const ALONE: (&str, &str) = ("LAMBLINT_SHELLCHECK", "off");

fn lamblint(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lamblint"))
        .env(ALONE.0, ALONE.1)
        .args(args)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap()
}

#[test]
fn transcripts() {
    trycmd::TestCases::new().env(ALONE.0, ALONE.1).case("tests/cli/*.md");
}

fn json(args: &[&str]) -> Value {
    serde_json::from_slice(&lamblint(&[&["check", "--today", "2026-11-24", "--format", "json"], args].concat()).stdout)
        .unwrap()
}

/// Whether a value has exactly the keys its schema asks for, all the way down.
fn fits(value: &Value, schema: &Value, root: &Value) -> bool {
    if let Some(name) = schema["$ref"].as_str() {
        return fits(value, root.pointer(name.trim_start_matches('#')).unwrap(), root);
    }
    match value {
        Value::Object(map) if schema["properties"].is_object() => {
            let required = schema["required"].as_array().unwrap();
            required.iter().all(|key| map.contains_key(key.as_str().unwrap()))
                && map.iter().all(|(key, value)| {
                    fits(value, &schema["properties"][key], root) && !schema["properties"][key].is_null()
                })
        }
        Value::Array(items) => items.iter().all(|item| fits(item, &schema["items"], root)),
        _ => true,
    }
}

#[test]
fn json_keeps_its_contract() {
    let schema: Value = serde_json::from_str(include_str!("../../schemas/output.json")).unwrap();
    for path in ["tests/example", "tests/example/image.tar"] {
        let output = json(&[path]);
        assert!(fits(&output, &schema, &schema), "{output:#}");
        let count = |severity: &str| {
            output["diagnostics"].as_array().unwrap().iter().filter(|d| d["severity"] == severity).count()
        };
        assert_eq!(output["summary"]["errors"], count("error"));
        assert!(count("error") > 0);
    }
    let image = json(&["tests/example/image.tar"]);
    assert_eq!(image["subjects"][0]["layers"], 2);
    let labels: Vec<&Value> = image["diagnostics"].as_array().unwrap().iter().map(|d| &d["labels"][0]).collect();
    assert!(labels.iter().any(|label| label["document"] == "config" && label["pointer"] == "/config/Cmd"));
}

#[test]
fn the_same_twice() {
    for format in ["human", "short", "json"] {
        let run = || {
            lamblint(&[
                "check",
                "--today",
                "2026-11-24",
                "--format",
                format,
                "tests/example",
                "tests/example/image.tar",
            ])
        };
        assert_eq!(run().stdout, run().stdout);
    }
}

#[test]
fn one_bad_path_stops_no_other() {
    let output = lamblint(&["check", "--format", "short", "no-such-file", "Cargo.toml", "tests/example/Dockerfile"]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said.lines().count(), 2, "{said}");
    assert!(String::from_utf8(output.stdout).unwrap().contains("LL203"));
}

#[test]
fn standard_input_is_a_dockerfile_or_an_archive() {
    use std::io::Write;
    use std::process::Stdio;
    for (bytes, code) in [
        (&b"FROM public.ecr.aws/lambda/python:3.13\nCMD app.handler\n"[..], "LL203"),
        (b"\xef\xbb\xbfFROM public.ecr.aws/lambda/python:3.12-slim\n", "LL407"),
        (&std::fs::read("tests/example/image.tar").unwrap(), "LL101"),
    ] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_lamblint"))
            .env(ALONE.0, ALONE.1)
            .args(["check", "--format", "short", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(bytes).unwrap();
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.code() == Some(1) && said.contains(code), "{said}");
    }
}

#[test]
fn the_readme_shows_what_is_printed() {
    let readme = include_str!("../../README.md");
    let output = lamblint(&["check", "--today", "2026-11-24", "tests/deployed"]);
    let printed = String::from_utf8(output.stdout).unwrap();
    if std::env::var_os("UPDATE").is_some() {
        let (head, rest) = readme.split_once("<!-- example -->\n```text\n").unwrap();
        let (_, tail) = rest.split_once("```\n").unwrap();
        std::fs::write("README.md", format!("{head}<!-- example -->\n```text\n{printed}```\n{tail}")).unwrap();
    } else {
        assert!(readme.contains(&printed), "README.md is out of date; UPDATE=1 cargo test rewrites it:\n{printed}");
    }
}

#[test]
fn fixes_are_made_in_place_and_leave_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("Dockerfile");
    let text = "# a function\nFROM public.ecr.aws/lambda/python:3.13\n\n  # with a comment\nCMD   app.handler\n";
    std::fs::write(&path, text).unwrap();
    let name = path.to_string_lossy().into_owned();
    let diff = lamblint(&["check", "--diff", &name]);
    assert!(String::from_utf8(diff.stdout).unwrap().contains("+CMD   [\"app.handler\"]"));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    let fixed = lamblint(&["check", "--fix", &name]);
    assert_eq!(fixed.status.code(), Some(0));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text.replace("app.handler", "[\"app.handler\"]"));
}

#[test]
fn a_configuration_file_holds_for_what_lies_below_it() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("api")).unwrap();
    let path = folder.path().join("api/Dockerfile");
    std::fs::write(&path, "FROM public.ecr.aws/lambda/python:3.13\nCOPY app.py ./\n").unwrap();
    let name = path.to_string_lossy().into_owned();
    assert_eq!(lamblint(&["check", &name]).status.code(), Some(1));
    std::fs::write(folder.path().join("lamblint.toml"), "handler = \"in-template\"\n").unwrap();
    assert_eq!(lamblint(&["check", &name]).status.code(), Some(0));
    assert_eq!(lamblint(&["check", "--no-config", &name]).status.code(), Some(1));
    std::fs::write(folder.path().join("lamblint.toml"), "handlr = \"x\"\n").unwrap();
    let refused = lamblint(&["check", &name]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8(refused.stderr).unwrap().contains("did you mean `handler`"));
}

#[test]
fn the_context_is_named_from_the_folder_of_the_configuration() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("api")).unwrap();
    let path = folder.path().join("api/Dockerfile");
    let text = "FROM public.ecr.aws/lambda/python:3.13\nCOPY api/app.py conf.json ./\nCMD [\"app.handler\"]\n";
    std::fs::write(&path, text).unwrap();
    std::fs::write(folder.path().join("api/app.py"), "").unwrap();
    let name = path.to_string_lossy().into_owned();
    assert_eq!(lamblint(&["check", &name]).status.code(), Some(0));
    std::fs::write(folder.path().join("lamblint.toml"), "[[paths]]\nfiles = [\"api/**\"]\ncontext = \".\"\n").unwrap();
    let output = lamblint(&["check", "--format", "short", &name]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("LL805") && said.contains("conf.json") && said.lines().count() == 1, "{said}");
}

#[test]
fn completions_and_man_pages_know_every_command() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = String::from_utf8(lamblint(&["completions", shell]).stdout).unwrap();
        for word in ["baseline", "changed-since", "completions"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    let page = String::from_utf8(lamblint(&["man"]).stdout).unwrap();
    assert!(page.starts_with(".ie") && page.contains("lamblint\\-baseline(1)"), "{page}");
    let page = String::from_utf8(lamblint(&["man", "check"]).stdout).unwrap();
    assert!(page.contains(".TH lamblint-check 1") && page.contains("changed\\-since"), "{page}");
}
