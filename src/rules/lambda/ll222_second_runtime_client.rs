//! LL222 second-runtime-client.

use crate::diagnostic::{DocumentId, Edit, Finding, Fix};
use crate::launch::Launch;
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL222-second-runtime-client.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    // The OS-only base brings no client, so yours is the first.
    let family = launch.base.family.unwrap_or("provided");
    if !launch.on_lambda_base() || matches!(family, "provided" | "go") || launch.starts_lambda_entrypoint() {
        return;
    }
    let Some((_, place)) = launch.entrypoint.set() else { return };
    let Some(client) = launch.client() else { return };
    // Another language's client than the base's is on purpose.
    let same = match client.language {
        "node" => family == "nodejs",
        language => family == language,
    };
    if !same {
        return;
    }
    let mut finding = Finding::new(format!("{} is started instead of the base's own client", client.name))
        .at(place, "not needed here");
    finding = finding.help("remove ENTRYPOINT and the client's installation; keep CMD");
    // CMD after this ENTRYPOINT is the handler, and so it is without it.
    let follows = launch.cmd.set().is_some_and(|(cmd, _)| !cmd.shell && cmd.args.len() == 1);
    if place.doc == DocumentId::Dockerfile && follows && client.handler.is_some() {
        let edits = vec![Edit { start: place.span.start, end: place.span.end, text: String::new() }];
        finding = finding.fix(Fix { safe: false, title: "leave ENTRYPOINT out".into(), edits });
    }
    findings.push(finding);
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{allows, catches};

    #[test]
    fn two_clients() {
        let python = "FROM public.ecr.aws/lambda/python:3.13\nRUN pip install awslambdaric==3.1.1\n";
        catches("LL222", &format!("{python}ENTRYPOINT [\"python\", \"-m\", \"awslambdaric\"]\nCMD [\"a.handler\"]"));
        catches(
            "LL222",
            &format!("{python}ENTRYPOINT [\"/var/lang/bin/python3\", \"-m\", \"awslambdaric\"]\nCMD [\"a.b\"]"),
        );
        catches(
            "LL222",
            "FROM public.ecr.aws/lambda/nodejs:22\nENTRYPOINT [\"/var/lang/bin/npx\", \"aws-lambda-ric\"]\nCMD [\"a.b\"]",
        );
    }

    #[test]
    fn near_misses() {
        allows("LL222", "FROM public.ecr.aws/lambda/python:3.13\nCMD [\"a.handler\"]");
        allows("LL222", "FROM python:3.13\nENTRYPOINT [\"python\", \"-m\", \"awslambdaric\"]\nCMD [\"a.handler\"]");
        allows(
            "LL222",
            "FROM public.ecr.aws/lambda/provided:al2023\nENTRYPOINT [\"python3\", \"-m\", \"awslambdaric\"]\nCMD [\"a.b\"]",
        );
        allows(
            "LL222",
            "FROM public.ecr.aws/lambda/python:3.13\nENTRYPOINT [\"/lambda-entrypoint.sh\"]\nCMD [\"a.b\"]",
        );
        allows(
            "LL222",
            "FROM public.ecr.aws/lambda/nodejs:22\nENTRYPOINT [\"python3\", \"-m\", \"awslambdaric\"]\nCMD [\"a.b\"]",
        );
    }
}
