//! Rules for reading: a page for the terminal, the list of all, and the way from an error message to a rule.

mod import;
mod message;
mod search;
mod tokens;

pub use search::{clear, outside, search};

use crate::page;
use crate::rules::Rule;
use crate::selection::Preset;
use std::fmt::Write;

/// A rule's page, its markup made plain.
pub fn page(rule: &Rule) -> String {
    let page = rule.page();
    let name = if page.name == page.code { String::new() } else { format!(" {}", page.name) };
    let mut text = format!("{}{name} ({})\n\n{}\n\n", page.code, page.severity.as_str(), page.summary);
    let mut fenced = false;
    for line in page.body.lines() {
        if let Some(info) = line.strip_prefix("```") {
            fenced = !fenced;
            let kind = info.split(' ').next().unwrap_or_default();
            if let "context" | "output" | "fixed" = kind {
                let _ = writeln!(text, "  {kind}:");
            }
        } else if fenced {
            let _ = writeln!(text, "    {line}");
        } else if let Some(heading) = line.strip_prefix("## ") {
            let _ = writeln!(text, "{}", heading.to_uppercase());
        } else {
            let _ = writeln!(text, "{line}");
        }
    }
    let _ = writeln!(text, "\n{}", page::url(page.code, page.name));
    text
}

/// What is said of one of ShellCheck's codes, which have no pages here; `None` for anything else.
pub fn shellcheck(code: &str) -> Option<String> {
    let code = code.to_ascii_uppercase();
    let digits = code.strip_prefix("SC").filter(|digits| digits.len() == 4)?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let url = page::url(&code, &code);
    Some(format!(
        "{code} is one of ShellCheck's: where it is installed, lamblint gives it the scripts of RUN.\n\n\
         What it means, and what to do:\n{url}\n\nTo silence it, above the instruction:\n# lamblint: ignore={code} -- why\n"
    ))
}

/// Rules, a line each.
pub fn list(rules: &[&Rule]) -> String {
    let mut text = String::new();
    for rule in rules {
        let page = rule.page();
        let summary = page.summary.replace('\n', " ");
        let name = if page.name == page.code { "" } else { page.name };
        let _ = writeln!(text, "{:<6} {:<8} {name:<26} {summary}", page.code, page.severity.as_str());
    }
    text
}

/// Rules as JSON.
pub fn json(rules: &[&Rule]) -> String {
    let rules: Vec<_> = rules
        .iter()
        .map(|rule| {
            let page = rule.page();
            serde_json::json!({
                "code": page.code,
                "name": page.name,
                "family": page.family.name(),
                "on": Preset::default().has(page.code),
                "severity": page.severity,
                "summary": page.summary.replace('\n', " "),
                "url": page::url(page.code, page.name),
            })
        })
        .collect();
    format!("{:#}\n", serde_json::Value::from(rules))
}
