//! DL3028 unpinned-gem.

use super::installs;
use crate::diagnostic::Finding;
use crate::launch::RunCommand;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3028-unpinned-gem.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    let free = |ran: &RunCommand| {
        ran.raws().any(|text| text == "-v" || text == "--version" || text.starts_with("--version=") || text == "--file")
    };
    let pinned = |text: &str| text.contains(':') || text.is_empty();
    if general.as_hadolint() {
        installs::unpinned(general, findings, &installs::GEM, free, pinned, help);
        return;
    }
    let free = |ran: &RunCommand| {
        ran.raws().any(|text| {
            text.starts_with("-v") || text.starts_with("--version") || text.starts_with("-g") || text == "--file"
        })
    };
    let pinned = |text: &str| text.contains(':') || text.ends_with(".gem") || installs::is_place(text);
    installs::unpinned(general, findings, &installs::GEM, free, pinned, help);
}

fn help(name: &str) -> String {
    format!("write {name}: and a version")
}
