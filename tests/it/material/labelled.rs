//! Findings that were judged by reading: real failures, and public Dockerfiles that were not written for us.

use crate::support::internals::check::{self, Subject};
use crate::support::internals::diagnostic::Severity;
use crate::support::internals::rules;
use crate::support::material::{material, rows};
use crate::support::pages::{TODAY, options};
use lamblint::{Folder, Options};
use serde_json::Value;
use std::collections::BTreeMap;

fn list<'a>(row: &'a Value, key: &str) -> Vec<&'a str> {
    row[key].as_array().map(|list| list.iter().filter_map(Value::as_str).collect()).unwrap_or_default()
}

/// Codes that must be reported, and codes that must not; of a label that is not sure only the first are counted.
#[test]
#[ignore = "needs LAMBLINT_MATERIAL"]
fn labelled_cases() {
    for (file, at_least) in [("cases/dockerfiles.jsonl", FIRST), ("cases/dockerfiles-2.jsonl", SECOND)] {
        let (mut wanted, mut found, mut forbidden) = (0, 0, Vec::new());
        for row in rows(file) {
            let mut options = options(&list(&row, "args").join(" ").replace("--arch ", "--arch="));
            options.function = Some(true);
            let checked = check::dockerfile("Dockerfile", row["dockerfile"].as_str().unwrap(), &options);
            let has = |code: &str| checked.diagnostics.iter().any(|d| d.code == code);
            let (expect, allow) = (list(&row, "expect"), list(&row, "allow"));
            for code in expect.iter().filter(|code| rules::find(code).is_some()) {
                wanted += 1;
                if has(code) { found += 1 } else { println!("missing: {} {code}", row["id"]) }
            }
            let mut errors = checked.diagnostics.iter().filter(|d| d.severity == Severity::Error);
            let error = errors.find(|d| !expect.contains(&d.code) && !allow.contains(&d.code));
            for code in list(&row, "forbid") {
                if row["sure"] != false && (has(code) || (code == "error" && error.is_some())) {
                    forbidden.push(format!("{} {code} {:?}", row["id"], error.map(|d| d.code)));
                }
            }
        }
        println!("{file}: {found} of {wanted} expected codes reported");
        assert_eq!(forbidden, Vec::<String>::new());
        assert!(found >= at_least, "{file}: {found} expected codes reported, and {at_least} were");
    }
}

/// Expected codes that are reported of each file of cases. These numbers only ever grow.
const FIRST: usize = 43;
const SECOND: usize = 49;

/// A verdict on each finding in files that no rule was tuned to: what was false is gone, what was useful has stayed.
#[test]
#[ignore = "needs LAMBLINT_MATERIAL"]
fn files_not_written_for_us() {
    let mut counts: BTreeMap<(String, String), [usize; 2]> = BTreeMap::new();
    let show = std::env::var("SHOW").unwrap_or_default();
    for row in rows("fresh/labels.jsonl") {
        let text = |key: &str| row[key].as_str().unwrap_or_default();
        let file = material("fresh").join(text("file"));
        let folder = file.parent().unwrap().join("ctx");
        let folder = Folder { dockerfile: folder.join("Dockerfile"), path: folder, given: true };
        let bytes = std::fs::read(&file).unwrap();
        let reported = text("modes").chars().any(|mode| {
            let context = (mode == 'b').then_some(&folder);
            let subject = Subject { context, ..Subject::new("Dockerfile", &bytes) };
            let found = check::subject(&subject, &Options::new(TODAY)).diagnostics;
            let line = row["line"].as_u64();
            found.iter().any(|d| {
                d.code == text("code")
                    && d.severity.as_str() == text("severity")
                    && d.labels.first().is_some_and(|label| Some(label.start.line as u64) == line)
            })
        });
        let entry = counts.entry((text("severity").to_owned(), text("verdict").to_owned())).or_default();
        entry[usize::from(!reported)] += 1;
        let wrong =
            (text("verdict") == "false") == reported && ["false", "true", "true-useful"].contains(&text("verdict"));
        if wrong && (show.is_empty() || show == text("code")) {
            println!(
                "{} {}:{} {} {}: {}",
                text("verdict"),
                text("file"),
                row["line"],
                text("severity"),
                text("code"),
                text("message")
            );
        }
    }
    for ((severity, verdict), [reported, gone]) in &counts {
        println!("{severity} {verdict}: {reported} reported, {gone} not");
    }
    let reported = |severity: &str, verdict: &str| {
        counts.get(&(severity.to_owned(), verdict.to_owned())).map_or(0, |[reported, _]| *reported)
    };
    let now = [
        reported("error", "false"),
        reported("warning", "false"),
        reported("error", "true"),
        reported("warning", "true-useful"),
    ];
    assert!(now[0] <= FALSE[0] && now[1] <= FALSE[1], "more is false: {now:?}");
    assert!(now[2] >= USEFUL[0] && now[3] >= USEFUL[1], "less is reported: {now:?}");
}

/// False errors and warnings that are still reported; these numbers only ever become smaller.
const FALSE: [usize; 2] = [0, 7];
/// True errors, and useful warnings, that are reported. One useful warning went, on a folder `app` that may as well be a
/// program that a build makes first, with the false ones of its kind.
const USEFUL: [usize; 2] = [10, 107];
