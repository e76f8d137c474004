//! DL3009 apt-lists-kept.

use super::caches;
use crate::diagnostic::Finding;
use crate::launch::RunCommand;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3009-apt-lists-kept.md"), check: Check::Docker(check) };

const PROGRAMS: &[&str] = &["apt-get", "apt", "aptitude"];

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    if general.left_to_lambda() {
        return;
    }
    for seen in general.runs().filter(|seen| general.ships(&seen.written)) {
        let fetches = |ran: &&&RunCommand| PROGRAMS.contains(&ran.program.as_str()) && ran.does(&["update"]);
        let Some(at) = seen.commands.iter().position(|ran| fetches(&ran)) else { continue };
        let instruction = seen.written.step.instruction;
        let mounted = caches::is_mounted(instruction, &["/var/lib/apt/lists"])
            || (caches::is_mounted(instruction, &["/var/lib/apt"])
                && caches::is_mounted(instruction, &["/var/cache/apt"]));
        // hadolint takes `rm -rf` of anything for it.
        let strict = general.as_hadolint();
        let folder: Option<&[&str]> = if strict { None } else { Some(&["/var/lib/apt/lists"]) };
        // `cd /var/lib && rm -rf apt`, `apt-get dist-clean`
        let otherwise = |ran: &RunCommand| {
            ran.does(&["distclean", "dist-clean"])
                || (ran.program == "rm" && ran.raws().any(|text| text.contains("apt")))
        };
        let lists =
            |ran: &RunCommand| ran.program == "rm" && ran.raws().any(|text| text.contains("/var/lib/apt/lists"));
        let cleans = |ran: &&RunCommand| lists(ran) || caches::removes(ran, folder) || (!strict && otherwise(ran));
        if mounted || seen.commands.iter().any(cleans) {
            continue;
        }
        let ran = seen.commands[at];
        findings.push(
            Finding::new("apt's package lists stay in this layer")
                .at(ran.span, "fetched here, and not taken away in this RUN")
                .help("end this RUN with && rm -rf /var/lib/apt/lists/*"),
        );
    }
}
