//! LL319 web-adapter-misconfigured.

use crate::diagnostic::{Finding, Fix, Severity};
use crate::launch::{AdapterFault, Launch, Misnamed};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule = Rule {
    page: include_str!("../../../rules/lambda/LL319-web-adapter-misconfigured.md"),
    check: Check::Launch(check),
};

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let Some(adapter) = launch.adapter() else { return };
    let place = adapter.place;
    findings.extend(launch.adapter_faults(&adapter).into_iter().map(|fault| {
        match fault {
            AdapterFault::Unstarted(path) => Finding::new(format!("nothing starts the web adapter at {path}"))
                .at(place, "Lambda starts what lies in /opt/extensions itself")
                .help("copy it to /opt/extensions/lambda-adapter"),
            AdapterFault::OtherRuntime => {
                Finding::new("the base's entrypoint starts its own runtime, and not the web server behind the adapter")
                    .at(place, "the adapter waits for a web server")
                    .at(launch.place_of(&launch.entrypoint), "brings /lambda-entrypoint.sh")
                    .help("replace it: ENTRYPOINT [] and the server's command as CMD")
            }
            AdapterFault::OtherPort { asked, server, place } => {
                let message = format!("the web adapter speaks to port {}, and the server is on {server}", asked.number);
                let finding = Finding::new(message)
                    .at(place, format!("port {server}"))
                    .help(format!("write ENV AWS_LWA_PORT={server}"));
                let said = match asked.variable {
                    Some(variable) => format!("{variable} says {}", asked.number),
                    None => "8080 unless AWS_LWA_PORT says otherwise".into(),
                };
                match asked.place {
                    Some(place) => finding.at(place, said),
                    // The function's own environment may say it.
                    None => finding.at(launch.base_place, said).severity(Severity::Info),
                }
            }
            AdapterFault::Readiness { port, place: set } => {
                Finding::new("web adapter 0.7.0 asks port 8080 whether the server is ready, and ignores AWS_LWA_PORT")
                    .at(set, format!("the server is on {port}"))
                    .at(place, "version 0.7.0")
                    .help(format!("take a later version, or add AWS_LWA_READINESS_CHECK_PORT={port}"))
            }
            AdapterFault::Misnamed(misnamed) => renamed(&misnamed),
        }
    }));
}

