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
        .at(launch.base_place, format!("no security patches for {days} days"));
    if let Some(successor) = facts::successor(runtime, today) {
        finding = finding.help(format!("move to public.ecr.aws/lambda/{}:{}", successor.family, successor.tag));
    }
    findings.push(finding);
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{allows, catches};

    #[test]
    fn past_its_date() {
        catches("LL401", "FROM public.ecr.aws/lambda/nodejs:20\nCMD [\"a.b\"]");
        catches("LL401", "FROM public.ecr.aws/lambda/provided:al2 AS base\nFROM base\nCMD [\"a\"]");
        catches("LL401", "ARG V=3.9\nFROM amazon/aws-lambda-python:${V}-arm64\nCMD [\"a.b\"]");
    }

    #[test]
    fn near_misses() {
        // Its date is to come: LL402, if soon.
        allows("LL401", "FROM public.ecr.aws/lambda/nodejs:22\nCMD [\"a.b\"]");
        allows("LL401", "FROM public.ecr.aws/lambda/python:3.11\nCMD [\"a.b\"]");
        // Worse than deprecated: LL403.
        allows("LL401", "FROM public.ecr.aws/lambda/go:1\nCMD [\"main\"]");
        allows("LL401", "ARG V\nFROM public.ecr.aws/lambda/python:$V\nCMD [\"a.b\"]");
        allows("LL401", "FROM public.ecr.aws/lambda/python@sha256:0\nCMD [\"a.b\"]");
        allows("LL401", "FROM python:3.9\nCMD [\"a.handler\"]");
        allows("LL401", "FROM public.ecr.aws/lambda/python:3.9 AS b\nFROM public.ecr.aws/lambda/python:3.13");
    }
}
