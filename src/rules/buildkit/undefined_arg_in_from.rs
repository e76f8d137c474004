//! `UndefinedArgInFrom`.

use super::on_first_line;
use crate::diagnostic::Finding;
use crate::dockerfile::{Kind, Word};
use crate::launch::GlobalArgs;
use crate::rules::{Check, DockerfileContext, Rule};
use crate::suggest;
use std::collections::HashSet;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/buildkit/UndefinedArgInFrom.md"), check: Check::Docker(check) };

/// Findings that get a suggestion; each costs a look at all names.
const SUGGESTIONS: usize = 100;

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    let Some(args) = GlobalArgs::given(general.build.dockerfile, general.options) else { return };
    for stage in &general.build.stages {
        let Kind::From(from) = &stage.from.kind else { continue };
        let flag = stage.from.flag("platform").and_then(|flag| flag.value.as_ref());
        let words: Vec<&Word> = [Some(&from.image), flag].into_iter().flatten().collect();
        for word in words.iter().filter(|word| word.text.contains('$')) {
            let unset = args.expand(word).map(|expansion| expansion.unset).unwrap_or_default();
            let mut named = HashSet::new();
            for name in unset.iter().filter(|name| named.insert(*name)) {
                if args.declares(name) {
                    continue;
                }
                let near = suggest::within_two(name, args.names()).filter(|_| findings.len() < SUGGESTIONS);
                let hint = near.map(|near| format!(" (did you mean {near}?)")).unwrap_or_default();
                let message = format!("FROM argument '{name}' is not declared{hint}");
                let help = match near {
                    Some(near) => format!("write {near}, or put ARG {name}=… above the first FROM"),
                    None => format!("put ARG {name}=… above the first FROM: those inside a stage do not count here"),
                };
                let place = on_first_line(general.build.dockerfile, stage.from, word.span);
                findings.push(Finding::new(message).at(place, format!("{name} is not set here")).help(help));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{allows, catches};

    #[test]
    fn declared_above_the_first_from() {
        catches("UndefinedArgInFrom", "FROM busybox:${TAG}");
        catches("UndefinedArgInFrom", "FROM scratch AS a\nARG TAG=1\nFROM busybox:$TAG");
        catches("UndefinedArgInFrom", "FROM --platform=linux/${MYARCH} busybox");
        allows("UndefinedArgInFrom", "ARG TAG\nFROM busybox:$TAG");
        allows("UndefinedArgInFrom", "FROM --platform=$BUILDPLATFORM busybox:x-$TARGETARCH");
    }
}
