//! LL805 source-not-in-context.

use crate::diagnostic::Finding;
use crate::launch::Build;
use crate::launch::context::Found;
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL805-source-not-in-context.md"), check: Check::Build(check) };

fn check(build: &Build<'_>, findings: &mut Vec<Finding>) {
    let Some(context) = &build.context else { return };
    let needed = build.needed();
    for stage in build.stages.iter().filter(|stage| needed.get(stage.index) == Some(&true)) {
        for copied in build.copies_of(stage) {
            for source in copied.sources.iter().filter_map(|(_, span)| context.source(*span)) {
                let path = &source.path;
                match &source.found {
                    Found::Missing => findings.push(
                        Finding::new(format!("{path} is not in the build context")).at(source.span, "not found").help(
                            source.near.as_ref().map_or_else(
                                || "name the path from the context's root, or build with another context".to_owned(),
                                |near| format!("did you mean {near}?"),
                            ),
                        ),
                    ),
                    Found::Ignored(file, line, text) => findings.push(
                        Finding::new(format!("{path} is left out of the build context"))
                            .at(source.span, format!("excluded by {file}, line {line}: {text}"))
                            .help(format!("add !{path} to the end of {file}")),
                    ),
                    _ => {}
                }
            }
        }
    }
}
