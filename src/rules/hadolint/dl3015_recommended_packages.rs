//! DL3015 recommended-packages.

use super::installs;
use crate::diagnostic::{Finding, Fix};
use crate::launch::RunCommand;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3015-recommended-packages.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    for seen in general.runs() {
        let brings = |ran: &&&RunCommand| {
            let setting = ran.value(&["-o", "--option"]).unwrap_or_default();
            let off = setting.strip_prefix("APT::Install-Recommends=").is_some_and(|value| {
                value == "false" || (!general.as_hadolint() && matches!(value, "0" | "no" | "off"))
            });
            installs::APT.installs(ran) && !ran.flagged('\0', &["no-install-recommends"]) && !off
        };
        let all: Vec<&&RunCommand> = seen.commands.iter().filter(|ran| brings(ran)).collect();
        let Some(first) = all.first() else { continue };
        let at_verb = |ran: &&&RunCommand| {
            let verb = ran.args.iter().find(|arg| arg.raw == "install");
            installs::insert(verb.map_or(ran.program_span, |arg| arg.span), "--no-install-recommends")
        };
        findings.push(
            Finding::new("apt-get installs recommended packages too")
                .at(first.span, "")
                .help("add --no-install-recommends")
                .fix(Fix {
                    safe: false,
                    title: "add --no-install-recommends".into(),
                    edits: all.iter().map(at_verb).collect(),
                }),
        );
    }
}
