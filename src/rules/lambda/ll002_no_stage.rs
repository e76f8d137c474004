//! LL002 no-stage.

use crate::diagnostic::Finding;
use crate::dockerfile::{Dockerfile, Kind};
use crate::rules::{Check, Rule};
use crate::source::Span;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL002-no-stage.md"), check: Check::Dockerfile(check) };

fn check(dockerfile: &Dockerfile, findings: &mut Vec<Finding>) {
    // A FROM that could not be read is LL001's; here there is not even that.
    let from = |keyword: &str| keyword.eq_ignore_ascii_case("from");
    if dockerfile.instructions.iter().any(|i| matches!(i.kind, Kind::From(_)) || from(&i.keyword.text)) {
        return;
    }
    let message =
        if dockerfile.instructions.is_empty() { "the file has no instruction" } else { "the file has no FROM" };
    findings.push(
        Finding::new(message)
            .at(Span::default(), "Docker finds nothing to build")
            .help("begin with a base, for example FROM public.ecr.aws/lambda/python:3.13"),
    );
}
