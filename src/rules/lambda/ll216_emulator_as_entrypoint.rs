//! LL216 emulator-as-entrypoint.

use crate::diagnostic::Finding;
use crate::launch::Launch;
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL216-emulator-as-entrypoint.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let Some(started) = launch.started().filter(|started| started.name().starts_with("aws-lambda-rie")) else { return };
    // An entry script that asks for AWS_LAMBDA_RUNTIME_API starts the emulator on your own machine only.
    let asks = launch.argv().is_none_or(|argv| argv.iter().any(|arg| arg.text.contains("AWS_LAMBDA_RUNTIME_API")));
    // With nothing after it, it is an image of the emulator alone.
    if asks || started.args().is_empty() || launch.adds_to_function() {
        return;
    }
    findings.push(
        Finding::new(format!("{} is the local emulator, which must not start on Lambda", started.program()))
            .at(started.place(), "Lambda never sends requests to port 8080")
            .help("start the client itself, and run the emulator with docker run --entrypoint"),
    );
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{allows, catches};

    const BASE: &str = "FROM python:3.13-slim-bookworm\nRUN pip install awslambdaric==3.1.1\n";

    #[test]
    fn the_emulator_itself() {
        catches(
            "LL216",
            &format!("{BASE}ENTRYPOINT [\"/usr/local/bin/aws-lambda-rie\", \"python\", \"-m\", \"awslambdaric\"]"),
        );
        catches("LL216", &format!("{BASE}ENTRYPOINT aws-lambda-rie python -m awslambdaric a.handler"));
        catches("LL216", &format!("{BASE}CMD [\"sh\", \"-c\", \"exec /aws-lambda-rie python -m awslambdaric a.b\"]"));
    }

    #[test]
    fn near_misses() {
        allows("LL216", &format!("{BASE}ENTRYPOINT [\"/entry_script.sh\"]\nCMD [\"a.handler\"]"));
        allows("LL216", &format!("{BASE}FROM python:3.13 AS local\nENTRYPOINT [\"/aws-lambda-rie\", \"python\"]"));
        allows(
            "LL216",
            &format!(
                "{BASE}ENTRYPOINT [ -n \"$AWS_LAMBDA_RUNTIME_API\" ] || exec aws-lambda-rie python -m awslambdaric a.b"
            ),
        );
        allows("LL216", "FROM debian:12\nCOPY aws-lambda-rie /aws-lambda-rie\nENTRYPOINT [\"/aws-lambda-rie\"]");
        allows("LL216", "FROM public.ecr.aws/lambda/python:3.13\nCMD [\"a.handler\"]");
    }
}
