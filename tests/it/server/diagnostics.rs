//! What is shown of a document, and where.

use super::editor::{Editor, TODAY, abilities, slice, uri};
use serde_json::{Value, json};

const BAD: &str = "FROM public.ecr.aws/lambda/python:3.13\nCOPY app.py ./\nCMD app.handler\n";

fn options() -> Value {
    json!({"today": TODAY, "shellcheck": "off", "select": ["LL203", "LL401", "LL003"]})
}

#[test]
fn pushed_or_pulled_and_never_both() {
    let folder = tempfile::tempdir().unwrap();
    let uri = uri(&folder.path().join("Dockerfile"));
    for pull in [false, true] {
        for refresh in [false, true] {
            for utf8 in [false, true] {
                let mut can = abilities(pull, utf8);
                can["workspace"]["diagnostics"] = json!({"refreshSupport": refresh});
                let mut editor = Editor::new(&can, &options(), &[folder.path()]);
                assert_eq!(editor.capabilities["diagnosticProvider"].is_object(), pull);
                assert_eq!(editor.utf8, utf8);
                let text = BAD.replace("app.handler", "\"😀é\" app.handler");
                editor.open(&uri, "dockerfile", &text);
                let shown = editor.diagnostics(&uri);
                assert_eq!(shown.len(), 1, "{shown:?}");
                assert_eq!(slice(&text, &shown[0]["range"], utf8), "CMD \"😀é\" app.handler");
                editor.change(&uri, "FROM scratch\n");
                assert!(editor.diagnostics(&uri).is_empty());
                let sent = |method: &str| editor.heard.iter().filter(|(heard, _)| heard == method).count();
                assert_eq!(sent("textDocument/publishDiagnostics") > 0, !pull);
                if !pull {
                    assert_eq!(sent("workspace/diagnostic/refresh"), 0);
                }
                assert_eq!(editor.quit(), 0);
            }
        }
    }
}

#[test]
fn a_finding_says_all_that_the_command_line_says() {
    let folder = tempfile::tempdir().unwrap();
    let mut editor = Editor::new(&abilities(true, false), &options(), &[folder.path()]);
    let uri = uri(&folder.path().join("Dockerfile"));
    editor.open(&uri, "dockerfile", &format!("{BAD}# lamblint: ignore=LL203\n"));
    let shown = editor.diagnostics(&uri);
    let of = |code: &str| shown.iter().find(|one| one["code"] == code).unwrap();
    let shell = of("LL203");
    assert_eq!((&shell["severity"], &shell["source"]), (&json!(1), &json!("lamblint")));
    assert!(shell["message"].as_str().unwrap().ends_with("\nhelp: write CMD [\"app.handler\"]"), "{shell}");
    let href = shell["codeDescription"]["href"].as_str().unwrap();
    assert!(href.ends_with("/rules/lambda/LL203-handler-shell-form.md"), "{href}");
    assert_eq!(of("LL003")["tags"], json!([1]));
    editor.change(&uri, &BAD.replace("3.13", "3.8"));
    let shown = editor.diagnostics(&uri);
    assert!(shown.iter().any(|one| one["code"] == "LL401" && one["tags"] == json!([2])), "{shown:?}");
    // A client that can do less is sent less.
    let mut poor = Editor::new(&json!({}), &options(), &[folder.path()]);
    poor.open(&uri, "dockerfile", BAD);
    let shown = poor.diagnostics(&uri);
    assert!(["codeDescription", "relatedInformation", "tags"].iter().all(|key| shown[0].get(key).is_none()));
}

#[test]
fn characters_and_line_ends_do_not_move_a_place() {
    let folder = tempfile::tempdir().unwrap();
    let uri = uri(&folder.path().join("Dockerfile"));
    for utf8 in [false, true] {
        for end in ["\n", "\r\n"] {
            for mark in ["", "\u{feff}"] {
                let text = format!("{mark}{}", BAD.replace("COPY", "# 😀é\n  COPY").replace('\n', end));
                let mut editor = Editor::new(&abilities(false, utf8), &options(), &[folder.path()]);
                editor.open(&uri, "dockerfile", &text);
                let shown = editor.diagnostics(&uri);
                assert_eq!(shown.len(), 1, "{text:?}: {shown:?}");
                assert_eq!(slice(&text, &shown[0]["range"], utf8), "CMD app.handler", "{text:?}");
            }
        }
    }
}

#[test]
fn a_hundred_changes_are_one_check() {
    let folder = tempfile::tempdir().unwrap();
    let mut editor = Editor::plain(folder.path());
    let uri = uri(&folder.path().join("Dockerfile"));
    editor.settings = options();
    editor.open(&uri, "dockerfile", "FROM scratch\n");
    editor.diagnostics(&uri);
    editor.heard.clear();
    for change in 0..100 {
        editor.change(&uri, &format!("{BAD}# {change}\n"));
    }
    let shown = editor.diagnostics(&uri);
    assert!(shown.iter().any(|one| one["code"] == "LL203"), "{shown:?}");
    // The server may begin to read before the last is sent; it never falls behind.
    let sent = editor.heard.iter().filter(|(method, _)| method == "textDocument/publishDiagnostics");
    let versions: Vec<i64> = sent.map(|(_, params)| params["version"].as_i64().unwrap()).collect();
    assert!(versions.last() == Some(&101) && versions.windows(2).all(|pair| pair[0] < pair[1]), "{versions:?}");
}

