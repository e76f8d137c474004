//! LL001 unreadable-instruction.

use crate::diagnostic::Finding;
use crate::dockerfile::{Dockerfile, Fault, Foreign, Instruction, Kind};
use crate::facts::is_image_name;
use crate::rules::{Check, Rule};
use crate::source::Span;

pub(super) const RULE: Rule = Rule {
    page: include_str!("../../../rules/lambda/LL001-unreadable-instruction.md"),
    check: Check::Dockerfile(check),
};

fn check(dockerfile: &Dockerfile, findings: &mut Vec<Finding>) {
    if let Some(foreign) = dockerfile.foreign() {
        findings.push(no_dockerfile(dockerfile, foreign));
        return;
    }
    findings.extend(dockerfile.faults.iter().map(finding));
    findings.extend(dockerfile.instructions.iter().filter_map(fault).map(finding));
    findings.extend(impossible_bases(dockerfile));
}

fn fault(instruction: &Instruction) -> Option<&Fault> {
    match &instruction.kind {
        Kind::Unreadable(fault) => Some(fault),
        Kind::Onbuild(trigger) => fault(trigger),
        _ => None,
    }
}

/// FROM with a text that is not a name of an image, whatever the build arguments.
fn impossible_bases(dockerfile: &Dockerfile) -> impl Iterator<Item = Finding> {
    let mut stages: Vec<String> = Vec::new();
    dockerfile.instructions.iter().filter_map(move |instruction| {
        let Kind::From(from) = &instruction.kind else { return None };
        let text = &from.image.text;
        let stage = stages.contains(&text.to_ascii_lowercase());
        stages.extend(from.name.as_ref().map(|(_, name)| name.text.to_ascii_lowercase()));
        let plain = !text.contains(['$', dockerfile.escape, '"', '\'']);
        // The classic builder takes the id of an image, 64 hexadecimal digits, for its name.
        let id = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        (plain && !stage && !id && !is_image_name(text)).then(|| {
            Finding::new("FROM names no image: invalid reference format")
                .at(from.image.span, "Docker would stop here")
                .help("write a name such as python:3.13, in small letters")
        })
    })
}

/// One finding for a file that is something else: each of its lines is as wrong as the other.
fn no_dockerfile(dockerfile: &Dockerfile, foreign: Foreign) -> Finding {
    const SHOWN: usize = 20;
    let word = |span: Span| dockerfile.source.text(span).chars().take(SHOWN).collect::<String>();
    match foreign {
        Foreign::Template(mark) => Finding::new("this is a template of a Dockerfile, and not one itself")
            .at(mark, "Docker would stop here")
            .help("check the Dockerfile that is made from it"),
        Foreign::Utf16 => {
            Finding::new("this file is UTF-16").at(Span::default(), "Docker reads UTF-8").help("save it as UTF-8")
        }
        Foreign::Script => Finding::new("this is a script, and not a Dockerfile")
            .at(dockerfile.source.line(1), "it names the program that runs it")
            .help("name the Dockerfile that is meant"),
        Foreign::Other(first) => Finding::new("this does not look like a Dockerfile")
            .at(first, format!("`{}` is no instruction, and there is no FROM", word(first)))
            .help("name the Dockerfile that is meant"),
    }
}

fn finding(fault: &Fault) -> Finding {
    Finding::new(&fault.message).at(fault.span, "Docker would stop here")
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::Error;
    use crate::rules::testing::{allows, catches_as};

    #[test]
    fn names_of_no_image() {
        catches_as(Error, "LL001", "FROM <ACCOUNT>.dkr.ecr.us-east-1.amazonaws.com/x:latest");
        catches_as(Error, "LL001", "FROM Python:3.13");
        allows("LL001", "FROM $ACCOUNT.dkr.ecr.us-east-1.amazonaws.com/x:latest");
        allows("LL001", "FROM python:3.13 AS Base\nFROM BASE");
        allows("LL001", "FROM 123456789012.dkr.ecr.us-east-1.amazonaws.com/x@sha256:0123456789abcdef0123456789abcdef");
        allows("LL001", "FROM localhost:5000/x:1");
    }
}
