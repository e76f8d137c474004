//! LL206 entrypoint-not-found.

use super::ll325_unexpanded_variable::variable;
use crate::diagnostic::{Finding, Severity};
use crate::launch::{Launch, MissingKind};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL206-entrypoint-not-found.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    // A variable that nothing expands is LL325's.
    for missing in launch.missing_starts().into_iter().filter(|missing| variable(&missing.what).is_none()) {
        let message = match &missing.kind {
            MissingKind::CommandLine => format!("`{}` is a whole command line in one element", missing.what),
            MissingKind::Module(by) => format!("{by} finds no module {}", missing.what),
            MissingKind::File => format!("{} does not exist in the image", missing.what),
        };
        let finding = Finding::new(message).at(missing.place, missing.why).help(missing.help);
        findings.push(if missing.certain { finding } else { finding.severity(Severity::Warning) });
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::{Error, Warning};
    use crate::rules::testing::{allows, catches_as};

    #[test]
    fn what_bases_lack() {
        catches_as(
            Error,
            "LL206",
            "FROM gcr.io/distroless/nodejs22-debian12\nCOPY . /app\nENTRYPOINT [\"/usr/local/bin/npx\", \"x\"]",
        );
        catches_as(Error, "LL206", "FROM gcr.io/distroless/static\nCOPY main /main\nENTRYPOINT /main");
        catches_as(Error, "LL206", "FROM alpine:3.24\nCOPY r.sh /r.sh\nENTRYPOINT [\"bash\", \"/r.sh\"]");
        catches_as(Error, "LL206", "FROM python:3.13-alpine\nCOPY r.sh /r.sh\nENTRYPOINT [\"bash\", \"/r.sh\"]");
        catches_as(Warning, "LL206", "FROM alpine:3.20\nRUN apk add curl\nENTRYPOINT [\"/bin/bash\", \"/r.sh\"]");
        catches_as(Error, "LL206", "FROM node:22\nCOPY . /app\nENTRYPOINT [\"/usr/bin/npx\", \"aws-lambda-ric\"]");
        catches_as(
            Error,
            "LL206",
            "FROM public.ecr.aws/lambda/python:3.13\nENTRYPOINT [\"/usr/local/bin/python\", \"-m\", \"x\"]",
        );
        catches_as(
            Error,
            "LL206",
            "FROM amazonlinux:2023\nRUN dnf install -y python3.11\nENTRYPOINT [\"/usr/local/bin/python\", \"-m\", \"x\"]",
        );
        catches_as(
            Error,
            "LL206",
            "FROM ubuntu:24.04\nRUN apt-get install -y python3\nENTRYPOINT [\"python\", \"a.py\"]",
        );
        catches_as(Error, "LL206", "FROM scratch\nCOPY main.bin /main.bin\nENTRYPOINT [\"/app/server\"]");
        catches_as(
            Warning,
            "LL206",
            "FROM debian:12\nWORKDIR /app\nCOPY main.sh /x/main.sh\nENTRYPOINT [\"./main.sh\"]",
        );
        catches_as(Error, "LL206", "FROM debian:12\nCOPY run.sh /app/run.sh\nENTRYPOINT [\"/run.sh\"]");
    }

    #[test]
    fn modules_by_their_old_names() {
        let start = "\nENTRYPOINT [\"python\", \"-m\", \"awslambdaruntimeclient\"]\nCMD [\"app.handler\"]";
        catches_as(Warning, "LL206", &format!("FROM python:3.12-slim\nRUN pip install awslambdaric{start}"));
        allows("LL206", &format!("FROM python:3.12-slim\nCOPY awslambdaruntimeclient ./{start}"));
        let right = start.replace("awslambdaruntimeclient", "awslambdaric");
        allows("LL206", &format!("FROM python:3.12-slim\nRUN pip install awslambdaric{right}"));
    }

    #[test]
    fn inits_and_environments() {
        let start = |program: &str| format!("COPY app.py ./\nENTRYPOINT [{program}, \"-m\", \"awslambdaric\"]");
        let tini = start("\"tini\", \"--\", \"python\"");
        catches_as(Error, "LL206", &format!("FROM python:3.13-slim\nRUN pip install awslambdaric\n{tini}"));
        catches_as(Warning, "LL206", &format!("FROM python:3.13\nRUN apt-get install -y curl\n{tini}"));
        allows("LL206", &format!("FROM python:3.13\nRUN apt-get install -y tini\n{tini}"));
        allows("LL206", &format!("FROM python:3.13\nRUN pip install -r requirements.txt\n{tini}"));
        allows("LL206", &format!("FROM python:3.13\nADD https://example.com/tini /usr/bin/tini\n{tini}"));
        allows("LL206", "FROM python:3.13\nRUN apt-get install -y supervisor\nCMD [\"supervisord\", \"-n\"]");
        allows("LL206", "FROM python:3.13\nRUN pip install supervisor==4.2.5\nCMD [\"supervisord\", \"-n\"]");
        let venv = start("\"/opt/venv/bin/python\"");
        let build = "FROM python:3.13-slim AS build\nRUN python -m venv /opt/venv\nFROM python:3.13-slim\n";
        catches_as(Warning, "LL206", &format!("{build}{venv}"));
        allows("LL206", &format!("{build}COPY --from=build /opt/venv /opt/venv\n{venv}"));
        allows("LL206", &format!("{build}COPY --from=build /opt /opt\n{venv}"));
        allows("LL206", &format!("{build}RUN python -m venv /opt/venv\n{venv}"));
    }

    #[test]
    fn what_may_be_there() {
        allows("LL206", "FROM alpine:3.20\nRUN apk add bash\nENTRYPOINT [\"/bin/bash\", \"/r.sh\"]");
        allows("LL206", "FROM gcr.io/distroless/static:debug\nENTRYPOINT [\"sh\", \"/r.sh\"]");
        allows(
            "LL206",
            "FROM gcr.io/distroless/nodejs22-debian12\nCOPY --from=node:22 /usr/local /usr/local\nENTRYPOINT [\"npx\", \"x\"]",
        );
        allows("LL206", "FROM ubuntu:24.04\nRUN apt-get install -y nodejs\nENTRYPOINT [\"node\", \"x\"]");
        allows("LL206", "FROM debian:12\nCOPY . /app\nENTRYPOINT [\"/app/run\"]");
        allows("LL206", "FROM debian:12\nCOPY a /a\nRUN make install\nENTRYPOINT [\"/srv2/run\"]");
        allows("LL206", "FROM debian:12\nCOPY a.txt /a.txt\nRUN curl -o /x/run http://e\nENTRYPOINT [\"/x/run\"]");
        allows(
            "LL206",
            "FROM ubuntu:24.04\nRUN apt-get install -y python-is-python3\nENTRYPOINT [\"python\", \"a.py\"]",
        );
        allows(
            "LL206",
            "FROM ubuntu:24.04\nRUN apt-get install -y make && make install\nENTRYPOINT [\"/usr/local/bin/python3\"]",
        );
        allows("LL206", "FROM ubuntu:18.04\nRUN apt-get install -y python3\nENTRYPOINT [\"python\", \"a.py\"]");
        allows("LL206", "FROM scratch\nADD root.tar.xz /\nENTRYPOINT [\"/lambda-entrypoint.sh\"]");
        allows("LL206", "FROM registry.example.com/base\nCOPY a.txt /a.txt\nENTRYPOINT [\"/x/run\"]");
        allows("LL206", "FROM scratch\nCOPY out/ /\nENTRYPOINT [\"/server\"]");
    }
}
