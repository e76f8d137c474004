//! Real faults that only an image shows, drawn as small as they can be, each with its good twin; see `support::cases`
//! for how.
//!
//! A good twin, and a case with no code, may yield neither error nor warning.

use crate::support::cases::{self, Case};
use crate::support::check_drawn;
use crate::support::internals::diagnostic::{Diagnostic, Severity};
use libtest_mimic::Trial;
use std::fmt::Write as _;

/// A test for each case, named after the codes that it must have.
pub(crate) fn trials() -> impl Iterator<Item = Trial> {
    cases::all().map(|case| {
        let test =
            format!("image::{}{}{}", case.name, if case.codes.is_empty() { "" } else { "::" }, case.codes.join(","));
        Trial::test(test, move || {
            let failures = is_told_from_its_good_twin(&case);
            let place = format!("tests/pages/{}:{}", case.file, case.line);
            if failures.is_empty() { Ok(()) } else { Err(format!("{place}\n{failures}").into()) }
        })
    })
}

fn is_told_from_its_good_twin(case: &Case) -> String {
    let mut failures = String::new();
    let Case { name, codes, drawn, .. } = case;
    for form in forms(drawn, codes) {
        let found = check(drawn, form);
        for code in codes {
            let (code, wanted) = code.strip_prefix('-').map_or((*code, true), |code| (code, false));
            if found.iter().any(|d| d.code == code) != wanted {
                let word = if wanted { "wanted" } else { "did not want" };
                writeln!(failures, "{name} ({form}): {word} {code}, got {}", shown(&found)).unwrap();
            }
        }
        if codes.is_empty() {
            quiet(name, form, &found, &mut failures);
        } else if let Some(twin) = case.twin() {
            quiet(&format!("{name}, good twin"), form, &check(&twin, form), &mut failures);
        }
    }
    failures
}

/// The forms that a case is packed in: every one, unless it is about a form.
fn forms(drawn: &str, codes: &[&str]) -> &'static [&'static str] {
    let set =
        ["form", "index", "compression", "media_type", "media_types", "docker_types", "break", "beside", "entries"]
            .iter()
            .any(|key| drawn.contains(&format!("{key} =")));
    if set {
        &[""]
    } else if codes.iter().any(|code| code.starts_with("LL1")) {
        &["oci", "plain"]
    } else {
        &["oci", "plain", "zstd", "docker"]
    }
}

fn check(drawn: &str, form: &str) -> Vec<Diagnostic> {
    let (mut picture, options) = cases::picture(drawn);
    match form {
        "docker" => picture.form = "docker".into(),
        "plain" | "zstd" => picture.compression = form.into(),
        _ => {}
    }
    let mut found = check_drawn(picture, &options).diagnostics;
    // A layer in zstd is worth a warning of its own.
    found.retain(|diagnostic| form != "zstd" || diagnostic.code != "LL104");
    found
}

fn quiet(name: &str, form: &str, found: &[Diagnostic], failures: &mut String) {
    if found.iter().any(|diagnostic| diagnostic.severity != Severity::Info) {
        writeln!(failures, "{name} ({form}): wanted quiet, got {}", shown(found)).unwrap();
    }
}

fn shown(found: &[Diagnostic]) -> String {
    let one = |d: &Diagnostic| format!("\n    {}[{}]: {}", d.severity.as_str(), d.code, d.message);
    found.iter().map(one).collect()
}
