//! LL602 secret-in-build-argument.

use crate::diagnostic::Finding;
use crate::facts::{self, Naming};
use crate::image::Image;
use crate::launch::{ArgumentUse, Build, Launch};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL602-secret-in-build-argument.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    launch.build.into_iter().for_each(|build| declared(launch, build, findings));
    let mut seen: Vec<String> = Vec::new();
    for (name, value, place) in launch.image.into_iter().flat_map(Image::build_arguments) {
        let secret = matches!(facts::naming(&name), Some(Naming::Aws | Naming::Secret)) && !facts::placeholder(&value);
        if (secret || facts::token(&value).is_some()) && !seen.contains(&name) {
            findings.push(
                Finding::new(format!("the build argument {name} puts a secret into the image"))
                    .at(place, "the history keeps its value")
                    .help(format!("change the secret, and build with RUN --mount=type=secret,id={name},env={name}")),
            );
            seen.push(name);
        }
    }
}

fn declared(launch: &Launch<'_>, build: &Build<'_>, findings: &mut Vec<Finding>) {
    for argument in build.final_arguments() {
        let secret = matches!(facts::naming(argument.name), Some(Naming::Aws | Naming::Secret));
        let written = argument.default.filter(|value| !facts::placeholder(value) && !value.is_empty());
        let token = written.and_then(facts::token).is_some();
        if !secret && !token {
            continue;
        }
        // Of a variable that the image keeps, LL601 speaks.
        let kept = || launch.env(argument.name).is_some_and(|setting| !setting.is_inherited());
        if matches!(argument.used, ArgumentUse::Env(_)) && kept() {
            continue;
        }
        // A default that stands in for the real thing means that no secret is passed.
        let dummy = argument.default.is_some_and(|value| !value.is_empty()) && written.is_none();
        let label = match (&argument.used, written) {
            (_, Some(_)) => "its default stands in the Dockerfile and in the image's history",
            (ArgumentUse::Nowhere, None) => continue,
            _ if dummy => continue,
            (ArgumentUse::Run(_), None) => "every RUN below keeps its value in the image's history",
            (ArgumentUse::Env(_), None) => "its value goes into the image's environment",
        };
        let mut finding = Finding::new(format!("the build argument {} puts a secret into the image", argument.name))
            .at(argument.span, label);
        if let ArgumentUse::Run(span) | ArgumentUse::Env(span) = argument.used {
            finding = finding.at(span, "kept here");
        }
        findings.push(finding.help(format!(
            "use RUN --mount=type=secret,id={0},env={0} and docker build --secret id={0}",
            argument.name
        )));
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::Warning;
    use crate::rules::tried::{catches, catches_as, spares};

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
        spares("LL602", &build("RUN --mount=type=secret,id=NPM_TOKEN,env=NPM_TOKEN npm ci"));
        spares("LL602", &build("ARG NPM_TOKEN"));
        // Of a variable that stays in the image, LL601 speaks.
        spares("LL602", &build("ARG NPM_TOKEN\nENV NPM_TOKEN=$NPM_TOKEN"));
        spares("LL602", &build("RUN npm ci\nARG NPM_TOKEN"));
        spares("LL602", &build("ARG SECRET_KEY_BASE=dummy\nRUN make assets"));
        spares("LL602", &build("ARG SECRET_NAME=prod\nARG KMS_KEY_ID\nARG NPM_TOKEN_FILE\nRUN npm ci"));
        spares("LL602", &build("ARG NEXT_PUBLIC_API_KEY\nRUN npm run build"));
        // In a build stage it stays on the builder.
        spares(
            "LL602",
            "FROM node:24 AS b\nARG NPM_TOKEN\nRUN npm ci\nFROM public.ecr.aws/lambda/nodejs:24\nCOPY --from=b /x /x",
        );
        // Before the first FROM it is in no stage.
        spares("LL602", "ARG NPM_TOKEN\nFROM public.ecr.aws/lambda/nodejs:24\nRUN npm ci");
    }
}
