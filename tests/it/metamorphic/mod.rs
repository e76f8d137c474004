//! Changes that keep the meaning of a Dockerfile keep the verdict: the same codes, at the same severities.
//!
//! Each change is tried on a part of the examples of the rule pages, always on the same. A change of a verdict is right
//! only for a reason that `allowed.rs` gives. `not_yet.txt` lists what is still wrong, with an example of each; an entry
//! that is no longer true fails. All examples, the one-line tests of rules, and real files, with a table of what is wrong:
//!
//! ```console
//! $ UPDATE=1 cargo test --test it metamorphic    # takes out of not_yet.txt what is right now
//! $ LAMBLINT_MATERIAL=folder cargo test --test it metamorphic -- --include-ignored --nocapture
//! ```

mod allowed;
mod compare;
mod form;
mod not_yet;
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
    if std::env::var_os("UPDATE").is_some() {
        return every_example_of_every_page();
    }
    let known = not_yet::read();
    let seen = compare(&samples::pages(Family::Lambda), &changes(), |change, sample| {
        some(change, sample) || known.iter().any(|entry| entry.change == change && entry.sample == sample)
    });
    seen.print("some examples of Lambda pages");
    let mended = not_yet::mended(&known, &seen);
    assert!(mended.is_empty(), "right now, so UPDATE=1 takes them out of not_yet.txt: {mended:?}");
    not_yet::assert_known(&known, &seen);
}

#[test]
#[ignore = "slow"]
fn every_example_of_every_page() {
    let seen = compare(&samples::pages(Family::Lambda), &changes(), every);
    seen.print("examples of Lambda pages");
    let known = not_yet::read();
    not_yet::assert_known(&known, &seen);
    if std::env::var_os("UPDATE").is_some() {
        not_yet::write(&known, &seen);
    }
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

/// What is wrong at most of each set today. These numbers only become smaller, but for what a new rule brings with it: LL345,
/// LL814 and what LL803 and LL206 learnt brought 18 of the 31.
const AT_MOST: &[(&str, usize)] = &[("one-line tests", 31), ("labelled cases", 10), ("real functions", 31)];

fn at_most(what: &str, samples: &[Sample]) {
    let seen = compare(samples, &changes(), every);
    seen.print(what);
    let (_, most) = AT_MOST.iter().find(|(name, _)| *name == what).unwrap();
    assert!(seen.turned.len() <= *most, "{what}: {} wrong, and not over {most} were", seen.turned.len());
}

#[test]
#[ignore = "slow"]
fn one_line_tests() {
    at_most("one-line tests", &samples::snippets());
}

#[test]
#[ignore = "needs LAMBLINT_MATERIAL"]
fn labelled_cases_with_material() {
    at_most("labelled cases", &samples::cases());
}

#[test]
#[ignore = "needs LAMBLINT_MATERIAL"]
fn real_functions_with_material() {
    at_most("real functions", &samples::corpus());
}
