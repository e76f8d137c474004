//! LL334 missing-name.

use crate::diagnostic::{Finding, Severity};
use crate::imports::Problem;
use crate::launch::Launch;
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL334-missing-name.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let Some(closure) = launch.imports() else { return };
    for fault in &closure.faults {
        let Problem::Name { name, module, near } = &fault.problem else { continue };
        let message = format!("`{name}` is not in {module}, and {} imports it", fault.file);
        let finding = launch.show_import(Finding::new(message), fault);
        let finding = finding.help(match near {
            Some(near) => format!("write `{near}`, which is there"),
            None => format!("define `{name}` in {module}, or correct the import"),
        });
        findings.push(if fault.when_called { finding.severity(Severity::Warning) } else { finding });
    }
}
