//! Reports for other programs: each valid by its own schema, and none loses a finding or an unreadable file.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder with faults of every severity, hostile texts, a silenced finding, and files nobody can read.
struct Folder(tempfile::TempDir);

const FILES: &[(&str, &str)] = &[
    ("Dockerfile", "FROM public.ecr.aws/lambda/python:3.13\n# 𝄞\nRUN yum install -y gcc\nCMD app.handler\n"),
    (
        "a,b/Dockerfile.x&\"y<z:é",
        "FROM public.ecr.aws/lambda/python\nRUNN \u{1b}[31m%25 ]]> ::error::x\nCMD [\"a\", \"b\"]\n",
    ),
    ("clean/Dockerfile", "FROM public.ecr.aws/lambda/python:3.13\nCOPY app.py ./\nCMD [\"app.handler\"]\n"),
    (
        "silenced/Dockerfile",
        "FROM public.ecr.aws/lambda/python:3.13\nCOPY app.py ./\n# lamblint: ignore=LL203 -- \"it\" works <here>\nCMD app.handler\n",
    ),
    ("deployed/Dockerfile", "FROM public.ecr.aws/lambda/python:3.13-arm64\nCOPY app.py ./\n"),
    (
        "deployed/template.yaml",
        "Resources:\n  Orders:\n    Type: AWS::Serverless::Function\n    Properties:\n      PackageType: Image\n      \
         Runtime: python3.13 # \u{1b} is no text\n    Metadata:\n      Dockerfile: Dockerfile\n      DockerContext: .\n",
    ),
    ("not-a-dockerfile.json", "{\"a\": 1}\n"),
];

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        for (name, text) in FILES {
            let path = folder.path(name.replace(':', if cfg!(windows) { "-" } else { ":" }).as_str());
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        std::fs::copy(root().join("tests/example/image.tar"), folder.path("image.tar")).unwrap();
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, args: &[&str]) -> Output {
        let paths = [".", "image.tar", "no such,file", "not-a-dockerfile.json"];
        let mut command = Command::new(env!("CARGO_BIN_EXE_lamblint"));
        command
            .env("LAMBLINT_SHELLCHECK", "off")
            .args(["check", "--today", "2026-11-24"])
            .args(args)
            .args(paths)
            .current_dir(self.0.path());
        command.env_remove("GITHUB_STEP_SUMMARY").output().unwrap()
    }

    fn text(&self, format: &str) -> String {
        String::from_utf8(self.run(&["--format", format]).stdout).unwrap()
    }

    fn json(&self, format: &str) -> Value {
        serde_json::from_str(&self.text(format)).unwrap()
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn array<'a>(value: &'a Value, pointer: &str) -> &'a Vec<Value> {
    value.pointer(pointer).and_then(Value::as_array).unwrap_or_else(|| panic!("no array {pointer} in {value:#}"))
}

