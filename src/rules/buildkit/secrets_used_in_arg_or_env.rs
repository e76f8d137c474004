//! `SecretsUsedInArgOrEnv`.

use super::{in_stage, steps};
use crate::diagnostic::{Finding, Severity};
use crate::dockerfile::Kind;
use crate::facts::placeholder;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/buildkit/SecretsUsedInArgOrEnv.md"), check: Check::Docker(check) };

/// A name with one of these between its underscores, in any case, sounds like a secret …
const SECRET: &[&str] =
    &["apikey", "auth", "credential", "credentials", "key", "password", "pword", "passwd", "secret", "token"];
/// … unless one of these is there too.
const HARMLESS: &[&str] = &["public", "file", "version"];

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    for (stage, step) in steps(general.build) {
        let (pairs, name) = match &step.instruction.kind {
            Kind::Env { pairs, .. } => (pairs, "ENV"),
            Kind::Arg(pairs) => (pairs, "ARG"),
            _ => continue,
        };
        for pair in pairs {
            let key = match name {
                "ENV" if pair.key.text.contains('$') => step.expand(&pair.key).unwrap_or_default(),
                _ => pair.key.text.clone(),
            };
            if !sounds_secret(&key) {
                continue;
            }
            let place = in_stage(general.build, stage, step.instruction, pair.key.span);
            let mut finding =
                Finding::new(format!("Do not use ARG or ENV instructions for sensitive data ({name} {key:?})"))
                    .at(place, "stays readable in the image's history")
                    .help("mount it where it is used: RUN --mount=type=secret,id=…");
            if pair
                .value
                .as_ref()
                .and_then(|word| step.expand(word))
                .is_some_and(|value| no_secret(&value) || placeholder(&value))
            {
                finding = finding.severity(Severity::Info);
            }
            findings.push(finding);
        }
    }
}

fn sounds_secret(key: &str) -> bool {
    let has = |words: &[&str]| key.split('_').any(|part| words.iter().any(|word| part.eq_ignore_ascii_case(word)));
    has(SECRET) && !has(HARMLESS)
}

/// Nothing, a path, a switch, a small number or the fingerprint of a public key gives nothing away.
fn no_secret(value: &str) -> bool {
    let number = value.len() < 6 && value.bytes().all(|b| b.is_ascii_digit());
    let fingerprint = value.len() == 40 && value.bytes().all(|b| matches!(b, b'0'..=b'9' | b'A'..=b'F'));
    number
        || fingerprint
        || value.starts_with('/')
        || matches!(value.to_ascii_lowercase().as_str(), "true" | "false" | "yes" | "no")
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::{Info, Warning};
    use crate::rules::testing::{allows, catches_as};

    #[test]
    fn names() {
        catches_as(Warning, "SecretsUsedInArgOrEnv", "FROM alpine\nARG GITHUB_TOKEN");
        catches_as(Warning, "SecretsUsedInArgOrEnv", "FROM alpine\nENV A=1 Db_PassWord=hunter2");
        catches_as(Info, "SecretsUsedInArgOrEnv", "FROM alpine\nENV SSH_AUTH_SOCK=/run/agent.sock");
        catches_as(Info, "SecretsUsedInArgOrEnv", "FROM alpine\nENV API_KEY=");
        catches_as(Info, "SecretsUsedInArgOrEnv", "FROM alpine\nENV API_KEY=no_need_to_be_valid");
        for near in ["PUBLIC_KEY=x", "TOKEN_FILE=/x", "AUTH_MODULE_VERSION=1", "MONKEY=x", "KEYCLOAK=x", "TOKENS=x"] {
            allows("SecretsUsedInArgOrEnv", &format!("FROM alpine\nENV {near}"));
        }
        // Above the first FROM it does not reach any stage.
        allows("SecretsUsedInArgOrEnv", "ARG TOKEN\nFROM alpine");
    }
}
