//! `StageNameCasing`.

use super::on_first_line;
use crate::diagnostic::{Finding, Fix};
use crate::dockerfile::Kind;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/buildkit/StageNameCasing.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    for stage in &general.build.stages {
        let Kind::From(from) = &stage.from.kind else { continue };
        let Some((_, name)) = &from.name else { continue };
        let lower = name.text.to_lowercase();
        if name.text == lower {
            continue;
        }
        findings.push(
            Finding::new(format!("Stage name '{}' should be lowercase", name.text))
                .at(on_first_line(general.build.dockerfile, stage.from, name.span), "Docker reads it in lower case")
                .help(format!("name it {lower}"))
                .fix(Fix::replace(true, "write the stage's name in lower case", name.span, lower)),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{allows, catches};

    #[test]
    fn names() {
        catches("StageNameCasing", "FROM scratch AS Build");
        catches("StageNameCasing", "FROM scratch \\\n AS bUILD");
        allows("StageNameCasing", "FROM scratch AS build\nFROM Repo.example/x AS final");
    }
}
