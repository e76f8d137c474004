//! LL010 digest-mismatch.

use crate::diagnostic::Finding;
use crate::image::{FaultKind, Image};
use crate::options::Options;
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL010-digest-mismatch.md"), check: Check::Image(check) };

fn check(image: &Image, _: &Options, findings: &mut Vec<Finding>) {
    super::report(image, FaultKind::DigestMismatch, findings);
}
