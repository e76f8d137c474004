//! LL309 virtualenv-not-used.

use crate::diagnostic::{Finding, Place, Severity};
use crate::launch::{Build, Launch, Ran, Step};
use crate::path::last;
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL309-virtualenv-not-used.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let Some(build) = launch.build else { return findings.extend(in_image(launch)) };
    let python = launch.on_lambda_base() && launch.base.family == Some("python");
    // What is no handler is for another rule: it may be meant to start the environment's own Python.
    let handler = launch.cmd.value().is_none_or(|cmd| cmd.args.len() == 1);
    if !python || !handler || !launch.starts_lambda_entrypoint() || launch.env("AWS_LAMBDA_EXEC_WRAPPER").is_some() {
        return;
    }
    // A list exported for pip, packages copied out, a path file: somebody has wired it.
    let wired = ["export", "requirements", "lock -r"].iter().any(|verb| {
        build
            .final_ran()
            .any(|(_, ran)| matches!(ran.program.as_str(), "uv" | "poetry" | "pipenv") && ran.verb() == *verb)
    });
    if wired || build.installs_into_system() {
        return;
    }
    let installs = |ran: &Ran| matches!(ran.program.as_str(), "uv" | "poetry" | "pipenv" | "venv" | "virtualenv");
    let made = build
        .final_ran()
        .filter(|(_, ran)| installs(ran))
        .take(20)
        .find_map(|(step, ran)| Some((Place::from(ran.span), made(build, step, ran)?)));
    let Some((place, (what, help))) = made.or_else(|| copied(build)) else { return };
    findings.push(
        Finding::new(format!("{what}, and AWS's runtime does not look into it"))
            .at(place, "the base starts its own Python, whatever PATH or VIRTUAL_ENV say")
            .help(help)
            .severity(Severity::Warning),
    );
}

/// Packages of a saved image that are in a virtual environment only: an error where the handler imports one.
fn in_image(launch: &Launch<'_>) -> Option<Finding> {
    if !launch.starts_lambda_entrypoint() {
        return None;
    }
    let stray = launch.stray_python(true)?;
    let names: Vec<&str> = stray.names.iter().map(String::as_str).collect();
    let finding = Finding::new(format!(
        "{} lies in a virtual environment, and AWS's runtime does not look into it",
        super::few(&names)
    ))
    .at(launch.place_of_file(&stray.folder), stray.folder.clone())
    .help("install packages with pip install --target ${LAMBDA_TASK_ROOT}");
    Some(match stray.imported {
        Some(name) => {
            finding.severity(Severity::Error).at(launch.place_of(&launch.cmd), format!("the handler imports {name}"))
        }
        None => finding.severity(Severity::Warning),
    })
}

type Words = (String, &'static str);

/// The virtual environment that a command installs into.
fn made(build: &Build<'_>, step: &Step<'_>, ran: &Ran) -> Option<Words> {
    let what = match (ran.program.as_str(), ran.verb()) {
        ("uv", "sync") => {
            let help = "export a list and install it: uv export --no-dev -o r.txt && uv pip install -r r.txt --target ${LAMBDA_TASK_ROOT}";
            return Some(("uv sync installs into .venv".to_owned(), help));
        }
        ("poetry", "install") => {
            return Some((
                "poetry install makes a virtual environment".to_owned(),
                "RUN poetry config virtualenvs.create false in front of it",
            ));
        }
        ("pipenv", "install" | "sync") => {
            return Some((
                "pipenv install makes a virtual environment".to_owned(),
                "write pipenv install --system --deploy",
            ));
        }
        ("venv" | "virtualenv", _) => ran.operands(&["-p", "--python", "--prompt"]).last()?.text.clone()?,
        _ => return None,
    };
    // One for a tool alone is of no harm: the packages must go into it.
    let name = last(&what);
    let path = step.state.absolute(&what)?;
    let pip = [format!("{name}/bin/pip"), format!("{name}/bin/python"), format!("{name}/bin/activate")];
    let on_path = |other: &Step<'_>| {
        other.state.variable("PATH").is_some_and(|value| value.split(':').any(|entry| entry == format!("{path}/bin")))
    };
    let into =
        |other: &&Step<'_>| pip.iter().any(|word| other.runs(word)) || (on_path(other) && other.runs("pip install"));
    let lists = |other: &&Step<'_>| other.runs("-r ") || other.runs("--requirement");
    build.final_steps().iter().any(|other| other.is_run() && into(other) && lists(other)).then(|| {
        (
            format!("packages go into the virtual environment {path}"),
            "install them with pip install --target ${LAMBDA_TASK_ROOT}",
        )
    })
}

