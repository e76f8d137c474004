//! DL3044 variable-of-the-same-env.

use crate::diagnostic::Finding;
use crate::dockerfile::{Kind, Pair};
use crate::rules::{Check, DockerfileContext, Rule};
use std::collections::BTreeSet;

pub(super) const RULE: Rule = Rule {
    page: include_str!("../../../rules/hadolint/DL3044-variable-of-the-same-env.md"),
    check: Check::Docker(check),
};

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    let strict = general.as_hadolint();
    for stage in general.build.parts() {
        let mut before: BTreeSet<String> = BTreeSet::new();
        for written in general.build.written_in(stage).filter(|written| !(strict && written.onbuild)) {
            let pairs = match &written.step.instruction.kind {
                Kind::Arg(pairs) => {
                    before.extend(pairs.iter().map(|pair| pair.key.text.clone()));
                    continue;
                }
                // Real files set fewer, and each is searched for in each.
                Kind::Env { pairs, .. } if pairs.len() <= 256 => pairs,
                _ => continue,
            };
            // What is set already has a value there, and may be meant.
            let known = |name: &str| {
                before.contains(name) || (!strict && (written.step.state.env.contains_key(name) || name == "PATH"))
            };
            let uses = |at: usize, pair: &Pair| {
                let value = pair.value.as_ref()?;
                let others =
                    pairs.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, pair)| pair.key.text.as_str());
                others
                    .filter(|name| !known(name))
                    .find(|name| mentions(&value.text, name, strict))
                    .map(|name| (name.to_owned(), value.span))
            };
            if let Some((name, span)) = pairs.iter().enumerate().find_map(|(at, pair)| uses(at, pair)) {
                findings.push(
                    Finding::new(format!("${name} has no value yet: the same ENV sets it"))
                        .at(span, "Docker expands it before anything is set")
                        .help(format!("set {name} in its own ENV, before this one")),
                );
            }
            before.extend(pairs.iter().map(|pair| pair.key.text.clone()));
        }
    }
}

/// Whether a text has `$name` or `${name}`.
fn mentions(text: &str, name: &str, strict: bool) -> bool {
    let braced = format!("${{{name}}}");
    let plain = format!("${name}");
    let whole = |rest: &str| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    let live = |at: usize| strict || !(text[..at].ends_with('\\') || text.starts_with('\''));
    text.match_indices(&braced).any(|(at, _)| live(at))
        || text.match_indices(&plain).any(|(at, _)| live(at) && whole(&text[at + plain.len()..]))
}