#[track_caller]
fn valid(schema: &Value, value: &Value) {
    let validator = jsonschema::validator_for(schema).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

/// The schema of SARIF 2.1.0 (OASIS) as the crate serde-sarif carries it.
pub(crate) fn sarif_schema() -> Value {
    let mut schema: Value = serde_json::from_str(include_str!("../schemas/sarif-2.1.0.json")).unwrap();
    // The published pattern for languages is no regular expression (`]?` without its bracket).
    for at in ["/definitions/run/properties/language", "/definitions/toolComponent/properties/language"] {
        if let Some(language) = schema.pointer_mut(at).and_then(Value::as_object_mut) {
            language.remove("pattern");
        }
    }
    schema
}

#[test]
fn every_format_carries_every_finding_and_every_unreadable_file() {
    let folder = Folder::new();
    let json = folder.json("json");
    let (found, unseen) = (array(&json, "/diagnostics").len(), array(&json, "/unreadable").len());
    assert!(found >= 8, "{json:#}");
    let hostile =
        |d: &Value| d["path"].as_str().is_some_and(|path| path.starts_with("./a,b/") || path.starts_with("a,b/"));
    assert!(array(&json, "/diagnostics").iter().any(hostile), "{json:#}");
    assert_eq!((unseen, &json["summary"]["suppressed"]), (2, &Value::from(1)));

    assert_eq!(folder.text("short").lines().count(), found);
    let human = folder.text("human");
    // The line is wrapped.
    assert!(human.replace('\n', " ").contains("(1 ignored by comments); 2 could not be read "), "{human}");
    let lines: Vec<Value> = folder.text("jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), found + unseen);
    assert_eq!(&lines[..found], array(&json, "/diagnostics").as_slice());
    assert_eq!(array(&folder.json("gitlab"), "").len(), found + unseen);
    let github = folder.text("github");
    assert_eq!(github.lines().filter(|line| line.starts_with("::")).count(), found + unseen);
    // The total is the last line.
    assert_eq!(github.lines().count(), found + unseen + 1);
    let sarif = folder.json("sarif");
    let (silenced, said): (Vec<&Value>, Vec<&Value>) =
        array(&sarif, "/runs/0/results").iter().partition(|result| result["suppressions"].is_array());
    assert_eq!((said.len(), silenced.len()), (found, 1));
    assert_eq!(array(&sarif, "/runs/0/invocations/0/toolExecutionNotifications").len(), unseen);
    let junit = quick_junit::Report::deserialize_from_str(&folder.text("junit")).unwrap();
    let infos = array(&json, "/diagnostics").iter().filter(|d| d["severity"] == "info").count();
    assert!(infos > 0, "{json:#}");
    assert_eq!((junit.failures, junit.errors), (found - infos, unseen));
    assert_eq!(xml(&folder.text("checkstyle")).iter().filter(|(name, _)| name == "error").count(), found + unseen);
}

#[test]
fn sarif_is_valid_and_says_all_it_can() {
    let folder = Folder::new();
    let sarif = folder.json("sarif");
    valid(&sarif_schema(), &sarif);
    let run = &sarif["runs"][0];
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
    let rules = array(run, "/tool/driver/rules");
    let results = array(run, "/results");
    for result in results {
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(rule["help"]["markdown"].as_str().unwrap().contains("## Why"), "{rule:#}");
        for key in ["shortDescription", "defaultConfiguration", "helpUri"] {
            assert!(!rule[key].is_null(), "{key} of {rule:#}");
        }
    }
    let prints: BTreeSet<_> = results
        .iter()
        .map(|r| {
            (
                r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].to_string(),
                r["partialFingerprints"].to_string(),
            )
        })
        .collect();
    assert_eq!(prints.len(), results.len(), "two findings of a file have one fingerprint");

    let silenced = results.iter().find(|result| result["suppressions"].is_array()).unwrap();
    assert_eq!(silenced["suppressions"][0]["kind"], "inSource");
    assert_eq!(silenced["suppressions"][0]["justification"], "\"it\" works <here>");

    let shell_form = results.iter().find(|result| result["ruleId"] == "LL203").unwrap();
    let change = &shell_form["fixes"][0]["artifactChanges"][0];
    assert_eq!(change["artifactLocation"]["uri"], "Dockerfile");
    let (deleted, text) = (&change["replacements"][0]["deletedRegion"], FILES[0].1);
    let start = usize::try_from(deleted["byteOffset"].as_u64().unwrap()).unwrap();
    let end = start + usize::try_from(deleted["byteLength"].as_u64().unwrap()).unwrap();
    let inserted = change["replacements"][0]["insertedContent"]["text"].as_str().unwrap();
    let fixed = format!("{}{inserted}{}", &text[..start], &text[end..]);
    assert!(fixed.ends_with("\nCMD [\"app.handler\"]\n"), "{fixed}");
    assert_eq!(deleted["startLine"], 4);
}

#[test]
fn fingerprints_outlive_lines_put_in_above() {
    let folder = Folder::new();
    let prints = || {
        let of = |result: &Value| (result["ruleId"].to_string(), result["partialFingerprints"].to_string());
        array(&folder.json("sarif"), "/runs/0/results").iter().map(of).collect::<BTreeSet<_>>()
    };
    let before = prints();
    let path = folder.path("Dockerfile");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{}{text}", "# a line\n".repeat(20))).unwrap();
    assert_eq!(before, prints());
}

#[test]
fn gitlab_is_valid_and_fingerprints_are_unique() {
    let folder = Folder::new();
    let report = folder.json("gitlab");
    valid(&serde_json::from_str(include_str!("../schemas/gitlab-code-quality.json")).unwrap(), &report);
    let prints: BTreeSet<_> = array(&report, "").iter().map(|issue| issue["fingerprint"].as_str().unwrap()).collect();
    assert_eq!(prints.len(), array(&report, "").len());
}

#[test]
fn json_output_is_valid() {
    let schema = serde_json::from_str(include_str!("../../schemas/output.json")).unwrap();
    valid(&schema, &Folder::new().json("json"));
}

/// Every element of an XML document with its attributes; fails on what is not well formed.
fn xml(text: &str) -> Vec<(String, BTreeMap<String, String>)> {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_str(text);
    let mut elements = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Eof => return elements,
            Event::Start(element) | Event::Empty(element) => {
                let name = String::from_utf8(element.name().as_ref().to_vec()).unwrap();
                let attributes = element.attributes().map(|attribute| {
                    let attribute = attribute.unwrap();
                    let key = String::from_utf8(attribute.key.as_ref().to_vec()).unwrap();
                    (key, String::from_utf8(attribute.value.to_vec()).unwrap())
                });
                let attributes = attributes.collect();
                elements.push((name, attributes));
            }
            _ => {}
        }
    }
}

