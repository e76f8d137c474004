//! DL3014 apt-asks.

use super::installs;
use crate::diagnostic::Finding;
use crate::launch::RunCommand;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3014-apt-asks.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    if general.as_hadolint() {
        installs::asking(general, findings, asks, "-y");
        return;
    }
    // `yes |` answers, and APT::Get::Assume-Yes is said once for all.
    let answers = |ran: &RunCommand| ran.program == "yes";
    let answered = general.build.written().any(|written| {
        written.step.ran().iter().any(answers) || written.step.instruction.rest.text.contains("Assume-Yes")
    });
    if !answered {
        installs::asking(general, findings, |ran| asks(ran) && !only_plays(ran), "-y");
    }
}

fn asks(ran: &RunCommand) -> bool {
    let quiet = ran.raws().filter(|text| matches!(*text, "-q" | "--quiet")).count() > 1;
    let short = |text: &str| text.starts_with('-') && !text.starts_with("--");
    let very = ran.raws().any(|text| short(text) && (text.matches('q').count() > 1 || text == "-q=2"));
    installs::APT.installs(ran) && !ran.flagged('y', &["yes", "assume-yes"]) && !quiet && !very
}

/// Nothing is installed, or nothing that brings others along: then apt-get does not ask.
fn only_plays(ran: &RunCommand) -> bool {
    const LONG: &[&str] = &["simulate", "dry-run", "quiet", "force-yes", "only-upgrade", "reinstall"];
    ran.flagged('s', LONG) || ran.flagged('d', &["download-only", "help"])
}
