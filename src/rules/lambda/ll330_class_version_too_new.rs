//! LL330 class-version-too-new.

use crate::diagnostic::Finding;
use crate::launch::{Launch, Unloadable};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL330-class-version-too-new.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let Some(handler) = launch.unloadable_handler() else { return };
    let Unloadable::NewerJava { version, needs, java } = handler.why else { return };
    findings.push(
        Finding::new(format!("{} is compiled for Java {needs}, and the base has Java {java}", handler.path))
            .at(handler.handler, "the handler is in it")
            .at(handler.layer, format!("class file version {version}"))
            .help(format!("compile with --release {java}, or build from public.ecr.aws/lambda/java:{needs}")),
    );
}
