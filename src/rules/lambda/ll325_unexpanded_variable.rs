//! LL325 unexpanded-variable.

use crate::diagnostic::{Finding, Severity};
use crate::facts::CommandKind;
use crate::launch::{Arg, Argv, Launch, Process, Setting, json};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL325-unexpanded-variable.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let Some(argv) = launch.argv() else { return };
    let line = &launch.processes().line;
    let handler = launch.handler().map(|handler| handler.place);
    let exec = |setting: &Setting<Argv>| setting.set().is_some_and(|(argv, _)| !argv.shell);
    for arg in own(launch, exec) {
        let Some(found) = variable(&arg.text) else { continue };
        let is_handler = handler == Some(arg.place) && !is_class(&arg.text);
        let script = argv.iter().zip(argv.iter().skip(1)).any(|(flag, next)| {
            next.place == arg.place && (matches!(flag.text.as_str(), "-c" | "-e" | "--eval" | "-lc" | "-ec"))
        });
        // Behind a wrapper too: `env $D/run.sh`, but not as the text that a shell is given.
        let named = |process: &Process| process.place() == arg.place && process.program() == arg.text;
        let starts = !script && line.iter().any(named);
        let expands = may_expand(line, arg);
        if !starts && ((expands && !is_handler) || script || is_class(&arg.text) || !is_ours(launch, found)) {
            continue;
        }
        let what = if starts {
            "the program"
        } else if is_handler {
            "the handler"
        } else {
            "an argument"
        };
        let mut finding = Finding::new(format!("`{found}` is passed on as written: exec form expands no variable"))
            .at(arg.place, format!("{what} arrives as {}", json(&[&arg.text]).trim_matches(['[', ']'])));
        if !starts && !is_handler {
            finding = finding.severity(Severity::Warning);
        }
        findings.push(finding.help(match literal(launch, &arg.text, found) {
            Some(value) => format!("write {}", json(&[value]).trim_matches(['[', ']'])),
            None => "write the value itself".to_owned(),
        }));
    }
}

/// Whether a process on the way of an argument puts in variables itself, or may.
fn may_expand(line: &[Process], arg: &Arg) -> bool {
    let holds = |process: &Process| process.argv.iter().any(|one| one.place == arg.place && one.text == arg.text);
    let last = line.iter().rposition(holds);
    let on_the_way = &line[..last.map_or(line.len(), |last| last + 1)];
    let shell = |process: &Process| process.row().is_some_and(|row| row.kind == CommandKind::Shell);
    on_the_way.iter().enumerate().any(|(at, process)| {
        // What a shell or a script hands on as it was, it has not expanded.
        let own = (shell(process) || process.is_own_script()) && last.is_none_or(|last| at == last);
        own || process.row().is_some_and(|row| row.expands)
    })
}

/// The elements that the file itself writes in exec form.
fn own<'l>(launch: &'l Launch<'_>, exec: impl Fn(&Setting<Argv>) -> bool) -> Vec<&'l Arg> {
    let settings = [&launch.entrypoint, &launch.cmd].into_iter().filter(|setting| exec(setting));
    settings.filter_map(|setting| setting.value()).flat_map(|argv| &argv.args).collect()
}

/// The first `$NAME` or `${NAME}` in a text.
pub(super) fn variable(text: &str) -> Option<&str> {
    let mut from = 0;
    while let Some(at) = text.get(from..)?.find('$').map(|at| at + from) {
        let rest = text.get(at + 1..)?;
        let end = match rest.strip_prefix('{') {
            Some(inner) => inner.find('}').map(|end| end + 2),
            None => Some(rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len())),
        };
        let name = rest.trim_start_matches('{');
        // `{$PORT}` is a template's, `$$` and `\$` an escaped dollar.
        let escaped = text.get(..at)?.ends_with(['{', '$', '\\']);
        if let Some(end) = end.filter(|end| *end > 0 && !escaped)
            && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        {
            return text.get(at..=at + end);
        }
        from = at + 1;
    }
    None
}

/// `com.example.Outer$Inner`: the name of a class.
fn is_class(text: &str) -> bool {
    !text.contains("${")
        && text.find('$').is_some_and(|at| text.get(..at).is_some_and(|b| b.ends_with(|c: char| c.is_alphanumeric())))
        && text.contains("::")
}

/// Whether a name looks like one of the environment: in capitals, or one that the file itself sets.
fn is_ours(launch: &Launch<'_>, found: &str) -> bool {
    let name = name(found);
    name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
        || launch.env(name).is_some()
}

fn name(found: &str) -> &str {
    let inner = found.trim_start_matches('$').trim_start_matches('{').trim_end_matches('}');
    inner.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default()
}

/// The text with its variable put in, where the file says its value and nothing is left.
fn literal(launch: &Launch<'_>, text: &str, found: &str) -> Option<String> {
    let name = name(found);
    let value = match launch.env(name) {
        Some(setting) => setting.value()?,
        None => launch.argument_value(name)?,
    };
    let whole = text.replacen(found, value, 1);
    variable(&whole).is_none().then_some(whole)
}

#[cfg(test)]
mod tests {
    use super::variable;
    use crate::diagnostic::Severity::{Error, Warning};
    use crate::rules::testing::{allows, catches_as};

    #[test]
    fn variables() {
        assert_eq!(variable("a/${B}/c"), Some("${B}"));
        assert_eq!(variable("--port=$PORT,x"), Some("$PORT"));
        assert_eq!(variable("${A:-b}"), Some("${A:-b}"));
        for text in ["^x$", "a$", "$1", "$$X", "{$PORT}", "\\$X", "100$", "${", "$"] {
            assert_eq!(variable(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_passed_on() {
        catches_as(Error, "LL325", "FROM public.ecr.aws/lambda/python:3.13\nENV H=app.handler\nCMD [\"${H}\"]");
        catches_as(Error, "LL325", "FROM python:3.13\nARG D=/f\nENTRYPOINT [\"${D}/run.sh\"]");
        catches_as(
            Error,
            "LL325",
            "FROM python:3.13\nENTRYPOINT [\"python\", \"-m\", \"awslambdaric\"]\nCMD [\"$HANDLER\"]",
        );
        catches_as(Warning, "LL325", "FROM python:3.13\nCMD [\"uvicorn\", \"app:app\", \"--port\", \"$PORT\"]");
    }

    #[test]
    fn near_misses() {
        allows("LL325", "FROM python:3.13\nCMD [\"sh\", \"-c\", \"exec uvicorn app:app --port $PORT\"]");
        allows("LL325", "FROM python:3.13\nCMD exec uvicorn app:app --port $PORT");
        allows("LL325", "FROM python:3.13\nCMD [\"grep\", \"^x$\", \"/f\"]");
        allows("LL325", "FROM python:3.13\nENTRYPOINT [\"/entry.sh\"]\nCMD [\"--port\", \"$PORT\"]");
        allows("LL325", "FROM nginx:1.27\nCMD [\"nginx\", \"-g\", \"log_format x '$remote_addr';\"]");
        allows("LL325", "FROM public.ecr.aws/lambda/java:21\nCMD [\"a.Outer$Inner::handle\"]");
        allows("LL325", "FROM amazoncorretto:21\nCMD [\"java\", \"-jar\", \"a.jar\", \"--server.port=${PORT}\"]");
        allows("LL325", "FROM node:22\nCMD [\"node\", \"-e\", \"console.log(`${A}`)\"]");
    }
}
