//! BuildKit's checks against BuildKit's own suites and real verdicts.

use crate::support::internals::check::{self, Checked, Subject};
use crate::support::internals::diagnostic::Severity;
use crate::support::internals::dockerfile::{Dockerfile, Kind};
use crate::support::internals::fix;
use crate::support::internals::launch::{Build, Stage};
use crate::support::internals::page::Family;
use crate::support::material::{self, material};
use lamblint::{Folder, Options};
use serde_json::Value;

fn rows(file: &str) -> Vec<Value> {
    material::rows(&format!("suites/{file}"))
}

/// A verdict of BuildKit's: line, rule, detail.
type Verdict = (u64, String, String);

/// What BuildKit's checks say here under the defaults, as no Lambda function.
fn checked(dockerfile: &str, row: &Value) -> Checked {
    let mut options = Options::new(jiff::civil::date(2026, 11, 24));
    options.function = Some(false);
    let folder = row["dockerignore"].as_str().map(|text| {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(".dockerignore"), text).unwrap();
        folder
    });
    let context = folder.as_ref().map(|folder| Folder {
        path: folder.path().to_path_buf(),
        given: true,
        dockerfile: folder.path().join("Dockerfile"),
    });
    for (name, value) in row["build_args"].as_object().into_iter().flatten() {
        options.build_args.insert(name.clone(), value.as_str().unwrap().to_owned());
    }
    if let Some(check) = row["check_option"].as_str() {
        options.build_args.insert("BUILDKIT_DOCKERFILE_CHECK".into(), check.to_owned());
    }
    let subject = Subject { context: context.as_ref(), ..Subject::new("Dockerfile", dockerfile.as_bytes()) };
    check::subject(&subject, &options)
}

fn verdicts(checked: &Checked) -> Vec<Verdict> {
    let buildkit = checked.diagnostics.iter().filter(|d| Family::of(d.code) == Family::Buildkit);
    sorted(buildkit.map(|d| (d.labels[0].start.line as u64, d.code.to_owned(), d.message.clone())).collect())
}

fn sorted(mut verdicts: Vec<Verdict>) -> Vec<Verdict> {
    verdicts.sort();
    verdicts.dedup();
    verdicts
}

fn wanted(warnings: &Value) -> Vec<Verdict> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let verdict = |w: &Value| (w["line"].as_u64().unwrap(), text(&w["rule"]), text(&w["detail"]));
    sorted(warnings.as_array().unwrap().iter().map(verdict).collect())
}

/// The text of every finding is BuildKit's, and its first label begins on BuildKit's line.
#[test]
#[ignore = "needs LAMBLINT_MATERIAL"]
fn buildkit_lint() {
    let (mut right, mut wrong) = (0, Vec::new());
    for row in rows("buildkit_lint.jsonl") {
        let dockerfile = row["dockerfile"].as_str().unwrap();
        let checked = checked(dockerfile, &row);
        let (want, got) = (wanted(&row["warnings"]), verdicts(&checked));
        let fails = row["error"].as_str().is_some_and(|error| error.starts_with("lint violation"));
        let errors = checked.diagnostics.iter().any(|d| d.severity == Severity::Error);
        if want == got && (!fails || errors) {
            right += 1;
        } else {
            wrong.push(format!("{} {dockerfile:?}\n  want {want:?}\n  got  {got:?}", row["test"]));
        }
    }
    println!("{right} rows right");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// BuildKit's own pages. What its own run does not say (pages hold pieces of files) is not asked for here either.
#[test]
#[ignore = "needs LAMBLINT_MATERIAL"]
fn buildkit_pages() {
    let mut wrong = Vec::new();
    for row in rows("buildkit_docs_examples.jsonl") {
        let mut dockerfile = row["dockerfile"].as_str().unwrap().to_owned();
        // The run that is recorded had this line above the experimental check's examples.
        if row["rule"] == "InvalidDefinitionDescription" {
            dockerfile.insert_str(0, "# check=experimental=InvalidDefinitionDescription\n");
        }
        let (want, got) = (wanted(&row["oracle_warnings"]), verdicts(&checked(&dockerfile, &row)));
        // Where BuildKit stops at an error it says less than there is to say.
        let stopped = row["oracle_error"].is_string();
        if want != got && !(stopped && want.iter().all(|verdict| got.contains(verdict))) {
            wrong.push(format!("{} {dockerfile:?}\n  want {want:?}\n  got  {got:?}", row["rule"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Files of which lamblint says something else than BuildKit, each on purpose.
const ON_PURPOSE: &[(&str, &str)] = &[];

/// BuildKit's verdicts on every file of all suites; where it stops at an error, what it has said until then.
#[test]
#[ignore = "needs LAMBLINT_MATERIAL"]
fn cross_buildkit() {
    let (mut right, mut all, mut wrong) = (0, 0, Vec::new());
    for row in rows("cross.jsonl") {
        let dockerfile = row["dockerfile"].as_str().unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let verdict = |w: &Value| (w[0].as_u64().unwrap(), text(&w[1]), text(&w[2]));
        let want = sorted(row["buildkit"].as_array().unwrap().iter().map(verdict).collect());
        let got = verdicts(&checked(dockerfile, &row));
        let stopped = row["buildkit_error"].is_string();
        let agrees = want == got || (stopped && want.iter().all(|verdict| got.contains(verdict)));
        all += usize::from(!stopped);
        right += usize::from(!stopped && agrees);
        let known = ON_PURPOSE.iter().any(|(rule, part)| {
            dockerfile.contains(part) && got.iter().chain(&want).any(|(_, found, _)| found == rule)
        });
        if !agrees && !known {
            wrong.push(format!("{dockerfile:?} {}\n  want {want:?}\n  got  {got:?}", row["buildkit_error"]));
        }
    }
    println!("{right} of {all} files that BuildKit builds agree");
    assert!(right * 100 >= all * 99, "under 99 %");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Safe fixes of BuildKit's findings over real files: every one of them holds, and what the stages set stays.
#[test]
#[ignore = "needs LAMBLINT_MATERIAL"]
fn buildkit_fixes() {
    let folder = material("corpus/general");
    let mut options = Options::new(jiff::civil::date(2026, 11, 24));
    options.select = vec!["buildkit".into()];
    let (mut applied, mut wrong) = (0, Vec::new());
    for entry in std::fs::read_dir(folder).unwrap().flatten().filter(|entry| entry.path().is_file()) {
        let bytes = std::fs::read(entry.path()).unwrap();
        let fixed = fix::apply(&Subject::new("Dockerfile", &bytes), &options, false);
        applied += fixed.applied.len();
        let left = fixed.checked.diagnostics.iter().any(|d| d.fix.as_ref().is_some_and(|fix| fix.safe));
        if left || settings(&bytes, &options) != settings(&fixed.bytes, &options) {
            wrong.push(entry.file_name());
        }
    }
    println!("{applied} fixes applied");
    assert!(wrong.is_empty(), "{wrong:?}");
}

/// What the stages set, and what RUN runs.
fn settings(bytes: &[u8], options: &Options) -> (Vec<String>, Vec<String>) {
    let dockerfile = Dockerfile::read(bytes);
    let build = Build::new(&dockerfile, options);
    let env =
        |stage: &Stage<'_>| stage.end.env.iter().map(|(name, value)| format!("{name}={:?}", value.value())).collect();
    let runs = dockerfile.instructions.iter().filter(|instruction| matches!(instruction.kind, Kind::Run(_)));
    (build.stages.iter().map(env).collect(), runs.map(|run| run.rest.text.clone()).collect())
}
