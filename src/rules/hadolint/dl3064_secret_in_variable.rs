//! DL3064 secret-in-variable.

use crate::diagnostic::Finding;
use crate::dockerfile::{Kind, Pair};
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3064-secret-in-variable.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    let strict = general.as_hadolint();
    for written in general.build.written() {
        let (Kind::Env { pairs, .. } | Kind::Arg(pairs)) = &written.step.instruction.kind else { continue };
        let is_arg = matches!(written.step.instruction.kind, Kind::Arg(_));
        let suspicious = |pair: &&Pair| if strict { listed(&pair.key.text) } else { secret(pair, is_arg) };
        // hadolint reads the first of an ARG only.
        let mut pairs = pairs.iter().take(if strict && is_arg { 1 } else { usize::MAX });
        if let Some(pair) = pairs.find(suspicious) {
            findings.push(
                Finding::new(format!("{} is a secret by its name, and stays in the image", pair.key.text))
                    .at(pair.key.span, "everyone who can pull the image can read it")
                    .help("give it to one RUN with --mount=type=secret"),
            );
        }
    }
}

/// Words that hadolint takes for secrets.
fn listed(name: &str) -> bool {
    const WORDS: &[&str] = &["PASSWORD", "TOKEN", "SECRET", "API_KEY", "PRIVATE", "USERNAME", "AWS_ACCESS_KEY"];
    let upper = name.to_ascii_uppercase();
    WORDS.iter().any(|word| upper.contains(word))
}

/// A name that ends as secrets' names do, and a value that could be one.
fn secret(pair: &Pair, is_arg: bool) -> bool {
    const ENDS: &[&str] = &[
        "PASSWORD",
        "PASSWD",
        "TOKEN",
        "SECRET",
        "SECRET_KEY",
        "API_KEY",
        "APIKEY",
        "PRIVATE_KEY",
        "ACCESS_KEY",
        "ACCESS_KEY_ID",
    ];
    let upper = pair.key.text.to_ascii_uppercase();
    let value = pair.value.as_ref().map_or("", |value| value.text.trim_matches(['"', '\'']));
    let could_be = if is_arg { !value.starts_with(['/', '$']) } else { !value.is_empty() && !value.starts_with('/') };
    ENDS.iter().any(|end| upper.ends_with(end)) && could_be && !matches!(value, "true" | "false")
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{passes, reports};

    #[test]
    fn a_name_is_no_secret() {
        passes("DL3064", "FROM nginx:1.27\nENV JENKINS_USERNAME=jenkins");
        reports("DL3064", 1, "FROM nginx:1.27\nENV JENKINS_USERNAME=jenkins");
    }
}
