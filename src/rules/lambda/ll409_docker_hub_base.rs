//! LL409 docker-hub-base.

use crate::diagnostic::{Finding, Fix};
use crate::dockerfile::Kind;
use crate::facts::BaseKind;
use crate::launch::{Build, Parent};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL409-docker-hub-base.md"), check: Check::Build(check) };

const PREFIX: &str = "amazon/aws-lambda-";

fn check(build: &Build<'_>, findings: &mut Vec<Finding>) {
    for stage in build.reachable_stages() {
        let Parent::Image(base) = &stage.parent else { continue };
        // A retired base has a worse fault than its address.
        if base.kind != BaseKind::Lambda || base.retired.is_some() {
            continue;
        }
        let Some(family) = base.reference.as_ref().and_then(|image| image.repository.strip_prefix(PREFIX)) else {
            continue;
        };
        let right = format!("public.ecr.aws/lambda/{family}");
        let mut finding = Finding::new(format!("{PREFIX}{family} comes from Docker Hub, which limits pulls"))
            .at(stage.image_place, "AWS publishes the same image in ECR Public")
            .help(format!("write {right}"));
        let written = match &stage.from.kind {
            Kind::From(from) => from.image.text.as_str(),
            _ => "",
        };
        let wrong = ["", "docker.io/", "index.docker.io/"].map(|registry| format!("{registry}{PREFIX}{family}"));
        if let Some(wrong) = wrong.iter().find(|wrong| written.starts_with(wrong.as_str())) {
            let mut span = stage.image_place.span;
            span.end = span.start + wrong.len();
            finding = finding.fix(Fix::replace(true, "take the image from ECR Public", span, right));
        }
        findings.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::Info;
    use crate::rules::testing::{allows, catches, catches_as};

    #[test]
    fn bases_of_docker_hub() {
        catches_as(Info, "LL409", "FROM amazon/aws-lambda-python:3.13\nCMD [\"a.b\"]");
        catches("LL409", "FROM docker.io/amazon/aws-lambda-nodejs:24 AS base\nFROM base\nCMD [\"a.b\"]");
        catches("LL409", "ARG V=3.13\nFROM amazon/aws-lambda-python:$V\nCMD [\"a.b\"]");
    }

    #[test]
    fn near_misses() {
        allows("LL409", "FROM public.ecr.aws/lambda/python:3.13\nCMD [\"a.b\"]");
        allows("LL409", "FROM amazon/aws-cli:2.30.0 AS cli\nFROM public.ecr.aws/lambda/python:3.13\nCMD [\"a.b\"]");
        // Retired: LL403.
        allows("LL409", "FROM amazon/aws-lambda-go:1\nCMD [\"main\"]");
        allows("LL409", "FROM amazon/aws-lambda-python:3.13 AS test\nFROM public.ecr.aws/lambda/python:3.13");
    }
}
