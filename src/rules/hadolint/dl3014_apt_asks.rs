//! DL3014 apt-asks.

use super::installs;
use crate::diagnostic::Finding;
use crate::launch::Ran;
use crate::rules::{Check, General, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3014-apt-asks.md"), check: Check::General(check) };

fn check(general: &General<'_>, findings: &mut Vec<Finding>) {
    let asks = |ran: &Ran| {
        let quiet = ran.raws().filter(|text| matches!(*text, "-q" | "--quiet")).count() > 1;
        let very = ran.raws().any(|text| {
            !text.starts_with("--") && text.starts_with('-') && (text.matches('q').count() > 1 || text == "-q=2")
        });
        installs::APT.installs(ran) && !ran.flagged('y', &["yes", "assume-yes"]) && !quiet && !very
    };
    if general.as_hadolint() {
        installs::asking(general, findings, asks, "-y");
        return;
    }
    // `yes |` answers, `-s` only plays, and APT::Get::Assume-Yes is said once for all.
    let answered = general.build.written().any(|written| {
        written.step.ran().iter().any(|ran| ran.program == "yes")
            || written.step.instruction.rest.text.contains("Assume-Yes")
    });
    if !answered {
        let asks = |ran: &Ran| {
            let quiet = ran.raws().filter(|text| matches!(*text, "-q" | "--quiet")).count() > 1;
            let very = ran.raws().any(|text| {
                !text.starts_with("--") && text.starts_with('-') && (text.matches('q').count() > 1 || text == "-q=2")
            });
            // What is there already brings nothing else along, and then apt-get does not ask.
            let plays = ran.flagged('s', &["simulate", "dry-run", "quiet", "force-yes", "only-upgrade", "reinstall"])
                || ran.flagged('d', &["download-only", "help"]);
            installs::APT.installs(ran) && !ran.flagged('y', &["yes", "assume-yes"]) && !quiet && !very && !plays
        };
        installs::asking(general, findings, asks, "-y");
    }
}
