//! DL3013 unpinned-pip-package.

use super::installs;
use crate::diagnostic::Finding;
use crate::launch::RunCommand;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3013-unpinned-pip-package.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    // Requirements and constraints pin elsewhere; an editable install is of what lies here.
    let free = |ran: &RunCommand| {
        let bound = ran.has(&["--requirement", "-r", "--constraint", "-c", "--editable", "-e"]);
        bound || ran.raws().any(|text| text.starts_with("-r") || text.starts_with("-c"))
    };
    installs::unpinned(general, findings, &installs::PIP, free, pinned, |name| format!("write {name}== and a version"));
}

fn pinned(text: &str) -> bool {
    let has = |marks: &[&str]| marks.iter().any(|mark| text.contains(mark));
    let versioned = has(&["==", "~=", "!=", ">=", "<=", "<", ">", " @ "]);
    let source = ["git+", "hg+", "svn+", "bzr+"].iter().any(|scheme| text.starts_with(scheme));
    let file = text.ends_with(".whl") || text.ends_with(".tar.gz") || installs::is_place(text) || text.contains('/');
    if source {
        text.split_once("://").is_some_and(|(_, rest)| rest.rsplit('/').next().is_some_and(|last| last.contains('@')))
    } else {
        versioned || file
    }
}
