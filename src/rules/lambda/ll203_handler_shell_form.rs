//! LL203 handler-shell-form.

use crate::diagnostic::{DocumentId, Finding, Fix};
use crate::launch::{Launch, json};
use crate::rules::{Check, Rule};
use crate::source::Span;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL203-handler-shell-form.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    if !launch.starts_lambda_entrypoint() || !launch.wants_handler() {
        return;
    }
    let Some((cmd, script)) = launch.cmd.value().and_then(|cmd| Some((cmd, cmd.script()?))) else { return };
    if cmd.is_broken_array() {
        return;
    }
    let mut finding =
        Finding::new("CMD is in shell form, so the base's entrypoint gets three arguments instead of the handler")
            .at(cmd.place, format!("arrives as {}", cmd.json()));
    // One bare word is the handler; in a command line it is not known which word would be.
    let handler = script.trim().trim_matches('"');
    if handler.is_empty() || handler.contains(|c: char| c.is_whitespace() || "$'\"\\`&|;<>()".contains(c)) {
        finding = finding.help(format!("write the handler alone: CMD [\"{}\"]", launch.example_handler()));
    } else {
        let exec = format!("CMD {}", json(&[handler]));
        if let (DocumentId::Dockerfile, Some(arg)) = (cmd.place.doc, cmd.args.last()) {
            let span = Span::new(arg.place.span.start, arg.place.span.end);
            finding = finding.fix(Fix::replace(true, "write CMD in exec form", span, json(&[handler])));
        }
        finding = finding.help(format!("write {exec}"));
    }
    findings.push(launch.if_function(finding));
}
