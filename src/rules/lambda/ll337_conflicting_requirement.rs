//! LL337 conflicting-requirement.

use crate::diagnostic::Finding;
use crate::launch::{Launch, Refused};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL337-conflicting-requirement.md"), check: Check::Launch(check) };

/// Maximum number of findings.
const MAX_LISTED: usize = 10;

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    for refused in launch.refused_versions().iter().take(MAX_LISTED) {
        let Refused { distribution, name, wanted, found, folder, places: [asks, other] } = refused;
        findings.push(
            Finding::new(format!("{distribution} needs {name} {wanted}, and {found} in {folder} comes first"))
                .at(*other, format!("{name} {found} is installed here"))
                .at(*asks, format!("{distribution} is installed here"))
                .help(format!("pin {name} {wanted} in the list of requirements")),
        );
    }
}
