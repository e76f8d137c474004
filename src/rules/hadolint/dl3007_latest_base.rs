//! DL3007 latest-base.

use crate::diagnostic::Finding;
use crate::dockerfile::Kind;
use crate::launch::Parent;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3007-latest-base.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    for stage in &general.build.stages {
        let Kind::From(from) = &stage.from.kind else { continue };
        let known = stage.image.value().filter(|_| !general.as_hadolint());
        let name = known.unwrap_or(&from.image.text);
        if name.ends_with(":latest") && matches!(stage.parent, Parent::Image(_)) {
            let image = name.trim_end_matches(":latest");
            findings.push(
                Finding::new(format!("{image} is taken at `latest`"))
                    .at(from.image.span, "the image that was pushed last")
                    .help(format!("write {image}: and a version")),
            );
        }
    }
}
