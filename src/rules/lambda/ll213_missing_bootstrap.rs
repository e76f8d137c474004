//! LL213 missing-bootstrap.

use crate::diagnostic::{Finding, Severity};
use crate::launch::{At, Doubt, Launch, Presence};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL213-missing-bootstrap.md"), check: Check::Launch(check) };

const BOOTSTRAP: &str = "/var/runtime/bootstrap";

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    if !launch.starts_lambda_entrypoint() || !launch.is_provided() || launch.function().is_no() {
        return;
    }
    let Presence::Absent = launch.presence(BOOTSTRAP) else {
        // A RUN that mentions bootstrap may have made it, or may have made another one.
        doubtful(launch, findings);
        return;
    };
    let finding = finding(launch);
    // With neither a CMD nor a bootstrap in another place it may be a base for others, or a place to build in.
    let function = launch.cmd.value().is_some() || finding.labels.len() > 1 || launch.is_deployed();
    findings.push(if function { finding } else { finding.severity(Severity::Warning) });
}

fn finding(launch: &Launch<'_>) -> Finding {
    let mut finding = Finding::new(format!("nothing puts a program at {BOOTSTRAP}"))
        .at(launch.place_of(&launch.entrypoint), "this base starts that file and looks nowhere else");
    for elsewhere in launch.elsewhere("bootstrap", &["/var/task", "/opt", "/"]) {
        finding = finding.at(elsewhere, "a container image does not start this file");
    }
    finding.help(format!("copy the program to {BOOTSTRAP}, or name it with ENTRYPOINT"))
}

/// Only a bootstrap in a place where Lambda does not look is evidence, with no step after it that may do anything.
fn doubtful(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let sight = launch.look(&At(BOOTSTRAP));
    let finding = finding(launch);
    if matches!(sight.doubt, Doubt::System | Doubt::Listed | Doubt::Elsewhere) && finding.labels.len() > 1 {
        findings.push(finding.severity(Severity::Warning));
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::Error;
    use crate::rules::testing::{allows, catches_as};

    #[test]
    fn a_bootstrap_that_does_not_start() {
        catches_as(
            Error,
            "LL213",
            "FROM public.ecr.aws/lambda/provided:al2023\nCOPY bootstrap /var/task/\nCMD [\"a.b\"]",
        );
        catches_as(
            Error,
            "LL213",
            "FROM public.ecr.aws/lambda/provided:al2023\nRUN cp x /opt/bootstrap\nCMD [\"a.b\"]",
        );
    }

    #[test]
    fn near_misses() {
        allows(
            "LL213",
            "FROM public.ecr.aws/lambda/provided:al2023\nCOPY x ${LAMBDA_RUNTIME_DIR}/bootstrap\nCMD [\"a\"]",
        );
        allows("LL213", "FROM public.ecr.aws/lambda/provided:al2023\nCOPY main /main\nENTRYPOINT [\"/main\"]");
        allows("LL213", "FROM public.ecr.aws/lambda/provided:al2023\nCOPY out/ /var/runtime/\nCMD [\"a\"]");
        allows("LL213", "FROM public.ecr.aws/lambda/provided:al2023\nADD root.tar.gz /var/\nCMD [\"a\"]");
        allows("LL213", "FROM public.ecr.aws/lambda/python:3.13\nCMD [\"a.b\"]");
    }
}
