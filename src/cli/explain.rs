//! `lamblint explain`, `lamblint rules` and `lamblint facts`.

use super::arg_types::ListFormat;
use super::{output, print};
use crate::diagnostic::Severity;
use crate::page::Family;
use crate::rules::Rule;
use crate::selection::{names_shellcheck, selects};
use crate::{explain, facts, options, page, rules};
use std::fmt::Write;
use std::io::Read;

/// Maximum number of rules that are listed for a message.
const MAX_SUGGESTIONS: usize = 5;

/// Rules by their codes or names, or those that a message is about.
pub(super) fn all(words: &[String]) -> Result<u8, String> {
    let named = |word: &String| rules::find(rules::canonical(word));
    if let Some(pages) = words.iter().map(named).collect::<Option<Vec<_>>>() {
        let style = output::page_style();
        return print(&pages.into_iter().map(|rule| explain::page(rule, style)).collect::<Vec<_>>().join("\n"))
            .map(|()| 0);
    }
    let what = words.join(" ");
    if what == "-" {
        let mut bytes = Vec::new();
        let read = std::io::stdin().lock().take(1 << 20).read_to_end(&mut bytes);
        read.map_err(|error| format!("standard input: {}", crate::error::why(&error)))?;
        return message(&String::from_utf8_lossy(&bytes));
    }
    if let Some(text) = explain::shellcheck(&what) {
        return print(&text).map(|()| 0);
    }
    match rules::unknown(&what) {
        None => Err(format!("{what} is several rules; `lamblint rules {what}` lists them")),
        Some(why) if why.contains("did you mean") || is_code(&what) => Err(why),
        Some(_) => part_of_names(&what).map_or_else(|| message(&what), |text| print(&text).map(|()| 0)),
    }
}

/// Whether a word has the form of a code: `LL999`.
fn is_code(word: &str) -> bool {
    let letters = word.bytes().take_while(u8::is_ascii_uppercase).count();
    letters == 2 && word.len() > letters && word[letters..].bytes().all(|byte| byte.is_ascii_digit())
}

/// The rules whose names have a word in them, where it is one word.
fn part_of_names(word: &str) -> Option<String> {
    let has = |rule: &&Rule| rule.name().split('-').any(|part| part == word);
    let some: Vec<&Rule> = rules::RULES.iter().copied().filter(has).collect();
    (!some.is_empty()).then(|| explain::list(&some, output::width()))
}

/// What is said of a message that no page quotes.
const NOTHING: &str = "no rule speaks of that. Try the line that names a file, a module or an error type, without your \
                       project's own names; `lamblint rules` lists all rules";

/// What a message means, and the rules that it is about.
fn message(text: &str) -> Result<u8, String> {
    let means = explain::outside(text);
    let found = explain::search(text);
    let mut out = match means {
        Some(means) if found.is_empty() => {
            return print(&format!("No rule is about that; it means that {means}\n")).map(|()| 0);
        }
        Some(means) => format!("It means that {means}\n\n"),
        None => String::new(),
    };
    let Some(first) = found.first() else {
        return Err(NOTHING.into());
    };
    for found in found.iter().take(MAX_SUGGESTIONS) {
        let summary = found.rule.summary().replace('\n', " ");
        let _ = writeln!(out, "{:<6} {:<28} {summary}", found.rule.code(), found.rule.name());
    }
    if explain::clear(&found) {
        let _ = write!(out, "\n{}", explain::page(first.rule, output::page_style()));
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
        ListFormat::Human => explain::list(&some, output::width()),
        ListFormat::Json => explain::json(&some),
    };
    print(&text).map(|()| 0)
}

/// `lamblint facts runtimes`.
pub(super) fn runtimes(format: ListFormat, today: Option<jiff::civil::Date>) -> Result<u8, String> {
    let today = today.unwrap_or_else(options::today);
    let text = match format {
        ListFormat::Human => facts::runtimes_table(today, output::width()),
        ListFormat::Json => facts::runtimes_json(today),
    };
    print(&text).map(|()| 0)
}
