//! Fixes: one, and all that are safe.

use super::editor::{Editor, TODAY, abilities, everything, uri};
use super::pages::bad;
use crate::support::internals::check::Subject;
use crate::support::internals::fix;
use crate::support::pages::options;
use serde_json::json;

#[test]
fn all_safe_fixes_are_those_of_the_command_line() {
    let mut changed = 0;
    for example in bad().into_iter().filter(|example| example.fixed.is_some()) {
        let uri = uri(&example.path());
        let mut editor = Editor::new(&abilities(true, true), &example.options, &[example.folder()]);
        editor.open(&uri, "dockerfile", &example.text);
        let actions = editor.actions(&uri, &everything(), "source.fixAll");
        let after = actions.first().map(|action| editor.after(&action["edit"])[&uri].clone());
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_lamblint"))
            .args(["--fix", "--quiet", "--shellcheck", "off", "--today", TODAY])
            .args(
                example.options["select"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|code| format!("--select={}", code.as_str().unwrap())),
            )
            .args(example.options["arch"].as_str().map(|arch| format!("--arch={arch}")))
            .args((example.options["function"] == true).then_some("--lambda"))
            .arg(example.path())
            .output()
            .unwrap();
        let fixed = std::fs::read_to_string(example.path()).unwrap();
        assert_eq!(after.as_deref().unwrap_or(&example.text), fixed, "{}: {output:?}", example.code);
        changed += usize::from(fixed != example.text);
    }
    assert!(changed >= 20, "{changed}");
}

/// A page's block is its example with every fix applied.
#[test]
fn each_fix_by_itself_makes_the_fixed_block() {
    for example in bad() {
        let Some(fixed) = &example.fixed else { continue };
        let uri = example.uri();
        let mut editor = Editor::new(&abilities(true, false), &example.options, &[example.folder()]);
        editor.open(&uri, "dockerfile", &example.text);
        // From the last to the first, so that places stay.
        for round in 0.. {
            assert!(round < 50, "{}", example.code);
            let actions = editor.actions(&uri, &everything(), "quickfix");
            let is_fix = |action: &&serde_json::Value| action.get("isPreferred").is_some();
            let Some(action) = actions.iter().rfind(is_fix) else { break };
            let unsure = action["title"].as_str().unwrap().ends_with(" (may change what works)");
            assert_eq!(action["isPreferred"], !unsure);
            let text = editor.after(&action["edit"])[&uri].clone();
            editor.change(&uri, &text);
        }
        assert_eq!(editor.texts[&uri], *fixed, "{}", example.code);
    }
}

#[test]
fn lines_that_differ_are_all_that_is_edited() {
    let folder = tempfile::tempdir().unwrap();
    let uri = uri(&folder.path().join("Dockerfile"));
    for (end, utf8) in [("\n", true), ("\r\n", false)] {
        let text = [
            "\u{feff}FROM public.ecr.aws/lambda/python:3.13",
            "LABEL a=\"😀é\"",
            "COPY app.py ./",
            "MAINTAINER me",
            "CMD app.handler",
            "",
        ]
        .join(end);
        let mut editor = Editor::new(
            &abilities(false, utf8),
            &json!({"today": TODAY, "shellcheck": "off", "select": ["lambda"]}),
            &[folder.path()],
        );
        editor.open(&uri, "dockerfile", &text);
        let action = editor.actions(&uri, &everything(), "source.fixAll.lamblint").remove(0);
        let edits = action["edit"]["documentChanges"][0]["edits"].as_array().unwrap();
        assert!(edits.iter().all(|edit| edit["range"]["start"]["line"].as_u64().unwrap() >= 3), "{edits:?}");
        let after = editor.after(&action["edit"])[&uri].clone();
        let mut selected = options("");
        selected.select = vec!["lambda".into()];
        let wanted = fix::apply(&Subject::new("Dockerfile", text.as_bytes()), &selected, false).bytes;
        assert_eq!(after, String::from_utf8(wanted).unwrap());
        assert_ne!(after, text);
    }
}
