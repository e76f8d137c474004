//! How the server begins and ends, and what it does with what no client should send.

use super::editor::{Editor, abilities, everything, uri};
use serde_json::{Value, json};
use std::io::Write;
use std::process::{Command, Stdio};

#[test]
fn exit_codes() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(Editor::plain(folder.path()).quit(), 0);
    assert_eq!(Editor::plain(folder.path()).exit(), 1);
    assert_eq!(Editor::plain(folder.path()).vanish(), 1);
    let mut editor = Editor::plain(folder.path());
    editor.request("shutdown", Value::Null);
    assert_eq!(editor.ask("textDocument/hover", json!({})), Err(-32600), "nothing is answered behind shutdown");
    assert_eq!(editor.vanish(), 0);
}

/// The program itself, with what is written to it.
fn program(input: &[u8]) -> (Option<i32>, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_lamblint"))
        .args(["server", "--stdio"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

fn frames(messages: &[Value]) -> Vec<u8> {
    let frame = |message: &Value| {
        let text = message.to_string();
        format!("Content-Length: {}\r\n\r\n{text}", text.len())
    };
    messages.iter().map(frame).collect::<String>().into_bytes()
}

#[test]
fn the_program_ends_as_its_client_says() {
    let start = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}}});
    let shutdown = json!({"jsonrpc": "2.0", "id": 2, "method": "shutdown"});
    let exit = json!({"jsonrpc": "2.0", "method": "exit"});
    let (code, said) = program(&frames(&[start.clone(), shutdown, exit.clone()]));
    assert_eq!(code, Some(0));
    // All of standard output is messages.
    let mut rest = said.as_str();
    let mut count = 0;
    while !rest.is_empty() {
        let (head, body) = rest.split_once("\r\n\r\n").unwrap();
        let length: usize = head.strip_prefix("Content-Length: ").unwrap().parse().unwrap();
        assert!(serde_json::from_str::<Value>(&body[..length]).is_ok());
        (rest, count) = (&body[length..], count + 1);
    }
    assert_eq!(count, 2);
    assert_eq!(program(&frames(&[start.clone(), exit])).0, Some(1));
    assert_eq!(program(&frames(&[start])).0, Some(1), "standard input is closed");
    assert_eq!(program(b"GET / HTTP/1.1\r\n\r\n").0, Some(1));
    assert_eq!(program(b"Content-Length: 99999999999999\r\n\r\n").0, Some(1));
    assert_eq!(program(b"").0, Some(1));
}

#[test]
fn nothing_is_answered_before_the_start() {
    let early = json!({"jsonrpc": "2.0", "id": 7, "method": "textDocument/hover", "params": {}});
    let (code, said) = program(&frames(&[early, json!({"jsonrpc": "2.0", "method": "exit"})]));
    assert!(code == Some(1) && said.contains("-32002"), "{said}");
}

#[test]
fn what_no_client_should_send_is_survived() {
    let folder = tempfile::tempdir().unwrap();
    let mut editor = Editor::plain(folder.path());
    let uri = uri(&folder.path().join("Dockerfile"));
    let text = "FROM scratch AS a\nCMD x\n";
    editor.change(&uri, text);
    editor.notify("textDocument/didChange", json!({"textDocument": 3}));
    editor.notify("textDocument/didClose", json!({"textDocument": {"uri": uri}}));
    editor.notify("workspace/didChangeWorkspaceFolders", json!([]));
    editor.notify("workspace/didChangeConfiguration", json!({"settings": 3}));
    assert_eq!(editor.ask("no/such", json!({})), Err(-32601));
    assert_eq!(editor.ask("textDocument/codeAction", json!({})), Err(-32602));
    assert!(editor.actions(&uri, &everything(), "").is_empty(), "it is not open");
    editor.open(&uri, "dockerfile", text);
    // Ranges behind the end, and upside down.
    let far = json!({"line": 4_000_000_000_u32, "character": 4_000_000_000_u32});
    editor.actions(&uri, &json!({"start": far, "end": {"line": 0, "character": 0}}), "quickfix");
    editor.actions(&uri, &json!({"start": far, "end": far}), "quickfix");
    // A part of the text, which was not asked for.
    let range = json!({"start": {"line": 1, "character": 4}, "end": {"line": 1, "character": 99}});
    let params =
        json!({"textDocument": {"uri": uri, "version": 9}, "contentChanges": [{"range": range, "text": "y\nFROM"}]});
    editor.notify("textDocument/didChange", params);
    editor.settle();
    let shown = editor.until("textDocument/publishDiagnostics", |params| params["version"] == 9);
    assert!(shown["diagnostics"].as_array().unwrap().iter().any(|one| one["range"]["start"]["line"] == 2), "{shown}");
    editor.notify("textDocument/didClose", json!({"textDocument": {"uri": uri}}));
    editor.settle();
    assert_eq!(editor.heard.last().unwrap().1["diagnostics"], json!([]), "what is closed is cleared");
    editor.heard.clear();
    editor.notify(
        "textDocument/didChange",
        json!({"textDocument": {"uri": uri, "version": 10}, "contentChanges": [{"text": "A"}]}),
    );
    editor.settle();
    assert!(editor.heard.is_empty(), "{:?}", editor.heard);
    assert_eq!(editor.quit(), 0);
}

#[test]
fn what_is_cancelled_is_not_answered() {
    let folder = tempfile::tempdir().unwrap();
    let mut editor = Editor::new(&abilities(true, false), &json!({}), &[folder.path()]);
    editor.notify("$/cancelRequest", json!({"id": 99}));
    editor.notify("$/cancelRequest", json!({"id": null}));
    editor.settle();
    assert_eq!(editor.quit(), 0);
}
