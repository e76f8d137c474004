//! LL309 virtualenv-not-used.

use crate::diagnostic::{Finding, Severity};
use crate::launch::{Launch, Maker, UnusedEnvironment};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL309-virtualenv-not-used.md"), check: Check::Launch(check) };

const TARGET: &str = "install them with pip install --target ${LAMBDA_TASK_ROOT}";

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let Some(environment) = launch.unused_environment() else { return };
    let built = |place, (what, help): (String, &str)| {
        Finding::new(format!("{what}, and the AWS runtime does not look there"))
            .at(place, "the base starts its own Python and ignores PATH and VIRTUAL_ENV")
            .help(help)
            .severity(Severity::Warning)
    };
    findings.push(match environment {
        UnusedEnvironment::Made { place, by } => built(place, words(&by)),
        UnusedEnvironment::Copied { place } => {
            let help = "copy what is in its site-packages to ${LAMBDA_TASK_ROOT}";
            built(place, ("packages come in a virtual environment".to_owned(), help))
        }
        UnusedEnvironment::Files { stray, place } => {
            let what = format!("{} is in a virtual environment", super::list_some(&stray.names));
            let finding = Finding::new(format!("{what}, and the AWS runtime does not look there"))
                .at(place, stray.folder)
                .help("install packages with pip install --target ${LAMBDA_TASK_ROOT}");
            match stray.imported {
                Some(name) => finding
                    .severity(Severity::Error)
                    .at(launch.place_of(&launch.cmd), format!("the handler imports {name}")),
                None => finding.severity(Severity::Warning),
            }
        }
    });
}

fn words(by: &Maker) -> (String, &'static str) {
    let uv = "export a list and install it: uv export --no-dev -o r.txt && uv pip install -r r.txt --target ${LAMBDA_TASK_ROOT}";
    let (what, help) = match by {
        Maker::Uv => ("uv sync installs into .venv", uv),
        Maker::Poetry => {
            let help = "RUN poetry config virtualenvs.create false before it";
            ("poetry install makes a virtual environment", help)
        }
        Maker::Pipenv => ("pipenv install makes a virtual environment", "write pipenv install --system --deploy"),
        Maker::Venv(path) => return (format!("packages go into the virtual environment {path}"), TARGET),
    };
    (what.to_owned(), help)
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{allows, catches};

    fn python(steps: &str) -> String {
        format!("FROM public.ecr.aws/lambda/python:3.13\nCOPY . .\n{steps}\nCMD [\"app.handler\"]")
    }

    #[test]
    fn environments_that_are_not_used() {
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
            allows("LL309", &python(steps));
        }
        allows(
            "LL309",
            "FROM public.ecr.aws/lambda/python:3.13 AS b\nRUN uv sync\nFROM public.ecr.aws/lambda/python:3.13\nCOPY --from=b /x .",
        );
        allows("LL309", "FROM public.ecr.aws/lambda/python:3.13\nRUN uv sync\nCMD [\"uv\", \"run\", \"x\"]");
        allows("LL309", "FROM python:3.13\nRUN poetry install\nENTRYPOINT [\"python\", \"-m\", \"awslambdaric\"]");
    }
}
