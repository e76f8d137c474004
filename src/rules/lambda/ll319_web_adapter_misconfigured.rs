//! LL319 web-adapter-misconfigured.

use crate::diagnostic::{Finding, Fix, Place, Severity};
use crate::facts;
use crate::launch::{Adapter, Launch, Presence, Role};
use crate::rules::{Check, Rule};
use crate::source::Span;
use crate::suggest;

pub(super) const RULE: Rule = Rule {
    page: include_str!("../../../rules/lambda/LL319-web-adapter-misconfigured.md"),
    check: Check::Launch(check),
};

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let Some(adapter) = launch.adapter() else { return };
    findings.extend(misplaced(launch, &adapter));
    findings.extend(on_lambda_entrypoint(launch, &adapter));
    findings.extend(port(launch));
    findings.extend(readiness(launch, &adapter));
    findings.extend(launch.own_env().filter_map(|(name, _, place)| misnamed(launch, &adapter, name, place)));
}

/// Lambda starts what lies in `/opt/extensions` itself, and nothing anywhere else.
fn misplaced(launch: &Launch<'_>, adapter: &Adapter) -> Option<Finding> {
    let path = adapter.path.as_deref()?;
    let (folder, name) = path.rsplit_once('/')?;
    let moved = launch.build.is_some_and(|build| build.runs_mention(name) || build.runs_mention("/opt/extensions"));
    // An image that starts nothing only hands the adapter on.
    let started = launch.argv().is_none_or(|argv| argv.is_empty() || argv.iter().any(|arg| arg.text.contains(name)));
    // A script of one's own may start it.
    let chain = launch.chain();
    let scripted =
        chain.iter().any(|link| matches!(link.role, Role::Read | Role::Interpreter)) || launch.started().is_none();
    if folder == "/opt/extensions" || moved || started || (launch.image.is_some() && scripted) {
        return None;
    }
    Some(
        Finding::new(format!("nothing starts the web adapter at {path}"))
            .at(adapter.place, "Lambda starts what lies in /opt/extensions itself")
            .help("copy it to /opt/extensions/lambda-adapter"),
    )
}

fn on_lambda_entrypoint(launch: &Launch<'_>, adapter: &Adapter) -> Option<Finding> {
    // A bootstrap of one's own may be the web server; a wrapper may start it.
    let own = launch.is_provided() && launch.presence("/var/runtime/bootstrap") != Presence::Absent;
    if !launch.starts_lambda_entrypoint() || own || launch.env("AWS_LAMBDA_EXEC_WRAPPER").is_some() {
        return None;
    }
    Some(
        Finding::new("the base's entrypoint starts its own runtime, and not the web server behind the adapter")
            .at(adapter.place, "the adapter waits for a web server")
            .at(launch.place_of(&launch.entrypoint), "brings /lambda-entrypoint.sh")
            .help("replace it: ENTRYPOINT [] and the server's command as CMD"),
    )
}

fn port(launch: &Launch<'_>) -> Option<Finding> {
    let asked = launch.adapter_port()?;
    let listens = launch.listens_on()?;
    let (number, place) = match listens.first() {
        Some(&first) if listens.iter().all(|(number, _)| *number != asked.number) => first,
        Some(_) => return None,
        // EXPOSE only tells what the server listens on, and only against a port that somebody wrote down.
        None => launch.exposed().filter(|(number, _)| asked.place.is_some() && *number != asked.number)?,
    };
    let said = match asked.variable {
        Some(variable) => format!("{variable} says {}", asked.number),
        None => "8080 unless AWS_LWA_PORT says otherwise".into(),
    };
    let finding =
        Finding::new(format!("the web adapter speaks to port {}, and the server is on {number}", asked.number))
            .at(place, format!("port {number}"))
            .help(format!("write ENV AWS_LWA_PORT={number}"));
    Some(match asked.place {
        Some(place) => finding.at(place, said),
        // The function's own environment may say it.
        None => finding.at(launch.base_place, said).severity(Severity::Info),
    })
}

