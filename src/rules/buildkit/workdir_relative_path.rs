//! `WorkdirRelativePath`.

use super::in_stage;
use crate::diagnostic::Finding;
use crate::dockerfile::Kind;
use crate::launch::{Parent, Stage};
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/buildkit/WorkdirRelativePath.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    let build = general.build;
    // Whether a stage, or one it is built from, has set its own working directory.
    let mut set: Vec<bool> = Vec::with_capacity(build.stages.len());
    for stage in &build.stages {
        let mut own = stage.passed_on(&set).unwrap_or(false);
        for step in &stage.steps {
            let Kind::Workdir(word) = &step.instruction.kind else { continue };
            if std::mem::replace(&mut own, true) {
                continue;
            }
            let Some(path) = step.expand(word).filter(|path| !is_absolute(path, build.root(stage))) else { continue };
            let message = format!("Relative workdir {path:?} can have unexpected results if the base image changes");
            findings.push(
                Finding::new(message)
                    .at(
                        in_stage(build, stage, step.instruction, word.span),
                        "depends on the working directory of the base",
                    )
                    .help("write it with a slash in front"),
            );
        }
        set.push(own);
    }
}

/// Paths with a drive are absolute, except on a base that is known to be no Windows.
fn is_absolute(path: &str, root: &Stage<'_>) -> bool {
    let windows = match &root.parent {
        Parent::Image(base) => base.os.is_none_or(|os| os.id.starts_with("windows")),
        Parent::Stage(_) => true,
    };
    let drive = |path: &[u8]| matches!(path, [letter, b':', b'/' | b'\\', ..] if letter.is_ascii_alphabetic());
    path.starts_with('/') || (windows && (path.starts_with('\\') || drive(path.as_bytes())))
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{allows, catches};

    #[test]
    fn the_first_one_decides() {
        catches("WorkdirRelativePath", "FROM alpine\nWORKDIR app\nWORKDIR src");
        catches("WorkdirRelativePath", "FROM alpine\nENV DIR=app\nWORKDIR $DIR");
        catches("WorkdirRelativePath", "FROM alpine AS a\nFROM a\nWORKDIR app");
        allows("WorkdirRelativePath", "FROM alpine\nWORKDIR /srv\nWORKDIR app");
        allows("WorkdirRelativePath", "FROM alpine AS a\nWORKDIR /srv\nFROM a\nWORKDIR app");
        allows("WorkdirRelativePath", "FROM alpine\nENV DIR=/app\nWORKDIR ${DIR}/src");
        allows("WorkdirRelativePath", "FROM someone/base\nWORKDIR $HOME_OF_THE_BASE");
        allows("WorkdirRelativePath", "# escape=`\nFROM mcr.microsoft.com/windows/servercore\nWORKDIR C:\\app");
    }
}
