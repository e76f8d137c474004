//! `FromAsCasing`.

use super::on_first_line;
use crate::diagnostic::{Finding, Fix};
use crate::dockerfile::Kind;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/buildkit/FromAsCasing.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    for stage in &general.build.stages {
        let Kind::From(from) = &stage.from.kind else { continue };
        let (Some((keyword, _)), command) = (&from.name, &stage.from.keyword.text) else { continue };
        // Neither `from` nor `FROM`: ConsistentInstructionCasing has said so.
        let wanted = match command {
            command if *command == command.to_lowercase() => "as",
            command if *command == command.to_uppercase() => "AS",
            _ => continue,
        };
        if keyword.text == wanted {
            continue;
        }
        findings.push(
            Finding::new(format!("'{}' and '{command}' keywords' casing do not match", keyword.text))
                .at(
                    on_first_line(general.build.dockerfile, stage.from, keyword.span),
                    format!("{command} goes with {wanted}"),
                )
                .help(format!("write {wanted}"))
                .fix(Fix::replace(true, format!("write {wanted}"), keyword.span, wanted)),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{allows, catches};

    #[test]
    fn both_in_one_casing() {
        catches("FromAsCasing", "FROM scratch as a");
        catches("FromAsCasing", "from scratch AS a");
        catches("FromAsCasing", "FROM scratch As a");
        allows("FromAsCasing", "From scratch as a\nFROM scratch AS b\nfrom scratch as c");
    }
}
