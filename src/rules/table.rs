//! The table of rules, and what is asked of it by code.

use super::{Rule, buildkit, hadolint, lambda};
use crate::page::{Family, Page};
use crate::selection::{names_shellcheck, selects};
use crate::suggest::nearest;

/// Every rule: Lambda's, hadolint's, BuildKit's, each in the order of codes.
pub const RULES: &[&Rule] = &all();

const COUNT: usize = lambda::RULES.len() + hadolint::RULES.len() + buildkit::RULES.len();

const fn all() -> [&'static Rule; COUNT] {
    let tables = [lambda::RULES, hadolint::RULES, buildkit::RULES];
    let mut all = [lambda::RULES[0]; COUNT];
    let (mut table, mut filled) = (0, 0);
    while table < tables.len() {
        let mut at = 0;
        while at < tables[table].len() {
            all[filled] = tables[table][at];
            at += 1;
            filled += 1;
        }
        table += 1;
    }
    all
}

/// The pages of [`RULES`], taken apart when the crate is compiled.
static PAGES: [Page; COUNT] = {
    let mut pages = [RULES[0].page(); COUNT];
    let mut at = 0;
    while at < COUNT {
        pages[at] = RULES[at].page();
        at += 1;
    }
    pages
};

/// Every rule with its page.
pub(crate) fn pages() -> impl Iterator<Item = (&'static Rule, &'static Page)> {
    RULES.iter().copied().zip(PAGES.iter())
}

/// The rule with a code, letters in either case.
pub fn find(code: &str) -> Option<&'static Rule> {
    pages().find(|(_, page)| page.code.eq_ignore_ascii_case(code)).map(|(rule, _)| rule)
}

/// Why a selector selects nothing, with what it may have meant; `None` where it selects something.
pub fn unknown(selector: &str) -> Option<String> {
    let selects = !selector.is_empty() && pages().any(|(_, page)| selects(selector, page.code));
    if selects || canonical(selector) != selector || names_shellcheck(selector) || Family::named(selector).is_some() {
        return None;
    }
    let known =
        pages().flat_map(|(_, page)| [page.code, page.name]).chain(["lambda", "hadolint", "buildkit", "shellcheck"]);
    Some(match nearest(selector, known) {
        Some(near) => format!("there is no rule {selector}; did you mean {near}?"),
        None => format!("there is no rule {selector}; `lamblint rules` lists them"),
    })
}

/// What `ignore` says with a code that lacks its last digit; `None` if the selector is anything else. A whole group, such as
/// `LL4`, is meant as it is written.
pub fn broad(selector: &str) -> Option<String> {
    let codes: Vec<&str> = pages().map(|(_, page)| page.code).filter(|code| selects(selector, code)).collect();
    let lacks_one = |code: &&str| code.len() == selector.len() + 1;
    let (first, last) = (codes.first()?, codes.last()?);
    (codes.len() > 1 && codes.iter().all(lacks_one) && selector.ends_with(|c: char| c.is_ascii_digit()))
        .then(|| format!("ignore: {selector} is {} rules, {first} to {last}; did you mean one of them?", codes.len()))
}

/// The code of the rule that a selector names; the selector itself where it is no rule's name.
pub fn canonical(selector: &str) -> &str {
    PAGES.iter().find(|page| page.name == selector).map_or(selector, |page| page.code)
}

/// Puts the code of a rule for its name.
pub fn to_code(selector: &mut String) {
    let code = canonical(selector);
    if code != selector {
        *selector = code.to_owned();
    }
}

/// The codes of BuildKit's checks that are not experiments.
pub fn settled_checks() -> impl Iterator<Item = &'static str> {
    let settled = |page: &&Page| page.family == Family::Buildkit && !page.experimental;
    PAGES.iter().filter(settled).map(|page| page.code)
}