/// A virtual environment that a COPY brings whole.
fn copied(build: &Build<'_>) -> Option<(Place, Words)> {
    let whole = |name: &str| matches!(name, ".venv" | "venv");
    let copies = build.copies();
    let copied = copies.iter().find(|copied| {
        copied.names().any(whole)
            && !matches!(copied.origin, crate::launch::Origin::Context)
            && copied.destination.as_deref().is_some_and(|to| whole(last(to)))
    })?;
    let help = "copy what is in its site-packages to ${LAMBDA_TASK_ROOT}";
    Some((copied.span().into(), ("packages come in a virtual environment".to_owned(), help)))
}

#[cfg(test)]
mod tests {
    use crate::rules::tried::{catches, spares};

    fn python(steps: &str) -> String {
        format!("FROM public.ecr.aws/lambda/python:3.13\nCOPY . .\n{steps}\nCMD [\"app.handler\"]")
    }

    #[test]
    fn environments_that_nobody_uses() {
        for steps in [
            "RUN uv sync --frozen",
            "RUN pip install poetry\nRUN poetry install --no-dev",
            "RUN pipenv install --deploy",
            "RUN python -m venv .venv && .venv/bin/pip install -r requirements.txt",
            "RUN python3 -m venv /opt/venv\nENV PATH=/opt/venv/bin:$PATH\nRUN pip install -r requirements.txt",
            "RUN virtualenv v && . v/bin/activate && pip install -r requirements.txt",
            "COPY --from=build /app/.venv ${LAMBDA_TASK_ROOT}/.venv",
        ] {
            catches("LL309", &python(steps));
        }
    }

    #[test]
    fn near_misses() {
        for steps in [
            "RUN poetry config virtualenvs.create false\nRUN poetry install",
            "ENV POETRY_VIRTUALENVS_CREATE=false\nRUN poetry install",
            "RUN pipenv install --system --deploy",
            "RUN poetry export -o r.txt && pip install -r r.txt",
            "RUN uv export -o r.txt && uv pip install -r r.txt --system",
            "ENV UV_PROJECT_ENVIRONMENT=/var/lang\nRUN uv sync",
            "RUN uv sync\nENV PYTHONPATH=/var/task/.venv/lib/python3.13/site-packages",
            "RUN uv sync && cp -r .venv/lib/python3.13/site-packages/. .",
            "RUN python -m venv /opt/poetry && /opt/poetry/bin/pip install poetry==1.8",
            "COPY --from=build /app/.venv/lib/python3.13/site-packages ${LAMBDA_TASK_ROOT}",
            "RUN uv sync\nENTRYPOINT [\".venv/bin/python\", \"-m\", \"awslambdaric\"]",
        ] {
            spares("LL309", &python(steps));
        }
        spares(
            "LL309",
            "FROM public.ecr.aws/lambda/python:3.13 AS b\nRUN uv sync\nFROM public.ecr.aws/lambda/python:3.13\nCOPY --from=b /x .",
        );
        spares("LL309", "FROM public.ecr.aws/lambda/python:3.13\nRUN uv sync\nCMD [\"uv\", \"run\", \"x\"]");
        spares("LL309", "FROM python:3.13\nRUN poetry install\nENTRYPOINT [\"python\", \"-m\", \"awslambdaric\"]");
    }
}
