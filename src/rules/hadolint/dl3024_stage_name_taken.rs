//! DL3024 stage-name-taken.

use crate::diagnostic::Finding;
use crate::dockerfile::Kind;
use crate::rules::{Check, DockerfileContext, Rule};
use crate::source::Span;
use std::collections::BTreeMap;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3024-stage-name-taken.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    let mut seen: BTreeMap<String, Span> = BTreeMap::new();
    for stage in &general.build.stages {
        let Kind::From(from) = &stage.from.kind else { continue };
        let Some((_, name)) = &from.name else { continue };
        // Docker compares without case.
        let key = if general.as_hadolint() { name.text.clone() } else { name.text.to_ascii_lowercase() };
        match seen.get(&key) {
            Some(first) => findings.push(
                Finding::new(format!("a second stage is named {}", name.text))
                    .at(name.span, "hides the first")
                    .at(*first, "the first")
                    .help("give it another name"),
            ),
            None => {
                seen.insert(key, name.span);
            }
        }
    }
}
