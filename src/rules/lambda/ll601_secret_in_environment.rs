//! LL601 secret-in-environment.

use crate::diagnostic::{DocumentId, Finding, Location, Severity};
use crate::facts::{self, Naming};
use crate::launch::{Launch, Setting};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL601-secret-in-environment.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    for (name, setting) in &launch.env {
        let Some((severity, what, place)) = judge(launch, name, setting) else { continue };
        // What the function's configuration holds is not in the image: LL605.
        if matches!(place.doc, DocumentId::File(_)) {
            continue;
        }
        let help = if facts::naming(name) == Some(Naming::Aws) {
            "remove it: Lambda gives the function the credentials of its role"
        } else {
            "set it in the function's configuration, or read it from Secrets Manager at run time"
        };
        findings.push(
            Finding::new(format!("{name} bakes {what} into the image"))
                .at(place, "everyone who can pull the image can read it")
                .help(help)
                .severity(severity),
        );
    }
}

/// How bad a variable is, what it holds, and where that is set.
fn judge(launch: &Launch<'_>, name: &str, setting: &Setting<String>) -> Option<(Severity, &'static str, Location)> {
    let naming = facts::naming(name);
    match setting {
        Setting::Set(value, place) => {
            // What a build tool puts into pages for everybody is public, even if it looks like a secret.
            if let Some((kind, _)) = facts::token(value).filter(|_| !facts::published(name)) {
                return Some((Severity::Error, kind, *place));
            }
            if facts::embedded_password(value).is_some() {
                return Some((Severity::Warning, "the password in an address", *place));
            }
            match naming? {
                _ if facts::placeholder(value) => None,
                Naming::Aws => Some((Severity::Error, "credentials of an AWS account", *place)),
                Naming::Secret => Some((Severity::Warning, "a secret", *place)),
                Naming::Perhaps => facts::random(value).then_some((Severity::Warning, "a secret", *place)),
            }
        }
        // `ENV NPM_TOKEN=$NPM_TOKEN`: the value comes with the build, and stays.
        Setting::Unknown(place) => {
            let what = match naming? {
                Naming::Aws => "credentials of an AWS account",
                Naming::Secret => "a secret",
                Naming::Perhaps => return None,
            };
            // Only a build that passes the argument bakes it in.
            launch.passes_argument(*place).then_some((Severity::Warning, what, *place))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::{Error, Warning};
    use crate::rules::testing::{allows, catches, catches_as};

    fn env(line: &str) -> String {
        format!("FROM public.ecr.aws/lambda/python:3.13\n{line}\nCMD [\"a.b\"]")
    }

    #[test]
    fn secrets() {
        catches_as(Warning, "LL601", &env("ENV DB_PASSWORD=hunter22"));
        catches_as(Warning, "LL601", &env("ENV JWT_SECRET \"9fK2l0Qx7\""));
        catches_as(Warning, "LL601", &env("ARG NPM_TOKEN\nENV NPM_TOKEN=${NPM_TOKEN}"));
        catches_as(Warning, "LL601", &env("ENV DATABASE_URL=postgres://app:s3cr3t9@db.acme.io/app"));
        catches_as(Warning, "LL601", &env("ENV STRIPE_KEY=a8f7c2d9e1b4063f5a7d"));
        catches("LL601", "FROM python:3.13 AS base\nENV API_KEY=f00dcafe99\nFROM base\nCMD [\"a.handler\"]");
    }

    #[test]
    fn keys_of_aws_and_tokens_with_a_format() {
        catches_as(Warning, "LL601", &env("ARG K\nENV AWS_SECRET_ACCESS_KEY=$K"));
        catches_as(Error, "LL601", &env(&format!("ENV X={}{}", "AKIA", "Z7QK3M5N8P2R4T6W")));
        catches_as(Error, "LL601", &env(&format!("ENV GH=ghp_{}", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8")));
    }

    #[test]
    fn near_misses() {
        for line in [
            "ENV DB_PASSWORD=''",
            "ENV DB_PASSWORD=",
            "ENV API_KEY=changeme",
            "ENV DD_API_KEY=xxxxxx",
            "ENV AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test",
            "ENV NEXT_PUBLIC_API_KEY=a8f7c2d9e1b4063f5a7d",
            "ENV JWT_PUBLIC_KEY=a8f7c2d9e1b4063f5a7d",
            "ENV KMS_KEY_ID=1234abcd-12ab-34cd-56ef-1234567890ab",
            "ENV DB_SECRET_ARN=arn:aws:secretsmanager:eu-west-1:1:secret:x SECRET_NAME=prod/db",
            "ENV SECRET_PATH=/run/x TOKEN_FILE=/run/t TOKEN_URL=https://x.io/token",
            "ENV TOKEN_EXPIRY=3600 MAX_TOKEN=100000",
            "ENV GIT_SSH_COMMAND='ssh -i /root/.ssh/id_rsa'",
            "ENV GPG_KEY=7169605F62C751356D054A26A821E680E5FA6305",
            "ENV CACHE_KEY=v1-dependencies-2024",
            "ENV SECRET_KEY_BASE_DUMMY=1",
            "ARG HF_TOKEN=\"\"\nENV HF_TOKEN=${HF_TOKEN}",
            "ENV DB_PASSWORD=$NOWHERE",
            "ENV DATABASE_URL=postgres://postgres:postgres@localhost:5432/app",
            "ENV GOOGLE_APPLICATION_CREDENTIALS=/var/task/key.json",
        ] {
            allows("LL601", &env(line));
        }
        // A build stage is not the image.
        allows("LL601", "FROM python:3.13 AS b\nENV NPM_TOKEN=a8f7c2d9e1\nFROM public.ecr.aws/lambda/python:3.13");
        // What an unknown base sets is not this file's doing.
        allows("LL601", "FROM acme.io/base\nENV DB_PASSWORD=$DB_PASSWORD\nCMD [\"a.handler\"]");
    }
}
