//! LL013 broken-document.

use crate::diagnostic::{Finding, Severity};
use crate::image::{FaultKind, Image};
use crate::options::Options;
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL013-broken-document.md"), check: Check::Image(check) };

fn check(image: &Image, _: &Options, findings: &mut Vec<Finding>) {
    super::report(image, FaultKind::BrokenDocument, findings);
    let doubtful = super::faults(image, FaultKind::DoubtfulDocument);
    findings.extend(doubtful.map(|finding| finding.severity(Severity::Warning)));
}
