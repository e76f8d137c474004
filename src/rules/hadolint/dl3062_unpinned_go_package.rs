//! DL3062 unpinned-go-package.

use crate::diagnostic::Finding;
use crate::launch::RunCommand;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3062-unpinned-go-package.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    let strict = general.as_hadolint();
    for seen in general.runs() {
        let loose = |ran: &&&RunCommand| {
            const VALUES: &[&str] = &["-tags", "-ldflags", "-gcflags", "-o", "-C", "-mod", "-p", "-modfile"];
            if ran.program != "go" || !ran.does(&["install", "get", "run"]) {
                return None;
            }
            let operands =
                ran.operands(VALUES).into_iter().filter(|arg| !matches!(arg.raw.as_str(), "install" | "get" | "run"));
            // Behind what is run stand its own arguments.
            let count = if ran.does(&["run"]) { 1 } else { usize::MAX };
            let mut all = operands.take(count);
            all.find(|arg| general.texts(arg).iter().any(|text| !pinned(text, strict)))
                .map(|arg| (arg.raw.clone(), arg.span))
        };
        if let Some((name, span)) = seen.commands.iter().find_map(|ran| loose(&ran)) {
            let name = name.split('@').next().unwrap_or_default().to_owned();
            findings.push(
                Finding::new(format!("{name}: no version, so each build may get another one"))
                    .at(span, "")
                    .help(format!("write {name}@ and a version")),
            );
        }
    }
}

fn pinned(text: &str, strict: bool) -> bool {
    match text.rsplit_once('@') {
        Some((_, version)) => !matches!(version, "latest" | "none"),
        None => {
            // What has no dot in its first part is Go's own, and a file is what it is.
            let own = !strict
                && (text.ends_with(".go")
                    || !text.split('/').next().unwrap_or_default().contains('.')
                    || text.ends_with("/..."));
            text.starts_with(['.', '/']) || own
        }
    }
}
