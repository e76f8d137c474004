//! hadolint's own suites and real verdicts.

use crate::support::internals::check::{self, Subject};
use crate::support::internals::diagnostic::{DocumentId, Severity};
use crate::support::internals::dockerfile::Dockerfile;
use crate::support::internals::launch::Build;
use crate::support::internals::shellcheck::{self, Program, Results};
use crate::support::material::rows;
use lamblint::{Options, Preset};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

fn hadolint() -> Options {
    let mut options = Options::new(jiff::civil::date(2026, 11, 24));
    options.preset = Preset::Hadolint;
    options
}

/// What is said of hadolint's rules: the instruction's first line and the code.
fn said(dockerfile: &str, answers: Option<&Results>, options: &Options) -> Vec<(u64, String, Severity)> {
    let read = Dockerfile::read(dockerfile);
    let line = |offset: usize| {
        let of = read.instructions.iter().find(|i| i.span.start <= offset && offset <= i.span.end);
        read.source.line_of(of.map_or(offset, |instruction| instruction.span.start)) as u64
    };
    let subject = Subject { shellcheck: answers, ..Subject::new("Dockerfile", dockerfile.as_bytes()) };
    let checked = check::subject(&subject, options);
    let theirs = |code: &str| code.starts_with("DL") || code.starts_with("SC");
    let ours = checked.diagnostics.iter().filter(|d| theirs(d.code) && d.labels[0].doc == DocumentId::Dockerfile);
    ours.map(|d| (line(d.labels[0].span.start), d.code.to_owned(), d.severity)).collect()
}

/// Asks ShellCheck where it is installed.
fn ask(program: Option<&Program>, dockerfile: &str, options: &Options) -> Option<Results> {
    let read = Dockerfile::read(dockerfile);
    let scripts = shellcheck::scripts(&Build::new(&read, options), options);
    program.map(|program| program.ask(&scripts, Duration::from_secs(60)).unwrap())
}

/// Rows of hadolint's suite on which we differ, each argued: none so far.
const ARGUED: &[&str] = &[];

