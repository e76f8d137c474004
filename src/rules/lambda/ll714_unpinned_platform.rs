//! LL714 unpinned-platform.

use crate::arch::Arch;
use crate::diagnostic::Finding;
use crate::facts::BaseKind;
use crate::launch::{Build, Setting};
use crate::rules::{Check, Deployed, Rule};
use crate::template::{Function, ImageBuild, Tool};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL714-unpinned-platform.md"), check: Check::Function(check) };

fn check(deployed: &Deployed<'_>, findings: &mut Vec<Finding>) {
    let function = deployed.function;
    let (Some(declared), Some(build), Some(launch)) = (&function.build, deployed.build, deployed.launch) else {
        return;
    };
    let known = matches!(launch.base.kind, BaseKind::Lambda | BaseKind::General) && launch.base.arch.is_none();
    if !function.sure || !known || !is_open(function, declared) || is_pinned(build) {
        return;
    }
    let Some((arch, _)) = function.declared_arch() else { return };
    findings.push(
        Finding::new(format!(
            "the image is built for the machine that builds it, and the function is {}",
            arch.lambda()
        ))
        .at(declared.place, "the build names no platform")
        .at(launch.base_place, "this base exists for several platforms")
        .help(help(declared.tool, arch)),
    );
}

/// `true` if the tool leaves the platform to Docker.
fn is_open(function: &Function, declared: &ImageBuild) -> bool {
    let unset = declared.platform == Setting::Unset;
    match declared.tool {
        Tool::Serverless | Tool::Terraform => unset,
        // The CDK takes it from the architecture, if that is given.
        Tool::Cdk => unset && function.architectures == Setting::Unset,
        Tool::Sam | Tool::Dotnet => false,
    }
}

/// `true` if the FROM of the final image says for which platform it is.
fn is_pinned(build: &Build<'_>) -> bool {
    build.final_stages().first().is_none_or(|stage| stage.platform != Setting::Unset)
}

fn help(tool: Tool, arch: Arch) -> String {
    let platform = format!("linux/{}", arch.oci());
    match tool {
        Tool::Terraform => format!("add platform = \"{platform}\""),
        Tool::Cdk => format!("set architecture: Architecture.{}", arch.lambda().to_uppercase()),
        _ => format!("add platform: {platform}"),
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::Info;
    use crate::rules::testing::template::{catches_built, sam, spares_built};

    fn service(line: &str) -> String {
        format!(
            "service: s\nprovider:\n  name: aws\n  ecr:\n    images:\n      app:\n        path: .\n        \
             provenance: false\n{line}functions:\n  f:\n    image: app\n"
        )
    }

    const DOCKERFILE: &str = "FROM public.ecr.aws/lambda/python:3.13\nCOPY app.py ./\nCMD [\"app.handler\"]\n";

    #[test]
    fn no_platform() {
        catches_built(Info, "LL714", &service(""), DOCKERFILE);
        catches_built(Info, "LL714", &service(""), &DOCKERFILE.replace("public.ecr.aws/lambda/python", "python"));
    }

    #[test]
    fn near_misses() {
        spares_built("LL714", &service("        platform: linux/amd64\n"), DOCKERFILE);
        spares_built("LL714", &service("        buildOptions: ['--platform=linux/amd64']\n"), DOCKERFILE);
        spares_built("LL714", &service(""), &DOCKERFILE.replace("FROM", "FROM --platform=linux/amd64"));
        spares_built("LL714", &service(""), &DOCKERFILE.replace(":3.13", ":3.13-x86_64"));
        spares_built("LL714", &service(""), &DOCKERFILE.replace("public.ecr.aws/lambda/", "example.com/"));
        let metadata = "Dockerfile: Dockerfile\n      DockerContext: .";
        spares_built("LL714", &sam("PackageType: Image", metadata), DOCKERFILE);
    }
}
