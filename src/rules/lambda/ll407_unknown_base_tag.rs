//! LL407 unknown-base-tag.

use crate::diagnostic::Finding;
use crate::facts;
use crate::launch::{Build, Parent};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL407-unknown-base-tag.md"), check: Check::Build(check) };

fn check(build: &Build<'_>, findings: &mut Vec<Finding>) {
    for stage in &build.stages {
        let Parent::Image(base) = &stage.parent else { continue };
        let (Some(false), Some(reference)) = (base.published, &base.reference) else { continue };
        let tag = reference.tag.as_deref().unwrap_or_default();
        let mut finding = Finding::new(format!("{} has no tag {tag}", reference.familiar()))
            .at(stage.image_place, "AWS never published this tag");
        if let Some(near) = facts::nearest_tag(base) {
            finding = finding.help(format!("write {}:{near}", reference.familiar()));
        }
        findings.push(finding);
    }
}
