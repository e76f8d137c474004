//! LL338 wheel-for-another-python.

use crate::diagnostic::{Finding, Severity};
use crate::launch::{Launch, WrongWheel};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL338-wheel-for-another-python.md"), check: Check::Launch(check) };

/// Maximum number of findings: all that pip installed may be for one other version.
const MAX_LISTED: usize = 10;

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    for wheel in launch.wrong_wheels().iter().take(MAX_LISTED) {
        let WrongWheel { name, file, minors: (theirs, own), imported, place } = wheel;
        let message = format!("{name} is compiled for Python 3.{theirs}, and the function runs on 3.{own}");
        let finding = Finding::new(message).at(*place, format!("{file} is the only file of its name"));
        let finding = match imported {
            Some((from, line)) => finding
                .at(launch.place_of_file(from), format!("{from}, line {line}, imports it"))
                .severity(Severity::Error),
            None => finding,
        };
        findings.push(finding.help(format!(
            "install it with Python 3.{own}, or with pip's --only-binary=:all: --python-version 3.{own}"
        )));
    }
}
