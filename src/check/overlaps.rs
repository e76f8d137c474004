//! What two families say of one line is said once, by the one that knows more.

use crate::diagnostic::{Diagnostic, Severity};

/// A rule, and the rules that say the same of an instruction and why it matters there.
const SUPERSEDED_BY: &[(&str, &[&str])] = &[
    ("CopyIgnoredFile", &["LL805"]),
    ("InvalidBaseImagePlatform", &["LL221"]),
    ("JSONArgsRecommended", &["LL203", "LL205", "LL220"]),
    ("LL206", &["LL705"]),
    ("LL318", &["LL601"]),
    ("SecretsUsedInArgOrEnv", &["LL601", "LL602"]),
];

/// Drops a finding where another rule reports the same instruction.
pub(super) fn drop_from(diagnostics: &mut Vec<Diagnostic>) {
    let echoes = |d: &Diagnostic| SUPERSEDED_BY.iter().find(|(code, _)| *code == d.code).map(|(_, superior)| *superior);
    let superior = |code: &str| SUPERSEDED_BY.iter().any(|(_, superior)| superior.contains(&code));
    let start = |d: &Diagnostic| d.labels.first().map(|label| (label.doc, label.start.line, label.start.column));
    // A guess at a handler is no louder than the proof that the program is not there.
    let sure = |d: &&Diagnostic| superior(d.code) && (d.code != "LL705" || d.severity == Severity::Error);
    let said: Vec<_> = diagnostics.iter().filter(sure).map(|d| (start(d), d.code)).collect();
    if said.is_empty() {
        return;
    }
    let variables: Vec<String> = diagnostics.iter().filter(|d| d.code == "LL601").filter_map(variable).collect();
    diagnostics.retain(|d| {
        // One variable is one fault, also where it is declared and set on two lines.
        if d.code == "SecretsUsedInArgOrEnv" && variables.iter().any(|name| d.message.contains(name.as_str())) {
            return false;
        }
        let at = start(d);
        // Of the variables of one ENV each is a fault by itself.
        let same_place = |other: &Option<_>| match (d.code, at, other) {
            ("LL318", ..) => at == *other,
            (_, Some((doc, line, _)), Some((other, other_line, _))) => (doc, line) == (*other, *other_line),
            _ => at == *other,
        };
        let same = |superior: &[&str]| said.iter().any(|(place, code)| same_place(place) && superior.contains(code));
        !echoes(d).is_some_and(same)
    });
}

/// The variable that LL601 reports, as other messages quote it.
fn variable(diagnostic: &Diagnostic) -> Option<String> {
    diagnostic.message.split(' ').next().map(|name| format!("\"{name}\""))
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{allows, catches};

    #[test]
    fn one_fault_is_one_finding() {
        let shell = "FROM public.ecr.aws/lambda/python:3.13\nCMD app.handler";
        catches("LL203", shell);
        allows("JSONArgsRecommended", shell);
        catches("JSONArgsRecommended", "FROM alpine\nCMD app.handler --x");
    }

    #[test]
    fn variables_of_one_line_are_faults_by_themselves() {
        let env =
            |pairs: &str| format!("FROM public.ecr.aws/lambda/python:3.13\nARG K\nENV {pairs}\nCMD [\"app.handler\"]");
        catches("LL318", &env("AWS_ACCESS_KEY_ID=$K AWS_REGION=eu-west-1"));
        allows("LL318", &env("AWS_ACCESS_KEY_ID=$K"));
        catches("LL601", &env("AWS_ACCESS_KEY_ID=$K"));
    }
}
