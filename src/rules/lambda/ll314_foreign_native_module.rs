//! LL314 foreign-native-module.

use crate::arch::Arch;
use crate::diagnostic::{Finding, Severity};
use crate::launch::Launch;
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL314-foreign-native-module.md"), check: Check::Launch(check) };

/// Maximum number of modules, and of programs, that are told.
const MAX_TOLD: usize = 10;

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    for overlaid in launch.overlaid_modules() {
        let name = overlaid.name;
        findings.push(
            Finding::new(format!("{name} of this machine overwrites the one that was installed"))
                .at(overlaid.source, format!("brings {name} along"))
                .at(overlaid.installed, "installed here, for the image")
                .help(format!("add {name} to .dockerignore")),
        );
    }
    let architecture = launch.machine().map_or("amd64", Arch::oci);
    for module in launch.foreign_modules().into_iter().take(MAX_TOLD) {
        let more = if module.count > 1 { format!(", and {} more beside it", module.count - 1) } else { String::new() };
        findings.push(
            Finding::new(format!("{} is {}, and its package has none for this image", module.path, module.built_for))
                .at(launch.place_of_file(&module.path), format!("{}{more}", module.path))
                .help(format!("install it in the build, for linux/{architecture}; keep the host's modules out"))
                .severity(Severity::Error),
        );
    }
    // Whether anything starts these is not seen.
    for (path, built_for) in launch.foreign_programs().into_iter().take(MAX_TOLD) {
        findings.push(
            Finding::new(format!("{path} is built for {built_for}, and the image is for {architecture}"))
                .at(launch.place_of_file(&path), "it is on PATH, and cannot start")
                .help(format!("take the program for linux/{architecture}")),
        );
    }
}
