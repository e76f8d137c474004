//! LL333 handler-not-in-module.

use crate::diagnostic::Finding;
use crate::launch::{Language, Launch};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL333-handler-not-in-module.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let (Some(closure), Some(handler)) = (launch.imports(), launch.handler()) else { return };
    let (Some(file), Some((function, near))) = (&closure.file, &closure.no_function) else { return };
    let has = near.as_ref().map(|near| format!("; it has `{near}`")).unwrap_or_default();
    let module = handler.text.strip_suffix(function.as_str()).unwrap_or(&handler.text).trim_end_matches('.');
    let cmd = launch.command_word();
    let verb = if handler.language == Language::Node { "exports" } else { "defines" };
    findings.push(
        Finding::new(format!("{file} {verb} no `{function}`{has}"))
            .at(handler.place, format!("the runtime asks the module for `{function}`"))
            .at(launch.origin_of_module(file).0, "the module is loaded from here")
            .help(match near {
                Some(near) => format!("name \"{module}.{near}\" in {cmd}"),
                None if verb == "exports" => {
                    format!("export `{function}` from {file}, or name another function in {cmd}")
                }
                None => format!("define `{function}` in {file}, or name another function in {cmd}"),
            }),
    );
}
