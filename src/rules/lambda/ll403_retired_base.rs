//! LL403 retired-base.

use crate::diagnostic::Finding;
use crate::launch::Launch;
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL403-retired-base.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let Some(retired) = launch.base.retired else { return };
    findings.push(
        Finding::new(format!("the base is no longer updated: {}", retired.reason))
            .at(launch.base_place, "retired")
            .help(format!("use {}", retired.instead)),
    );
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{allows, catches};

    #[test]
    fn bases_that_get_nothing() {
        catches("LL403", "FROM lambci/lambda:python3.8\nCMD [\"a.handler\"]");
        catches("LL403", "FROM amazon/aws-lambda-go:1\nCMD [\"main\"]");
        catches("LL403", "FROM bref/php-74-fpm\nCOPY . /var/task\nCMD [\"public/index.php\"]");
        catches("LL403", "FROM public.ecr.aws/lambda/provided:alami\nCOPY bootstrap /var/runtime/\nCMD [\"a\"]");
    }

    #[test]
    fn near_misses() {
        allows("LL403", "FROM public.ecr.aws/lambda/provided:al2\nCOPY bootstrap /var/runtime/\nCMD [\"a\"]");
        allows("LL403", "FROM bref/php-84-fpm:3\nCOPY . /var/task\nCMD [\"public/index.php\"]");
        allows("LL403", "FROM bref/php-81:2\nCOPY . /var/task\nCMD [\"worker.php\"]");
        // Deprecated, and still published: LL401.
        allows("LL403", "FROM public.ecr.aws/lambda/python:3.6\nCMD [\"a.b\"]");
        // Only used to build in.
        allows("LL403", "FROM lambci/lambda:build-python3.8 AS b\nFROM public.ecr.aws/lambda/python:3.13");
        allows("LL403", "ARG T\nFROM public.ecr.aws/lambda/provided:$T\nCMD [\"a\"]");
    }
}
