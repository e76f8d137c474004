//! What is said and offered beside findings: hover, inlay hints, completion, links.

use super::editor::{Editor, TODAY, abilities, everything, slice, uri};
use serde_json::{Value, json};
use std::path::Path;

fn editor(folder: &Path) -> Editor {
    Editor::new(&abilities(true, false), &json!({"today": TODAY, "shellcheck": "off"}), &[folder])
}

/// A text with the cursor at `|`: the text, and the place.
fn marked(text: &str) -> (String, Value) {
    let at = text.find('|').unwrap();
    let line = text[..at].matches('\n').count();
    let column = text[..at].rsplit('\n').next().unwrap().encode_utf16().count();
    (text.replace('|', ""), json!({"line": line, "character": column}))
}

fn hover(editor: &mut Editor, uri: &str, text: &str) -> String {
    let (text, place) = marked(text);
    editor.open(uri, "", &text);
    let said = editor.request("textDocument/hover", json!({"textDocument": {"uri": uri}, "position": place}));
    said["contents"]["value"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn hover_says_what_stands_there() {
    let folder = tempfile::tempdir().unwrap();
    let mut editor = editor(folder.path());
    let uri = uri(&folder.path().join("Dockerfile"));
    let base = hover(&mut editor, &uri, "FROM public.ecr.aws/lambda/py|thon:3.13\n");
    for part in [
        "python3.13",
        "Amazon Linux 2023",
        "glibc 2.34",
        "`dnf`",
        "deprecated from: 2029",
        "/lambda-entrypoint.sh",
        "arm64",
    ] {
        assert!(base.contains(part), "{part}: {base}");
    }
    let expanded = hover(&mut editor, &uri, "ARG V=20\nFROM node:$|V-alpine\n");
    assert!(expanded.contains("**node:20-alpine**") && expanded.contains("musl"), "{expanded}");
    assert!(hover(&mut editor, &uri, "FROM example.com/some|thing:1\n").is_empty());
    let page = hover(&mut editor, &uri, "FROM public.ecr.aws/lambda/python:3.13\nCMD ap|p.handler\n");
    assert!(page.starts_with("**LL203** handler-shell-form (error)"), "{page}");
    for part in ["```dockerfile\n", "**Why**", "LL203-handler-shell-form.md)"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("```output") && !page.contains("severity ="), "{page}");
    let reserved = hover(&mut editor, &uri, "FROM scratch\nENV AWS_LAMBDA_FUN|CTION_NAME=a\n");
    assert!(reserved.contains("Lambda sets it itself"), "{reserved}");
    let adapter = hover(&mut editor, &uri, "FROM scratch\nENV A=1 \\\n  AWS_LWA_|PORT=80\n");
    assert!(adapter.contains("Web Adapter reads it"), "{adapter}");
    let code = hover(&mut editor, &uri, "FROM scratch\n# lamblint: ignore=LL404,LL2|02\nCMD x\n");
    assert!(code.contains("**LL202**") && !code.contains("**LL404**"), "{code}");
    let named = hover(&mut editor, &uri, "# lamblint: ignore-file=handler-shell|-form\nFROM scratch\n");
    assert!(named.contains("**LL203**"), "{named}");
    assert!(hover(&mut editor, &uri, "FROM scratch\nCO|PY a b\n# no|thing\n").is_empty());
    let config = super::editor::uri(&folder.path().join("lamblint.toml"));
    assert!(hover(&mut editor, &config, "ignore = [\"LL4|04\"]\n").contains("**LL404**"));
    let mut plain = Editor::new(&json!({}), &json!({"today": TODAY}), &[]);
    let said = hover(&mut plain, &uri, "FROM public.ecr.aws/lambda/py|thon:3.13\n");
    assert!(!said.contains("**") && said.contains("python3.13"), "{said}");
}

fn hints(editor: &mut Editor, uri: &str, text: &str) -> Vec<(u64, u64, String)> {
    editor.open(uri, "dockerfile", text);
    let found = editor.request("textDocument/inlayHint", json!({"textDocument": {"uri": uri}, "range": everything()}));
    let one = |hint: &Value| {
        let place = &hint["position"];
        let (line, column) = (place["line"].as_u64().unwrap(), place["character"].as_u64().unwrap());
        (line, column, hint["label"].as_str().unwrap().to_owned())
    };
    found.as_array().unwrap().iter().map(one).collect()
}

#[test]
fn hints_say_what_lambda_starts_and_nothing_that_is_not_known() {
    let folder = tempfile::tempdir().unwrap();
    let mut editor = editor(folder.path());
    let uri = uri(&folder.path().join("Dockerfile"));
    let base = "FROM public.ecr.aws/lambda/python:3.8";
    let found = hints(&mut editor, &uri, &format!("{base}\nCOPY . .\nCMD [\"app.handler\"]\n"));
    assert_eq!(found[0], (0, base.len() as u64, "deprecated since 2024-10-14".into()));
    assert_eq!(found[1].0, 2);
    assert!(found[1].2.starts_with("starts /lambda-entrypoint.sh app.handler · /var/task"), "{found:?}");
    // A here-document, a shell, a word with a blank.
    let found = hints(
        &mut editor,
        &uri,
        "FROM public.ecr.aws/lambda/provided:al2023\nENTRYPOINT [\"/main\", \"a b\"]\nRUN <<E\nx\nE\n",
    );
    assert!(found.iter().any(|(line, _, label)| *line == 4 && label.starts_with("starts /main \"a b\"")), "{found:?}");
    let unknown = [
        "ARG B\nFROM $B\nENV AWS_LAMBDA_LOG_LEVEL=info\nCMD [\"app.handler\"]\n",
        "FROM example.com/own:1\nENV AWS_LAMBDA_LOG_LEVEL=info\nCMD [\"app.handler\"]\n",
        "FROM debian:12\nCMD [\"bash\"]\n",
        "RUN x\n",
        "",
    ];
    for text in unknown {
        let found = hints(&mut editor, &uri, text);
        assert!(
            found.iter().all(|(_, _, label)| !label.contains("starts /lambda-entrypoint.sh ")),
            "{text}: {found:?}"
        );
        assert!(found.iter().all(|(_, _, label)| !label.contains("bash")), "{text}: {found:?}");
    }
    let range = json!({"start": {"line": 1, "character": 0}, "end": {"line": 9, "character": 0}});
    editor.open(&uri, "dockerfile", &format!("{base}\nCMD [\"app.handler\"]\n"));
    let found = editor.request("textDocument/inlayHint", json!({"textDocument": {"uri": uri}, "range": range}));
    assert_eq!(found.as_array().unwrap().len(), 1, "only those that are asked for");
    let mut quiet = Editor::new(&abilities(true, false), &json!({"today": TODAY, "inlayHints": false}), &[]);
    assert!(hints(&mut quiet, &uri, &format!("{base}\n")).is_empty());
}

/// What is offered at the cursor, and the text when it is taken.
fn offered(editor: &mut Editor, uri: &str, text: &str) -> Vec<(Value, String)> {
    let (text, place) = marked(text);
    editor.open(uri, if uri.ends_with("file") { "dockerfile" } else { "" }, &text);
    let found = editor.request("textDocument/completion", json!({"textDocument": {"uri": uri}, "position": place}));
    let utf8 = editor.utf8;
    let taken = |item: &Value| {
        let edit = &item["textEdit"];
        let [start, end] = ["start", "end"].map(|end| super::editor::offset(&text, &edit["range"][end], utf8));
        [&text[..start], edit["newText"].as_str().unwrap(), &text[end..]].concat()
    };
    let mut items = found.as_array().unwrap().clone();
    items.sort_by_key(|item| item["sortText"].as_str().unwrap().to_owned());
    items.into_iter().map(|item| (item.clone(), taken(&item))).collect()
}

#[test]
fn completion_offers_what_can_stand_there() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("app.py"), "def handler(event, context): ...\n").unwrap();
    let mut editor = editor(folder.path());
    let uri = uri(&folder.path().join("Dockerfile"));
    let mut at = |text: &str| offered(&mut editor, &uri, text);
    let has = |found: &[(Value, String)], text: &str| found.iter().any(|(_, taken)| taken == text);

    let tags = at("FROM public.ecr.aws/lambda/python:|\n");
    assert_eq!(tags[0].1, "FROM public.ecr.aws/lambda/python:3.14\n", "the newest first");
    assert!(tags[0].0["detail"].as_str().unwrap().starts_with("supported, until 20"), "{}", tags[0].0);
    let old = tags.iter().find(|(item, _)| item["label"] == "3.8").unwrap();
    assert_eq!(old.0["tags"], json!([1]));
    let firsts: Vec<bool> = tags.iter().map(|(item, _)| item.get("tags").is_some()).collect();
    assert!(firsts.is_sorted(), "what is deprecated stands last");
    assert!(has(
        &at("FROM --platform=linux/arm64 public.ecr.aws/lambda/nodejs:2|2 AS x\n"),
        "FROM --platform=linux/arm64 public.ecr.aws/lambda/nodejs:242 AS x\n"
    ));
    assert!(has(&at("FROM py|\n"), "FROM public.ecr.aws/lambda/python\n"));
    assert!(has(&at("FROM |"), "FROM public.ecr.aws/lambda/nodejs"));
    assert!(has(&at("FROM --pl|\n"), "FROM --platform=linux/arm64\n"));
    assert!(at("FROM a AS |\n").is_empty());
    assert!(at("FROM node:|\n").is_empty(), "tags of others are not known");

    assert!(has(&at("FROM a\n# lamblint: ignore=LL203,|\n"), "FROM a\n# lamblint: ignore=LL203,LL404\n"));
    assert!(has(&at("# lamblint: |\n"), "# lamblint: ignore-file=\n"));
    assert!(has(&at("# hadolint ignore=DL|\n"), "# hadolint ignore=DL3008\n"));
    assert!(has(&at("# check=skip=|\n"), "# check=skip=StageNameCasing\n"));
    assert!(at("# lamblint: ignore=LL203 -- b|\n").is_empty());
    assert!(at("# a remark = |\n").is_empty());

    assert!(has(&at("FROM a\nENV AWS|\n"), "FROM a\nENV AWS_LWA_PORT\n"));
    assert!(at("FROM a\nENV A=|\n").is_empty());
    assert!(at("FROM a\nENV A=1\n|").is_empty());
    let handlers = at("FROM public.ecr.aws/lambda/python:3.13\nCMD [\"a|\"]\n");
    assert_eq!(handlers[0].1, "FROM public.ecr.aws/lambda/python:3.13\nCMD [\"app.handler\"]\n");
    assert!(has(
        &at("FROM public.ecr.aws/lambda/python:3.13 AS b\nFROM b\nCMD [\"|"),
        "FROM public.ecr.aws/lambda/python:3.13 AS b\nFROM b\nCMD [\"app.handler"
    ));
    assert!(at("FROM a\nCMD [\"|\"]\n").is_empty());
    assert!(at("FROM a\nCOPY |\n").is_empty());

    let template = super::editor::uri(&folder.path().join("template.yaml"));
    let mut at = |text: &str| offered(&mut editor, &template, text);
    assert!(has(&at("A:\n  PackageType: |\n"), "A:\n  PackageType: Image\n"));
    assert!(has(&at("A:\n  Architectures: [a|]\n"), "A:\n  Architectures: [arm64]\n"));
    assert!(has(&at("A:\n  Architectures:\n    - |\n"), "A:\n  Architectures:\n    - x86_64\n"));
    assert!(has(&at("A:\n  Architectures:\n  - |\n"), "A:\n  Architectures:\n  - x86_64\n"));
    assert!(at("A:\n  Events:\n    - |\n").is_empty());
    let config = super::editor::uri(&folder.path().join("lamblint.toml"));
    let mut at = |text: &str| offered(&mut editor, &config, text);
    assert!(has(&at("ignore = [\"LL203\", \"LL|\"]\n"), "ignore = [\"LL203\", \"LL404\"]\n"));
    assert!(at("arch = \"|\"\n").is_empty());
}

