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
    let Some(cmd) = launch.cmd.value().filter(|cmd| cmd.shell) else { return };
    if cmd.is_broken_array() {
        return;
    }
    let finding =
        Finding::new("CMD is in shell form, so the base's entrypoint gets three arguments instead of the handler")
            .at(cmd.place, format!("arrives as {}", cmd.json()));
    // One bare word is the handler; in a command line it is not known which word would be.
    let finding = match (cmd.only_word(), cmd.args.last()) {
        (Some(handler), Some(arg)) => {
            let array = json(&[handler]);
            let finding = finding.help(format!("write CMD {array}"));
            let span = Span::new(arg.place.span.start, arg.place.span.end);
            match cmd.place.doc {
                DocumentId::Dockerfile => finding.fix(Fix::replace(true, "write CMD in exec form", span, array)),
                _ => finding,
            }
        }
        _ => finding.help(format!("write the handler alone: CMD [\"{}\"]", launch.example_handler())),
    };
    findings.push(launch.if_function(finding));
}
