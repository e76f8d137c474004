//! `DuplicateStageName`.

use super::on_first_line;
use crate::diagnostic::Finding;
use crate::dockerfile::Kind;
use crate::rules::{Check, DockerfileContext, Rule};
use crate::source::Span;
use std::collections::HashMap;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/buildkit/DuplicateStageName.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    let mut seen: HashMap<&str, Span> = HashMap::new();
    for stage in &general.build.stages {
        let (Kind::From(from), Some(name)) = (&stage.from.kind, &stage.name) else { continue };
        let Some((_, word)) = &from.name else { continue };
        if let Some(earlier) = seen.insert(name, word.span) {
            findings.push(
                Finding::new(format!("Duplicate stage name {name:?}, stage names should be unique"))
                    .at(
                        on_first_line(general.build.dockerfile, stage.from, word.span),
                        "from here on the name means this stage",
                    )
                    .at(earlier, "and no longer this one")
                    .help("give each stage its own name"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{allows, catches};

    #[test]
    fn case_does_not_count() {
        catches("DuplicateStageName", "FROM scratch AS a\nFROM scratch AS A");
        allows("DuplicateStageName", "FROM scratch AS a\nFROM a AS b\nFROM scratch");
    }
}
