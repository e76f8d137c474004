//! Every rule page is run: bad examples yield the page's code and no other, good ones are silent, output
//! and fixed blocks are exact. `UPDATE=1 cargo test --test pages` rewrites those blocks and the index.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]
#![allow(clippy::print_stdout, reason = "counts are worth reading")]

mod support;

use lamblint::check::{self, Checked, Options};
use lamblint::context::Folder;
use lamblint::diagnostic::Diagnostic;
use lamblint::rules::{Family, Page, RULES, Rule};
use std::fmt::Write as _;
use std::path::PathBuf;

/// Pages are judged as of the day the facts were last checked.
const TODAY: jiff::civil::Date = jiff::civil::date(2026, 11, 24);

#[test]
fn every_page_does_what_it_says() {
    let mut failures = String::new();
    for rule in RULES {
        let path = path(rule);
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut page = Reader { rule, failures: String::new(), section: String::new(), subject: None, context: None };
        let updated = page.run(&text);
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, updated).unwrap();
        } else if updated != text {
            writeln!(page.failures, "an output or fixed block is out of date; UPDATE=1 rewrites it").unwrap();
            writeln!(page.failures, "{}", difference(&text, &updated)).unwrap();
        }
        if !page.failures.is_empty() {
            writeln!(failures, "== {}\n{}", path.display(), page.failures).unwrap();
        }
    }
    assert!(failures.is_empty(), "\n{failures}");
}

fn path(rule: &Rule) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("rules").join(Page::file(rule.code(), rule.name()))
}

fn difference(old: &str, new: &str) -> String {
    let lines: Vec<_> = old.lines().collect();
    new.lines().filter(|line| !lines.contains(line)).map(|line| format!("  now: {line}\n")).collect()
}

struct Reader<'a> {
    rule: &'a Rule,
    failures: String,
    section: String,
    subject: Option<(Checked, String)>,
    /// The build context that the next Dockerfile is checked in.
    context: Option<tempfile::TempDir>,
}

impl Reader<'_> {
    /// Runs a page's blocks; returns the page with output and fixed blocks as they are today.
    fn run(&mut self, text: &str) -> String {
        let mut updated = String::new();
        let mut seen = (0, 0);
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            writeln!(updated, "{line}").unwrap();
            if let Some(section) = line.strip_prefix("## ") {
                section.clone_into(&mut self.section);
            }
            let Some(info) = line.strip_prefix("```").filter(|info| !info.is_empty()) else { continue };
            let body: String =
                lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect();
            let (kind, flags) = info.split_once(' ').unwrap_or((info, ""));
            let body = match kind {
                "dockerfile" | "image" => {
                    let bad = self.section == "Bad";
                    if bad {
                        seen.0 += 1;
                    } else {
                        seen.1 += 1;
                    }
                    self.example(kind, flags, &body, bad);
                    body
                }
                "context" => {
                    self.context = Some(folder(&body));
                    body
                }
                "output" => self.subject.as_ref().map(|(checked, _)| output(&checked.diagnostics)).unwrap_or_default(),
                "fixed" => self.fixed(),
                _ => body,
            };
            writeln!(updated, "{body}```").unwrap();
        }
        if seen.0 == 0 || seen.1 == 0 {
            writeln!(self.failures, "needs a bad and a good example").unwrap();
        }
        updated
    }

    fn example(&mut self, kind: &str, flags: &str, body: &str, bad: bool) {
        let mut options = self.options(flags);
        let context = self.context.take();
        options.context = context.as_ref().map(|folder| Folder {
            path: folder.path().to_path_buf(),
            given: true,
            dockerfile: folder.path().join("Dockerfile"),
        });
        let checked = if kind == "image" {
            support::check_picture(body, &options)
        } else {
            check::dockerfile("Dockerfile", body, &options)
        };
        let codes: Vec<_> = checked.diagnostics.iter().map(|d| d.code).collect();
        let right = if bad {
            !codes.is_empty() && codes.iter().all(|code| *code == self.rule.code())
        } else {
            codes.is_empty()
        };
        if !right {
            let wanted = if bad { "this code and no other" } else { "silence" };
            writeln!(self.failures, "wanted {wanted} for:\n{body}but got:\n{}", output(&checked.diagnostics)).unwrap();
        }
        self.subject = Some((checked, body.to_owned()));
    }

    /// The example with every fix applied; it must be silent then.
    fn fixed(&mut self) -> String {
        let Some((checked, body)) = &self.subject else { return String::new() };
        let mut text = body.clone();
        let mut edits: Vec<_> =
            checked.diagnostics.iter().filter_map(|d| d.fix.as_ref()).flat_map(|fix| fix.edits.clone()).collect();
        edits.sort_by_key(|edit| std::cmp::Reverse(edit.start));
        if edits.is_empty() {
            writeln!(self.failures, "a fixed block and no fix").unwrap();
        }
        for edit in edits {
            text.replace_range(edit.start..edit.end, &edit.text);
        }
        let after = check::dockerfile("Dockerfile", text.as_str(), &self.options(""));
        if !after.diagnostics.is_empty() {
            writeln!(self.failures, "not silent when fixed:\n{text}{}", output(&after.diagnostics)).unwrap();
        }
        text
    }
}

