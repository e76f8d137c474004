//! LL406 not-a-function-base.

use crate::diagnostic::Finding;
use crate::facts::BaseKind;
use crate::launch::Launch;
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL406-not-a-function-base.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    if launch.base.kind != BaseKind::NotAFunction {
        return;
    }
    findings.push(
        Finding::new("the final stage stands on an image that no function can run on")
            .at(launch.base_place, "made for building or emulating functions")
            .help("keep it as a build stage, and end with FROM public.ecr.aws/lambda/*"),
    );
}
