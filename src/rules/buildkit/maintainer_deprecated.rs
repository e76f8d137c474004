//! `MaintainerDeprecated`.

use crate::diagnostic::{Finding, Fix};
use crate::dockerfile::{Dockerfile, Kind};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/buildkit/MaintainerDeprecated.md"), check: Check::Dockerfile(check) };

fn check(dockerfile: &Dockerfile, findings: &mut Vec<Finding>) {
    for instruction in &dockerfile.instructions {
        let Kind::Maintainer(name) = &instruction.kind else { continue };
        let label = label(&instruction.keyword.text, &name.text, dockerfile.escape);
        let mut finding = Finding::new("Maintainer instruction is deprecated in favor of using label")
            .at(instruction.keyword.span, "deprecated since Docker 1.13")
            .help(format!("write {label}"));
        // A comment between continued lines would be lost.
        if !dockerfile.source.get(instruction.span).contains(&b'\n') {
            finding = finding.fix(Fix::replace(true, "make it a label", instruction.span, label));
        }
        findings.push(finding);
    }
}

/// MAINTAINER takes its text as it stands; in a label quotes, `$` and the escape character mean something.
fn label(keyword: &str, name: &str, escape: char) -> String {
    let quote = |quote: char| name.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    let mut value = String::new();
    for c in quote('"').or_else(|| quote('\'')).unwrap_or(name).chars() {
        if c == '"' || c == '$' || c == escape {
            value.push(escape);
        }
        value.push(c);
    }
    let keyword = if keyword.bytes().all(|b| b.is_ascii_lowercase()) { "label" } else { "LABEL" };
    format!("{keyword} org.opencontainers.image.authors=\"{value}\"")
}

#[cfg(test)]
mod tests {
    use super::label;
    use crate::rules::testing::catches;

    #[test]
    fn text_becomes_a_value() {
        catches("MaintainerDeprecated", "FROM scratch\nMAINTAINER me@example.org");
        let of = |name| label("MAINTAINER", name, '\\').split_once('=').map(|(_, value)| value.to_owned());
        assert_eq!(of("Jo <jo@example.org>").as_deref(), Some("\"Jo <jo@example.org>\""));
        assert_eq!(of("\"Jo\"").as_deref(), Some("\"Jo\""));
        assert_eq!(of("a \"b\" $c").as_deref(), Some(r#""a \"b\" \$c""#));
    }
}
