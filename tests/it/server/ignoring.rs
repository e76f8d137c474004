//! Ignoring a finding makes that finding go away and nothing else.

use super::editor::{Editor, abilities};
use super::pages::{Example, bad};
use serde_json::Value;
use std::collections::BTreeMap;

/// What is shown, without its places: a comment moves them.
fn shown(diagnostics: &[Value]) -> BTreeMap<(String, String), usize> {
    let mut counts = BTreeMap::new();
    for one in diagnostics {
        let part = |key: &str| one[key].as_str().unwrap_or_default().to_owned();
        *counts.entry((part("code"), part("message"))).or_default() += 1;
    }
    counts
}

fn editor(example: &Example) -> Editor {
    Editor::new(&abilities(true, false), &example.options, &[example.folder()])
}

/// What is said of comments, and of a file without instructions.
const NEVER_HERE: &[&str] = &["LL002", "LL003", "DL1001"];

#[test]
fn ignoring_one_finding_leaves_all_others() {
    let (mut tried, mut not_here) = (BTreeMap::<&str, usize>::new(), Vec::new());
    for example in bad() {
        let uri = example.uri();
        let mut editor = editor(&example);
        editor.open(&uri, "dockerfile", &example.text);
        let before = editor.diagnostics(&uri);
        assert!(!before.is_empty(), "{}: nothing is shown of\n{}", example.code, example.text);
        for one in &before {
            let code = one["code"].as_str().unwrap();
            let actions = editor.actions(&uri, &one["range"], "quickfix");
            let mut here = false;
            let mut edited = Vec::new();
            for way in ["here", "in this file", "in lamblint.toml"] {
                let title = format!("{code}: ignore {way}");
                // Two findings of one rule may touch: each has its own action.
                let own = |action: &&Value| {
                    let about = action["diagnostics"].as_array().unwrap();
                    action["title"] == title && about.iter().any(|about| about["message"] == one["message"])
                };
                if let Some(action) = actions.iter().find(own) {
                    *tried.entry(way).or_default() += 1;
                    here |= way == "here";
                    edited.push((title, editor.after(&action["edit"])[&uri].clone()));
                }
            }
            for (title, text) in edited.into_iter().filter(|(_, text)| *text != example.text) {
                editor.change(&uri, &text);
                let after = editor.diagnostics(&uri);
                let (was, is) = (shown(&before), shown(&after));
                let others = |counts: &BTreeMap<(String, String), usize>| {
                    let mut counts = counts.clone();
                    counts.retain(|(other, _), _| other != code);
                    counts
                };
                assert_eq!(others(&was), others(&is), "{title}: others have changed:\n{text}");
                let key = (code.to_owned(), one["message"].as_str().unwrap().to_owned());
                assert!(is.get(&key) < was.get(&key), "{title}: it is still there:\n{text}");
                assert!(is.iter().all(|(key, count)| was.get(key) >= Some(count)), "{title}: there are more:\n{text}");
                if title.ends_with("in this file") {
                    assert!(is.keys().all(|(other, _)| other != code), "{title}: some are left:\n{text}");
                }
            }
            editor.change(&uri, &example.text);
            editor.diagnostics(&uri);
            if !here && !NEVER_HERE.contains(&code) {
                not_here.push(format!("{code}: {}\n{}", one["message"], example.text));
            }
        }
        assert_eq!(editor.quit(), 0);
    }
    assert!(not_here.is_empty(), "cannot be ignored where they are:\n{}", not_here.join("\n"));
    assert!(tried["here"] > 200 && tried["in this file"] > 200, "{tried:?}");
    println!("{tried:?}");
}
