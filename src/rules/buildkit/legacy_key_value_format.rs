//! `LegacyKeyValueFormat`.

use super::{in_stage, is_trigger, steps};
use crate::diagnostic::{Edit, Finding, Fix};
use crate::dockerfile::{Dockerfile, Instruction, Kind, Pair, Word};
use crate::rules::{Check, DockerfileContext, Rule};
use crate::source::Span;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/buildkit/LegacyKeyValueFormat.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    for (stage, step) in steps(general.build) {
        let instruction = step.instruction;
        let Some(Pair { key, value: Some(value) }) = legacy(instruction) else { continue };
        let name = &instruction.keyword.text;
        let message = format!("\"{name} key=value\" should be used instead of legacy \"{name} key value\" format");
        let place = in_stage(general.build, stage, instruction, key.span);
        let mut finding = Finding::new(message).at(place, "all the rest of the line is its value");
        if let Some(edits) = edits(general.build.dockerfile, key, value).filter(|_| !is_trigger(stage, instruction)) {
            finding = finding.fix(Fix { safe: true, title: "write key=value".into(), edits });
        }
        findings.push(finding.help(format!("write {name} {}=…", key.text)));
    }
}

/// The one pair of `ENV key value` or `LABEL key value`.
fn legacy(instruction: &Instruction) -> Option<&Pair> {
    match &instruction.kind {
        Kind::Env { pairs, legacy: true } => pairs.first(),
        Kind::Label(pairs) => {
            let behind = |pair: &&Pair| instruction.rest.text.get(pair.key.text.len()..);
            pairs.first().filter(|pair| behind(pair).is_some_and(|rest| !rest.starts_with('=')))
        }
        _ => None,
    }
}

/// The same pair with `=`, quoted where a blank would end it; `None` where that is not plain.
fn edits(dockerfile: &Dockerfile, key: &Word, value: &Word) -> Option<Vec<Edit>> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_.-/".contains(c);
    let between = dockerfile.source.get(Span::new(key.span.end, value.span.start));
    if !key.text.chars().all(plain) || !between.iter().all(|b| matches!(b, b' ' | b'\t')) {
        return None;
    }
    let quote = match words(&value.text, dockerfile.escape)? {
        1 => "",
        // Quotes and escapes inside would mean something else inside quotes.
        _ if value.text.contains(['"', '\'', dockerfile.escape]) => return None,
        _ => "\"",
    };
    let gap = Edit { start: key.span.end, end: value.span.start, text: format!("={quote}") };
    let end = Edit { start: value.span.end, end: value.span.end, text: quote.to_owned() };
    Some(if quote.is_empty() { vec![gap] } else { vec![gap, end] })
}

/// How many words a value would be, blanks in quotes and after escapes not counted; `None` for an open quote.
fn words(text: &str, escape: char) -> Option<usize> {
    let (mut count, mut inside, mut quote) = (0, false, None);
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if quote.is_none() && c.is_whitespace() {
            inside = false;
            continue;
        }
        count += usize::from(!std::mem::replace(&mut inside, true));
        match quote {
            Some('\'') if c == '\'' => quote = None,
            Some('\'') => {}
            _ if c == escape => {
                chars.next()?;
            }
            Some('"') if c == '"' => quote = None,
            None if c == '"' || c == '\'' => quote = Some(c),
            _ => {}
        }
    }
    quote.is_none().then_some(count)
}

#[cfg(test)]
mod tests {
    use super::words;
    use crate::rules::testing::{allows, catches};

    #[test]
    fn with_and_without_an_equals_sign() {
        catches("LegacyKeyValueFormat", "FROM alpine\nENV A b c");
        catches("LegacyKeyValueFormat", "FROM alpine\nENV A b=c");
        catches("LegacyKeyValueFormat", "FROM alpine\nLABEL a b");
        allows("LegacyKeyValueFormat", "FROM alpine\nENV A=b C=\"d e\"\nLABEL a=b c=d\nARG A=b\nARG C");
    }

    #[test]
    fn how_many_words() {
        for (text, count) in [("a", Some(1)), ("a b", Some(2)), ("'a b'c", Some(1)), ("a\\ b", Some(1)), ("\"a", None)]
        {
            assert_eq!(words(text, '\\'), count, "{text}");
        }
    }
}
