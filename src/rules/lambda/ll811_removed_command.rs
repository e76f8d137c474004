//! LL811 removed-command.

use crate::diagnostic::{Finding, Fix, Severity};
use crate::launch::Build;
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL811-removed-command.md"), check: Check::Build(check) };

fn check(build: &Build<'_>, findings: &mut Vec<Finding>) {
    for removed in build.removed_commands() {
        let row = removed.row;
        let (name, installed) = match &removed.version {
            Some(version) => (format!("{} {version}", row.tool), "installs this version"),
            None => (row.newest.to_owned(), "installs the newest version"),
        };
        let mut finding = Finding::new(format!("{name} has no {}", row.what))
            .at(removed.span, "the build stops here")
            .at(removed.installed, installed)
            .help(row.help);
        if removed.version.is_none() {
            finding = finding.severity(Severity::Warning);
        }
        findings.push(match row.replacement {
            Some(text) => finding.fix(Fix::replace(false, row.title, removed.span, text)),
            None => finding,
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::{Error, Warning};
    use crate::rules::testing::{allows, catches, catches_as};

    fn run(text: &str) -> String {
        format!(
            "FROM public.ecr.aws/lambda/python:3.13\nCOPY pyproject.toml poetry.lock ./\n{text}\nCMD [\"app.handler\"]"
        )
    }

    #[test]
    fn what_is_gone() {
        catches_as(Warning, "LL811", &run("RUN pip install poetry && poetry export -f requirements.txt -o r.txt"));
        catches_as(Error, "LL811", &run("RUN pip install poetry==2.1.3\nRUN poetry export -o r.txt"));
        catches("LL811", &run("RUN pip install poetry && poetry install --no-dev --no-root"));
        catches(
            "LL811",
            &run("RUN curl -sSL https://install.python-poetry.org | python3 -\nRUN poetry install --no-dev"),
        );
        catches("LL811", &run("RUN pipx install poetry\nRUN poetry export -o r.txt"));
        catches("LL811", &run("RUN pip install poetry && poetry install '--no-dev'"));
        let stages = "FROM python:3.13 AS base\nRUN pip install poetry\nFROM base AS deps\nRUN poetry export -o r.txt";
        catches("LL811", &format!("{stages}\nFROM public.ecr.aws/lambda/python:3.13\nCOPY --from=deps r.txt ./"));
    }

    #[test]
    fn near_misses() {
        allows("LL811", &run("RUN pip install poetry poetry-plugin-export && poetry export -o r.txt"));
        allows(
            "LL811",
            &run("RUN pip install poetry && poetry self add poetry-plugin-export && poetry export -o r.txt"),
        );
        allows("LL811", &run("RUN pip install poetry==1.8.5 && poetry export -o r.txt && poetry install --no-dev"));
        allows("LL811", &run("RUN pip install 'poetry<2' && poetry install --no-dev"));
        allows("LL811", &run("ARG V\nRUN pip install poetry==$V && poetry export -o r.txt"));
        allows(
            "LL811",
            &run(
                "ENV POETRY_VERSION=1.8.5\nRUN curl -sSL https://install.python-poetry.org | python3 -\nRUN poetry export",
            ),
        );
        allows("LL811", &run("RUN poetry export -o r.txt"));
        allows("LL811", &run("RUN pip install poetry && poetry install --only main"));
        allows("LL811", &run("RUN pip install poetry && (poetry export -o r.txt || true)"));
        allows("LL811", &run("RUN apt-get install -y python3-poetry && poetry export -o r.txt"));
    }
    #[test]
    fn other_tools() {
        catches_as(
            Warning,
            "LL811",
            &run("RUN pip install \"huggingface_hub[cli]\"\nRUN huggingface-cli download a/b"),
        );
        catches_as(Error, "LL811", &run("RUN pip install huggingface-hub==1.2.0 && huggingface-cli download a/b"));
        catches("LL811", &run("RUN pip install pipenv && pipenv lock -r > r.txt"));
        catches("LL811", &run("RUN pip install pipenv==2026.1.0 && pipenv lock --requirements > r.txt"));
        allows("LL811", &run("RUN pip install pipenv==2022.1.8 && pipenv lock -r > r.txt"));
        allows("LL811", &run("RUN pip install pipenv && pipenv lock && pipenv requirements > r.txt"));
        allows("LL811", &run("RUN pip install 'huggingface_hub<1' && huggingface-cli download a/b"));
        allows("LL811", &run("RUN pip install huggingface_hub==0.36.0 && huggingface-cli download a/b"));
        allows("LL811", &run("RUN pip install huggingface_hub transformers==4.40.0 && huggingface-cli download a/b"));
        allows("LL811", &run("RUN pip install -r r.txt huggingface_hub && huggingface-cli download a/b"));
        allows("LL811", &run("RUN pip install huggingface_hub && hf download a/b"));
        allows("LL811", &run("RUN huggingface-cli download a/b"));
    }
}
