//! LL109 unsupported-architecture.

use crate::arch::Arch;
use crate::diagnostic::Finding;
use crate::launch::Launch;
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL109-unsupported-architecture.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let Some(architecture) = launch.architecture.value() else { return };
    // A variant (`arm64/v8`) does not change the architecture.
    let name = architecture.split('/').next().unwrap_or_default();
    // Another operating system is LL108's, and `unknown` is what attestations say of themselves.
    let linux = launch.os.value().is_none_or(|os| os == "linux");
    if Arch::parse(name).is_some() || name.is_empty() || name == "unknown" || !linux {
        return;
    }
    findings.push(
        Finding::new(format!("the image is for {architecture}, which Lambda does not have"))
            .at(launch.place_of(&launch.architecture), "exec format error when it starts")
            .help("build with --platform linux/amd64 or --platform linux/arm64"),
    );
}
