//! LL339 module-left-in-context.

use crate::diagnostic::{Finding, Severity};
use crate::launch::{Launch, Left};
use crate::path::under;
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL339-module-left-in-context.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    for left in launch.left_in_context() {
        let (place, from) = launch.origin_of_module(&left.fault.file);
        let message = match &left.ignored {
            Some((name, line, _)) => {
                format!("{from} imports `{}`, and {name} leaves {} out in line {line}", left.module, left.path)
            }
            None => format!("{from} imports `{}`, and nothing copies {}", left.module, left.path),
        };
        let when = if left.fault.when_called { ", at each call" } else { "" };
        let written: String = left.fault.written.chars().take(100).collect();
        let mut finding = Finding::new(message)
            .at(place, format!("{from}, line {}{when}: {written}", left.fault.line))
            .help(help(left, from));
        if let Some(handler) = launch.handler() {
            finding = finding.at(handler.place, "the handler leads to it");
        }
        if left.certain && !left.fault.when_called {
            finding = finding.severity(Severity::Error);
        }
        findings.push(finding);
    }
}

fn help(left: &Left, from: &str) -> String {
    if let Some((name, _, _)) = &left.ignored {
        return format!("add !{} to the end of {name}", left.path);
    }
    let folder = left.fault.file.rsplit_once('/').map_or("/", |(folder, _)| folder);
    let beside = |path: &str| path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
    let target = if beside(from) == beside(&left.path) && under(folder, "/var/task") {
        folder.replacen("/var/task", "${LAMBDA_TASK_ROOT}", 1)
    } else {
        folder.to_owned()
    };
    let name = left.path.rsplit('/').next().unwrap_or_default();
    // A folder's content is copied, and not the folder.
    let into = if name.contains('.') { format!("{target}/") } else { format!("{target}/{name}/") };
    format!("COPY {} {into}", left.path)
}
