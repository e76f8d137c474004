//! `lamblint explain` and `lamblint rules`.

use super::args::ListFormat;
use super::print;
use lamblint::{explain, rules};

pub(super) fn one(code: &str) -> Result<u8, String> {
    let named = rules::RULES.iter().copied().find(|rule| rule.name() == code);
    match rules::find(code).or(named) {
        Some(rule) => print(&explain::page(rule)).map(|()| 0),
        None => Err(rules::unknown(code)
            .unwrap_or_else(|| format!("{code} is several rules; `lamblint rules {code}` lists them"))),
    }
}

pub(super) fn rules(format: ListFormat) -> Result<u8, String> {
    let text = match format {
        ListFormat::Human => explain::list(),
        ListFormat::Json => explain::json(),
    };
    print(&text).map(|()| 0)
}
