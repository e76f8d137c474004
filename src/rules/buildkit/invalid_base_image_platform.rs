//! `InvalidBaseImagePlatform`.

use super::on_first_line;
use crate::arch::Arch;
use crate::diagnostic::Finding;
use crate::launch::{Parent, Platform};
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/buildkit/InvalidBaseImagePlatform.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    for stage in &general.build.stages {
        let Parent::Image(base) = &stage.parent else { continue };
        // Only a tag that names its architecture can be judged without the registry.
        let (Some(actual), Some(name)) = (base.arch.and_then(Arch::parse), stage.image.value()) else { continue };
        let wanted = match (stage.platform.value(), general.options.arch) {
            (Some(platform), _) => Platform::parse(platform).map(|p| format!("{}/{}", p.os, p.architecture)),
            (None, Some(arch)) if !stage.platform.is_unknown() => Some(format!("linux/{}", arch.oci())),
            _ => None,
        };
        let actual = format!("linux/{}", actual.oci());
        let Some(wanted) = wanted.filter(|wanted| *wanted != actual) else { continue };
        let message =
            format!("Base image {name} was pulled with platform {actual:?}, expected {wanted:?} for current build");
        let place = on_first_line(general.build.dockerfile, stage.from, stage.image_place.span);
        let help = format!("name the tag for {wanted}, or build for {actual}");
        findings.push(Finding::new(message).at(place, format!("this tag is {actual} and nothing else")).help(help));
    }
}

#[cfg(test)]
mod tests {
    use crate::check;
    use crate::options::Options;

    /// As no Lambda function, where LL221 says it.
    fn found(dockerfile: &str) -> bool {
        let mut options = Options::new(jiff::civil::date(2026, 11, 24));
        options.function = Some(false);
        let checked = check::dockerfile("Dockerfile", dockerfile, &options);
        checked.diagnostics.iter().any(|d| d.code == "InvalidBaseImagePlatform")
    }

    #[test]
    fn what_the_tag_says() {
        assert!(found("FROM --platform=linux/amd64 public.ecr.aws/lambda/python:3.13-arm64"));
        for near in [
            "linux/arm64 public.ecr.aws/lambda/python:3.13-arm64",
            "linux/amd64 public.ecr.aws/lambda/python:3.13",
            "$BUILDPLATFORM public.ecr.aws/lambda/python:3.13-arm64",
            "linux/amd64 example/arm64:1-arm64",
        ] {
            assert!(!found(&format!("FROM --platform={near}")), "{near}");
        }
    }
}
