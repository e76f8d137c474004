//! LL707 template-architecture.

use crate::arch::Arch;
use crate::diagnostic::{Finding, Location, Severity};
use crate::launch::{ArchEvidence, Launch, Setting};
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
        findings.extend(said_otherwise(deployed));
        match (built_for_another(function), deployed.launch) {
            (Some(finding), _) => findings.push(finding),
            (None, Some(launch)) => findings.extend(made_for_another(function, launch)),
            (None, None) => {}
        }
    }
}

/// `--arch`, which wins over the template, against the template.
fn said_otherwise(deployed: &Deployed<'_>) -> Option<Finding> {
    let (said, declared) = (deployed.options.arch?, declared(deployed.function)?);
    // With an image at hand, the options hold the function's own.
    let alone = deployed.build.is_none() && deployed.image.is_none();
    (alone && said != declared.arch).then(|| {
        Finding::new(format!("--arch is {}, and the function is {}", said.lambda(), declared.arch.lambda()))
            .at(declared.place, declared.why)
            .help(format!("leave --arch out, or declare the function {}", said.lambda()))
            .severity(Severity::Warning)
    })
}

/// What the Dockerfile or the image says of itself.
fn made_for_another(function: &Function, launch: &Launch<'_>) -> Option<Finding> {
    let declared = declared(function)?;
    let saved = launch.saved_machine().zip(launch.architecture.place());
    let saved =
        saved.map(|(arch, place)| ArchEvidence { arch, what: "the image".into(), place: Some(place), whole: true });
    let other = saved.or_else(|| launch.architectures().into_iter().find(|stated| stated.arch != declared.arch))?;
    let place = other.place.filter(|_| other.arch != declared.arch)?;
    let finding = Finding::new(format!(
        "{} is for {}, and the function is {}",
        other.what,
        other.arch.lambda(),
        declared.arch.lambda()
    ))
    .at(place, format!("this is {}", other.arch.lambda()))
    .at(declared.place, declared.why)
    .help(format!("build for {}, or declare the function {}", declared.arch.oci(), other.arch.lambda()));
    Some(if other.whole { finding } else { finding.severity(Severity::Warning) })
}

/// The architecture of a function, and where the template has it.
struct Architecture {
    arch: Arch,
    place: Location,
    why: &'static str,
}

fn declared(function: &Function) -> Option<Architecture> {
    match function.architecture() {
        Setting::Set(arch, place) | Setting::Inherited(arch, place) => {
            Some(Architecture { arch, place, why: "the function is declared here" })
        }
        Setting::Unset => {
            let why = "a function is x86_64 unless its architecture says otherwise";
            Some(Architecture { arch: Arch::X86_64, place: function.place, why })
        }
        Setting::Unknown(_) => None,
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
    let Architecture { arch: declared, place: other, why } = declared(function)?;
    (built != declared).then(|| {
        Finding::new(format!("the image is built for {}, and the function is {}", built.lambda(), declared.lambda()))
            .at(place, format!("fork/exec: exec format error on {}", declared.lambda()))
            .at(other, why)
            .help(format!("write linux/{}, or declare the function {}", declared.oci(), built.lambda()))
    })
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::{Error, Warning};
    use crate::rules::testing::template::{allows, catches, catches_built, sam, spares_built};

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
    fn contradictions_of_the_dockerfile() {
        let python = |from: &str| format!("FROM {from}\nCOPY app.py ./\nCMD [\"app.handler\"]\n");
        let arm = architectures("[arm64]");
        catches_built(Error, "LL707", &arm, &python("--platform=linux/amd64 public.ecr.aws/lambda/python:3.13"));
        catches_built(Error, "LL707", &arm, &python("public.ecr.aws/lambda/python:3.13-x86_64"));
        let unset = sam("PackageType: Image", METADATA);
        catches_built(Error, "LL707", &unset, &python("public.ecr.aws/lambda/python:3.13-arm64"));
        let program = "FROM golang:1.23 AS b\nRUN GOARCH=amd64 go build -o /m\n\
                       FROM public.ecr.aws/lambda/provided:al2023\nCOPY --from=b /m /m\nENTRYPOINT [\"/m\"]\n";
        catches_built(Warning, "LL707", &arm, program);
        spares_built("LL707", &arm, &python("public.ecr.aws/lambda/python:3.13"));
        spares_built("LL707", &arm, &python("--platform=$TARGETPLATFORM public.ecr.aws/lambda/python:3.13"));
        spares_built("LL707", &arm, &program.replace("GOARCH=amd64 ", ""));
        let stage = "FROM --platform=linux/amd64 node:22 AS web\nRUN npm run build\n\
                     FROM public.ecr.aws/lambda/python:3.13\nCOPY --from=web /dist ./\nCMD [\"app.handler\"]\n";
        spares_built("LL707", &arm, stage);
        spares_built("LL707", &architectures("[!Ref A]"), &python("public.ecr.aws/lambda/python:3.13-arm64"));
    }

    #[test]
    fn near_misses() {
        allows("LL707", &architectures("[arm64]"));
        allows("LL707", &architectures("[!Ref Architecture]"));
        // The function's own list replaces that of the globals.
        let globals = "Globals:\n  Function:\n    Architectures: [x86_64]\n";
        allows("LL707", &format!("{globals}{}", architectures("[arm64]")));
        allows("LL707", &architectures("!If [Arm, [arm64], [x86_64]]"));
        allows("LL707", &service("arm64", "linux/arm64"));
        allows("LL707", &service("${opt:arch}", "linux/amd64"));
        allows("LL707", &service("arm64", "${opt:platform}"));
    }
}
