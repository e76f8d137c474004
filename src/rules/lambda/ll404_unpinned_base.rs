//! LL404 unpinned-base.

use crate::diagnostic::{DocumentId, Finding};
use crate::facts::BaseKind;
use crate::launch::Launch;
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL404-unpinned-base.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    // Whose base brings a client: AWS's, or one of those that are known.
    let of_functions = launch.on_lambda_base() || launch.base.kind == BaseKind::Client;
    if !of_functions || launch.base_place.doc != DocumentId::Dockerfile || launch.base.retired.is_some() {
        return;
    }
    let Some(reference) = &launch.base.reference else { return };
    let floating = reference.tag.as_deref().is_none_or(|tag| tag == "latest" || tag.starts_with("latest-"));
    // Docker Hub has no name of three parts: that is an image of this machine.
    let local = reference.registry == "docker.io" && reference.repository.split('/').count() > 2;
    if !floating || local || reference.digest.is_some() {
        return;
    }
    let label = if reference.tag.is_some() {
        "`latest` can change without notice"
    } else {
        "no tag means `latest`, which can change without notice"
    };
    let mut finding =
        Finding::new(format!("{} is not pinned to a version", reference.repository)).at(launch.base_place, label);
    let tag = match launch.base.runtime {
        Some(runtime) => Some(runtime.tag),
        None => (launch.base.kind == BaseKind::Client).then_some("<version>"),
    };
    if let Some(tag) = tag {
        finding = finding.help(format!("write {}:{tag}", reference.familiar()));
    }
    findings.push(finding);
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{allows, catches};

    #[test]
    fn floating_bases() {
        catches("LL404", "FROM public.ecr.aws/lambda/python\nCMD [\"a.b\"]");
        catches("LL404", "FROM amazon/aws-lambda-nodejs:latest\nCMD [\"a.b\"]");
        catches("LL404", "FROM public.ecr.aws/lambda/nodejs:latest-arm64\nCMD [\"a.b\"]");
        catches("LL404", "FROM bref/php-84-fpm\nCMD [\"public/index.php\"]");
        catches("LL404", "FROM bref/php-84:latest\nCMD [\"worker.php\"]");
        catches("LL404", "ARG V=latest\nFROM public.ecr.aws/lambda/python:$V\nCMD [\"a.b\"]");
    }

    #[test]
    fn near_misses() {
        allows("LL404", "FROM public.ecr.aws/lambda/python:3.13\nCMD [\"a.b\"]");
        allows("LL404", "FROM public.ecr.aws/lambda/nodejs:24.2026.04.22.11-x86_64\nCMD [\"a.b\"]");
        allows("LL404", "FROM public.ecr.aws/lambda/python:latest@sha256:0\nCMD [\"a.b\"]");
        allows("LL404", "FROM public.ecr.aws/lambda/python@sha256:0\nCMD [\"a.b\"]");
        allows("LL404", "ARG V\nFROM public.ecr.aws/lambda/python:$V\nCMD [\"a.b\"]");
        allows("LL404", "FROM bref/php-84-fpm:3\nCMD [\"public/index.php\"]");
        allows("LL404", "FROM bref/runtime/php\nCMD [\"public/index.php\"]");
        allows("LL404", "FROM bref/php-74-fpm\nCMD [\"public/index.php\"]");
        allows("LL404", "FROM bref/build-php-84 AS b\nFROM bref/php-84:3\nCMD [\"worker.php\"]");
        // Not AWS's base, and a stage's name.
        allows("LL404", "FROM python\nCMD [\"a.handler\"]");
        allows("LL404", "FROM public.ecr.aws/lambda/python:3.13 AS base\nFROM base\nCMD [\"a.b\"]");
        allows("LL404", "FROM public.ecr.aws/lambda/python:latest AS t\nFROM public.ecr.aws/lambda/python:3.13");
    }
}
