//! DL3016 unpinned-npm-package.

use super::installs;
use crate::diagnostic::Finding;
use crate::launch::RunCommand;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3016-unpinned-npm-package.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    // `npm run install` runs a script of package.json.
    let free = |ran: &RunCommand| ran.operands(installs::NPM.values).first().is_none_or(|first| first.raw != "install");
    installs::unpinned(general, findings, &installs::NPM, free, pinned, |name| format!("write {name}@ and a version"));
}

fn pinned(text: &str) -> bool {
    let git = ["git://", "git+ssh://", "git+http://", "git+https://"].iter().any(|scheme| text.starts_with(scheme));
    if git {
        return text.contains('#');
    }
    let archive = text.ends_with(".tar") || text.ends_with(".tar.gz") || text.ends_with(".tgz");
    // `@scope/name@1`: the first @ belongs to the name.
    let versioned = text.get(1..).is_some_and(|rest| rest.contains('@'));
    archive
        || versioned
        || text.is_empty()
        || text.starts_with(['/', '~'])
        || text.starts_with("./")
        || text.starts_with("../")
}
