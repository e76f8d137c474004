//! DL4005 shell-replaced-by-link.

use crate::diagnostic::Finding;
use crate::launch::RunCommand;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule = Rule {
    page: include_str!("../../../rules/hadolint/DL4005-shell-replaced-by-link.md"),
    check: Check::Docker(check),
};

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    for seen in general.runs() {
        let replaced = |ran: &RunCommand| match general.as_hadolint() {
            true => ran.does(&["/bin/sh"]),
            // What a link leads to stays as it is.
            false => ran.raws().last() == Some("/bin/sh"),
        };
        let links = |ran: &&&RunCommand| ran.program == "ln" && replaced(ran);
        if let Some(ran) = seen.commands.iter().find(|ran| links(ran)) {
            findings.push(
                Finding::new("a link replaces /bin/sh").at(ran.span, "").help("write SHELL [\"/bin/bash\", \"-c\"]"),
            );
        }
    }
}
