//! LL407 unknown-base-tag.

use crate::diagnostic::Finding;
use crate::facts;
use crate::launch::{Build, Parent};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL407-unknown-base-tag.md"), check: Check::Build(check) };

fn check(build: &Build<'_>, findings: &mut Vec<Finding>) {
    for stage in &build.stages {
        let Parent::Image(base) = &stage.parent else { continue };
        let (Some(false), Some(reference)) = (base.published, &base.reference) else { continue };
        let tag = reference.tag.as_deref().unwrap_or_default();
        let mut finding = Finding::new(format!("{} has no tag {tag}", reference.familiar()))
            .at(stage.image_place, "AWS never published this tag");
        if let Some(near) = facts::nearest_tag(base) {
            finding = finding.help(format!("write {}:{near}", reference.familiar()));
        }
        findings.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{allows, catches};

    #[test]
    fn tags_of_other_peoples() {
        catches("LL407", "FROM public.ecr.aws/lambda/nodejs:18-alpine\nCMD [\"a.b\"]");
        catches("LL407", "FROM public.ecr.aws/lambda/python:3.12.1\nCMD [\"a.b\"]");
        catches("LL407", "FROM public.ecr.aws/lambda/nodejs:18.x AS b\nFROM public.ecr.aws/lambda/nodejs:24");
    }

    #[test]
    fn near_misses() {
        allows("LL407", "FROM public.ecr.aws/lambda/python:3.12-x86_64\nCMD [\"a.b\"]");
        allows("LL407", "FROM public.ecr.aws/lambda/python:3.11.2023.12.05.16\nCMD [\"a.b\"]");
        allows("LL407", "FROM public.ecr.aws/lambda/java:8.al2\nCMD [\"a.B::c\"]");
        // It may have come out since.
        allows("LL407", "FROM public.ecr.aws/lambda/nodejs:28\nCMD [\"a.b\"]");
        allows("LL407", "ARG V\nFROM public.ecr.aws/lambda/python:${V}-slim\nCMD [\"a.b\"]");
        allows("LL407", "FROM python:3.12-slim\nCMD [\"a.handler\"]");
    }
}
