//! LL404 unpinned-base.

use crate::diagnostic::{Doc, Finding};
use crate::launch::Launch;
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL404-unpinned-base.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    if !launch.on_lambda_base() || launch.base_place.doc != Doc::Dockerfile || launch.base.retired.is_some() {
        return;
    }
    let Some(reference) = &launch.base.reference else { return };
    let floating = reference.tag.as_deref().is_none_or(|tag| tag == "latest" || tag.starts_with("latest-"));
    if !floating || reference.digest.is_some() {
        return;
    }
    let label = if reference.tag.is_some() { "`latest` moves" } else { "no tag is `latest`, and that moves" };
    let mut finding =
        Finding::new(format!("{} is not pinned to a version", reference.repository)).at(launch.base_place, label);
    if let Some(runtime) = launch.base.runtime {
        finding = finding.help(format!("write {}:{}", reference.familiar(), runtime.tag));
    }
    findings.push(finding);
}
