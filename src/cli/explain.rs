//! `lamblint explain`, `lamblint rules` and `lamblint facts`.

use super::arg_types::ListFormat;
use super::print;
use crate::diagnostic::Severity;
use crate::page::Family;
use crate::rules::Rule;
use crate::selection::{names_shellcheck, selects};
use crate::{explain, facts, options, page, rules};
use std::fmt::Write;
use std::io::Read;

/// So many rules are listed for a message.
const MAX_SUGGESTIONS: usize = 5;

/// A rule by its code or name, or those that a message is about.
pub(super) fn all(what: &str) -> Result<u8, String> {
    if what == "-" {
        let mut bytes = Vec::new();
        let read = std::io::stdin().lock().take(1 << 20).read_to_end(&mut bytes);
        read.map_err(|error| format!("standard input: {}", crate::error::why(&error)))?;
        return message(&String::from_utf8_lossy(&bytes));
    }
    let named = rules::RULES.iter().copied().find(|rule| rule.name() == what);
    if let Some(rule) = rules::find(what).or(named) {
        return print(&explain::page(rule)).map(|()| 0);
    }
    if let Some(text) = explain::shellcheck(what) {
        return print(&text).map(|()| 0);
    }
    match rules::unknown(what) {
        None => Err(format!("{what} is several rules; `lamblint rules {what}` lists them")),
        Some(why) if why.contains("did you mean") => Err(why),
        Some(_) => message(what),
    }
}

fn message(text: &str) -> Result<u8, String> {
    if let Some(means) = explain::outside(text) {
        return print(&format!("No rule is about that; it means that {means}\n")).map(|()| 0);
    }
    let found = explain::search(text);
    let Some(first) = found.first() else {
        return Err("no rule's page quotes that; `lamblint rules` lists the rules".into());
    };
    let mut out = String::new();
    for found in found.iter().take(MAX_SUGGESTIONS) {
        let summary = found.rule.summary().replace('\n', " ");
        let _ = writeln!(out, "{:<6} {:<28} {summary}", found.rule.code(), found.rule.name());
    }
    if explain::clear(&found) {
        let _ = write!(out, "\n{}", explain::page(first.rule));
    } else {
        let _ = writeln!(out, "\n`lamblint explain {}` says more.", first.rule.code());
    }
    print(&out).map(|()| 0)
}

/// `lamblint rules`: those that fit all that is said.
pub(super) fn rules(
    codes: &[String],
    family: Option<Family>,
    severity: Option<Severity>,
    format: ListFormat,
) -> Result<u8, String> {
    if let Some(why) = codes.iter().find_map(|code| rules::unknown(code)) {
        return Err(why);
    }
    let fits = |rule: &&&Rule| {
        (codes.is_empty() || codes.iter().any(|code| selects(code, rule.code())))
            && family.is_none_or(|family| rule.family() == family)
            && severity.is_none_or(|severity| rule.severity() == severity)
    };
    let some: Vec<&Rule> = rules::RULES.iter().filter(fits).copied().collect();
    let theirs = family == Some(Family::Shellcheck) || codes.iter().any(|code| names_shellcheck(code));
    let text = match format {
        ListFormat::Human if some.is_empty() && theirs => {
            format!("ShellCheck's rules are listed at {}\n", page::SHELLCHECK)
        }
        ListFormat::Human => explain::list(&some),
        ListFormat::Json => explain::json(&some),
    };
    print(&text).map(|()| 0)
}

/// `lamblint facts runtimes`.
pub(super) fn runtimes(format: ListFormat, today: Option<jiff::civil::Date>) -> Result<u8, String> {
    let today = today.unwrap_or_else(options::today);
    let text = match format {
        ListFormat::Human => facts::runtimes_table(today),
        ListFormat::Json => facts::runtimes_json(today),
    };
    print(&text).map(|()| 0)
}
