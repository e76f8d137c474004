//! LL312 jar-outside-lib.

use crate::diagnostic::{Finding, Fix, Severity};
use crate::launch::{Launch, UnfoundBecause};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL312-jar-outside-lib.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let Some(jars) = launch.unfound_jars() else { return };
    let finding = Finding::new("jars in the task root are not on the class path");
    let help = "copy jars to ${LAMBDA_TASK_ROOT}/lib/";
    findings.push(match jars.why {
        UnfoundBecause::Copied(right) => {
            let finding = finding.at(jars.place, "lands in /var/task").help(help);
            right.into_iter().fold(finding, |finding, (span, lib)| {
                finding.fix(Fix::replace(true, "copy the jars to lib/", span, lib))
            })
        }
        UnfoundBecause::Beside(names) => {
            finding.at(jars.place, super::list_some(&names)).help(help).severity(Severity::Warning)
        }
        UnfoundBecause::HandlerOnly => finding
            .at(jars.place, "neither a class in /var/task nor a jar in /var/task/lib can hold it")
            .help(help)
            .severity(Severity::Error),
    });
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::Warning;
    use crate::rules::testing::{allows, catches, catches_as};

    const BASE: &str = "FROM public.ecr.aws/lambda/java:21\n";
    const CMD: &str = "\nCMD [\"example.App::handleRequest\"]";

    #[test]
    fn jars_off_the_class_path() {
        catches_as(Warning, "LL312", &format!("{BASE}COPY target/app-1.0.jar ${{LAMBDA_TASK_ROOT}}{CMD}"));
        catches("LL312", &format!("{BASE}COPY target/*.jar ./{CMD}"));
        catches("LL312", &format!("{BASE}COPY target/a.jar ${{LAMBDA_TASK_ROOT}}/app.jar{CMD}"));
        catches("LL312", &format!("{BASE}RUN dnf update -y && rm -rf /var/lib/dnf\nCOPY target/a.jar ./{CMD}"));
        catches("LL312", &format!("{BASE}COPY build/libs/* ${{LAMBDA_TASK_ROOT}}{CMD}"));
        catches("LL312", &format!("FROM maven:3 AS build\n{BASE}COPY --from=build /src/target/a.jar .{CMD}"));
        catches("LL312", &format!("{BASE}COPY target/classes ./\nCOPY target/dependency/*.jar ./{CMD}"));
        catches("LL312", &format!("{BASE}COPY target/app.jar ./\nCOPY target/dependency/* ./lib/{CMD}"));
        catches(
            "LL312",
            &format!("{BASE}COPY target/a.jar /var/task/app.jar\nCOPY target/lib/*.jar /var/task/lib/{CMD}"),
        );
    }

    #[test]
    fn near_misses() {
        allows("LL312", &format!("{BASE}COPY target/app.jar ${{LAMBDA_TASK_ROOT}}/lib/{CMD}"));
        allows("LL312", &format!("{BASE}COPY target/app.jar ./\nCOPY jars/* ./lib/{CMD}"));
        allows("LL312", &format!("{BASE}COPY target/app.jar ./\nCOPY target/*.jar ./lib/{CMD}"));
        allows(
            "LL312",
            &format!("{BASE}COPY target/agent.jar target/classes ./\nCOPY target/dependency/* ./lib/{CMD}"),
        );
        allows("LL312", &format!("{BASE}COPY target/agent.jar ./\nCOPY target/ ./\nCOPY target/lib/* ./lib/{CMD}"));
        allows("LL312", &format!("{BASE}COPY build/classes/java/main ./\nCOPY target/dependency/* ./{CMD}"));
        allows("LL312", &format!("{BASE}COPY app.jar ./\nRUN jar xf app.jar{CMD}"));
        allows("LL312", &format!("{BASE}COPY build/docker/main ${{LAMBDA_TASK_ROOT}}{CMD}"));
        allows("LL312", &format!("{BASE}ENV JAVA_TOOL_OPTIONS=-javaagent:/var/task/a.jar\nCOPY a.jar ./{CMD}"));
        allows("LL312", &format!("{BASE}COPY app.jar ./\nENTRYPOINT [\"java\", \"-jar\", \"app.jar\"]"));
        allows("LL312", "FROM eclipse-temurin:21\nCOPY app.jar /var/task/\nCMD [\"java\", \"-jar\", \"app.jar\"]");
    }
}
