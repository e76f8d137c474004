//! The Bad examples of all pages that are Dockerfiles, each in a folder with its build context.

use crate::support::internals::page::Page;
use crate::support::internals::rules::RULES;
use crate::support::pages::folder;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// An example.
pub struct Example {
    pub code: &'static str,
    pub text: String,
    /// The block `fixed` behind it.
    pub fixed: Option<String>,
    folder: tempfile::TempDir,
    alone: bool,
    /// What the server is told: the flags of the example.
    pub options: Value,
}

impl Example {
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Its address. Without a build context or settings of its own, an example is a text alone.
    pub fn uri(&self) -> String {
        if self.alone { "untitled:Dockerfile".to_owned() } else { super::editor::uri(&self.path()) }
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("Dockerfile")
    }
}

/// All of them.
pub fn bad() -> Vec<Example> {
    RULES.iter().flat_map(|rule| of_page(rule.code(), rule.page())).collect()
}

fn of_page(code: &'static str, page: Page) -> Vec<Example> {
    let (_, bad) = page.body.split_once("## Bad\n").unwrap();
    let bad = bad.split("\n## ").next().unwrap();
    let mut examples: Vec<Example> = Vec::new();
    let mut context = None;
    let mut lines = bad.lines();
    while let Some(line) = lines.next() {
        let Some(info) = line.strip_prefix("```").filter(|info| !info.is_empty()) else { continue };
        let body: String = lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect();
        let (kind, flags) = info.split_once(' ').unwrap_or((info, ""));
        match kind {
            "context" => context = Some(folder(&body)),
            "dockerfile" => examples.push(example(code, &page, flags, body, context.take())),
            "fixed" => examples.last_mut().unwrap().fixed = Some(body),
            _ => {}
        }
    }
    examples
}

fn example(code: &'static str, page: &Page, flags: &str, text: String, context: Option<tempfile::TempDir>) -> Example {
    let drawn = context.is_some();
    let folder = context.unwrap_or_else(|| tempfile::tempdir().unwrap());
    let lambda = page.family.name() == "lambda";
    let select = if lambda { "lambda" } else { code };
    let mut options = json!({"today": super::editor::TODAY, "shellcheck": "off", "select": [select]});
    if !lambda {
        options["function"] = json!(false);
    }
    let mut config = String::from("root = true\n");
    if drawn {
        config.push_str("context = \".\"\n");
    }
    for flag in flags.split_whitespace() {
        let (name, value) = flag.split_once('=').unwrap_or((flag, ""));
        match name {
            "--lambda" => options["function"] = json!(true),
            "--ignore" => options["ignore"] = json!([value]),
            "--trusted" => config.extend(["trusted-registries = [\"", value, "\"]\n"]),
            "--strict-labels" => config.push_str("strict-labels = true\n"),
            "--label" => {
                let (label, kind) = value.split_once(':').unwrap();
                config.extend(["label-schema.\"", label, "\" = \"", kind, "\"\n"]);
            }
            "--max-size" => {}
            name => options[name.trim_start_matches('-')] = json!(value),
        }
    }
    std::fs::write(folder.path().join("lamblint.toml"), &config).unwrap();
    std::fs::write(folder.path().join("Dockerfile"), &text).unwrap();
    let alone = config.lines().count() == 1;
    Example { code, text, fixed: None, folder, alone, options }
}
