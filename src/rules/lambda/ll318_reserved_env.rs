//! LL318 reserved-env.

use crate::diagnostic::{DocumentId, Finding, Location};
use crate::facts;
use crate::launch::{Launch, Setting};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL318-reserved-env.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    if !launch.is_function() {
        return;
    }
    let known = facts::environment();
    for (name, setting) in &launch.env {
        // What the function's configuration sets is refused, and LL703 says so.
        let Some((value, place)) = own(setting).filter(|(_, place)| !matches!(place.doc, DocumentId::File(_))) else {
            continue;
        };
        if !known.reserved.contains(&name.as_str()) {
            continue;
        }
        // Lambda's own value, written once more, changes nothing.
        let constant = known.base.get(name);
        if constant.is_some_and(|constant| value.is_none_or(|value| value == constant)) {
            continue;
        }
        if name == "LAMBDA_TASK_ROOT" && launch.reads_task_root() {
            continue;
        }
        let label = match constant {
            Some(constant) => format!("is {constant} on Lambda, regardless of this value"),
            None => "has no effect on Lambda".into(),
        };
        // An instruction may be for the build.
        let help = match place.doc {
            DocumentId::Dockerfile => format!("remove it; if only the build needs it, write ARG {name}"),
            _ => "remove it".into(),
        };
        findings.push(Finding::new(format!("Lambda sets {name} itself")).at(place, label).help(help));
    }
}

/// What the file at hand sets; no value where it is not known.
fn own(setting: &Setting<String>) -> Option<(Option<&String>, Location)> {
    match setting {
        Setting::Set(value, place) => Some((Some(value), *place)),
        Setting::Unknown(place) if matches!(place.doc, DocumentId::Dockerfile | DocumentId::Config) => {
            Some((None, *place))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{allows, catches};

    const BASE: &str = "FROM public.ecr.aws/lambda/python:3.13\n";
    const CMD: &str = "\nCMD [\"app.handler\"]";

    #[test]
    fn variables_that_lambda_owns() {
        catches("LL318", &format!("{BASE}ENV AWS_REGION=eu-west-1{CMD}"));
        catches("LL318", &format!("{BASE}ARG AWS_REGION\nENV AWS_REGION=$AWS_REGION{CMD}"));
        catches("LL318", &format!("{BASE}ENV LAMBDA_TASK_ROOT=/app{CMD}"));
        catches("LL318", &format!("{BASE}ENV _HANDLER app.handler{CMD}"));
        let client = "ENTRYPOINT [\"python\", \"-m\", \"awslambdaric\"]\nCMD [\"app.handler\"]";
        catches("LL318", &format!("FROM python:3.13\nENV LAMBDA_TASK_ROOT=/function\n{client}"));
    }

    #[test]
    fn near_misses() {
        allows("LL318", &format!("{BASE}ENV LAMBDA_TASK_ROOT=/var/task LAMBDA_RUNTIME_DIR=/var/runtime{CMD}"));
        allows("LL318", &format!("{BASE}ENV AWS_LAMBDA_EXEC_WRAPPER=/opt/w AWS_LWA_PORT=1 AWS_PROFILE=x{CMD}"));
        allows("LL318", &format!("{BASE}ARG AWS_REGION=eu-west-1{CMD}"));
        allows("LL318", &format!("FROM python:3.13 AS a\nENV AWS_REGION=x\n{BASE}{CMD}"));
        allows("LL318", &format!("{BASE}ENV AWS_DEFAULT_OUTPUT=json _MY=1{CMD}"));
        let client = "ENTRYPOINT [\"npx\", \"aws-lambda-ric\"]\nCMD [\"index.handler\"]";
        allows("LL318", &format!("FROM node:22\nENV LAMBDA_TASK_ROOT=/function\n{client}"));
    }
}
