//! LL403 retired-base.

use crate::diagnostic::Finding;
use crate::launch::Launch;
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL403-retired-base.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let Some(retired) = launch.base.retired else { return };
    findings.push(
        Finding::new(format!("the base gets nothing any more: {}", retired.reason))
            .at(launch.base_place, "retired")
            .help(format!("use {}", retired.instead)),
    );
}
