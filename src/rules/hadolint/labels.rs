//! The labels of a file, and what an agreed schema says of their values.

use crate::diagnostic::Finding;
use crate::dockerfile::{Kind, Word};
use crate::launch::{Stage, Step, Written};
use crate::options::LabelKind;
use crate::rules::DockerfileContext;
use crate::source::Span;
use std::collections::BTreeSet;

/// One label.
pub(super) struct Label {
    /// The key, quotes taken off.
    pub(super) key: String,
    /// The value; `None` where a variable in it is not known.
    pub(super) value: Option<String>,
    /// Where the key stands.
    pub(super) key_span: Span,
    /// Where the value stands.
    pub(super) span: Span,
}

/// The labels of an instruction.
pub(super) fn of(general: &DockerfileContext<'_>, step: &Step<'_>) -> Vec<Label> {
    let Kind::Label(pairs) = &step.instruction.kind else { return Vec::new() };
    let value = |word: &Word| {
        if general.as_hadolint() { Some(unquote(&word.text)) } else { step.expand(word) }
    };
    let label = |pair: &crate::dockerfile::Pair| Label {
        key: unquote(&pair.key.text),
        value: pair.value.as_ref().map_or(Some(String::new()), value),
        key_span: pair.key.span,
        span: pair.value.as_ref().map_or(pair.key.span, |value| value.span),
    };
    pairs.iter().map(label).collect()
}

fn unquote(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, '"' | '\'')).collect()
}

/// One finding for each LABEL with a value that is not what the schema says.
pub(super) fn judge(
    general: &DockerfileContext<'_>,
    findings: &mut Vec<Finding>,
    kind: LabelKind,
    fits: fn(&str) -> bool,
    what: &str,
) {
    if !general.options.label_schema.values().any(|wanted| *wanted == kind) {
        return;
    }
    let wanted = |label: &Label| general.options.label_schema.get(&label.key) == Some(&kind);
    for written in general.build.written() {
        for label in of(general, written.step).into_iter().filter(wanted) {
            let Some(value) = label.value.filter(|value| !fits(value)) else { continue };
            findings.push(
                Finding::new(format!("label {} has `{value}`, which is not {what}", label.key))
                    .at(label.span, format!("label-schema says it is {what}"))
                    .help(format!("give it {what}")),
            );
        }
    }
}

/// The places of stages that do not have something: neither themselves nor by what they are built from, nor a stage
/// built from them. `lent` leaves out stages that only lend files.
pub(super) fn lacking<'b>(
    general: &DockerfileContext<'b>,
    has: &dyn Fn(&Written<'_, '_>) -> bool,
    lent: bool,
) -> Vec<&'b Stage<'b>> {
    let build = general.build;
    let own: Vec<bool> = build
        .stages
        .iter()
        .map(|stage| build.written_in(Some(stage)).any(|written| !written.onbuild && has(&written)))
        .collect();
    let mut have = own;
    // From above: a stage has what the one it stands on has.
    for stage in &build.stages {
        have[stage.index] |= stage.below().is_some_and(|below| have[below]);
    }
    // From below: what a stage built from it adds, it need not have itself.
    let mut given = have;
    for stage in build.stages.iter().rev() {
        if let Some(below) = stage.below().filter(|_| given[stage.index]) {
            given[below] = true;
        }
    }
    let last = build.stages.len().saturating_sub(1);
    let lending = if lent { build.lending() } else { BTreeSet::new() };
    let lacks = |stage: &&'b Stage<'b>| !given[stage.index] && (stage.index == last || !lending.contains(&stage.index));
    build.stages.iter().filter(lacks).collect()
}
