//! Real Dockerfiles: what is reported on AWS's own functions, counted, so that nothing drops out silently.

use crate::support::internals::check::{self, Subject};
use crate::support::internals::diagnostic::Severity;
use crate::support::internals::dockerfile::Dockerfile;
use crate::support::internals::fix;
use crate::support::material::{material, rows};
use lamblint::Options;
use serde_json::Value;
use std::collections::BTreeMap;

fn today() -> jiff::civil::Date {
    jiff::civil::date(2026, 11, 24)
}

fn manifest(set: &str) -> Vec<Value> {
    rows(&format!("corpus/{set}/manifest.jsonl"))
}

/// Read one by one: each is true (see the note of the issue that brought it).
const TRUE_ERRORS: usize = 6;

#[test]
#[ignore = "needs LAMBLINT_MATERIAL"]
fn real_dockerfiles() {
    let root = material("corpus");
    let mut wrong = Vec::new();
    for set in ["lambda-official", "lambda-community", "general"] {
        let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for row in manifest(set) {
            let file = row["file"].as_str().unwrap();
            let bytes = std::fs::read(root.join(set).join(file)).unwrap();
            let checked = check::dockerfile(file, bytes.as_slice(), &Options::new(today()));
            let again = check::dockerfile(file, bytes, &Options::new(today()));
            assert_eq!(checked.diagnostics, again.diagnostics, "{file}: not the same twice");
            for diagnostic in &checked.diagnostics {
                *counts.entry((diagnostic.code, diagnostic.severity.as_str())).or_default() += 1;
                let function = row["is_lambda_function"] == true
                    && row["is_raw_cookiecutter_template"] != true
                    && !row["kind"].as_str().unwrap_or_default().contains("snippet");
                let error = diagnostic.severity == Severity::Error;
                let lambda = diagnostic.code.starts_with("LL") && !matches!(diagnostic.code, "LL001" | "LL002");
                if (set == "lambda-official" && function && error)
                    || (set == "general" && lambda)
                    || std::env::var("SHOW").is_ok_and(|code| code == diagnostic.code)
                {
                    let place = diagnostic.labels[0].start;
                    wrong.push(format!("{set}/{file}:{}: {} {}", place.line, diagnostic.code, diagnostic.message));
                }
            }
        }
        println!("{set}: {counts:?}");
    }
    println!("{}", wrong.join("\n"));
    assert!(std::env::var_os("SHOW").is_some() || wrong.len() <= TRUE_ERRORS, "new findings to read");
}

/// Fixes over real files: what they mend is gone, nothing new has come, comments stay.
#[test]
#[ignore = "needs LAMBLINT_MATERIAL"]
fn fixes_hold() {
    let root = material("corpus");
    let (mut fixed, mut files) = (0, 0);
    for set in ["lambda-official", "lambda-community"] {
        for row in manifest(set) {
            let file = row["file"].as_str().unwrap();
            let bytes = std::fs::read(root.join(set).join(file)).unwrap();
            let options = Options::new(today());
            let before = check::dockerfile(file, bytes.as_slice(), &options);
            let after = fix::apply(&Subject::new(file, &bytes), &options, true);
            let count =
                |checked: &check::Checked, code: &str| checked.diagnostics.iter().filter(|d| d.code == code).count();
            for diagnostic in &after.checked.diagnostics {
                assert!(
                    count(&after.checked, diagnostic.code) <= count(&before, diagnostic.code),
                    "{file}: new {}",
                    diagnostic.code
                );
            }
            let comments = |bytes: &[u8]| {
                let read = Dockerfile::read(bytes);
                read.comments.iter().map(|comment| comment.text.clone()).collect::<Vec<_>>()
            };
            assert_eq!(comments(&bytes), comments(&after.bytes), "{file}: comments");
            fixed += after.applied.len();
            files += usize::from(!after.applied.is_empty());
        }
    }
    println!("{fixed} fixes in {files} files");
    assert!(fixed > 100);
}