/// Elements and attributes that the schema of Jenkins' `JUnit` plugin has, and those it asks for; `tests/hands` holds a
/// report against the schema itself.
#[test]
fn junit_has_the_elements_that_its_readers_know() {
    let known: &[(&str, &[&str], &[&str])] = &[
        ("testsuites", &["name"], &["tests", "failures", "errors", "disabled", "time"]),
        ("testsuite", &["name", "tests"], &["failures", "errors", "disabled", "skipped", "time", "timestamp"]),
        ("testcase", &["name", "classname"], &["time", "assertions", "status"]),
        ("failure", &[], &["message", "type"]),
        ("error", &[], &["message", "type"]),
        ("system-out", &[], &[]),
    ];
    for (name, attributes) in xml(&Folder::new().text("junit")) {
        let (_, needed, allowed) = known.iter().find(|(known, ..)| *known == name).unwrap_or_else(|| panic!("{name}"));
        assert!(needed.iter().all(|key| attributes.contains_key(*key)), "{name}: {attributes:?}");
        let fits = |key: &String| needed.contains(&key.as_str()) || allowed.contains(&key.as_str());
        assert!(attributes.keys().all(fits), "{name}: {attributes:?}");
    }
}

#[test]
fn checkstyle_has_the_elements_that_its_readers_know() {
    for (name, attributes) in xml(&Folder::new().text("checkstyle")) {
        let keys: Vec<&str> = attributes.keys().map(String::as_str).collect();
        match name.as_str() {
            "checkstyle" => assert_eq!(keys, ["version"]),
            "file" => assert_eq!(keys, ["name"]),
            "error" => {
                assert!(attributes["line"].parse::<u32>().is_ok_and(|line| line > 0));
                assert!(["error", "warning", "info"].contains(&attributes["severity"].as_str()));
                assert!(attributes.contains_key("message") && attributes["source"].starts_with("lamblint."));
            }
            _ => panic!("{name}"),
        }
    }
}

#[test]
fn several_reports_at_once() {
    let folder = Folder::new();
    let args = ["--report", "sarif=out.sarif", "--report", "junit=out.xml", "--output", "out.json", "--format", "json"];
    let output = folder.run(&args);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let read = |name: &str| std::fs::read_to_string(folder.path(name)).unwrap();
    assert_eq!((read("out.sarif"), read("out.xml")), (folder.text("sarif"), folder.text("junit")));
    assert_eq!(read("out.json"), folder.text("json"));
    let refused = folder.run(&["--report", "sarif=no/such/folder/x", "--report", "junit=late.xml"]);
    assert!(String::from_utf8(refused.stderr).unwrap().contains("no/such/folder/x"));
    assert_eq!(read("late.xml"), folder.text("junit"));
}