#[test]
fn links_lead_to_pages() {
    let folder = tempfile::tempdir().unwrap();
    let mut editor = editor(folder.path());
    let uri = uri(&folder.path().join("Dockerfile"));
    let text = "# lamblint: ignore-file=LL404 -- é😀\nFROM python:3.13 AS a\nFROM public.ecr.aws/lambda/python:3.13 AS b\nFROM example.com/x AS c\n";
    editor.open(&uri, "dockerfile", text);
    let found = editor.request("textDocument/documentLink", json!({"textDocument": {"uri": uri}}));
    let links: Vec<(&str, &str)> = found
        .as_array()
        .unwrap()
        .iter()
        .map(|link| (slice(text, &link["range"], false), link["target"].as_str().unwrap()))
        .collect();
    let page = "https://github.com/lamblint/lamblint/blob/main/rules/lambda/LL404-unpinned-base.md";
    let wanted = [
        ("LL404", page),
        ("python:3.13", "https://hub.docker.com/_/python"),
        ("public.ecr.aws/lambda/python:3.13", "https://gallery.ecr.aws/lambda/python"),
    ];
    assert_eq!(links, wanted);
}

/// No place of any text makes a request fail.
#[test]
fn every_place_can_be_asked_about() {
    let folder = tempfile::tempdir().unwrap();
    let mut editor = editor(folder.path());
    let uri = uri(&folder.path().join("Dockerfile"));
    let texts = [
        "FROM public.ecr.aws/lambda/python:3.8 AS é\n# lamblint: ignore=LL4,\nENV A=😀 \\\n\n B=$A\nCMD [\"app.\n",
        "\u{feff}# escape=`\r\nFROM a`\r\n:b\r\nRUN <<E\r\n",
        "FROM\nCMD\nENV\nENTRYPOINT [\n\"",
        "\r\r\n\n",
    ];
    for text in texts {
        editor.open(&uri, "dockerfile", text);
        for line in 0..8 {
            for character in 0..40 {
                let params = json!({"textDocument": {"uri": uri}, "position": {"line": line, "character": character}});
                editor.request("textDocument/hover", params.clone());
                editor.request("textDocument/completion", params);
            }
        }
        editor.request("textDocument/inlayHint", json!({"textDocument": {"uri": uri}, "range": everything()}));
        editor.request("textDocument/documentLink", json!({"textDocument": {"uri": uri}}));
    }
    assert!(editor.heard.iter().all(|(method, _)| method != "window/logMessage"), "{:?}", editor.heard);
    assert_eq!(editor.quit(), 0);
}
