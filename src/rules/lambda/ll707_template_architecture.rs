//! LL707 template-architecture.

use crate::arch::Arch;
use crate::diagnostic::Finding;
use crate::launch::Setting;
use crate::rules::{Check, Deployed, Rule};
use crate::template::Function;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL707-template-architecture.md"), check: Check::Function(check) };

fn check(deployed: &Deployed<'_>, findings: &mut Vec<Finding>) {
    let function = deployed.function;
    if !function.sure || !function.is_image() {
        return;
    }
    let before = findings.len();
    findings.extend(words(function));
    if findings.len() == before {
        findings.extend(built_for_another(function));
    }
}

/// Exactly one architecture, in Lambda's own words.
fn words(function: &Function) -> Option<Finding> {
    let list = function.architectures.value()?;
    if let [first, second, ..] = list.as_slice() {
        return Some(
            Finding::new("a function has one architecture")
                .at(second.place, "Lambda takes exactly one")
                .help(format!("keep {}, or declare a second function", first.text)),
        );
    }
    let one = list.first()?;
    if ["x86_64", "arm64"].contains(&one.text.as_str()) {
        return None;
    }
    let help = match Arch::parse(&one.text.to_ascii_lowercase()) {
        Some(arch) => format!("write {}", arch.lambda()),
        None => "write x86_64 or arm64".to_owned(),
    };
    Some(
        Finding::new(format!("Lambda has no architecture {}", one.text))
            .at(one.place, "it has x86_64 and arm64")
            .help(help),
    )
}

/// The platform that the image is built for, against the architecture of the function.
fn built_for_another(function: &Function) -> Option<Finding> {
    let build = function.build.as_ref()?;
    let (platform, place) = build.platform.value().zip(build.platform.place())?;
    let built = Arch::of_platform(platform)?;
    let (declared, other, why) = match function.architecture() {
        Setting::Set(arch, place) | Setting::Inherited(arch, place) => (arch, place, "the function is declared here"),
        Setting::Unset => (Arch::X86_64, function.place, "a function is x86_64 unless Architectures says otherwise"),
        Setting::Unknown(_) => return None,
    };
    (built != declared).then(|| {
        Finding::new(format!("the image is built for {}, and the function is {}", built.lambda(), declared.lambda()))
            .at(place, format!("fork/exec: exec format error on {}", declared.lambda()))
            .at(other, why)
            .help(format!("write linux/{}, or declare the function {}", declared.oci(), built.lambda()))
    })
}

#[cfg(test)]
mod tests {
    use crate::rules::tried::template::{catches, sam, spares};

    const METADATA: &str = "Dockerfile: Dockerfile\n      DockerContext: .";

    fn architectures(list: &str) -> String {
        sam(&format!("PackageType: Image\n      Architectures: {list}"), METADATA)
    }

    fn service(architecture: &str, platform: &str) -> String {
        format!(
            "service: s\nprovider:\n  name: aws\n  ecr:\n    images:\n      app:\n        path: .\n        platform: {platform}\n\
             functions:\n  f:\n    image: app\n    architecture: {architecture}\n"
        )
    }

    #[test]
    fn contradictions() {
        catches("LL707", &architectures("[x86_64, arm64]"));
        catches("LL707", &architectures("[amd64]"));
        catches("LL707", &service("arm64", "linux/amd64"));
        catches("LL707", &service("x86_64", "linux/arm64/v8"));
        catches("LL707", &service("x86_64", "linux/arm64").replace("    architecture: x86_64\n", ""));
    }

    #[test]
    fn near_misses() {
        spares("LL707", &architectures("[arm64]"));
        spares("LL707", &architectures("[!Ref Architecture]"));
        spares("LL707", &architectures("!If [Arm, [arm64], [x86_64]]"));
        spares("LL707", &service("arm64", "linux/arm64"));
        spares("LL707", &service("${opt:arch}", "linux/amd64"));
        spares("LL707", &service("arm64", "${opt:platform}"));
    }
}
