//! `NoEmptyContinuation`.

use crate::diagnostic::{Edit, Finding, Fix};
use crate::dockerfile::Dockerfile;
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/buildkit/NoEmptyContinuation.md"), check: Check::Dockerfile(check) };

fn check(dockerfile: &Dockerfile, findings: &mut Vec<Finding>) {
    for instruction in &dockerfile.instructions {
        let Some(gap) = &instruction.gap else { continue };
        let edit = |line: &crate::source::Span| Edit { start: line.start, end: line.end, text: String::new() };
        let mut finding = Finding::new("Empty continuation line").at(gap.last, "the instruction ends here");
        if let Some(first) = gap.lines.first() {
            finding = finding.at(*first, "an empty line inside it");
        }
        findings.push(finding.help("remove the empty lines, or make them comments: #").fix(Fix {
            safe: true,
            title: "remove the empty lines".into(),
            edits: gap.lines.iter().map(edit).collect(),
        }));
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{allows, catches};

    #[test]
    fn empty_lines() {
        catches("NoEmptyContinuation", "FROM scratch\nCOPY a \\\n\n  /b");
        catches("NoEmptyContinuation", "FROM scratch\nCOPY a /b \\\n\n");
        allows("NoEmptyContinuation", "FROM scratch\nCOPY a \\\n# why\n  /b\n\nCOPY c /d");
        allows("NoEmptyContinuation", "FROM alpine\nRUN <<EOF\na\n\nb\nEOF");
    }
}
