//! LL335 relative-import-outside-package.

use crate::diagnostic::{Finding, Severity};
use crate::imports::{Fault, Problem};
use crate::launch::Launch;
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule = Rule {
    page: include_str!("../../../rules/lambda/LL335-relative-import-outside-package.md"),
    check: Check::Launch(check),
};

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let Some(closure) = launch.imports() else { return };
    for fault in &closure.faults {
        let Problem::Relative { loaded_as } = &fault.problem else { continue };
        let message = if loaded_as.contains('.') {
            format!("`{}` in {} leads out of the package it is loaded in", shown(fault), fault.file)
        } else {
            format!("{} is loaded as the top-level module `{loaded_as}`, where `{}` fails", fault.file, shown(fault))
        };
        let finding = launch.show_import(Finding::new(message), fault).help(help(fault, launch.command_word()));
        findings.push(if fault.when_called { finding.severity(Severity::Warning) } else { finding });
    }
}

fn shown(fault: &Fault) -> String {
    let head: String = fault.written.chars().take(60).collect();
    if head.len() < fault.written.len() { format!("{head} …") } else { head }
}

/// The same import with the dots taken out.
fn help(fault: &Fault, cmd: &str) -> String {
    let rest = fault.written.strip_prefix("from ").unwrap_or_default().trim_start_matches('.');
    match rest.strip_prefix(" import ") {
        Some(names) => format!("write `import {names}`, or copy the package as a folder and name it in {cmd}"),
        None => format!("write `from {rest}`, or copy the package as a folder and name it in {cmd}"),
    }
}