fn renamed(misnamed: &Misnamed) -> Finding {
    let name = &misnamed.name;
    let (message, label) = match (misnamed.retired, misnamed.right) {
        (Some((major, minor)), _) => (format!("web adapter {major}.{minor} no longer reads {name}"), "has no effect"),
        (None, Some(_)) => (format!("the web adapter does not read {name}"), "misspelt, so it has no effect"),
        (None, None) => (format!("the web adapter does not read {name}"), "has no effect"),
    };
    let finding = Finding::new(message).at(misnamed.place, label);
    let Some(right) = misnamed.right else { return finding.help("look the name up in the adapter's README") };
    let finding = finding.help(format!("write {right}"));
    match misnamed.written {
        Some(key) => finding.fix(Fix::replace(false, format!("write {right}"), key, right)),
        None => finding,
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::{Info, Warning};
    use crate::rules::testing::{allows, catches, catches_as};

    const ADAPTER: &str =
        "COPY --from=public.ecr.aws/awsguru/aws-lambda-adapter:0.9.1 /lambda-adapter /opt/extensions/";
    const CMD: &str = "\nCMD [\"uvicorn\", \"app:app\", \"--port\", \"8080\"]";

    #[test]
    fn places() {
        let from = "FROM python:3.13\nCOPY --from=public.ecr.aws/awsguru/aws-lambda-adapter:0.9.1 /lambda-adapter";
        catches("LL319", &format!("{from} /opt/lambda-adapter{CMD}"));
        catches("LL319", &format!("{from} /opt/extensions/lwa/lambda-adapter{CMD}"));
        allows("LL319", &format!("{from} /opt/extensions/lwa{CMD}"));
        allows("LL319", &format!("{from} /opt/extensions{CMD}"));
        allows("LL319", &format!("{from} /tmp/lwa\nRUN mv /tmp/lwa /opt/extensions/lwa{CMD}"));
        let hands_on = "FROM scratch\nCOPY lambda-adapter /lambda-adapter";
        allows("LL319", hands_on);
        allows("LL319", &format!("{from} /lambda-adapter\nENTRYPOINT [\"/lambda-adapter\"]{CMD}"));
    }

    #[test]
    fn entrypoints() {
        catches("LL319", &format!("FROM public.ecr.aws/lambda/python:3.13\n{ADAPTER}{CMD}"));
        allows("LL319", &format!("FROM public.ecr.aws/lambda/python:3.13\n{ADAPTER}\nENTRYPOINT []{CMD}"));
        let os = format!("FROM public.ecr.aws/lambda/provided:al2023\n{ADAPTER}\n");
        allows("LL319", &format!("{os}COPY run.sh /var/runtime/bootstrap\nCMD [\"x\"]"));
    }

    #[test]
    fn ports() {
        let base = format!("FROM python:3.13\n{ADAPTER}\n");
        catches_as(Info, "LL319", &format!("{base}CMD [\"uvicorn\", \"app:app\", \"--port\", \"8000\"]"));
        catches_as(Warning, "LL319", &format!("{base}ENV PORT=8000\nCMD gunicorn --bind=0.0.0.0:5000 app:app"));
        catches(
            "LL319",
            &format!("{base}ENV AWS_LWA_PORT=3000 PORT=8000\nCMD [\"next\", \"start\", \"-p\", \"8000\"]"),
        );
        catches("LL319", &format!("{base}ENV AWS_LWA_PORT=3000\nEXPOSE 8000\nCMD [\"python\", \"app.py\"]"));
        let old = base.replace("0.9.1", "0.7.0");
        let server = "CMD [\"uvicorn\", \"app:app\", \"--port\", \"3000\"]";
        catches("LL319", &format!("{old}ENV AWS_LWA_PORT=3000\n{server}"));
        allows("LL319", &format!("{old}ENV AWS_LWA_PORT=3000 AWS_LWA_READINESS_CHECK_PORT=3000\n{server}"));
        allows("LL319", &format!("{base}ENV AWS_LWA_PORT=3000\n{server}"));
        allows("LL319", &format!("{base}ENV PORT=8000\nCMD uvicorn app:app --port=$PORT"));
        allows("LL319", &format!("{base}ENV PORT=8000\nCMD uvicorn app:app --port ${{PORT:-8080}}"));
        allows("LL319", &format!("{base}ENV AWS_LWA_PORT=5000\nCMD gunicorn -b :5000 app:app"));
        allows("LL319", &format!("{base}EXPOSE 3000\nCMD [\"python\", \"app.py\"]"));
        allows("LL319", &format!("{base}ENV PORT=8000\nEXPOSE 80 443\nCMD [\"python\", \"app.py\"]"));
        allows("LL319", &format!("{base}ARG P\nENV PORT=$P\nCMD [\"uvicorn\", \"app:app\", \"--port\", \"8000\"]"));
        allows("LL319", &format!("FROM acme/app\n{ADAPTER}\nCMD [\"uvicorn\", \"app:app\", \"--port\", \"8000\"]"));
        allows("LL319", &format!("{base}CMD [\"gunicorn\", \"-p\", \"/tmp/pid\", \"app:app\"]"));
        allows(
            "LL319",
            "FROM python:3.13\nENV PORT=80\nCMD [\"uvicorn\", \"app:lambda_handler\", \"--port\", \"8000\"]",
        );
    }

    #[test]
    fn names() {
        let base = format!("FROM python:3.13\n{ADAPTER}\n");
        catches("LL319", &format!("{base}ENV READNIESS_CHECK_PATH=/health{CMD}"));
        catches("LL319", &format!("{base}ENV AWS_LWA_READYNESS_CHECK_PATH=/health{CMD}"));
        catches("LL319", &format!("{base}ENV AWS_LWA_READINESS_PATH=/health{CMD}"));
        catches("LL319", &format!("{base}ENV LWA_PORT=8080{CMD}"));
        catches("LL319", &format!("{base}ENV AWS_LWA_WARP_SPEED=9{CMD}"));
        allows("LL319", &format!("{}ENV AWS_LWA_WARP_SPEED=9{CMD}", base.replace(":0.9.1", ":2.0.0")));
        catches("LL319", &format!("{base}ENV AWS_LWA_INVOKEMODE=response_stream{CMD}"));
        allows("LL319", &format!("{base}ENV READINESS_CHECK_PATH=/health ASYNC_INIT=true{CMD}"));
        allows("LL319", &format!("{base}ENV HEALTHCHECK_PATH=/health READ_ONLY=1 CHECKPOINT=x{CMD}"));
        let one = base.replace("0.9.1", "1.0.0-rc1");
        catches("LL319", &format!("{one}ENV AWS_LWA_READINESS_CHECK_MIN_UNHEALTHY_STATUS=400{CMD}"));
        allows("LL319", &format!("{base}ENV AWS_LWA_READINESS_CHECK_MIN_UNHEALTHY_STATUS=400{CMD}"));
        allows("LL319", &format!("{one}ENV READINESS_CHECK_PATH=/health HOST=0.0.0.0{CMD}"));
    }
    #[test]
    fn the_long_beginning_of_names() {
        let with = |line: &str| format!("FROM python:3.13\n{ADAPTER}\nENV {line}{CMD}");
        catches("LL319", &with("AWS_LAMBDA_WEB_ADAPTER_PORT=8080"));
        allows("LL319", &with("AWS_LWA_PORT=8080"));
        allows("LL319", &with("AWS_LAMBDA_WEB_ADAPTER_VERSION=0.9.1"));
    }
}