#[test]
fn a_github_job_gets_its_summary() {
    let folder = Folder::new();
    let summary = folder.path("summary.md");
    std::fs::write(&summary, "from another step\n").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_lamblint"))
        .args(["check", "--format", "github", "."])
        .current_dir(folder.0.path())
        .env("GITHUB_STEP_SUMMARY", &summary)
        .env("LAMBLINT_SHELLCHECK", "off")
        .output()
        .unwrap();
    let annotations = String::from_utf8(output.stdout).unwrap();
    let line = annotations.lines().find(|line| line.contains("LL203")).unwrap();
    let head = "::error file=Dockerfile,line=4,col=1,endLine=4,endColumn=16,title=LL203 handler-shell-form::";
    assert!(line.starts_with(head), "{line}");
    let written = std::fs::read_to_string(&summary).unwrap();
    assert!(written.starts_with("from another step\n### lamblint: "), "{written}");
    let rows = written
        .lines()
        .filter(|line| line.starts_with("| error") || line.starts_with("| warning") || line.starts_with("| info"));
    // The last line is the total.
    assert_eq!(rows.count() + 1, annotations.lines().count(), "{written}");
}

#[test]
fn asff_has_what_security_hub_asks_for() {
    let folder = Folder::new();
    let run = |account: bool| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lamblint"));
        command.args(["check", "--today", "2026-11-24", "--format", "asff", "."]).current_dir(folder.0.path());
        command.env("LAMBLINT_SHELLCHECK", "off").env_remove("AWS_REGION").env_remove("AWS_DEFAULT_REGION");
        if account {
            command.env("AWS_ACCOUNT_ID", "123456789012").env("AWS_REGION", "eu-central-1");
        }
        command.output().unwrap()
    };
    let refused = run(false);
    assert!(refused.status.code() == Some(2) && String::from_utf8_lossy(&refused.stderr).contains("AWS_ACCOUNT_ID"));
    let findings: Value = serde_json::from_slice(&run(true).stdout).unwrap();
    let findings = findings.as_array().unwrap();
    assert!(findings.len() >= 8);
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap().to_owned();
    for finding in findings {
        for key in ["SchemaVersion", "Id", "ProductArn", "GeneratorId", "AwsAccountId", "CreatedAt", "UpdatedAt"] {
            assert!(!text(finding, key).is_empty(), "{finding:#}");
        }
        assert!(text(finding, "Title").chars().count() <= 256 && text(finding, "Description").chars().count() <= 1024);
        assert_eq!(
            text(finding, "ProductArn"),
            "arn:aws:securityhub:eu-central-1:123456789012:product/123456789012/default"
        );
        assert!(finding["Resources"][0]["Id"].is_string() && finding["Severity"]["Label"].is_string());
    }
    let ids: BTreeSet<String> = findings.iter().map(|finding| text(finding, "Id")).collect();
    assert_eq!(ids.len(), findings.len(), "ids are unique");
}

/// GitHub and GitLab look for paths from the root of the repository, also when a job works in a folder of it.
#[test]
fn paths_are_those_of_the_repository() {
    let folder = Folder::new();
    let run = |variable: &str, value: &Path, format: &str, path: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_lamblint"))
            .args(["check", "--select", "LL203", "--format", format, path])
            .current_dir(folder.path("silenced"))
            .env_remove("GITHUB_WORKSPACE")
            .env_remove("CI_PROJECT_DIR")
            .env_remove("GITHUB_STEP_SUMMARY")
            .env(variable, value)
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let (root, elsewhere) = (folder.0.path().canonicalize().unwrap(), Path::new("/no/such/folder"));
    assert!(run("GITHUB_WORKSPACE", &root, "github", "../Dockerfile").starts_with("::error file=Dockerfile,"));
    assert!(run("GITHUB_WORKSPACE", elsewhere, "github", "../Dockerfile").starts_with("::error file=../Dockerfile,"));
    assert!(run("CI_PROJECT_DIR", &root, "gitlab", "../Dockerfile").contains("\"path\": \"Dockerfile\""));
    let sarif = run("GITHUB_WORKSPACE", &root, "sarif", ".");
    assert!(sarif.contains("\"uri\": \"silenced/Dockerfile\""), "{sarif}");
    assert!(run("GITHUB_WORKSPACE", &root, "short", "../Dockerfile").starts_with("../Dockerfile:4:1: error"));
}
