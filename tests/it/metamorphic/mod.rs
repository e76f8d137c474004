//! Changes that keep the meaning of a Dockerfile keep the verdict: the same codes, at the same severities.
//!
//! Each change is tried on a part of the examples of the rule pages, always on the same. A change of a verdict is right
//! only for a reason that `allowed.rs` gives. All examples, the one-line tests of rules, and real files:
//!
//! ```console
//! $ LAMBLINT_MATERIAL=folder cargo test --test it metamorphic -- --include-ignored --nocapture
//! ```

mod allowed;
mod compare;
mod form;
mod runs;
mod settings;
mod stages;
mod start;

use crate::support::draft::Draft;
use crate::support::internals::page::Family;
use crate::support::samples::{self, Sample};
use compare::{compare, every, some};
use std::collections::BTreeMap;
use std::sync::Mutex;

/// A change, and the class of faults that it finds.
#[derive(Clone, Copy)]
struct Change {
    cause: &'static str,
    name: &'static str,
    /// The changed text; `None` if there is nothing to change.
    apply: fn(&Draft) -> Option<String>,
    /// The stage that is built in place of the last.
    target: Option<&'static str>,
}

/// The name of the final stage where a change puts another behind it.
const TARGET: &str = "my_function";

const fn change(cause: &'static str, name: &'static str, apply: fn(&Draft) -> Option<String>) -> Change {
    Change { cause, name, apply, target: None }
}

fn changes() -> Vec<Change> {
    [form::CHANGES, settings::CHANGES, stages::CHANGES, runs::CHANGES, start::CHANGES].concat()
}

/// A regular expression, which is compiled once.
fn regex(pattern: &'static str) -> regex::Regex {
    static KNOWN: Mutex<BTreeMap<&str, regex::Regex>> = Mutex::new(BTreeMap::new());
    KNOWN.lock().unwrap().entry(pattern).or_insert_with(|| regex::Regex::new(pattern).unwrap()).clone()
}

#[test]
fn what_means_the_same_is_judged_the_same() {
    none_turned("some examples of Lambda pages", &samples::pages(Family::Lambda), some);
}

#[test]
#[ignore = "slow"]
fn every_example_of_every_page() {
    none_turned("examples of Lambda pages", &samples::pages(Family::Lambda), every);
    others(every);
}

/// hadolint's and BuildKit's rules are about the form itself, so only what Docker does not see is tried.
#[test]
fn form_does_not_matter_to_the_other_families() {
    others(some);
}

fn others(tried: fn(&str, &str) -> bool) {
    let mut samples = samples::pages(Family::Hadolint);
    samples.extend(samples::pages(Family::Buildkit));
    let seen = compare(&samples, form::CHANGES, tried);
    seen.print("examples of hadolint's and BuildKit's pages");
    assert!(seen.turned.is_empty());
}

/// Fails if a change turns a verdict.
fn none_turned(what: &str, samples: &[Sample], tried: fn(&str, &str) -> bool) {
    let seen = compare(samples, &changes(), tried);
    seen.print(what);
    let turned = seen.turned.iter().map(|turned| format!("{}/{}@{}", turned.change.name, turned.code, turned.sample));
    let turned: Vec<String> = turned.collect();
    assert!(
        turned.is_empty(),
        "a change that keeps the meaning turns a verdict (SHOW=change/code prints it): {turned:#?}"
    );
}

#[test]
#[ignore = "slow"]
fn one_line_tests() {
    none_turned("one-line tests", &samples::snippets(), every);
}

#[test]
#[ignore = "needs LAMBLINT_MATERIAL"]
fn labelled_cases_with_material() {
    none_turned("labelled cases", &samples::cases(), every);
}

#[test]
#[ignore = "needs LAMBLINT_MATERIAL"]
fn real_functions_with_material() {
    none_turned("real functions", &samples::corpus(), every);
}
