//! Dockerfiles to try something on: the examples of rule pages, the one-line tests of rules, labelled cases, real files.

use super::internals::check::{self, Checked, Subject};
use super::internals::diagnostic::Severity;
use super::internals::page::{Family, Page};
use super::internals::rules::RULES;
use super::material::{material, rows};
use super::pages::{TODAY, folder, options};
use lamblint::{Folder, Options};
use std::collections::BTreeSet;
use std::path::Path;

/// One Dockerfile, and how it is checked.
pub struct Sample {
    pub name: String,
    pub text: String,
    pub options: Options,
    /// The build context.
    pub context: Option<tempfile::TempDir>,
}

/// What is reported: codes and severities, each once.
pub type Verdict = BTreeSet<(&'static str, Severity)>;

impl Sample {
    pub fn check(&self, text: &str, target: Option<&str>) -> Checked {
        let mut options = self.options.clone();
        options.target = target.map(str::to_owned).or(options.target);
        let folder = self.context.as_ref().map(|folder| Folder {
            path: folder.path().to_path_buf(),
            given: true,
            dockerfile: folder.path().join("Dockerfile"),
        });
        let subject = Subject { context: folder.as_ref(), ..Subject::new("Dockerfile", text.as_bytes()) };
        check::subject(&subject, &options)
    }

    pub fn verdict(&self, text: &str, target: Option<&str>) -> Verdict {
        self.check(text, target).diagnostics.iter().map(|d| (d.code, d.severity)).collect()
    }
}

/// The Dockerfile examples of a family's pages, checked by the rules that the page holds them against.
pub fn pages(family: Family) -> Vec<Sample> {
    let mut samples = Vec::new();
    for rule in RULES.iter().filter(|rule| rule.family() == family) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules").join(Page::file(rule.code(), rule.name()));
        let text = std::fs::read_to_string(path).unwrap();
        let (mut context, mut count) = (None, 0);
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            let Some(info) = line.strip_prefix("```").filter(|info| !info.is_empty()) else { continue };
            let body: String =
                lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect();
            let (kind, flags) = info.split_once(' ').unwrap_or((info, ""));
            match kind {
                "context" => context = Some(folder(&body)),
                "dockerfile" => {
                    count += 1;
                    let mut options = options(flags);
                    if family == Family::Lambda {
                        options.select.push("lambda".into());
                    } else {
                        options.select.push(rule.code().into());
                        options.function = options.function.or(Some(false));
                    }
                    let name = format!("{}.{count}", rule.code());
                    samples.push(Sample { name, text: body, options, context: context.take() });
                }
                _ => {}
            }
        }
    }
    samples
}

fn lambda(name: String, text: &str) -> Sample {
    let mut options = Options::new(TODAY);
    options.function = Some(true);
    options.select.push("lambda".into());
    Sample { name, text: text.to_owned(), options, context: None }
}

/// The Dockerfiles that stand as plain literals in `catches("LL…", "…")` and `allows("LL…", "…")`.
pub fn snippets() -> Vec<Sample> {
    let call = regex::Regex::new(r#"LL\d{3}",\s*"((?:[^"\\]|\\(?s:.))*)""#).unwrap();
    let fold = regex::Regex::new(r"\\\n\s*").unwrap();
    let mut samples = Vec::new();
    let mut paths: Vec<_> = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules/lambda"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        let stem = path.file_stem().unwrap().to_string_lossy();
        for (at, found) in call.captures_iter(&text).enumerate() {
            let literal = fold.replace_all(&found[1], "").into_owned();
            let Ok(dockerfile) = serde_json::from_str::<String>(&format!("\"{literal}\"")) else { continue };
            if dockerfile.contains("FROM ") {
                samples.push(lambda(format!("{}.unit.{at}", &stem[..5]), &dockerfile));
            }
        }
    }
    samples
}

/// The labelled cases.
pub fn cases() -> Vec<Sample> {
    let files = ["cases/dockerfiles.jsonl", "cases/dockerfiles-2.jsonl"];
    let rows = files.iter().flat_map(|file| rows(file));
    rows.map(|row| lambda(row["id"].to_string(), row["dockerfile"].as_str().unwrap())).collect()
}

/// Real functions.
pub fn corpus() -> Vec<Sample> {
    let mut samples = Vec::new();
    for set in ["lambda-official", "lambda-community"] {
        for row in rows(&format!("corpus/{set}/manifest.jsonl")) {
            let file = row["file"].as_str().unwrap();
            let bytes = std::fs::read(material("corpus").join(set).join(file)).unwrap();
            let is_function = row["is_lambda_function"] == true && row["is_raw_cookiecutter_template"] != true;
            if let (true, Ok(text)) = (is_function, String::from_utf8(bytes)) {
                samples.push(lambda(format!("{set}/{file}"), &text));
            }
        }
    }
    samples
}
