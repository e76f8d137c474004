//! DL3019 apk-index-kept.

use super::{caches, installs};
use crate::diagnostic::{Finding, Fix};
use crate::launch::RunCommand;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3019-apk-index-kept.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    if general.left_to_lambda() {
        return;
    }
    for seen in general.runs() {
        let keeps = |ran: &&&RunCommand| installs::APK.installs(ran) && !ran.flagged('\0', &["no-cache"]);
        let all: Vec<&&RunCommand> = seen.commands.iter().filter(|ran| keeps(ran)).collect();
        let Some(first) = all.first() else { continue };
        // Taken away by hand, or in a stage that is not shipped: the same in effect.
        let cleaned = seen.commands.iter().any(|ran| caches::removes(ran, Some(&["/var/cache/apk"])));
        let no_harm = !general.as_hadolint() && (cleaned || !general.ships(&seen.written));
        // apk keeps what it downloads in the second, where that is there.
        let mounts: &[&str] =
            if general.as_hadolint() { &["/var/cache/apk"] } else { &["/var/cache/apk", "/etc/apk/cache"] };
        if caches::is_mounted(seen.written.step.instruction, mounts) || no_harm {
            continue;
        }
        let at_verb = |ran: &&&RunCommand| {
            let verb = ran.args.iter().find(|arg| arg.raw == "add");
            installs::insert(verb.map_or(ran.program_span, |arg| arg.span), "--no-cache")
        };
        findings.push(
            Finding::new("apk add keeps the package index in this layer")
                .at(first.span, "")
                .help("write apk add --no-cache")
                .fix(Fix { safe: true, title: "add --no-cache".into(), edits: all.iter().map(at_verb).collect() }),
        );
    }
}
