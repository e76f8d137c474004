//! Which rules a selector takes in, and which run where nothing is selected: one table, `rules/facts/defaults.toml`, with a
//! reason a row.

use crate::diagnostic::Severity;
use crate::facts::packed;
use crate::page::Family;
use serde::Deserialize;
use std::sync::LazyLock;

/// Rules that are off until selected, and why.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Off {
    /// Their codes.
    pub codes: Vec<&'static str>,
    /// Why, as a sentence.
    #[cfg_attr(not(test), expect(dead_code, reason = "for readers of the table; a test wants it to be there"))]
    pub reason: &'static str,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'static"))]
struct Table {
    off: Vec<Off>,
    /// What hadolint itself has off.
    hadolint_off: Vec<&'static str>,
    shellcheck: Shellcheck,
}

/// Which ShellCheck rules are on.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Shellcheck {
    from: Option<Severity>,
    reason: &'static str,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| packed!("defaults"));

/// What is off, sorted by code.
static OFF: LazyLock<Vec<(&'static str, &'static Off)>> = LazyLock::new(|| {
    let mut off: Vec<_> = TABLE.off.iter().flat_map(|off| off.codes.iter().map(move |code| (*code, off))).collect();
    off.sort_unstable_by_key(|(code, _)| *code);
    off
});

/// The rules to run if nothing is selected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Preset {
    /// All but the rules that the table has off.
    #[default]
    Recommended,
    /// hadolint's own rules with its own defaults, and ShellCheck's.
    Hadolint,
    /// Every rule.
    All,
}

impl Preset {
    /// Reads `recommended`, `hadolint` or `all`.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "recommended" => Some(Self::Recommended),
            "hadolint" => Some(Self::Hadolint),
            "all" => Some(Self::All),
            _ => None,
        }
    }

    /// Whether it has a rule on.
    pub fn has(self, code: &str) -> bool {
        match self {
            Self::Recommended => Family::of(code) == Family::Lambda || off(code).is_none(),
            Self::Hadolint => match Family::of(code) {
                Family::Hadolint => !TABLE.hadolint_off.contains(&code),
                Family::Shellcheck => true,
                // What cannot be read is reported with any selection of rules.
                Family::Lambda => matches!(code, "LL001" | "LL002"),
                Family::Buildkit => false,
            },
            Self::All => true,
        }
    }
}

/// Whether a selector (a code, the beginning of one, or a family) takes in a rule's code.
pub fn selects(selector: &str, code: &str) -> bool {
    match Family::named(selector) {
        Some(family) => family == Family::of(code),
        None => selector == "all" || code.get(..selector.len()).is_some_and(|head| head.eq_ignore_ascii_case(selector)),
    }
}

/// Whether a selector is ShellCheck's family, one of its codes, or the beginning of some: `SC2086`, `SC2`, `SC`.
pub fn names_shellcheck(selector: &str) -> bool {
    let upper = selector.to_ascii_uppercase();
    upper == "SC" || Family::named(selector) == Some(Family::Shellcheck) || Family::of(&upper) == Family::Shellcheck
}

/// Why a rule is off until selected; `None` where it is on.
pub fn off(code: &str) -> Option<&'static Off> {
    let at = OFF.binary_search_by_key(&code, |(known, _)| known).ok()?;
    OFF.get(at).map(|(_, off)| *off)
}

/// What hadolint itself has off until it is given a severity.
pub fn hadolint_off() -> impl Iterator<Item = &'static str> {
    TABLE.hadolint_off.iter().copied()
}

/// The mildest ShellCheck level that is reported if no code is selected.
pub(crate) fn shellcheck_from() -> Severity {
    TABLE.shellcheck.from.unwrap_or(Severity::Warning)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_can_be_read() {
        let table = &*TABLE;
        for off in &table.off {
            assert!(off.reason.ends_with('.') && !off.codes.is_empty(), "{off:?}");
        }
        assert!(table.shellcheck.from == Some(Severity::Warning) && table.shellcheck.reason.ends_with('.'));
    }
}
