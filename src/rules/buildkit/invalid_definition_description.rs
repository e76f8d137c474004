//! `InvalidDefinitionDescription`.

use crate::diagnostic::Finding;
use crate::dockerfile::{Comment, Dockerfile, Instruction, Kind};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule = Rule {
    page: include_str!("../../../rules/buildkit/InvalidDefinitionDescription.md"),
    check: Check::Dockerfile(check),
};

fn check(dockerfile: &Dockerfile, findings: &mut Vec<Finding>) {
    for instruction in &dockerfile.instructions {
        let (keyword, names): (&str, Vec<String>) = match &instruction.kind {
            Kind::From(from) => ("FROM", from.name.iter().map(|(_, name)| name.text.to_lowercase()).collect()),
            Kind::Arg(pairs) => ("ARG", pairs.iter().map(|pair| pair.key.text.clone()).collect()),
            _ => continue,
        };
        let (Some(first), Some(comment)) = (names.first(), above(dockerfile, instruction)) else { continue };
        let word = comment.text.split(' ').next().unwrap_or_default();
        if names.iter().any(|name| name == word) {
            continue;
        }
        let name = if names.len() > 1 { "<arg_key>" } else { first };
        findings.push(
            Finding::new(format!("Comment for {keyword} should follow the format: `# {name} <description>`"))
                .at(instruction.keyword.span, format!("docker build --call=outline shows no description of {first}"))
                .at(comment.span, "begins with another word")
                .help("begin the comment with the name, or part the two with an empty line"),
        );
    }
}

/// The comment right above an instruction, if it is one for people.
fn above<'a>(dockerfile: &'a Dockerfile, instruction: &Instruction) -> Option<&'a Comment> {
    let source = &dockerfile.source;
    let next = dockerfile.comments.partition_point(|comment| comment.span.start < instruction.span.start);
    let comment = dockerfile.comments.get(next.checked_sub(1)?)?;
    let adjoins = source.line_of(comment.span.start) + 1 == source.line_of(instruction.span.start);
    let directive = dockerfile.directives.iter().any(|directive| directive.span == comment.span);
    let order = ["check=", "hadolint ", "lamblint:"].iter().any(|order| comment.text.starts_with(order));
    (adjoins && !directive && !order && !comment.text.is_empty()).then_some(comment)
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{allows, catches};

    const ON: &str = "# check=experimental=all\n";

    #[test]
    fn descriptions() {
        let code = "InvalidDefinitionDescription";
        catches(code, &format!("{ON}# what it is\nARG A=1\nFROM scratch"));
        catches(code, &format!("{ON}# Base is it\nFROM scratch AS Base"));
        allows(code, &format!("{ON}# base is it\nFROM scratch AS Base\n# B too\nARG A=1 B=2"));
        allows(code, &format!("{ON}# a comment\n\nARG A=1\n# another\n#\nFROM scratch AS base"));
        allows(code, &format!("{ON}# nothing to name here\nFROM scratch"));
        allows(code, "# off unless asked for\nFROM scratch AS base");
        allows(code, &format!("{ON}# check=skip=StageNameCasing\nFROM scratch AS Base"));
    }
}
