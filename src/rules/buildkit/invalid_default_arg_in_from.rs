//! `InvalidDefaultArgInFrom`.

use super::on_first_line;
use crate::diagnostic::{Finding, Severity};
use crate::dockerfile::Kind;
use crate::facts::is_image_name;
use crate::launch::GlobalArgs;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/buildkit/InvalidDefaultArgInFrom.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    let Some(args) = GlobalArgs::defaults(general.build.dockerfile, general.options) else { return };
    for stage in &general.build.stages {
        let Kind::From(from) = &stage.from.kind else { continue };
        let Some(expansion) = args.expand(&from.image) else { return };
        let Some(name) = expansion.value.filter(|name| !is_image_name(name)) else { continue };
        let place = on_first_line(general.build.dockerfile, stage.from, from.image.span);
        let message = format!("Default value for ARG {} results in empty or invalid base image name", from.image.text);
        let mut finding = Finding::new(message).at(place, format!("without build arguments this is {name:?}"));
        // An ARG that is declared with no default is made to be given: known, and wanted.
        finding = match expansion.unset.iter().find(|name| args.declares(name)) {
            Some(required) => finding
                .severity(Severity::Info)
                .help(format!("give {required} a default, so that a build without arguments works")),
            None => finding.help("write a name that Docker takes"),
        };
        findings.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::{Info, Warning};
    use crate::rules::testing::{allows, catches_as};

    #[test]
    fn what_the_defaults_give() {
        catches_as(Info, "InvalidDefaultArgInFrom", "ARG BASE\nFROM $BASE");
        catches_as(Info, "InvalidDefaultArgInFrom", "ARG TAG\nFROM busybox:$TAG");
        catches_as(Warning, "InvalidDefaultArgInFrom", "ARG TAG=\nFROM busybox:$TAG");
        catches_as(Warning, "InvalidDefaultArgInFrom", "FROM Busybox");
        allows("InvalidDefaultArgInFrom", "ARG TAG\nFROM busybox:${TAG:-1}");
        allows("InvalidDefaultArgInFrom", "ARG SUFFIX\nFROM busybox:1$SUFFIX\nFROM Registry.example/x");
    }
}
