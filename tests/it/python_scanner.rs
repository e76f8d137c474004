//! The reader of Python modules against CPython's own parser, on folders of real files.
//!
//! `LAMBLINT_PYTHON_FILES="FOLDER FOLDER" cargo test --test it python_scanner -- --ignored --nocapture` compares the imports
//! that always run and the names that are bound. `PYTHON` names the interpreter, `python3` if it is not set.

use crate::support::internals::python::{Import, Runs, summarise};
use std::collections::BTreeSet;
use std::process::Command;

#[test]
#[ignore = "needs LAMBLINT_PYTHON_FILES and an interpreter"]
fn equals_cpython() {
    let folders = std::env::var("LAMBLINT_PYTHON_FILES").expect("LAMBLINT_PYTHON_FILES names folders of Python files");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/python_scanner/reference.py");
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".into());
    let output = Command::new(python).arg(script).args(folders.split_whitespace()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let reference = String::from_utf8(output.stdout).unwrap();
    let (mut files, mut imports, mut unread, mut bytes) = (0, 0, Vec::new(), 0);
    let mut different = Vec::new();
    for answer in reference.split("\nF ") {
        let (path, answer) = answer.trim_start_matches("F ").split_once('\n').unwrap();
        let text = std::fs::read(path).unwrap();
        let summary = summarise(&text);
        files += 1;
        bytes += text.len();
        if summary.doubts.unread {
            unread.push(path);
            continue;
        }
        let of = |letter: &str| -> BTreeSet<String> {
            answer.lines().filter_map(|line| line.strip_prefix(letter)).map(str::to_owned).collect()
        };
        let own = |runs: Runs| summary.imports.iter().filter(move |import| import.runs == runs).map(shown).collect();
        let always: BTreeSet<String> = own(Runs::Always);
        imports += always.len();
        let names = answer.lines().find_map(|line| line.strip_prefix('N')).unwrap_or_default().trim();
        let bound = summary.names().collect::<Vec<_>>().join(" ");
        let called: BTreeSet<String> = own(Runs::WhenCalled);
        if always != of("I ") || bound != names || called != of("C ") {
            let more = |a: &BTreeSet<String>, b: &BTreeSet<String>| a.difference(b).cloned().collect::<Vec<_>>();
            let words = |text: &str| text.split(' ').map(str::to_owned).collect::<BTreeSet<_>>();
            different.push(format!(
                "{path}\n  imports: only here {:?}, only CPython {:?}\n  in functions: {:?}, {:?}\n  names: {:?}, {:?}",
                more(&always, &of("I ")),
                more(&of("I "), &always),
                more(&called, &of("C ")),
                more(&of("C "), &called),
                more(&words(&bound), &words(names)),
                more(&words(names), &words(&bound)),
            ));
        }
    }
    println!("{files} files, {bytes} bytes, {imports} imports; {} unread, {} differ", unread.len(), different.len());
    println!("unread: {unread:#?}");
    assert!(files > 0 && different.is_empty(), "{}", different.join("\n"));
}

fn shown(import: &Import) -> String {
    let names = import.names().collect::<Vec<_>>().join(",");
    let or_dash = |text: &str| if text.is_empty() { "-".to_owned() } else { text.to_owned() };
    let mut shown = format!("{} {} {} {}", import.line, import.level, or_dash(import.module()), or_dash(&names));
    if import.runs == Runs::WhenCalled {
        shown.push(' ');
        shown.push_str(import.function());
    }
    shown
}
