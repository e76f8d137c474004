//! LL505 emulator-shipped.

use crate::diagnostic::Finding;
use crate::launch::Launch;
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL505-emulator-shipped.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let Some(place) = launch.emulator() else { return };
    findings.push(
        Finding::new("the runtime interface emulator is in the image, and Lambda never starts it")
            .at(place, "only for tests on your own machine")
            .help("leave it out, and mount it to test: docker run -v ~/.aws-lambda-rie:/aws-lambda …"),
    );
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::Info;
    use crate::rules::testing::{allows, catches, catches_as};

    #[test]
    fn emulators() {
        let base = "FROM python:3.13-slim\n";
        let address =
            "https://github.com/aws/aws-lambda-runtime-interface-emulator/releases/latest/download/aws-lambda-rie";
        catches_as(Info, "LL505", &format!("{base}ADD --chmod=755 {address} /usr/local/bin/aws-lambda-rie"));
        catches("LL505", &format!("{base}RUN curl -Lo /usr/bin/aws-lambda-rie {address}"));
        catches("LL505", &format!("{base}COPY ./rie /usr/local/bin/aws-lambda-rie"));
        catches(
            "LL505",
            "FROM public.ecr.aws/lambda/provided:al2023 AS b\nFROM debian:12\nCOPY --from=b /usr/local/bin/aws-lambda-rie /rie",
        );
    }

    #[test]
    fn near_misses() {
        allows("LL505", "FROM public.ecr.aws/lambda/python:3.13\nCOPY aws-lambda-rie /usr/local/bin/\nCMD [\"a.b\"]");
        allows("LL505", "FROM python:3.13 AS f\nFROM f AS test\nCOPY aws-lambda-rie /rie\nFROM f\nCMD [\"a.handler\"]");
        allows("LL505", "FROM python:3.13\nRUN pip install awslambdaric\nCMD [\"a.handler\"]");
        allows("LL505", "FROM python:3.13\nCOPY aws-lambda-rie.md /doc/\nCMD [\"a.handler\"]");
    }
}