/// Version 0.7.0 asks whether the server is ready on PORT or 8080, whatever `AWS_LWA_PORT` says.
fn readiness(launch: &Launch<'_>, adapter: &Adapter) -> Option<Finding> {
    let asked = launch.adapter_port().filter(|port| port.variable == Some("AWS_LWA_PORT") && port.number != 8080)?;
    let told = ["PORT", "READINESS_CHECK_PORT", "AWS_LWA_READINESS_CHECK_PORT"];
    if adapter.version != Some((0, 7, 0)) || told.iter().any(|name| launch.env(name).is_some()) {
        return None;
    }
    Some(
        Finding::new("web adapter 0.7.0 asks port 8080 whether the server is ready, whatever AWS_LWA_PORT says")
            .at(asked.place?, format!("the server is on {}", asked.number))
            .at(adapter.place, "version 0.7.0")
            .help(format!("take a later version, or add AWS_LWA_READINESS_CHECK_PORT={}", asked.number)),
    )
}

/// A name that the adapter does not read: retired by its version, misspelt, or of nobody's.
fn misnamed(launch: &Launch<'_>, adapter: &Adapter, name: &str, place: Place) -> Option<Finding> {
    let table = facts::web_adapter();
    let retired = table.retired.iter().find(|retired| retired.name == name);
    if let Some((old, (major, minor, _))) =
        retired.zip(adapter.version).filter(|(old, (major, ..))| *major >= old.since)
    {
        let message = format!("web adapter {major}.{minor} no longer reads {name}");
        return Some(renamed(launch, message, "without effect", (name, &old.instead), place));
    }
    let prefixed = name.starts_with("AWS_LWA_");
    let like = prefixed || name.starts_with("READ") || name.contains("NESS_CHECK") || name.contains("LWA_");
    if !like || table.known.iter().any(|known| known == name) {
        return None;
    }
    let message = format!("the web adapter reads no {name}");
    let known = || table.known.iter().map(String::as_str);
    // `AWS_LWA_READINESS_PATH` leaves out a word, `LWA_PORT` the beginning.
    let within = |known: &&str| prefixed && name.split('_').all(|part| known.split('_').any(|word| word == part));
    let without = |known: &&str| known.strip_prefix("AWS_") == Some(name);
    let near = suggest::nearest(name, known()).or_else(|| known().find(within)).or_else(|| known().find(without));
    match near {
        Some(near) => Some(renamed(launch, message, "misspelt, so without effect", (name, near), place)),
        // A version that came out after the table was compared may know it.
        None if prefixed && adapter.version.is_some_and(|version| version < (1, 1, 0)) => {
            Some(Finding::new(message).at(place, "without effect").help("look the name up in the adapter's README"))
        }
        None => None,
    }
}

