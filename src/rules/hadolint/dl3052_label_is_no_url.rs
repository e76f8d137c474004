//! DL3052 label-is-no-url.

use super::labels;
use crate::diagnostic::Finding;
use crate::options::LabelKind;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3052-label-is-no-url.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    labels::judge(general, findings, LabelKind::Url, is_url, "an address");
}

/// A scheme, a colon and something after it, with no blank in it.
fn is_url(text: &str) -> bool {
    let scheme = |scheme: &str| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    };
    text.split_once(':').is_some_and(|(start, rest)| scheme(start) && !rest.is_empty())
        && text.chars().all(|c| c.is_ascii_graphic() && !"<>\"{}|\\^`".contains(c))
}
