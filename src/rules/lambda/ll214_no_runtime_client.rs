//! LL214 no-runtime-client.

use crate::diagnostic::{Finding, Severity};
use crate::facts::BaseKind;
use crate::launch::{Launch, Presence, SilentKind};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL214-no-runtime-client.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let found = client_gone(launch).or_else(|| client_left(launch)).or_else(|| looked_through(launch));
    findings.extend(found.or_else(|| plain_program(launch)));
}

/// A client that only a build stage has.
fn client_left(launch: &Launch<'_>) -> Option<Finding> {
    let left = launch.client_left()?;
    let package = &left.client.package;
    Some(
        Finding::new(format!("{package} starts, and only a build stage installs it"))
            .at(left.start, "nothing copies it into the final image")
            .at(left.install, "installed here")
            .help(format!("copy the folder that it is installed to as well, or install {package} in the final stage"))
            .severity(Severity::Warning),
    )
}

/// A program that starts where nothing visible brings a client.
fn plain_program(launch: &Launch<'_>) -> Option<Finding> {
    // An AWS base brings a client: LL224 says when it is passed by. A handler as program is LL215.
    if launch.base.kind != BaseKind::General || !launch.starts_own() || super::ll215_handler_as_program::applies(launch)
    {
        return None;
    }
    if launch.speaks_runtime_api() != Presence::Absent || launch.function().is_no() {
        return None;
    }
    let started = launch.started()?;
    Some(
        Finding::new(format!("{} starts, and nothing in the image asks Lambda for events", started.name()))
            .at(started.place(), "it knows nothing of Lambda's Runtime API")
            .help(
                "for a web server add COPY --from=public.ecr.aws/awsguru/aws-lambda-adapter:0.9.1 /lambda-adapter \
                 /opt/extensions/lambda-adapter; for a handler start a runtime interface client",
            ),
    )
}

/// A saved image in which nothing holds what every client holds.
fn looked_through(launch: &Launch<'_>) -> Option<Finding> {
    let silent = launch.silent_program()?;
    // On an AWS base it is the base's client that does not start, and LL224 says so.
    let bypassed = launch.on_lambda_base() && !launch.starts_lambda_entrypoint();
    if bypassed || super::ll215_handler_as_program::applies(launch) {
        return None;
    }
    let label = match silent.kind {
        SilentKind::Server => "it serves a port",
        SilentKind::Compiled | SilentKind::Script => "it does not contain AWS_LAMBDA_RUNTIME_API",
    };
    let finding = Finding::new(format!("{} starts, and nothing in the image asks Lambda for events", silent.path))
        .at(silent.place, label)
        .help("build it with the language's Lambda runtime, or add the Lambda Web Adapter to /opt/extensions");
    Some(finding.severity(match silent.kind {
        SilentKind::Compiled => Severity::Error,
        SilentKind::Script | SilentKind::Server => Severity::Warning,
    }))
}