impl Reader<'_> {
    /// A page about Lambda is held against all rules about Lambda, any other against its own rule: the families
    /// say the same of many a line.
    fn options(&self, flags: &str) -> Options {
        let mut options = options(flags);
        if self.rule.family() == Family::Lambda {
            options.select.push("lambda".into());
        } else {
            options.select.push(self.rule.code().into());
            options.function = options.function.or(Some(false));
        }
        options
    }
}

/// A build context as a page draws it: `app.py`, `src/`, `entry.sh 755 #!/bin/sh\n`.
fn folder(lines: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for line in lines.lines() {
        let mut parts = line.splitn(3, ' ');
        let path = folder.path().join(parts.next().unwrap());
        let (mode, text) = (parts.next().unwrap_or("644"), parts.next().unwrap_or_default());
        if line.ends_with('/') {
            std::fs::create_dir_all(&path).unwrap();
            continue;
        }
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text.replace("\\r", "\r").replace("\\n", "\n")).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = u32::from_str_radix(mode, 8).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        }
    }
    folder
}

/// Flags behind ```` ```dockerfile ````, as the command line has them: `--arch=arm64`.
fn options(flags: &str) -> Options {
    let mut options = Options::new(TODAY);
    for flag in flags.split_whitespace() {
        let (name, value) = flag.split_once('=').unwrap_or((flag, ""));
        match name {
            "--arch" => options.arch = check::Arch::parse(value),
            "--max-size" => options.max_size = value.parse().ok(),
            "--target" => options.target = Some(value.to_owned()),
            "--today" => options.today = value.parse().unwrap(),
            "--lambda" => options.function = Some(true),
            "--trusted" => options.trusted_registries.push(value.to_owned()),
            "--strict-labels" => options.strict_labels = true,
            "--label" => {
                let (label, kind) = value.split_once(':').unwrap();
                let kind = serde_json::from_value(serde_json::Value::from(kind)).unwrap();
                options.label_schema.insert(label.to_owned(), kind);
            }
            "--ignore" => options.ignore.push(value.to_owned()),
            _ => panic!("a page has the unknown flag {flag}"),
        }
    }
    options
}

fn output(diagnostics: &[Diagnostic]) -> String {
    let mut text = String::new();
    for diagnostic in diagnostics {
        let Diagnostic { code, severity, message, .. } = diagnostic;
        writeln!(text, "{}[{code}]: {message}", severity.as_str()).unwrap();
        for label in &diagnostic.labels {
            let place = match (&label.pointer, label.doc) {
                (Some(pointer), doc) => format!("{doc:?} {pointer}").to_lowercase(),
                (None, lamblint::diagnostic::Doc::Layer(n)) => format!("layer {n}"),
                (None, _) => format!("{}:{}", label.start.line, label.start.column),
            };
            let colon = if label.text.is_empty() { "" } else { ": " };
            writeln!(text, "  --> {place}{colon}{}", label.text).unwrap();
        }
        if let Some(help) = &diagnostic.help {
            writeln!(text, "  = help: {help}").unwrap();
        }
    }
    text
}
