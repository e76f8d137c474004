//! LL401 deprecated-base.

use crate::diagnostic::Finding;
use crate::facts;
use crate::launch::Launch;
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL401-deprecated-base.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let Some(runtime) = launch.base.runtime.filter(|_| launch.base.retired.is_none()) else { return };
    let today = launch.options.today;
    let Some(deprecation) = runtime.deprecation.filter(|&day| day < today) else { return };
    let days = (today - deprecation).get_days();
    let mut finding = Finding::new(format!("{} has been deprecated since {deprecation}", runtime.id))
        .at(launch.base_place, format!("{days} days without the promise of a patch"));
    if let Some(successor) = facts::successor(runtime, today) {
        finding = finding.help(format!("move to public.ecr.aws/lambda/{}:{}", successor.family, successor.tag));
    }
    findings.push(finding);
}
