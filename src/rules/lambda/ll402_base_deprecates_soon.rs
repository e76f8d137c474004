//! LL402 base-deprecates-soon.

use crate::diagnostic::Finding;
use crate::facts;
use crate::launch::Launch;
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL402-base-deprecates-soon.md"), check: Check::Launch(check) };

/// AWS announces a deprecation this many days ahead.
const HORIZON: i32 = 180;

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let Some(runtime) = launch.base.runtime.filter(|_| launch.base.retired.is_none()) else { return };
    let today = launch.options.today;
    // The day itself and all after it are LL401's.
    let Some(deprecation) = runtime.deprecation.filter(|&day| day >= today) else { return };
    let days = (deprecation - today).get_days();
    if days > HORIZON {
        return;
    }
    let when = if days == 1 { "tomorrow".into() } else { format!("in {days} days") };
    let mut finding = Finding::new(format!("{} will be deprecated on {deprecation}", runtime.id))
        .at(launch.base_place, if days == 0 { "that is today".into() } else { when });
    if let Some(next) = facts::successor(runtime, today).filter(|next| next.id != runtime.id) {
        finding = finding.help(format!("plan the move to public.ecr.aws/lambda/{}:{}", next.family, next.tag));
    }
    findings.push(finding);
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::Info;
    use crate::rules::testing::{allows, catches_as};

    #[test]
    fn within_half_a_year() {
        catches_as(Info, "LL402", "FROM public.ecr.aws/lambda/nodejs:22\nCMD [\"a.b\"]");
        catches_as(Info, "LL402", "FROM public.ecr.aws/lambda/ruby:3.3 AS base\nFROM base\nCMD [\"a.b\"]");
    }

    #[test]
    fn near_misses() {
        allows("LL402", "FROM public.ecr.aws/lambda/nodejs:24\nCMD [\"a.b\"]");
        // Past it: LL401.
        allows("LL402", "FROM public.ecr.aws/lambda/nodejs:20\nCMD [\"a.b\"]");
        // No date yet, and not an AWS runtime.
        allows("LL402", "FROM public.ecr.aws/lambda/nodejs:26\nCMD [\"a.b\"]");
        allows("LL402", "FROM node:22\nCMD [\"a.b\"]");
        allows("LL402", "FROM public.ecr.aws/lambda/nodejs:22 AS build\nFROM public.ecr.aws/lambda/nodejs:24");
        allows("LL402", "ARG V\nFROM public.ecr.aws/lambda/nodejs:$V\nCMD [\"a.b\"]");
    }
}