fn renamed(launch: &Launch<'_>, message: String, label: &str, (old, new): (&str, &str), place: Place) -> Finding {
    let finding = Finding::new(message).at(place, label).help(format!("write {new}"));
    // The place is key and value together, and the key stands first, if nothing is quoted.
    let key = Span::new(place.span.start, place.span.start + old.len());
    let plain = launch.build.is_some_and(|build| build.dockerfile.source.text(key) == old);
    if plain { finding.fix(Fix::replace(false, format!("write {new}"), key, new)) } else { finding }
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::{Info, Warning};
    use crate::rules::tried::{catches, catches_as, spares};

    const ADAPTER: &str =
        "COPY --from=public.ecr.aws/awsguru/aws-lambda-adapter:0.9.1 /lambda-adapter /opt/extensions/";
    const CMD: &str = "\nCMD [\"uvicorn\", \"app:app\", \"--port\", \"8080\"]";

    #[test]
    fn places() {
        let from = "FROM python:3.13\nCOPY --from=public.ecr.aws/awsguru/aws-lambda-adapter:0.9.1 /lambda-adapter";
        catches("LL319", &format!("{from} /opt/lambda-adapter{CMD}"));
        catches("LL319", &format!("{from} /opt/extensions/lwa/lambda-adapter{CMD}"));
        spares("LL319", &format!("{from} /opt/extensions/lwa{CMD}"));
        spares("LL319", &format!("{from} /opt/extensions{CMD}"));
        spares("LL319", &format!("{from} /tmp/lwa\nRUN mv /tmp/lwa /opt/extensions/lwa{CMD}"));
        let hands_on = "FROM scratch\nCOPY lambda-adapter /lambda-adapter";
        spares("LL319", hands_on);
        spares("LL319", &format!("{from} /lambda-adapter\nENTRYPOINT [\"/lambda-adapter\"]{CMD}"));
    }

    #[test]
    fn entrypoints() {
        catches("LL319", &format!("FROM public.ecr.aws/lambda/python:3.13\n{ADAPTER}{CMD}"));
        spares("LL319", &format!("FROM public.ecr.aws/lambda/python:3.13\n{ADAPTER}\nENTRYPOINT []{CMD}"));
        let os = format!("FROM public.ecr.aws/lambda/provided:al2023\n{ADAPTER}\n");
        spares("LL319", &format!("{os}COPY run.sh /var/runtime/bootstrap\nCMD [\"x\"]"));
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
        spares("LL319", &format!("{old}ENV AWS_LWA_PORT=3000 AWS_LWA_READINESS_CHECK_PORT=3000\n{server}"));
        spares("LL319", &format!("{base}ENV AWS_LWA_PORT=3000\n{server}"));
        spares("LL319", &format!("{base}ENV PORT=8000\nCMD uvicorn app:app --port=$PORT"));
        spares("LL319", &format!("{base}ENV PORT=8000\nCMD uvicorn app:app --port ${{PORT:-8080}}"));
        spares("LL319", &format!("{base}ENV AWS_LWA_PORT=5000\nCMD gunicorn -b :5000 app:app"));
        spares("LL319", &format!("{base}EXPOSE 3000\nCMD [\"python\", \"app.py\"]"));
        spares("LL319", &format!("{base}ENV PORT=8000\nEXPOSE 80 443\nCMD [\"python\", \"app.py\"]"));
        spares("LL319", &format!("{base}ARG P\nENV PORT=$P\nCMD [\"uvicorn\", \"app:app\", \"--port\", \"8000\"]"));
        spares("LL319", &format!("FROM acme/app\n{ADAPTER}\nCMD [\"uvicorn\", \"app:app\", \"--port\", \"8000\"]"));
        spares("LL319", &format!("{base}CMD [\"gunicorn\", \"-p\", \"/tmp/pid\", \"app:app\"]"));
        spares(
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
        spares("LL319", &format!("{}ENV AWS_LWA_WARP_SPEED=9{CMD}", base.replace(":0.9.1", ":2.0.0")));
        catches("LL319", &format!("{base}ENV AWS_LWA_INVOKEMODE=response_stream{CMD}"));
        spares("LL319", &format!("{base}ENV READINESS_CHECK_PATH=/health ASYNC_INIT=true{CMD}"));
        spares("LL319", &format!("{base}ENV HEALTHCHECK_PATH=/health READ_ONLY=1 CHECKPOINT=x{CMD}"));
        let one = base.replace("0.9.1", "1.0.0-rc1");
        catches("LL319", &format!("{one}ENV AWS_LWA_READINESS_CHECK_MIN_UNHEALTHY_STATUS=400{CMD}"));
        spares("LL319", &format!("{base}ENV AWS_LWA_READINESS_CHECK_MIN_UNHEALTHY_STATUS=400{CMD}"));
        spares("LL319", &format!("{one}ENV READINESS_CHECK_PATH=/health HOST=0.0.0.0{CMD}"));
    }
}
