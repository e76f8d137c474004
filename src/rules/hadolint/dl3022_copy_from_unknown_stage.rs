//! DL3022 copy-from-unknown-stage.

use crate::diagnostic::Finding;
use crate::dockerfile::Kind;
use crate::facts::BaseKind;
use crate::meter::{self, Work};
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule = Rule {
    page: include_str!("../../../rules/hadolint/DL3022-copy-from-unknown-stage.md"),
    check: Check::Docker(check),
};

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    let strict = general.as_hadolint();
    if general.left_to_lambda() || !(strict || general.has_all_stages()) {
        return;
    }
    for written in general.build.written().filter(|written| !(strict && written.onbuild)) {
        let instruction = written.step.instruction;
        let from = instruction.flag("from").and_then(|flag| flag.value.as_ref());
        let (Kind::Copy(_), Some(from)) = (&instruction.kind, from) else { continue };
        let below = written.stage.map_or(0, |stage| stage.index);
        let known = if strict {
            let number = from.text.parse::<usize>().is_ok_and(|number| number <= below && written.stage.is_some());
            from.text.contains(':') || number || general.stage_named(&from.text, below + 1).is_some()
        } else {
            // `alpine` and `ghcr.io/a/b` are images people take files from, and a variable may be any stage.
            let Some(name) = written.step.expand(from) else { continue };
            let image = name.contains([':', '/', '@', '.']);
            let number = name.parse::<usize>().is_ok_and(|number| number < below);
            let stage =
                general.build.stage(&name).is_some_and(|stage| stage.index < below) && name.parse::<usize>().is_err();
            let official = crate::facts::base(&name).kind != BaseKind::Unknown;
            // Its own name is DL3023's matter, and a name like no stage's may be a context of the build's own.
            let own = written.stage.is_some_and(|stage| stage.name.as_deref() == Some(&name.to_ascii_lowercase()));
            let digits = name.bytes().all(|byte| byte.is_ascii_digit());
            image || number || stage || official || own || !(digits || resembles(general, &name))
        };
        if !known {
            findings.push(
                Finding::new(format!("no stage before this one is named {}", from.text))
                    .at(from.span, "Docker reads it as an image, and downloads it")
                    .help("name a stage with FROM … AS, or write the image with its tag"),
            );
        }
    }
}

/// Whether a name is that of a later stage, or nearly that of any.
fn resembles(general: &DockerfileContext<'_>, name: &str) -> bool {
    let names: Vec<&str> = general.build.stages.iter().filter_map(|stage| stage.name.as_deref()).collect();
    // What costs too much to tell is left alone.
    if !meter::take(Work::Names, names.len() as u64) {
        return true;
    }
    let begins = |stage: &&str| stage.starts_with(name) || name.starts_with(*stage);
    let near = names.iter().any(begins) || crate::suggest::nearest(name, names.iter().copied()).is_some();
    near || meter::left(Work::Names) == 0
}
