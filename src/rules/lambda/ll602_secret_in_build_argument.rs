//! LL602 secret-in-build-argument.

use crate::diagnostic::Finding;
use crate::launch::{Launch, ValueKept};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL602-secret-in-build-argument.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    for argument in launch.secret_arguments() {
        let name = &argument.name;
        let (label, kept) = match argument.kept {
            ValueKept::Default(by) => ("its default is in the Dockerfile and in the image's history", by),
            ValueKept::Run(by) => ("every RUN below keeps its value in the image's history", Some(by)),
            ValueKept::Env(by) => ("its value goes into the image's environment", Some(by)),
            ValueKept::History => ("the history keeps its value", None),
        };
        let finding = Finding::new(format!("the build argument {name} puts a secret into the image"));
        let finding = finding.at(argument.place, label);
        let finding = kept.into_iter().fold(finding, |finding, span| finding.at(span, "kept here"));
        findings.push(finding.help(match argument.kept {
            ValueKept::History => {
                format!("change the secret, and build with RUN --mount=type=secret,id={name},env={name}")
            }
            _ => format!("use RUN --mount=type=secret,id={name},env={name} and docker build --secret id={name}"),
        }));
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::Warning;
    use crate::rules::testing::{allows, catches, catches_as};

    fn build(lines: &str) -> String {
        format!("FROM public.ecr.aws/lambda/nodejs:24\n{lines}\nCMD [\"a.b\"]")
    }

    #[test]
    fn secrets() {
        catches_as(Warning, "LL602", &build("ARG NPM_TOKEN\nRUN npm ci"));
        catches_as(Warning, "LL602", &build("ARG DB_PASSWORD=hunter22"));
        catches("LL602", &build("ARG AWS_SECRET_ACCESS_KEY\nENV OTHER=$AWS_SECRET_ACCESS_KEY"));
        catches("LL602", &build("ARG HF_TOKEN=\"\"\nENV OTHER=${HF_TOKEN}"));
        catches("LL602", &build(&format!("ARG KEY={}{}", "AKIA", "Z7QK3M5N8P2R4T6W")));
        catches("LL602", "FROM node:24 AS base\nARG GITHUB_TOKEN\nFROM base\nRUN npm ci\nCMD [\"a.handler\"]");
    }

    #[test]
    fn near_misses() {
        allows("LL602", &build("RUN --mount=type=secret,id=NPM_TOKEN,env=NPM_TOKEN npm ci"));
        allows("LL602", &build("ARG NPM_TOKEN"));
        // Of a variable that stays in the image, LL601 speaks.
        allows("LL602", &build("ARG NPM_TOKEN\nENV NPM_TOKEN=$NPM_TOKEN"));
        allows("LL602", &build("RUN npm ci\nARG NPM_TOKEN"));
        allows("LL602", &build("ARG SECRET_KEY_BASE=dummy\nRUN make assets"));
        allows("LL602", &build("ARG SECRET_NAME=prod\nARG KMS_KEY_ID\nARG NPM_TOKEN_FILE\nRUN npm ci"));
        allows("LL602", &build("ARG NEXT_PUBLIC_API_KEY\nRUN npm run build"));
        // In a build stage it stays on the builder.
        allows(
            "LL602",
            "FROM node:24 AS b\nARG NPM_TOKEN\nRUN npm ci\nFROM public.ecr.aws/lambda/nodejs:24\nCOPY --from=b /x /x",
        );
        // Before the first FROM it is in no stage.
        allows("LL602", "ARG NPM_TOKEN\nFROM public.ecr.aws/lambda/nodejs:24\nRUN npm ci");
    }
}
