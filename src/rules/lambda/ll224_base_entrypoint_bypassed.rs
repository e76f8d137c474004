//! LL224 base-entrypoint-bypassed.

use crate::diagnostic::Finding;
use crate::facts::BaseKind;
use crate::launch::{Launch, Presence, Setting};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL224-base-entrypoint-bypassed.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    if !matches!(launch.base.kind, BaseKind::Lambda | BaseKind::Client)
        || launch.starts_bare_shell()
        || launch.function().is_no()
    {
        return;
    }
    // Such a base brings one: an image without has lost it.
    let lost = launch.cmd.place().filter(|_| launch.entrypoint == Setting::Unset);
    let Some(place) = launch.entrypoint.set().map(|(_, place)| place).or(lost) else { return };
    let silent = launch.silent_program().filter(|_| !launch.starts_lambda_entrypoint());
    if silent.is_none() && launch.speaks_runtime_api() != Presence::Absent {
        return;
    }
    let message = match launch.started() {
        Some(started) => {
            format!("{} starts instead of the base's entrypoint, and does not ask Lambda for events", started.name())
        }
        None => "the base's entrypoint is removed, and nothing replaces it".to_owned(),
    };
    findings.push(
        Finding::new(message)
            .at(place, "replaces the entrypoint that starts the base's runtime client")
            .at(launch.base_place, "this base brings one")
            .help(
                "leave ENTRYPOINT out and give the handler with CMD; for a web server add COPY \
                 --from=public.ecr.aws/awsguru/aws-lambda-adapter:0.9.1 /lambda-adapter /opt/extensions/lambda-adapter",
            ),
    );
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{allows, catches};

    const BASE: &str = "FROM public.ecr.aws/lambda/python:3.13\n";

    #[test]
    fn bypassed() {
        catches("LL224", &format!("{BASE}ENTRYPOINT []\nCMD [\"uvicorn\", \"main:app\"]"));
        catches("LL224", &format!("{BASE}ENTRYPOINT [\"python\", \"server.py\"]"));
        catches("LL224", &format!("{BASE}ENTRYPOINT []"));
        catches("LL224", "FROM bref/php-83\nCOPY . /var/task\nENTRYPOINT [\"php\", \"worker.php\"]");
        catches("LL224", "FROM public.ecr.aws/lambda/nodejs:22\nENTRYPOINT [\"node\", \"server.js\"]");
    }

    #[test]
    fn near_misses() {
        let adapter =
            "COPY --from=public.ecr.aws/awsguru/aws-lambda-adapter:0.9.1 /lambda-adapter /opt/extensions/la\n";
        allows("LL224", &format!("{BASE}{adapter}ENTRYPOINT []\nCMD [\"uvicorn\", \"main:app\"]"));
        allows("LL224", &format!("{BASE}ENTRYPOINT [\"python\", \"-m\", \"awslambdaric\"]\nCMD [\"a.b\"]"));
        allows("LL224", &format!("{BASE}ENTRYPOINT [\"/var/task/entry.sh\"]\nCMD [\"a.b\"]"));
        allows("LL224", &format!("{BASE}ENTRYPOINT []\nCMD [\"/bin/bash\"]"));
        allows("LL224", "FROM public.ecr.aws/lambda/provided:al2023\nCOPY main /main\nENTRYPOINT [\"/main\"]");
        allows("LL224", &format!("{BASE}ENTRYPOINT [\"/lambda-entrypoint.sh\"]\nCMD [\"a.b\"]"));
        allows("LL224", "FROM bref/php-83\nCOPY . /var/task\nCMD [\"public/index.php\"]");
    }
}
