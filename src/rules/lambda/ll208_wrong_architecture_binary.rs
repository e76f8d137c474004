//! LL208 wrong-architecture-binary.

use crate::diagnostic::Finding;
use crate::launch::{ExecFault, ExecStep, Launch, StepKind};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule = Rule {
    page: include_str!("../../../rules/lambda/LL208-wrong-architecture-binary.md"),
    check: Check::Launch(check),
};

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    findings.extend(launch.chain().iter().filter_map(|link| wrong(launch, link)));
}

fn wrong(launch: &Launch<'_>, link: &ExecStep) -> Option<Finding> {
    let path = &link.path;
    let (message, help) = match link.fault.as_ref()? {
        ExecFault::WrongArchitecture(found) => {
            let wanted = launch.architecture.value().map_or("another", String::as_str);
            (
                format!("{path} is built for {found}, and the image is for {wanted}"),
                format!("build it for {wanted}: `docker buildx build --platform linux/{wanted}`, GOARCH, --target"),
            )
        }
        ExecFault::NonLinuxFormat(kind) => {
            (format!("{path} is {}", kind.name()), "build it for Linux, and copy the program itself".to_owned())
        }
        _ => return None,
    };
    let role = match link.role {
        StepKind::Bootstrap => "AWS's entrypoint starts it",
        StepKind::Interpreter | StepKind::Loader => "what starts needs it",
        _ => "Lambda starts it",
    };
    Some(Finding::new(message).at(link.named, role).at(link.place(), link.trail()).help(help))
}
