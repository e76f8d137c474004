//! LL406 not-a-function-base.

use crate::diagnostic::{Finding, Severity};
use crate::facts::BaseKind;
use crate::launch::Launch;
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL406-not-a-function-base.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    if launch.base.kind != BaseKind::NotAFunction || launch.function().is_no() {
        return;
    }
    let finding = Finding::new("the final stage is built on an image that no function can run on")
        .at(launch.base_place, "made for building or emulating functions")
        .help("keep it as a build stage, and end with FROM public.ecr.aws/lambda/*");
    // Without a handler it may also build a zip.
    findings.push(if launch.starts_handler() { finding } else { finding.severity(Severity::Warning) });
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::{Error, Warning};
    use crate::rules::testing::{allows, catches, catches_as};

    #[test]
    fn bases_for_building() {
        catches("LL406", "FROM public.ecr.aws/sam/build-nodejs22.x\nCMD [\"a.handler\"]");
        catches("LL406", "FROM public.ecr.aws/sam/emulation-python3.12:latest AS x\nFROM x\nCMD [\"a.handler\"]");
        catches("LL406", "FROM amazon/aws-sam-cli-build-image-python3.8\nCMD [\"a.handler\"]");
    }

    #[test]
    fn what_may_only_build_is_a_warning() {
        catches_as(Error, "LL406", "FROM public.ecr.aws/sam/build-python3.12\nCMD [\"app.handler\"]");
        catches_as(Warning, "LL406", "FROM public.ecr.aws/sam/build-python3.12\nCOPY . .\nCMD [\"./serve\"]");
    }

    #[test]
    fn near_misses() {
        allows("LL406", "FROM public.ecr.aws/sam/build-python3.12\nRUN make zip");
        allows("LL406", "FROM public.ecr.aws/sam/build-python3.12\nCMD [\"echo\", \"hello\"]");
        allows("LL406", "FROM public.ecr.aws/sam/build-python3.12 AS b\nFROM public.ecr.aws/lambda/python:3.13");
        allows("LL406", "FROM public.ecr.aws/lambda/python:3.13\nCMD [\"a.b\"]");
        allows("LL406", "ARG BASE\nFROM ${BASE}\nCMD [\"a.handler\"]");
        allows("LL406", "FROM acme.io/sam/build-python3.12\nCMD [\"a.handler\"]");
    }
}
