//! LL605 secret-in-template.

use crate::diagnostic::{Finding, Location, Severity};
use crate::facts::{self, Naming};
use crate::rules::{Check, Deployed, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL605-secret-in-template.md"), check: Check::Function(check) };

fn check(deployed: &Deployed<'_>, findings: &mut Vec<Finding>) {
    let function = deployed.function;
    for variable in &function.env {
        let Some(value) = variable.value.value().and_then(|text| text.known()) else { continue };
        let place = variable.value.place().unwrap_or(variable.name.place);
        findings.extend(judge(&variable.name.text, value).map(|(severity, what)| {
            let help = match facts::naming(&variable.name.text) {
                Some(Naming::Aws) => "remove it: Lambda gives the function the credentials of its role",
                _ => "change the secret, and read it from Secrets Manager at run time",
            };
            finding(&format!("the variable {}", variable.name.text), what, place).help(help).severity(severity)
        }));
    }
    let arguments = function.build.iter().flat_map(|build| &build.args);
    for (name, value) in arguments {
        let Some((value, place)) = value.value().zip(value.place()) else { continue };
        findings.extend(judge(&name.text, value).map(|(severity, what)| {
            finding(&format!("the build argument {}", name.text), what, place)
                .help(format!("change the secret, and build with RUN --mount=type=secret,id={}", name.text))
                .severity(severity)
        }));
    }
}

fn finding(whose: &str, what: &str, place: Location) -> Finding {
    Finding::new(format!("{whose} holds {what}"))
        .at(place, "everyone who can read the template, or the function's configuration, can read it")
}

/// How bad a literal value is, and what it is.
fn judge(name: &str, value: &str) -> Option<(Severity, &'static str)> {
    if let Some((kind, _)) = facts::token(value).filter(|_| !facts::published(name)) {
        return Some((Severity::Error, kind));
    }
    if facts::embedded_password(value).is_some() {
        return Some((Severity::Warning, "the password in an address"));
    }
    match facts::naming(name)? {
        _ if facts::placeholder(value) => None,
        Naming::Aws => Some((Severity::Error, "credentials of an AWS account")),
        Naming::Secret => Some((Severity::Warning, "a secret")),
        Naming::Perhaps => facts::random(value).then_some((Severity::Warning, "a secret")),
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::{Error, Warning};
    use crate::rules::testing::template::{allows, catches_as, with_env};

    #[test]
    fn secrets() {
        catches_as(Warning, "LL605", &with_env("DB_PASSWORD: hunter22"));
        catches_as(Warning, "LL605", &with_env("DATABASE_URL: postgres://app:s3cr3t9@db.acme.io/app"));
        catches_as(Error, "LL605", &with_env(&format!("X: {}{}", "AKIA", "Z7QK3M5N8P2R4T6W")));
    }

    #[test]
    fn near_misses() {
        for line in [
            "DB_PASSWORD: !Ref Password",
            "DB_PASSWORD: '{{resolve:secretsmanager:prod/db:SecretString:password}}'",
            "DB_PASSWORD: changeme",
            "DB_SECRET_ARN: arn:aws:secretsmanager:eu-west-1:123456789012:secret:x",
            "DB_PASSWORD: !Sub '${Password}'",
            "SECRET_NAME: prod/db",
        ] {
            allows("LL605", &with_env(line));
        }
    }
}
