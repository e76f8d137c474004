//! LL320 ignored-instruction.

use crate::diagnostic::Finding;
use crate::launch::{Ignored, Launch};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL320-ignored-instruction.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    for (ignored, place) in launch.ignored() {
        let (name, label) = match ignored {
            Ignored::Expose => ("EXPOSE", "nothing can connect to a function's port"),
            Ignored::Healthcheck => ("HEALTHCHECK", "Lambda does not run it"),
            Ignored::Volume => ("VOLUME", "nothing is mounted, and only /tmp is writable"),
            Ignored::User => ("USER", "the process runs as Lambda's own user"),
            Ignored::Stopsignal => ("STOPSIGNAL", "a function is stopped with SIGTERM and SIGKILL"),
            Ignored::Onbuild => ("ONBUILD", "it does nothing in this image, only in one that is built from it"),
        };
        findings.push(Finding::new(format!("Lambda ignores {name}")).at(place, label));
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::Info;
    use crate::rules::testing::{allows, catches, catches_as};

    const BASE: &str = "FROM public.ecr.aws/lambda/python:3.13\n";
    const CMD: &str = "\nCMD [\"app.handler\"]";

    #[test]
    fn what_nothing_comes_of() {
        for line in ["EXPOSE 8080", "HEALTHCHECK CMD true", "VOLUME /data", "STOPSIGNAL SIGINT", "USER app"] {
            catches_as(Info, "LL320", &format!("{BASE}{line}{CMD}"));
        }
        catches("LL320", &format!("{BASE}ONBUILD COPY . .{CMD}"));
        catches("LL320", &format!("FROM python:3.13 AS a\nEXPOSE 80\nRUN pip install awslambdaric\nFROM a{CMD}"));
    }

    #[test]
    fn near_misses() {
        allows("LL320", &format!("FROM node:22 AS a\nEXPOSE 80\nUSER node\n{BASE}{CMD}"));
        allows("LL320", &format!("{BASE}USER root\nRUN dnf install -y jq{CMD}"));
        allows("LL320", &format!("{BASE}HEALTHCHECK NONE{CMD}"));
        allows("LL320", &format!("{BASE}LABEL a=b\nSHELL [\"/bin/bash\", \"-c\"]\nWORKDIR /var/task{CMD}"));
    }
}
