//! LL221 architecture-mismatch.

use crate::diagnostic::{Finding, Severity};
use crate::launch::{ArchEvidence, Launch};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL221-architecture-mismatch.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    declared(launch, findings);
    let stated = launch.architectures();
    let Some((first, rest)) = stated.split_first() else { return };
    let Some(other) = rest.iter().find(|other| other.arch != first.arch) else { return };
    // What the user said has no place of its own: the other one is underlined.
    let says = |one: &ArchEvidence| format!("this is {}", one.arch.lambda());
    let mut finding = Finding::new(format!(
        "{} is {}, and {} is {}",
        first.what,
        first.arch.lambda(),
        other.what,
        other.arch.lambda()
    ));
    for one in [other, first] {
        if let Some(place) = one.place {
            finding = finding.at(place, says(one));
        }
    }
    finding = finding.help(format!(
        "build everything for {}, or everything for {}",
        first.arch.lambda(),
        other.arch.lambda()
    ));
    findings.push(if first.whole && other.whole { finding } else { finding.severity(Severity::Warning) });
}

/// An image says what it is for; what it holds is LL208's.
fn declared(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let (Some(is), Some((_, place))) = (launch.saved_machine(), launch.architecture.set()) else { return };
    // LL707 compares it with the function that a template declares.
    let said = launch.options.arch.filter(|_| launch.declared.is_none());
    if let Some(declared) = said.filter(|declared| *declared != is) {
        findings.push(
            Finding::new(format!("the image is for {}, and the function is {}", is.lambda(), declared.lambda()))
                .at(place, format!("fork/exec: exec format error on {}", declared.lambda()))
                .help(format!("build with --platform=linux/{}", declared.oci())),
        );
    }
    // An image made from this one may have taken over its label.
    if let Some(base) = launch.base_architecture().filter(|base| base.arch != is) {
        let mut finding = Finding::new(format!(
            "the image is for {}, and its base {} is for {}",
            is.lambda(),
            base.what,
            base.arch.lambda()
        ))
        .at(place, format!("this is {}", is.lambda()));
        if let Some(named) = base.place {
            finding = finding.at(named, format!("this is {}", base.arch.lambda()));
        }
        let help = format!("build with --platform=linux/{}, or from a base for {}", base.arch.oci(), is.lambda());
        findings.push(finding.help(help).severity(Severity::Warning));
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::{Error, Warning};
    use crate::rules::testing::{allows, catches, catches_as};

    #[test]
    fn contradictions() {
        catches_as(
            Error,
            "LL221",
            "FROM --platform=linux/arm64 public.ecr.aws/lambda/python:3.13-x86_64\nCMD [\"a.handler\"]",
        );
        catches_as(
            Warning,
            "LL221",
            "FROM golang:1.23 AS b\nRUN GOARCH=amd64 go build -o /m\n\
             FROM public.ecr.aws/lambda/provided:al2023-arm64\nCOPY --from=b /m /m\nENTRYPOINT [\"/m\"]",
        );
        catches(
            "LL221",
            "FROM rust:1 AS b\nRUN cargo build --release --target x86_64-unknown-linux-musl\n\
             FROM --platform=linux/arm64 debian:12\nCOPY --from=b /m /m\nENTRYPOINT [\"/m\"]",
        );
        catches(
            "LL221",
            "FROM --platform=linux/amd64 python:3.13\nCOPY --from=public.ecr.aws/awsguru/aws-lambda-adapter:0.7.1-aarch64 \
             /lambda-adapter /opt/extensions/lambda-adapter",
        );
        catches(
            "LL221",
            "FROM --platform=linux/amd64 golang:1.23 AS b\nRUN go build -o /m\n\
             FROM --platform=linux/arm64 debian:12\nCOPY --from=b /m /m\nENTRYPOINT [\"/m\"]",
        );
    }

    #[test]
    fn cross_builds() {
        allows(
            "LL221",
            "FROM --platform=linux/amd64 golang:1.23 AS b\nENV GOARCH=arm64\nRUN go build -o /m\n\
             FROM --platform=linux/arm64 debian:12\nCOPY --from=b /m /m\nENTRYPOINT [\"/m\"]",
        );
        allows(
            "LL221",
            "FROM --platform=$BUILDPLATFORM golang:1.23 AS b\nARG TARGETARCH\nRUN GOARCH=$TARGETARCH go build -o /m\n\
             FROM public.ecr.aws/lambda/provided:al2023-arm64\nCOPY --from=b /m /m\nENTRYPOINT [\"/m\"]",
        );
        allows(
            "LL221",
            "FROM golang:1.23 AS b\nARG TARGETARCH\nRUN if [ $TARGETARCH = x ]; then GOARCH=amd64 go build; fi\n\
             FROM --platform=linux/arm64 debian:12\nCOPY --from=b /m /m",
        );
    }

    #[test]
    fn near_misses() {
        allows("LL221", "FROM public.ecr.aws/lambda/python:3.13-arm64\nCMD [\"a.handler\"]");
        allows("LL221", "FROM --platform=$TARGETPLATFORM public.ecr.aws/lambda/python:3.13-arm64\nCMD [\"a.handler\"]");
        allows(
            "LL221",
            "FROM --platform=linux/amd64 node:22 AS web\nRUN npm run build\n\
             FROM --platform=linux/arm64 python:3.13\nCOPY --from=web /dist /dist",
        );
        allows("LL221", "FROM python:3.13\nCOPY --from=public.ecr.aws/awsguru/aws-lambda-adapter:0.7.1-aarch64 /a /b");
        allows(
            "LL221",
            "FROM golang:1.23 AS tool\nRUN GOARCH=amd64 go build\nFROM public.ecr.aws/lambda/python:3.13-arm64\nCMD [\"a.b\"]",
        );
    }
}
