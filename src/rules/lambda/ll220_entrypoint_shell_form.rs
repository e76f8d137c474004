//! LL220 entrypoint-shell-form.

use crate::diagnostic::{DocumentId, Finding, Fix};
use crate::launch::{Argv, Launch, is_handler, json};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL220-entrypoint-shell-form.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let Some((argv, script)) = launch.entrypoint.value().and_then(|argv| Some((argv, argv.script()?))) else { return };
    // `$0`, `$@` and `$HANDLER` may bring the handler after all; a broken array is LL205.
    if script.contains('$') || argv.is_broken_array() {
        return;
    }
    let words: Vec<&str> = script.split_whitespace().collect();
    let client = launch.client_without_handler();
    let handler = launch.cmd.value().filter(|cmd| !cmd.shell).and_then(|cmd| match cmd.args.as_slice() {
        [only] if is_handler(&only.text) => Some(&only.text),
        _ => None,
    });
    let entry_script = words.first().is_some_and(|word| word.ends_with(".sh")) && words.len() == 1;
    let what = match (client, handler) {
        (Some(client), _) => format!("ENTRYPOINT in shell form drops CMD, and {client} needs the handler"),
        (None, Some(handler)) if entry_script => {
            format!("ENTRYPOINT in shell form drops CMD: `{handler}` never arrives")
        }
        _ => return,
    };
    let mut finding = Finding::new(what).at(argv.place, "a shell starts it, and gives it no arguments");
    finding = match exec(argv, &words) {
        Some((meant, fix)) => fix.into_iter().fold(finding.help(format!("write ENTRYPOINT {meant}")), Finding::fix),
        None => finding.help("write ENTRYPOINT as a JSON array: [\"program\", \"argument\"]"),
    };
    findings.push(finding);
}

/// The same command as a JSON array, where the shell does nothing but start it.
fn exec(argv: &Argv, words: &[&str]) -> Option<(String, Option<Fix>)> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    let words: Vec<&str> = words.iter().copied().skip_while(|word| *word == "exec").collect();
    if !words.iter().all(|word| word.chars().all(plain)) || words.first().is_none_or(|first| first.contains('=')) {
        return None;
    }
    let meant = json(&words);
    let place = argv.args.last().filter(|arg| arg.place.doc == DocumentId::Dockerfile).map(|arg| arg.place);
    let fix = place.map(|place| Fix::replace(true, "write ENTRYPOINT in exec form", place.span, meant.clone()));
    Some((meant, fix))
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{allows, catches};

    const BASE: &str = "FROM python:3.13-slim-bookworm\nRUN pip install awslambdaric==3.1.1\nCOPY app.py /\n";

    #[test]
    fn the_handler_never_arrives() {
        catches("LL220", &format!("{BASE}ENTRYPOINT python -m awslambdaric\nCMD [\"app.handler\"]"));
        catches(
            "LL220",
            &format!("{BASE}ENTRYPOINT exec /usr/local/bin/python -m awslambdaric\nCMD [\"app.handler\"]"),
        );
        catches("LL220", &format!("{BASE}ENTRYPOINT /entry_script.sh\nCMD [\"app.handler\"]"));
        catches("LL220", "FROM node:22\nENTRYPOINT /usr/local/bin/npx aws-lambda-ric\nCMD [\"index.handler\"]");
    }

    #[test]
    fn near_misses() {
        allows("LL220", &format!("{BASE}ENTRYPOINT python -m awslambdaric app.handler"));
        allows("LL220", &format!("{BASE}ENTRYPOINT exec python -m awslambdaric \"$0\"\nCMD [\"app.handler\"]"));
        allows("LL220", "FROM debian:12\nCOPY main /main\nENTRYPOINT /main");
        allows("LL220", "FROM debian:12\nCOPY main /main\nENTRYPOINT ./lambda-handler\nCMD [\"x\"]");
        allows("LL220", &format!("{BASE}ENTRYPOINT [\"python\", \"-m\", \"awslambdaric\"]\nCMD [\"app.handler\"]"));
        allows("LL220", &format!("{BASE}ENTRYPOINT ['python', '-m', 'awslambdaric']\nCMD [\"app.handler\"]"));
    }
}
