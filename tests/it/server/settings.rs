//! Settings: of files, of the client, of several folders, and of folders that are not trusted.

use super::editor::{Editor, TODAY, abilities, uri};
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};

const BAD: &str = "FROM public.ecr.aws/lambda/python:3.13\nCOPY app.py ./\nCMD app.handler\n";

fn options() -> Value {
    json!({"today": TODAY, "shellcheck": "off", "select": ["LL203", "LL404"]})
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

#[test]
fn two_folders_with_files_of_their_own() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write(one.path(), "lamblint.toml", "root = true\nignore = [\"LL203\"]\n");
    let mut editor = Editor::new(&abilities(false, false), &options(), &[one.path(), two.path()]);
    let [first, second] = [one.path(), two.path()].map(|folder| uri(&folder.join("Dockerfile")));
    editor.open(&first, "dockerfile", BAD);
    editor.open(&second, "dockerfile", BAD);
    assert_eq!(editor.codes(&first), [""; 0]);
    assert_eq!(editor.codes(&second), ["LL203"]);
    editor.notify(
        "workspace/didChangeWorkspaceFolders",
        json!({"event": {"removed": [{"uri": uri(one.path())}], "added": []}}),
    );
    assert_eq!(editor.codes(&first), [""; 0], "the nearest file holds without a folder");
}

#[test]
fn a_file_that_changes_is_noticed() {
    for pull in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let mut can = abilities(pull, false);
        can["workspace"]["diagnostics"] = json!({"refreshSupport": true});
        let mut editor = Editor::new(&can, &options(), &[folder.path()]);
        let uri = uri(&folder.path().join("Dockerfile"));
        editor.open(&uri, "dockerfile", BAD);
        editor.expect(&uri, &["LL203"]);
        editor.settle();
        editor.settle();
        assert!(editor.heard.iter().any(|(method, params)| {
            method == "client/registerCapability" && params.to_string().contains("lamblint.toml")
        }));
        editor.heard.clear();
        write(folder.path(), "lamblint.toml", "ignore = [\"LL203\"]\n");
        for _ in 0..20 {
            let changes = json!([{"uri": super::editor::uri(&folder.path().join("lamblint.toml")), "type": 1}]);
            editor.notify("workspace/didChangeWatchedFiles", json!({"changes": changes}));
        }
        let method = if pull { "workspace/diagnostic/refresh" } else { "textDocument/publishDiagnostics" };
        editor.until(method, |_| true);
        editor.expect(&uri, &[]);
        assert_eq!(editor.heard.iter().filter(|(heard, _)| heard == method).count(), 1, "twenty events are one");
    }
}

#[test]
fn files_win_over_the_client_unless_it_says_otherwise() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "lamblint.toml", "select = [\"LL404\"]\n");
    let uri = uri(&folder.path().join("Dockerfile"));
    let mut editor = Editor::new(&abilities(false, false), &options(), &[folder.path()]);
    editor.open(&uri, "dockerfile", BAD);
    assert_eq!(editor.codes(&uri), [""; 0]);
    editor.settings = json!({"prefer": "editor", "trusted": true});
    editor.notify("workspace/didChangeConfiguration", json!({"settings": null}));
    editor.expect(&uri, &["LL203"]);
    // A client that cannot be asked tells.
    let mut can = abilities(false, false);
    can["workspace"]["configuration"] = json!(false);
    let mut editor = Editor::new(&can, &json!({"lamblint": options()}), &[]);
    editor.open(&uri, "dockerfile", BAD);
    assert_eq!(editor.codes(&uri), [""; 0]);
    let settings = json!({"lamblint": {"configuration": folder.path().join("other.toml"), "tpyo": 1}});
    write(folder.path(), "other.toml", "select = [\"LL203\"]\n");
    editor.notify("workspace/didChangeConfiguration", json!({"settings": settings}));
    editor.expect(&uri, &["LL203"]);
    let said = editor.until("window/logMessage", |_| true);
    assert_eq!(said["message"], "there is no setting tpyo");
}

#[test]
fn a_file_that_cannot_be_used_is_said_where_it_holds() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "lamblint.toml", "ignroe = []\n");
    let uri = uri(&folder.path().join("Dockerfile"));
    let mut editor = Editor::new(&abilities(true, false), &options(), &[folder.path()]);
    editor.open(&uri, "dockerfile", BAD);
    let shown = editor.diagnostics(&uri);
    assert!(shown.len() == 1 && shown[0]["message"].as_str().unwrap().contains("lamblint.toml: line 1"), "{shown:?}");
}

