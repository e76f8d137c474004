//! LL209 missing-interpreter.

use crate::diagnostic::Finding;
use crate::launch::{ExecFault, ExecStep, Launch, StepKind};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL209-missing-interpreter.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    findings.extend(launch.chain().iter().filter_map(missing));
}

fn missing(link: &ExecStep) -> Option<Finding> {
    let needs = matches!(link.role, StepKind::Interpreter | StepKind::Loader) && link.fault == Some(ExecFault::Missing);
    let program = link.before.last().filter(|_| needs)?;
    let path = &link.path;
    let help = match link.role {
        StepKind::Loader if path.contains("musl") => {
            "it was built for musl (Alpine): build it on the image's own base, or link it statically"
        }
        StepKind::Loader => "it was built for glibc: build it on the image's own base, or link it statically",
        _ => "install the interpreter, or name an existing one in the first line",
    };
    Some(
        Finding::new(format!("{program} needs {path}, which is not in the image"))
            .at(link.named, "Lambda starts this")
            .at(link.place(), link.trail())
            .help(help),
    )
}
