//! DL3042 pip-cache-kept.

use super::{caches, installs};
use crate::diagnostic::{Finding, Fix, Severity};
use crate::launch::{RunCommand, Setting};
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3042-pip-cache-kept.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    if general.left_to_lambda() {
        return;
    }
    for seen in general.runs() {
        let instruction = seen.written.step.instruction;
        let mounts: &[&str] = if general.as_hadolint() { &[".cache/pip"] } else { &["/pip", "/.cache"] };
        if caches::is_mounted(instruction, mounts) || (!general.as_hadolint() && !general.ships(&seen.written)) {
            continue;
        }
        let state = &seen.written.step.state;
        let by_env = match state.env.get("PIP_NO_CACHE_DIR").map(Setting::value) {
            Some(Some(value)) => on(value),
            Some(None) => true,
            None => false,
        };
        let exported = seen.commands.iter().any(|ran| ran.program == "export" && ran.raws().any(switches_off));
        let cleaned = !general.as_hadolint()
            && seen.commands.iter().any(|ran| {
                (ran.program == "pip" && ran.does(&["cache"]) && ran.does(&["purge"])) || removes_cache(ran)
            });
        if by_env || exported || cleaned {
            continue;
        }
        let keeps = |ran: &&&RunCommand| {
            ran.program == "pip"
                && installs::PIP.installs(ran)
                && !ran.flagged('\0', &["no-cache-dir"])
                && !ran.assigns.iter().any(|assign| switches_off(assign.text.as_deref().unwrap_or(&assign.raw)))
        };
        let all: Vec<&&RunCommand> = seen.commands.iter().filter(|ran| keeps(ran)).collect();
        let Some(first) = all.first() else { continue };
        let at_verb = |ran: &&&RunCommand| {
            let verb = ran.args.iter().find(|arg| arg.raw == "install");
            installs::insert(verb.map_or(ran.program_span, |arg| arg.span), "--no-cache-dir")
        };
        // A few megabytes break nothing, and LL502 takes pip's for an info too. If the rule is selected, it reports them as it is.
        let asked = general.as_hadolint() || !general.options.select.is_empty();
        let severity = if asked { Severity::Warning } else { Severity::Info };
        findings.push(
            Finding::new("pip keeps its cache in this layer")
                .severity(severity)
                .at(first.span, "")
                .help("write pip install --no-cache-dir, or mount a cache at /root/.cache/pip")
                .fix(Fix { safe: true, title: "add --no-cache-dir".into(), edits: all.iter().map(at_verb).collect() }),
        );
    }
}

fn removes_cache(ran: &RunCommand) -> bool {
    ran.program == "rm" && ran.raws().any(|text| text.contains(".cache"))
}

fn switches_off(assignment: &str) -> bool {
    assignment.split_once('=').is_some_and(|(name, value)| name == "PIP_NO_CACHE_DIR" && on(value))
}

fn on(value: &str) -> bool {
    !matches!(value.trim_matches(['"', '\'']).to_ascii_lowercase().as_str(), "0" | "off" | "no" | "false" | "")
}