#[test]
fn what_is_excluded_is_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "lamblint.toml", "exclude = [\"vendor\"]\n");
    let mut editor = Editor::new(&abilities(true, false), &options(), &[folder.path()]);
    let vendored = uri(&folder.path().join("vendor/Dockerfile"));
    editor.open(&vendored, "dockerfile", BAD);
    assert!(editor.diagnostics(&vendored).is_empty());
}

#[test]
fn a_folder_that_is_not_trusted_extends_nothing_outside() {
    let outer = tempfile::tempdir().unwrap();
    write(outer.path(), "secret.toml", "ignore = [\"LL203\"]\n");
    write(outer.path(), "work/inner.toml", "ignore = [\"LL404\"]\n");
    for (extend, outside) in [("../secret.toml", true), ("inner.toml", false)] {
        write(outer.path(), "work/lamblint.toml", &format!("root = true\nextend = \"{extend}\"\n"));
        let work = outer.path().join("work");
        let uri = uri(&work.join("Dockerfile"));
        for trusted in [true, false] {
            let mut options = options();
            options["trusted"] = json!(trusted);
            let mut editor = Editor::new(&abilities(true, false), &options, &[&work]);
            editor.open(&uri, "dockerfile", BAD);
            let shown = editor.diagnostics(&uri);
            let refused = shown.iter().any(|one| one["message"].as_str().unwrap().contains("not trusted"));
            assert_eq!(refused, outside && !trusted, "{extend}: {shown:?}");
        }
    }
}

#[test]
#[cfg(unix)]
fn shellcheck_is_asked_beside_the_loop_and_only_where_that_is_trusted() {
    use std::io::{Read, Write};
    use std::os::unix::fs::PermissionsExt;
    use std::process::{Command, Stdio};
    // A stand-in that leaves a mark and has one remark.
    let folder = tempfile::tempdir().unwrap();
    let tool = folder.path().join("bin/shellcheck");
    let remark = r#"{"comments":[{"file":"0","line":3,"endLine":3,"column":1,"endColumn":2,"level":"error","code":2104,"message":"stand-in"}]}"#;
    write(
        folder.path(),
        "bin/shellcheck",
        &format!("#!/bin/sh\ntouch '{}'\necho '{remark}'\nexit 1\n", folder.path().join("asked").display()),
    );
    std::fs::set_permissions(&tool, std::fs::Permissions::from_mode(0o755)).unwrap();
    for (trusted, setting) in [(true, "save"), (false, "save"), (true, "off")] {
        let _ = std::fs::remove_file(folder.path().join("asked"));
        let uri = uri(&folder.path().join("Dockerfile"));
        let options = json!({"trusted": trusted, "shellcheck": setting});
        let message = |message: Value| {
            let text = message.to_string();
            format!("Content-Length: {}\r\n\r\n{text}", text.len())
        };
        let document =
            json!({"uri": uri, "languageId": "dockerfile", "version": 1, "text": "FROM debian:12\nRUN echo $x\n"});
        let mut input = message(
            json!({"id": 1, "method": "initialize", "params": {"capabilities": {}, "initializationOptions": options}}),
        );
        input += &message(json!({"method": "initialized", "params": {}}));
        input += &message(json!({"method": "textDocument/didOpen", "params": {"textDocument": document}}));
        let path = format!("{}:{}", folder.path().join("bin").display(), std::env::var("PATH").unwrap());
        let mut child = Command::new(env!("CARGO_BIN_EXE_lamblint"))
            .arg("server")
            .env("PATH", path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(input.as_bytes()).unwrap();
        let asked = trusted && setting == "save";
        let mut stdout = child.stdout.take().unwrap();
        let mut said = Vec::new();
        let (mut buffer, until) = ([0; 4096], Instant::now() + Duration::from_secs(60));
        // The answer comes second, for the same version.
        while asked && Instant::now() < until && !String::from_utf8_lossy(&said).contains("stand-in") {
            let count = stdout.read(&mut buffer).unwrap();
            assert!(count > 0, "{}", String::from_utf8_lossy(&said));
            said.extend_from_slice(&buffer[..count]);
        }
        stdin.write_all(message(json!({"method": "exit"})).as_bytes()).unwrap();
        child.wait().unwrap();
        assert_eq!(folder.path().join("asked").exists(), asked, "trusted: {trusted}, {setting}");
    }
}
