//! LL311 shadowed-sdk.

use crate::diagnostic::Finding;
use crate::launch::{Launch, RunCommand, Step};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL311-shadowed-sdk.md"), check: Check::Launch(check) };

/// What `/var/runtime` of the older bases brings a copy of.
const SDK: &[&str] = &["boto3", "botocore"];

/// Options that put packages into another place than the interpreter's own.
const ELSEWHERE: &[&str] = &["-t", "--target", "--prefix", "--root", "--python", "--user"];

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let old = launch.base.family == Some("python") && launch.python_minor().is_some_and(|minor| minor <= 10);
    // With another entrypoint or its own PYTHONPATH, the order of folders is another one.
    if !old || !launch.starts_lambda_entrypoint() || launch.env("PYTHONPATH").is_some() {
        return;
    }
    let shadowed = |(step, ran): (&Step<'_>, &RunCommand)| {
        let install = ran.install().filter(|install| install.manager == "pip")?;
        let package = install.packages.into_iter().find(|package| SDK.contains(&package.name.as_str()))?;
        let aside = ran.has(ELSEWHERE) || step.sets("PIP_TARGET");
        (!aside).then_some(package)
    };
    let Some(package) = launch.final_commands().find_map(shadowed) else { return };
    findings.push(
        Finding::new(format!("the {} installed here is not the one that runs", package.name))
            .at(package.span, "the base's own copy in /var/runtime comes first")
            .help("install it with pip install --target \"${LAMBDA_TASK_ROOT}\""),
    );
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{allows, catches};

    const BASE: &str = "FROM public.ecr.aws/lambda/python:3.9\n";
    const CMD: &str = "\nCMD [\"app.handler\"]";

    #[test]
    fn the_base_comes_first() {
        catches("LL311", &format!("{BASE}RUN pip install boto3==1.34.0{CMD}"));
        catches("LL311", &format!("{BASE}RUN python3 -m pip install requests 'botocore>=1.29'{CMD}"));
    }

    #[test]
    fn near_misses() {
        allows("LL311", &format!("{BASE}RUN pip install -t . boto3{CMD}"));
        allows("LL311", &format!("{BASE}RUN pip install boto3 --target=\"$LAMBDA_TASK_ROOT\"{CMD}"));
        allows("LL311", &format!("{BASE}ENV PIP_TARGET=/var/task\nRUN pip install boto3{CMD}"));
        allows("LL311", &format!("{BASE}RUN pip install requests{CMD}"));
        allows("LL311", &format!("{BASE}RUN pip install -r requirements.txt{CMD}"));
        allows("LL311", "FROM public.ecr.aws/lambda/python:3.11\nRUN pip install boto3\nCMD [\"app.handler\"]");
        allows("LL311", &format!("{BASE}ENTRYPOINT [\"/venv/bin/python\"]\nRUN pip install boto3{CMD}"));
        allows("LL311", "FROM python:3.9\nRUN pip install boto3 awslambdaric\nCMD [\"app.handler\"]");
    }
}
