//! LL809 uv-without-system.

use crate::diagnostic::{Finding, Fix};
use crate::facts::BaseKind;
use crate::launch::{Build, RunCommand, Stage, Step};
use crate::rules::{Check, Rule};
use crate::source::Span;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL809-uv-without-system.md"), check: Check::Build(check) };

/// Flags that say where to install.
const WHERE: &[&str] = &["--system", "--target", "-t", "--prefix", "--python", "-p", "--dry-run"];
/// Variables that do.
const VARIABLES: &[&str] = &["UV_SYSTEM_PYTHON", "VIRTUAL_ENV", "UV_PYTHON", "CONDA_PREFIX", "UV_TARGET"];
/// Words of a RUN that make an environment or speak of one.
const MADE: &[&str] =
    &["venv", "virtualenv", "activate", "UV_SYSTEM_PYTHON", "VIRTUAL_ENV", "UV_PYTHON", "conda", "uv sync", "uv init"];

fn check(build: &Build<'_>, findings: &mut Vec<Finding>) {
    for stage in &build.stages {
        let base = build.base_of(stage).filter(|base| matches!(base.kind, BaseKind::Lambda | BaseKind::General));
        // What a custom base sets or holds is not known.
        if base.is_none_or(|base| base.family.is_none()) || build.ancestors(stage).iter().any(|one| one.says(MADE)) {
            continue;
        }
        let fails = |ran: &&RunCommand| !ran.guarded && installs(ran) && !ran.has(WHERE);
        let Some(ran) = stage.ran().iter().find(fails) else { continue };
        let Some(_) = stage.steps.get(ran.step).filter(|step| !chosen(build, stage, step)) else { continue };
        findings.push(report(ran));
    }
}

fn installs(ran: &RunCommand) -> bool {
    let mut words = ran.texts().filter(|text| !text.starts_with('-'));
    ran.program == "uv" && words.next() == Some("pip") && matches!(words.next(), Some("install" | "sync"))
}

/// Whether a variable or a copied environment says where to install.
fn chosen(build: &Build<'_>, stage: &Stage<'_>, step: &Step<'_>) -> bool {
    let copied = |stage: &&Stage<'_>| {
        build.copies_of(stage).iter().any(|copied| copied.names().any(|name| name.contains("venv")))
    };
    VARIABLES.iter().any(|name| step.state.env.contains_key(*name) || step.state.args.contains_key(*name))
        || build.ancestors(stage).iter().any(copied)
}

fn report(ran: &RunCommand) -> Finding {
    let finding = Finding::new("uv pip needs a virtual environment, and the image has none")
        .at(ran.span, "No virtual environment found")
        .help("uv pip install --system, or --target ${LAMBDA_TASK_ROOT}");
    let verb = ran.args.iter().find(|arg| matches!(arg.raw.as_str(), "install" | "sync"));
    match verb {
        Some(verb) => finding.fix(Fix::replace(
            false,
            "install into the system's Python",
            Span::new(verb.span.end, verb.span.end),
            " --system",
        )),
        None => finding,
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::Warning;
    use crate::rules::testing::{allows, catches, catches_as};

    fn run(text: &str) -> String {
        format!("FROM public.ecr.aws/lambda/python:3.13\nCOPY --from=ghcr.io/astral-sh/uv:0.9 /uv /bin/uv\n{text}\n")
    }

    #[test]
    fn nowhere_to_install() {
        catches_as(Warning, "LL809", &run("RUN uv pip install -r requirements.txt"));
        catches("LL809", &run("RUN uv --no-cache pip sync requirements.txt"));
    }

    #[test]
    fn near_misses() {
        allows("LL809", &run("RUN uv pip install --system -r requirements.txt"));
        allows("LL809", &run("RUN uv pip install --target ${LAMBDA_TASK_ROOT} boto3"));
        allows("LL809", &run("RUN uv pip install --target=/deps boto3"));
        allows("LL809", &run("ENV UV_SYSTEM_PYTHON=1\nRUN uv pip install boto3"));
        allows("LL809", &run("RUN UV_SYSTEM_PYTHON=1 uv pip install boto3"));
        allows("LL809", &run("RUN uv venv && uv pip install boto3"));
        allows("LL809", &run("ENV VIRTUAL_ENV=/opt/venv\nRUN uv pip install boto3"));
        allows("LL809", "FROM acme.example/base:1\nRUN uv pip install boto3");
        allows("LL809", &run("RUN uv pip list"));
    }
}
