//! LL209 missing-interpreter.

use crate::diagnostic::Finding;
use crate::launch::{Break, Launch, Link, Role};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL209-missing-interpreter.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    findings.extend(launch.chain().iter().filter_map(missing));
}

fn missing(link: &Link) -> Option<Finding> {
    let needs = matches!(link.role, Role::Interpreter | Role::Loader) && link.fault == Some(Break::Missing);
    let program = link.before.last().filter(|_| needs)?;
    let path = &link.path;
    let help = match link.role {
        Role::Loader if path.contains("musl") => {
            "it was built for musl (Alpine): build it on the image's own base, or link it statically"
        }
        Role::Loader => "it was built for glibc: build it on the image's own base, or link it statically",
        _ => "install the interpreter, or name one that is there in the first line",
    };
    Some(
        Finding::new(format!("{program} needs {path}, which is not in the image"))
            .at(link.named, "Lambda starts this")
            .at(link.place(), link.trail())
            .help(help),
    )
}
