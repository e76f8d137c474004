//! LL505 emulator-shipped.

use crate::diagnostic::{Finding, Place};
use crate::facts::{self, BaseKind};
use crate::launch::{Build, Launch};
use crate::path::last;
use crate::rules::{Check, Rule};
use crate::source::Span;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL505-emulator-shipped.md"), check: Check::Launch(check) };

/// Where people put it in an image.
const USUAL: &[&str] = &["/usr/local/bin/aws-lambda-rie", "/usr/bin/aws-lambda-rie", "/aws-lambda/aws-lambda-rie"];

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    // AWS's bases bring it anyway.
    if matches!(launch.base.kind, BaseKind::Lambda | BaseKind::Client) {
        return;
    }
    let brought = launch.build.and_then(brought).map(Place::from);
    let Some(place) = brought.or_else(|| launch.layer_of_any(USUAL)) else { return };
    findings.push(
        Finding::new("the runtime interface emulator is in the image, and Lambda never starts it")
            .at(place, "for tests on the own machine only")
            .help("leave it out, and mount it to test: docker run -v ~/.aws-lambda-rie:/aws-lambda …"),
    );
}

/// What puts the emulator into the final image: a COPY, an ADD, or a download.
fn brought(build: &Build<'_>) -> Option<Span> {
    for copied in build.copies() {
        let source = copied.sources.iter().find(|(source, _)| source.as_deref().is_some_and(facts::emulator));
        let renamed = copied.destination.as_deref().is_some_and(|path| facts::emulator(last(path)));
        if let Some((_, span)) = source.or(copied.sources.first().filter(|_| renamed)) {
            return Some(*span);
        }
    }
    let fetches = |program: &str| matches!(program, "curl" | "wget" | "aria2c");
    let mut runs = build.final_ran().filter(|(_, ran)| fetches(&ran.program));
    runs.find_map(|(_, ran)| {
        ran.args.iter().find(|arg| facts::emulator(arg.raw.trim_matches(['"', '\'']))).map(|arg| arg.span)
    })
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::Info;
    use crate::rules::tried::{catches, catches_as, spares};

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
        spares("LL505", "FROM public.ecr.aws/lambda/python:3.13\nCOPY aws-lambda-rie /usr/local/bin/\nCMD [\"a.b\"]");
        spares("LL505", "FROM python:3.13 AS f\nFROM f AS test\nCOPY aws-lambda-rie /rie\nFROM f\nCMD [\"a.handler\"]");
        spares("LL505", "FROM python:3.13\nRUN pip install awslambdaric\nCMD [\"a.handler\"]");
        spares("LL505", "FROM python:3.13\nCOPY aws-lambda-rie.md /doc/\nCMD [\"a.handler\"]");
    }
}
