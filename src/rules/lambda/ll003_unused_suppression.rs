//! LL003 unused-suppression.

use crate::diagnostic::{Finding, Fix, Location};
use crate::rules::{Check, Rule};
use crate::suppress::Suppression;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL003-unused-suppression.md"), check: Check::Suppression(check) };

fn check(suppression: &Suppression, findings: &mut Vec<Finding>) {
    let at = Location::new(suppression.doc, suppression.span);
    let remove = |finding: Finding| {
        let alone = suppression.codes.len() < 2;
        let help = if alone { "remove the comment" } else { "remove the code" };
        let finding = finding.help(help);
        if alone { finding.fix(Fix::replace(true, help, at.span, "")) } else { finding }
    };
    if let Some(instead) = &suppression.instead {
        findings.push(
            Finding::new("the comment is not understood").at(at, "ignores nothing").help(format!("write {instead}")),
        );
        return;
    }
    if suppression.codes.is_empty() {
        if suppression.scope.is_some() {
            findings.push(
                Finding::new("the comment names no rule")
                    .at(at, "ignores nothing")
                    .help("name the codes: # lamblint: ignore=LL202 -- why"),
            );
        } else if !suppression.used.contains(&true) {
            findings.push(remove(Finding::new("nothing in this file is ignored").at(at, "ignores nothing")));
        }
        return;
    }
    for (code, used) in suppression.codes.iter().zip(&suppression.used) {
        if suppression.unknown.contains(code) {
            findings.push(remove(Finding::new(format!("there is no rule {code}")).at(at, "names no rule")));
        } else if !used {
            findings.push(remove(Finding::new(format!("{code} has nothing to ignore here")).at(at, "ignores nothing")));
        }
    }
}
