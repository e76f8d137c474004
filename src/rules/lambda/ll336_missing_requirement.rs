//! LL336 missing-requirement.

use crate::diagnostic::Finding;
use crate::launch::{Lacking, Launch};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL336-missing-requirement.md"), check: Check::Launch(check) };

/// Maximum number of findings: where all of a list was left out, the first few tell.
const MAX_LISTED: usize = 10;

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let python = launch.lacking_requirements();
    let (all, installer) = if python.is_empty() { (launch.lacking_packages(), "npm") } else { (python, "pip") };
    for lacking in all.iter().take(MAX_LISTED) {
        let Lacking { distribution, needs, place } = lacking;
        let Some((first, others)) = needs.split_first() else { continue };
        let what = match others {
            [] => format!("{first}, which is not installed"),
            [second] => format!("{first} and {second}, which are not installed"),
            more => format!("{first} and {} others, which are not installed", more.len()),
        };
        findings.push(
            Finding::new(format!("{distribution} needs {what}"))
                .at(*place, "this is installed without it")
                .help(format!("{installer} install {}", needs.join(" "))),
        );
    }
}