#[test]
#[ignore = "needs LAMBLINT_MATERIAL"]
fn hadolints_suite() {
    let (mut rows_seen, mut wrong) = (0, Vec::new());
    let program = Program::find();
    if program.is_none() {
        println!("skipped: the rows about ShellCheck's codes, for there is no shellcheck on PATH");
    }
    for row in rows("suites/hadolint.jsonl") {
        let rule = row["rule"].as_str().unwrap();
        let shellchecks = rule.starts_with("SC");
        if shellchecks && program.is_none() {
            continue;
        }
        rows_seen += 1;
        let mut options = hadolint();
        if rule != "*" && !shellchecks {
            options.select.push(rule.to_owned());
        }
        let config = &row["config"];
        let list = |key: &str| config[key].as_array().cloned().unwrap_or_default();
        options.trusted_registries =
            list("trustedRegistries").iter().map(|name| name.as_str().unwrap().to_owned()).collect();
        for (name, kind) in config["label-schema"].as_object().into_iter().flatten() {
            options.label_schema.insert(name.clone(), serde_json::from_value(kind.clone()).unwrap());
        }
        options.strict_labels = config["strict-labels"].as_bool() == Some(true);
        let text = row["dockerfile_effective"].as_str().or(row["dockerfile"].as_str()).unwrap();
        // hadolint's helpers end the text with a line end.
        let text = format!("{text}\n");
        let answers = ask(program.as_ref().filter(|_| shellchecks || rule == "*"), &text, &options);
        let is_meant = |code: &str| rule == "*" || code == rule || (shellchecks && code.starts_with("SC"));
        let count = said(&text, answers.as_ref(), &options).iter().filter(|said| is_meant(&said.1)).count();
        let wanted = row["count"].as_u64();
        let agrees = match row["expect"].as_str().unwrap() {
            "not" => count == 0,
            _ => wanted.map_or(count > 0, |wanted| count as u64 == wanted),
        };
        if !agrees {
            wrong.push(format!("{rule} {} {wanted:?} but {count}: {text:?} {config}", row["expect"]));
        }
    }
    let agreed = rows_seen - wrong.len();
    println!("hadolint's suite: {agreed} of {rows_seen} rows agree");
    wrong.retain(|line| !ARGUED.iter().any(|argued| line.contains(argued)));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
#[ignore = "needs LAMBLINT_MATERIAL"]
fn what_hadolint_says_of_real_files() {
    let mut by_rule: BTreeMap<String, [usize; 3]> = BTreeMap::new();
    let show = std::env::var("SHOW").unwrap_or_default();
    let mut options = hadolint();
    options.select = vec!["hadolint".into()];
    options.ignore = vec!["DL1001".into()];
    let mut severities = 0;
    // Besides `cross.jsonl` any file with the same two fields may be named.
    let other = std::env::var("VERDICTS").ok();
    let all = match &other {
        Some(file) => {
            std::fs::read_to_string(file).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect()
        }
        None => rows("suites/cross.jsonl"),
    };
    for row in all {
        let text = match row["file"].as_str() {
            Some(file) => String::from_utf8_lossy(&std::fs::read(file).unwrap()).into_owned(),
            None => row["dockerfile"].as_str().unwrap().to_owned(),
        };
        let verdicts = row["hadolint"].as_array().cloned().unwrap_or_default();
        let theirs: Vec<(u64, String, String)> = verdicts
            .iter()
            .map(|v| (v[0].as_u64().unwrap(), v[1].as_str().unwrap().to_owned(), v[2].as_str().unwrap().to_owned()))
            .filter(|(_, code, _)| code.starts_with("DL"))
            .collect();
        // A file that hadolint cannot read has no verdicts.
        if theirs.iter().any(|(_, code, _)| code == "DL1000") || row["hadolint"].is_null() {
            continue;
        }
        let ours = said(&text, None, &options);
        let key = |line: u64, code: &str| (line, code.to_owned());
        let ours_keys: BTreeSet<_> = ours.iter().map(|(line, code, _)| key(*line, code)).collect();
        let theirs_keys: BTreeSet<_> = theirs.iter().map(|(line, code, _)| key(*line, code)).collect();
        for (line, code) in ours_keys.union(&theirs_keys) {
            let entry = by_rule.entry(code.clone()).or_default();
            let kind = match (ours_keys.contains(&(*line, code.clone())), theirs_keys.contains(&(*line, code.clone())))
            {
                (true, true) => 0,
                (true, false) => 1,
                _ => 2,
            };
            entry[kind] += 1;
            if kind > 0 && (show == "all" || show == *code) {
                let name = row["file"].as_str().unwrap_or_default();
                let shown: Vec<&str> = text.lines().skip(*line as usize - 1).take(6).collect();
                println!("{} {code}:{line} {name}\n    {}", ["", "OURS", "THEIRS"][kind], shown.join("\n    "));
            }
        }
        for (line, code, severity) in &ours {
            let level =
                theirs.iter().find(|(at, known, _)| at == line && known == code).map(|(.., level)| level.as_str());
            // hadolint's `style` is our info; the verdicts were taken with DL3057 on.
            let same = level
                .is_none_or(|level| level == severity.as_str() || (level == "style" && *severity == Severity::Info));
            severities += usize::from(!same);
        }
    }
    let mut sum = [0; 3];
    for (code, counts) in &by_rule {
        println!("{code}: both {}, ours {}, theirs {}", counts[0], counts[1], counts[2]);
        (0..3).for_each(|at| sum[at] += counts[at]);
    }
    println!("together: both {}, ours {}, theirs {}; other severities {severities}", sum[0], sum[1], sum[2]);
    if other.is_none() && sum[0] > 0 {
        let all = sum.iter().sum::<usize>();
        assert!(sum[0] * 1000 >= all * 990, "{} of {all} verdicts agree", sum[0]);
        assert_eq!(severities, 0);
    }
}

#[test]
#[ignore = "needs LAMBLINT_MATERIAL"]
fn complaints_that_hadolint_still_gets_wrong() {
    let mut wrong = Vec::new();
    let program = Program::find();
    for row in rows("suites/complaints.jsonl") {
        let options = Options::new(jiff::civil::date(2026, 11, 24));
        let dockerfile = row["dockerfile"].as_str().unwrap();
        let mut every = options.clone();
        every.select = vec!["hadolint".into(), "shellcheck".into()];
        for (kind, options) in [("default", options), ("selected", every)] {
            let answers = ask(program.as_ref(), dockerfile, &options);
            let codes: Vec<String> =
                said(dockerfile, answers.as_ref(), &options).into_iter().map(|(_, code, _)| code).collect();
            let list = |key: &str| row[key].as_array().cloned().unwrap_or_default();
            for code in list("should_report").iter().filter_map(|code| code.as_str()) {
                if code.starts_with("DL") && !codes.iter().any(|said| said == code) {
                    wrong.push(format!("{} {kind}: {code} is missing\n{dockerfile}", row["id"]));
                }
            }
            for code in list("should_not_report").iter().filter_map(|code| code.as_str()) {
                if codes.iter().any(|said| said == code) {
                    wrong.push(format!("{} {kind}: {code} is said\n{dockerfile}", row["id"]));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
