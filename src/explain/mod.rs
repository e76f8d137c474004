//! Rules for reading: a page for the terminal, the list of all, and the way from an error message to a rule.

mod import;
mod message;
mod page;
mod program;
mod search;
mod tokens;

pub use page::{PageStyle, page};
pub use search::{clear, outside, search};

use crate::page::{self as pages, Page};
use crate::rules::Rule;
use crate::selection::Preset;
use std::fmt::Write;

/// Whether a rule runs where nothing is selected.
fn on_by_default(page: &Page) -> bool {
    Preset::default().has(page.code) && !page.experimental
}

/// What is said of one of ShellCheck's codes, which have no pages here; `None` for anything else.
pub fn shellcheck(code: &str) -> Option<String> {
    let code = code.to_ascii_uppercase();
    let digits = code.strip_prefix("SC").filter(|digits| digits.len() == 4)?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let url = pages::url(&code, &code);
    Some(format!(
        "{code} is a ShellCheck rule: if ShellCheck is installed, lamblint gives it the scripts of RUN.\n\n\
         What it means, and what to do:\n{url}\n\nTo silence it, above the instruction:\n# lamblint: ignore={code} -- why\n"
    ))
}

/// Rules, a line each: code, severity, whether they are off by default, name, and as much of the summary as there is
/// room for.
pub fn list(rules: &[&Rule], width: usize) -> String {
    let longest = rules.iter().map(|rule| rule.page().name.len()).max().unwrap_or_default();
    let mut text = String::new();
    for rule in rules {
        let page = rule.page();
        let summary = page.summary.replace('\n', " ");
        if width < NARROW {
            text.push_str(&on_lines(&page, &summary, width));
            continue;
        }
        let name = if page.name == page.code { "" } else { page.name };
        let off = if on_by_default(&page) { "   " } else { "off" };
        let line = format!("{:<6} {:<8} {off} {name:<longest$} {summary}", page.code, page.severity.as_str());
        let cut = textwrap::wrap(&line, textwrap::Options::new(width.max(60)).break_words(false));
        let shown = cut.first().map_or(line.as_str(), |first| first.as_ref());
        let dots = if cut.len() > 1 { " ..." } else { "" };
        let _ = writeln!(text, "{}{dots}", shown.trim_end());
    }
    text
}

/// Columns below which a rule's summary stands on lines of its own.
const NARROW: usize = 80;

fn on_lines(page: &Page, summary: &str, width: usize) -> String {
    let name = if page.name == page.code { "" } else { page.name };
    let off = if on_by_default(page) { "" } else { " (off)" };
    let options = textwrap::Options::new(width.max(40)).initial_indent("       ").subsequent_indent("       ");
    format!("{:<6} {name} {}{off}\n{}\n", page.code, page.severity.as_str(), textwrap::fill(summary, options))
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
                "url": pages::url(page.code, page.name),
            })
        })
        .collect();
    format!("{:#}\n", serde_json::Value::from(rules))
}
