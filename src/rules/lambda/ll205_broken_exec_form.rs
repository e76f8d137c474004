//! LL205 broken-exec-form.

use crate::diagnostic::{DocumentId, Finding, Fix, Severity};
use crate::launch::{Argv, Launch, Setting, json};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL205-broken-exec-form.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    if launch.function().is_no() {
        return;
    }
    check_one(launch, "ENTRYPOINT", &launch.entrypoint, findings);
    if !launch.options.handler_in_template {
        check_one(launch, "CMD", &launch.cmd, findings);
    }
}

fn check_one(launch: &Launch<'_>, keyword: &str, setting: &Setting<Argv>, findings: &mut Vec<Finding>) {
    let Some((argv, _)) = setting.set() else { return };
    let Some(script) = argv.script().filter(|_| argv.place.doc == DocumentId::Dockerfile && argv.is_broken_array())
    else {
        return;
    };
    let place = argv.args.last().map_or(argv.place, |arg| arg.place);
    let mut finding = Finding::new(format!("{keyword} looks like a JSON array but is not one"))
        .at(place, format!("{}: Docker runs it as {}", fault(script), argv.json()));
    if !launch.on_lambda_base() || !launch.function().is_yes() {
        finding = finding.severity(Severity::Warning);
    }
    match elements(script) {
        Some(elements) => {
            let meant = json(&elements);
            finding = finding.help(format!("write {keyword} {meant}")).fix(Fix::replace(
                true,
                "make it a JSON array",
                place.span,
                meant,
            ));
        }
        None => finding = finding.help("use double quotes, commas between the elements and none after the last"),
    }
    findings.push(finding);
}

fn fault(script: &str) -> &'static str {
    let text = script.trim();
    if text.contains(['“', '”', '‘', '’', '„']) {
        "curly quotes"
    } else if text.contains('\'') {
        "single quotes"
    } else if !text.contains(']') {
        "no closing bracket"
    } else if text.trim_end_matches(']').trim_end().ends_with(',') {
        "a comma after the last element"
    } else if !text.ends_with(']') {
        "text after the array"
    } else if !text.contains('"') {
        "no quotes"
    } else {
        "not valid JSON"
    }
}

/// What was meant, where it can only mean one thing.
fn elements(script: &str) -> Option<Vec<String>> {
    let inside = script.trim().strip_prefix('[')?.strip_suffix(']')?.trim().trim_end_matches(',');
    let open = |c: char| "'\"“”„‘’‚".contains(c);
    let mut elements = Vec::new();
    for part in inside.split(',') {
        let part = part.trim();
        let bare = part.trim_start_matches(open).trim_end_matches(open);
        let clean = bare.len() < part.len() || !part.contains(char::is_whitespace);
        if bare.is_empty() || !clean || bare.contains(open) || bare.contains(['\\', '$', '[', ']']) {
            return None;
        }
        elements.push(bare.to_owned());
    }
    Some(elements)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::launch::argv::is_broken_array;

    #[test]
    fn arrays_gone_wrong() {
        for text in
            ["['a.b']", "[\"a\", ]", "[“a.b”]", "[\"a\" \"b\"]", "[\"a\"", "[a.handler]", "[ 'a' ]", "[\"a\"] x"]
        {
            assert!(is_broken_array(text), "{text}");
        }
    }

    #[test]
    fn tests_of_the_shell_are_not_arrays() {
        for text in ["[ -f /x ] && y", "[ \"$A\" = 1 ] && run", "[[ -n $X ]] && y", "app", "[ -d /x ]", ""] {
            assert!(!is_broken_array(text), "{text}");
        }
    }

    #[test]
    fn what_was_meant() {
        assert_eq!(elements("['python', 'app.py']"), Some(vec!["python".into(), "app.py".into()]));
        assert_eq!(elements("[“app.handler”,]"), Some(vec!["app.handler".into()]));
        assert_eq!(elements("[\"a\" \"b\"]"), None);
        assert_eq!(elements("[a b]"), None);
    }

    #[test]
    fn near_misses() {
        use crate::rules::testing::{allows, catches};
        catches("LL205", "FROM public.ecr.aws/lambda/python:3.13\nCMD ['app.handler']");
        allows("LL205", "FROM public.ecr.aws/lambda/python:3.13\nCMD [ \"app.handler\" ]");
        allows("LL205", "FROM python:3.13\nENTRYPOINT [ -n \"$X\" ] || exec app");
        allows("LL205", "FROM python:3.13\nCMD [[ -f /x ]] && app");
        allows("LL205", "FROM python:3.13 AS a\nCMD ['x']\nFROM python:3.13\nCMD [\"x\"]");
    }
}