#[test]
fn the_same_version_is_not_sent_twice_to_who_pulls() {
    let folder = tempfile::tempdir().unwrap();
    let mut editor = Editor::new(&abilities(true, false), &options(), &[folder.path()]);
    let uri = uri(&folder.path().join("Dockerfile"));
    editor.open(&uri, "dockerfile", BAD);
    editor.settle();
    let mut params = json!({"textDocument": {"uri": uri}});
    let first = editor.request("textDocument/diagnostic", params.clone());
    params["previousResultId"] = first["resultId"].clone();
    assert_eq!(editor.request("textDocument/diagnostic", params.clone())["kind"], "unchanged");
    editor.change(&uri, "FROM scratch\n");
    assert_eq!(editor.request("textDocument/diagnostic", params)["kind"], "full");
}

#[test]
fn a_template_and_its_dockerfile() {
    let folder = tempfile::tempdir().unwrap();
    let template = "Resources:\n  A:\n    Type: AWS::Serverless::Function\n    Properties:\n      PackageType: Image\n      \
                    MemorySize: 64\n      ImageConfig:\n        Command: [app.handler]\n    Metadata:\n      \
                    Dockerfile: Dockerfile\n      DockerContext: .\n";
    let file = folder.path().join("template.yaml");
    std::fs::write(&file, template).unwrap();
    let dockerfile = folder.path().join("Dockerfile");
    let text = "FROM public.ecr.aws/lambda/python:3.13\nCOPY app.py ./\n";
    std::fs::write(&dockerfile, text).unwrap();
    std::fs::write(folder.path().join("app.py"), "def handler(event, context): ...\n").unwrap();
    let mut editor = Editor::new(
        &abilities(true, false),
        &json!({"today": TODAY, "shellcheck": "off", "select": ["lambda"]}),
        &[folder.path()],
    );
    let (template_uri, uri) = (uri(&file), uri(&dockerfile));
    editor.open(&template_uri, "yaml", template);
    let shown = editor.diagnostics(&template_uri);
    assert!(shown.iter().any(|one| slice(template, &one["range"], false).contains("64")), "{shown:?}");
    // The command of the template is that of the function.
    editor.open(&uri, "dockerfile", text);
    assert_eq!(editor.codes(&uri), [""; 0]);
    // What is not saved yet counts.
    editor.change(&template_uri, &template.replace("      ImageConfig:\n        Command: [app.handler]\n", ""));
    assert_eq!(editor.codes(&uri), ["LL202"]);
}

#[test]
fn a_configuration_file_says_what_is_wrong_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut editor = Editor::new(&abilities(true, false), &options(), &[folder.path()]);
    let uri = uri(&folder.path().join("lamblint.toml"));
    let text = "root = true\n  ignroe = []\n";
    editor.open(&uri, "toml", text);
    let shown = editor.diagnostics(&uri);
    assert_eq!(slice(text, &shown[0]["range"], false), "ignroe = []");
    assert!(shown[0]["message"].as_str().unwrap().contains("did you mean `ignore`?"), "{shown:?}");
    editor.change(&uri, "root = true\n");
    assert!(editor.diagnostics(&uri).is_empty());
}

#[test]
fn texts_without_a_file_are_checked_as_texts() {
    let folder = tempfile::tempdir().unwrap();
    let mut editor = Editor::new(&abilities(true, false), &options(), &[folder.path()]);
    for uri in ["untitled:Untitled-1", "git:/a/Dockerfile?%7B%7D", "file:///c%3A/a%20b/Dockerfile"] {
        editor.open(uri, "dockerfile", BAD);
        let shown = editor.diagnostics(uri);
        assert_eq!(shown.len(), 1, "{uri}");
        let actions = editor.actions(uri, &shown[0]["range"], "quickfix");
        let here = actions.iter().find(|action| action["title"] == "LL203: ignore here").unwrap();
        let edited = &here["edit"]["documentChanges"][0]["textDocument"]["uri"];
        assert_eq!(edited, uri, "the client's own spelling");
    }
    let spaced = folder.path().join("a b");
    std::fs::create_dir(&spaced).unwrap();
    std::fs::write(spaced.join("lamblint.toml"), "ignore = [\"LL203\"]\n").unwrap();
    let uri = uri(&spaced.join("Dockerfile"));
    assert!(uri.contains("%20"));
    editor.open(&uri, "dockerfile", BAD);
    assert!(editor.diagnostics(&uri).is_empty());
}
