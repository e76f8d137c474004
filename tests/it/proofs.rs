//! What docs/proofs.md says is proven, and the rules' pages: both say the same.

use crate::support::internals::diagnostic::Severity;
use crate::support::internals::page::{Family, Page};
use crate::support::internals::rules::RULES;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What stands on the page of a proven rule, with the day after it.
const PROVEN: &str = "Proven with `lamblint try` on ";

/// Where the table is, as people read it.
const TABLE: &str = "https://github.com/lamblint/lamblint/blob/main/docs/proofs.md";

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The day of the table, and the texts of each rule that it proves.
fn proofs() -> (String, BTreeMap<String, Vec<String>>) {
    let text = read("docs/proofs.md");
    let (_, rest) = text.split_once("<!-- proofs -->\n").unwrap();
    let (table, _) = rest.split_once("\n<!-- end of proofs -->").unwrap();
    let (head, rows) = table.split_once("\n\n").unwrap();
    let day = head.strip_prefix(PROVEN).and_then(|rest| rest.strip_suffix(':')).unwrap().to_owned();
    let mut proven: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in rows.lines().skip(2) {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [code, said, _, twin] = cells.as_slice() else { panic!("{row}") };
        assert_eq!(*twin, "answers", "{row}");
        let quotes = said.split(" … ").map(|quote| quote.trim_matches('`').to_owned());
        proven.entry((*code).to_owned()).or_default().extend(quotes);
    }
    (day, proven)
}

/// The code of each error rule that no table proves, with the sentence that says why.
fn unproven() -> BTreeSet<String> {
    let text = read("docs/proofs.md");
    let (_, rest) = text.split_once("## Not proven\n").unwrap();
    let section = rest.split("\n## ").next().unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("- LL"));
    rows.map(|row| format!("LL{}", row.split([' ', ':', ',']).next().unwrap())).collect()
}

#[test]
fn a_page_says_proven_if_and_only_if_the_table_has_the_rule() {
    let (day, proven) = proofs();
    let line = format!("{PROVEN}{day}: {TABLE}");
    for rule in RULES.iter().filter(|rule| rule.family() == Family::Lambda) {
        let page = read(&format!("rules/{}", Page::file(rule.code(), rule.name())));
        let says: Vec<&str> = page.lines().filter(|line| line.starts_with("Proven")).collect();
        let wanted: &[&str] = if proven.contains_key(rule.code()) { &[&line] } else { &[] };
        assert_eq!(says, wanted, "{}: tests/try/proofs.py --page writes the line", rule.code());
    }
}

#[test]
fn a_page_quotes_what_its_proof_has_seen() {
    for (code, quotes) in proofs().1 {
        let rule = RULES.iter().find(|rule| rule.code() == code).unwrap();
        let page = read(&format!("rules/{}", Page::file(rule.code(), rule.name())));
        for quote in quotes {
            assert!(page.contains(&quote), "{code}: its page does not quote {quote}");
        }
    }
}

#[test]
fn each_error_about_a_start_or_a_call_is_proven_or_says_why_it_is_not() {
    let (proven, unproven) = (proofs().1, unproven());
    let of_a_run = |code: &str| code.starts_with("LL2") || code.starts_with("LL3");
    for rule in RULES.iter().filter(|rule| of_a_run(rule.code()) && rule.severity() == Severity::Error) {
        let (is, is_not) = (proven.contains_key(rule.code()), unproven.contains(rule.code()));
        assert!(is || is_not, "{}: neither in the table of docs/proofs.md nor in what is not proven", rule.code());
    }
    let both: Vec<&String> = unproven.iter().filter(|code| proven.contains_key(*code)).collect();
    assert_eq!(both, Vec::<&String>::new(), "proven, and said not to be");
}
