//! `ConsistentInstructionCasing`.

use crate::diagnostic::{Edit, Finding, Fix};
use crate::dockerfile::{Instruction, Kind};
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/buildkit/ConsistentInstructionCasing.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    let all = &general.build.dockerfile.instructions;
    let first = all.iter().position(|instruction| matches!(instruction.kind, Kind::From(_))).unwrap_or(all.len());
    let readable = |instruction: &&Instruction| !matches!(instruction.kind, Kind::Unreadable(_));
    let staged = || all.iter().skip(first).filter(readable);
    let lower = staged().filter(|i| !i.keyword.text.bytes().any(|b| b.is_ascii_uppercase())).count();
    let upper = staged().filter(|i| !i.keyword.text.bytes().any(|b| b.is_ascii_lowercase())).count();
    let lower_wins = lower > upper;
    let recased = |text: &str| if lower_wins { text.to_ascii_lowercase() } else { text.to_ascii_uppercase() };
    let casing = if lower_wins { "lowercase" } else { "uppercase" };
    for instruction in staged() {
        let keyword = &instruction.keyword;
        let right = recased(&keyword.text);
        if keyword.text == right {
            continue;
        }
        let mut edits = vec![Edit { start: keyword.span.start, end: keyword.span.end, text: right.clone() }];
        // FROM takes its AS along, or FromAsCasing would have something to say afterwards.
        if let Kind::From(from) = &instruction.kind
            && let Some((word, _)) = from.name.as_ref().filter(|(word, _)| word.text != recased(&word.text))
        {
            edits.push(Edit { start: word.span.start, end: word.span.end, text: recased(&word.text) });
        }
        let message = format!("Command '{}' should match the case of the command majority ({casing})", keyword.text);
        findings.push(
            Finding::new(message)
                .at(keyword.span, format!("most of this file is {casing}"))
                .help(format!("write {right}"))
                .fix(Fix { safe: true, title: format!("write {right}"), edits }),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{allows, catches};

    #[test]
    fn the_majority_decides() {
        catches("ConsistentInstructionCasing", "FROM scratch\ncopy a /a\nCOPY b /b");
        catches("ConsistentInstructionCasing", "FROM scratch\nCopy a /a");
        catches("ConsistentInstructionCasing", "FROM scratch\nonbuild copy a /a");
        allows("ConsistentInstructionCasing", "from scratch\ncopy a /a");
        // An ARG above the first FROM does not count, nor does what ONBUILD takes.
        allows("ConsistentInstructionCasing", "arg A=1\nFROM scratch\nONBUILD copy a /a");
    }
}
