//! DL3067 whole-filesystem-copied.

use crate::diagnostic::Finding;
use crate::dockerfile::{Kind, Word};
use crate::facts::BaseKind;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule = Rule {
    page: include_str!("../../../rules/hadolint/DL3067-whole-filesystem-copied.md"),
    check: Check::Docker(check),
};

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    let strict = general.as_hadolint();
    for written in general.build.written().filter(|written| !(strict && written.onbuild)) {
        let Kind::Copy(copy) = &written.step.instruction.kind else { continue };
        if written.step.instruction.flag("from").is_none() {
            continue;
        }
        let root = |word: &Word| word.text.trim_matches(['"', '\'']) == "/";
        // Some images are made to be taken as a whole; a stage of the same file is not.
        let from = written.step.instruction.flag("from").and_then(|flag| written.step.expand(flag.value.as_ref()?));
        let image = !strict && from.is_none_or(|name| general.build.stage(&name).is_none());
        let base = written.stage.and_then(|stage| general.build.base_of(stage));
        let flattens = image || !strict && base.is_some_and(|base| base.kind == BaseKind::Scratch);
        if let Some(source) =
            copy.sources.iter().find(|source| root(source)).filter(|_| root(&copy.destination) && !flattens)
        {
            findings.push(
                Finding::new("the whole file system of another stage is copied")
                    .at(source.span, "all of it")
                    .help("copy what is needed"),
            );
        }
    }
}
