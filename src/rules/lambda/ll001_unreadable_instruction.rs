//! LL001 unreadable-instruction.

use crate::diagnostic::Finding;
use crate::dockerfile::{Dockerfile, Fault, Instruction, Kind};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule = Rule {
    page: include_str!("../../../rules/lambda/LL001-unreadable-instruction.md"),
    check: Check::Dockerfile(check),
};

fn check(dockerfile: &Dockerfile, findings: &mut Vec<Finding>) {
    findings.extend(dockerfile.faults.iter().map(finding));
    findings.extend(dockerfile.instructions.iter().filter_map(fault).map(finding));
}

fn fault(instruction: &Instruction) -> Option<&Fault> {
    match &instruction.kind {
        Kind::Unreadable(fault) => Some(fault),
        Kind::Onbuild(trigger) => fault(trigger),
        _ => None,
    }
}

fn finding(fault: &Fault) -> Finding {
    Finding::new(&fault.message).at(fault.span, "Docker would stop here")
}
