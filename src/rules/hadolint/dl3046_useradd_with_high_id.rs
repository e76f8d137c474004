//! DL3046 useradd-with-high-id.

use super::installs;
use crate::diagnostic::{Finding, Fix};
use crate::launch::RunCommand;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3046-useradd-with-high-id.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    for seen in general.runs() {
        let id = |ran: &RunCommand| {
            let short = ran
                .args
                .iter()
                .position(|arg| arg.raw.starts_with('-') && !arg.raw.starts_with("--") && arg.raw.ends_with('u'));
            let behind = short.and_then(|at| ran.args.get(at + 1)).and_then(|arg| arg.text.as_deref());
            // hadolint knows the letter only.
            let long = ran.value(&["--uid"]).filter(|_| !general.as_hadolint());
            behind.or(long).is_some_and(|id| id.len() > 5 && id.bytes().all(|byte| byte.is_ascii_digit()))
        };
        let heavy = |ran: &&&RunCommand| ran.program == "useradd" && !ran.flagged('l', &["no-log-init"]) && id(ran);
        let Some(ran) = seen.commands.iter().find(|ran| heavy(ran)) else { continue };
        findings.push(
            Finding::new("useradd with a high number writes a file of gigabytes")
                .at(ran.span, "/var/log/lastlog has a place for every number")
                .help("add -l")
                .fix(Fix { safe: true, title: "add -l".into(), edits: vec![installs::insert(ran.program_span, "-l")] }),
        );
    }
}
