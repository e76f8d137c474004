//! `lamblint explain` and `lamblint rules`.

use super::args::ListFormat;
use super::print;
use lamblint::{explain, rules, suggest};

pub(super) fn one(code: &str) -> Result<u8, String> {
    let named = rules::RULES.iter().copied().find(|rule| rule.name() == code);
    match rules::find(code).or(named) {
        Some(rule) => print(&explain::page(rule)).map(|()| 0),
        None => Err(unknown_rule(code)),
    }
}

pub(super) fn rules(format: ListFormat) -> Result<u8, String> {
    let text = match format {
        ListFormat::Human => explain::list(),
        ListFormat::Json => explain::json(),
    };
    print(&text).map(|()| 0)
}

pub(super) fn unknown_rule(code: &str) -> String {
    let known = rules::RULES.iter().flat_map(|rule| [rule.code(), rule.name()]);
    match suggest::nearest(code, known) {
        Some(near) => format!("there is no rule {code}; did you mean {near}?"),
        None => format!("there is no rule {code}; `lamblint rules` lists them"),
    }
}