/// A saved image that starts a client which is not there, or lies where it is not looked for.
fn client_gone(launch: &Launch<'_>) -> Option<Finding> {
    let gone = launch.unfound().filter(|unfound| unfound.client)?;
    // One for another version of the interpreter is LL328's.
    if gone.near.as_deref().is_some_and(|near| launch.is_for_another_python(near)) {
        return None;
    }
    let finding = Finding::new(format!("{} does not find {}, the runtime client", gone.by, gone.what));
    let help = match &gone.near {
        Some(near) => format!("it is at {near}: add that folder to PYTHONPATH, or install it for this Python"),
        None => format!("install {} in the final stage", gone.what),
    };
    Some(finding.at(gone.place, "nothing else asks Lambda for events").help(help).severity(Severity::Error))
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{allows, catches};

    const PYTHON: &str = "FROM python:3.13-slim-bookworm\nCOPY . /app\n";
    const ADAPTER: &str =
        "COPY --from=public.ecr.aws/awsguru/aws-lambda-adapter:0.9.1 /lambda-adapter /opt/extensions/lambda-adapter\n";

    #[test]
    fn plain_servers() {
        catches("LL214", &format!("{PYTHON}RUN pip install -r r.txt\nCMD [\"uvicorn\", \"main:app\"]"));
        catches("LL214", &format!("{PYTHON}CMD exec gunicorn --bind :$PORT main:app"));
        catches("LL214", &format!("{PYTHON}ENTRYPOINT [\"tini\", \"--\", \"python\", \"-m\", \"flask\", \"run\"]"));
        catches("LL214", &format!("{PYTHON}RUN pip install flask==3.1.0\nCMD [\"python\", \"app.py\"]"));
        catches("LL214", "FROM php:8.3-cli\nCOPY . /app\nCMD [\"php\", \"-S\", \"0.0.0.0:8080\"]");
        catches("LL214", "FROM node:22\nCOPY . /app\nCMD [\"npx\", \"next\", \"start\"]");
    }

    #[test]
    fn clients_left_in_a_build_stage() {
        let node = |run: &str, copies: &str| {
            format!(
                "FROM node:22 AS build\nWORKDIR /app\nCOPY . .\nRUN {run}\nFROM node:22-slim\nWORKDIR /app\n{copies}\nENTRYPOINT [\"/usr/local/bin/npx\", \"aws-lambda-ric\"]\nCMD [\"index.handler\"]"
            )
        };
        let dist = "COPY --from=build /app/dist/* ./";
        catches("LL214", &node("npm install aws-lambda-ric && npm run build", dist));
        catches("LL214", &node("npm i -g aws-lambda-ric && npm run build", &format!("{dist}\nCOPY package.json ./")));
        allows("LL214", &node("npm install aws-lambda-ric", "COPY --from=build /app ./"));
        allows(
            "LL214",
            &node("npm install aws-lambda-ric", &format!("{dist}\nCOPY --from=build /app/node_modules ./node_modules")),
        );
        allows("LL214", &node("npm install aws-lambda-ric", &format!("{dist}\nRUN npm ci --omit=dev")));
        allows("LL214", &node("npm install aws-lambda-ric", &format!("{dist}\nCOPY node_modules ./node_modules")));
        allows("LL214", &node("npm install aws-lambda-ric", "ARG D\nCOPY --from=build $D ./"));
        allows("LL214", &node("npm ci", dist));
        let python = |copies: &str| {
            format!(
                "FROM python:3.13 AS build\nCOPY app /app\nRUN pip install awslambdaric==4.2.2\nFROM python:3.13-slim\n{copies}\nENTRYPOINT [\"/usr/local/bin/python\", \"-m\", \"awslambdaric\"]\nCMD [\"app.handler\"]"
            )
        };
        catches("LL214", &python("COPY --from=build /app /app"));
        allows("LL214", &python("COPY --from=build /usr/local /usr/local"));
        allows(
            "LL214",
            &python(
                "COPY --from=build /usr/local/lib/python3.13/site-packages /usr/local/lib/python3.13/site-packages",
            ),
        );
    }

    #[test]
    fn something_may_answer() {
        allows("LL214", &format!("{PYTHON}{ADAPTER}CMD [\"uvicorn\", \"main:app\"]"));
        allows("LL214", &format!("{PYTHON}COPY ext/ /opt/extensions/\nCMD [\"uvicorn\", \"main:app\"]"));
        allows("LL214", &format!("{PYTHON}RUN pip install awslambdaric\nCMD [\"uvicorn\", \"main:app\"]"));
        allows("LL214", &format!("{PYTHON}ENTRYPOINT [\"/app/entry.sh\"]"));
        allows("LL214", &format!("{PYTHON}RUN pip install -r r.txt\nCMD [\"python\", \"app.py\"]"));
        allows("LL214", &format!("{PYTHON}ENTRYPOINT [\"python\", \"-m\", \"awslambdaric\"]\nCMD [\"a.handler\"]"));
    }

    #[test]
    fn programs_and_bases_that_are_not_known() {
        allows("LL214", "FROM debian:12\nCOPY main /main\nENTRYPOINT [\"/main\"]");
        allows("LL214", "FROM registry.example.com/base:1\nCMD [\"uvicorn\", \"a:b\"]");
        allows("LL214", "FROM python:3.13 AS web\nFROM python:3.13");
        allows(
            "LL214",
            "FROM public.ecr.aws/lambda/python:3.13 AS fn\nCMD [\"a.b\"]\nFROM python:3.13\nCMD [\"uvicorn\", \"a:b\"]",
        );
        allows("LL214", "FROM debian:12\nENTRYPOINT [\"/bin/bash\"]");
    }
}
