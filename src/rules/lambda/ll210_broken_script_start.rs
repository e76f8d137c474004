//! LL210 broken-script-start.

use crate::diagnostic::{Finding, Severity};
use crate::launch::{ExecFault, ExecStep, Launch};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL210-broken-script-start.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    in_the_context(launch, findings);
    findings.extend(launch.chain().iter().filter_map(broken));
}

fn broken(link: &ExecStep) -> Option<Finding> {
    let path = &link.path;
    let finding = match link.fault.as_ref()? {
        ExecFault::CarriageReturn => Finding::new(format!("the first line of {path} ends in CRLF"))
            .help(format!("RUN sed -i 's/\\r$//' {path}, and `*.sh text eol=lf` in .gitattributes")),
        ExecFault::NoShebang(line) => Finding::new(format!("{path} is a text without a `#!` line"))
            .help(format!("begin it with #!/bin/sh; now it begins with `{}`", line.trim_end())),
        _ => return None,
    };
    Some(finding.at(link.named, "Lambda starts this").at(link.place(), link.trail()))
}

/// A script that the build context has, and that a COPY brings as it is.
fn in_the_context(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    for program in launch.context_programs() {
        if launch.cures_line_ends(&program.path) {
            continue;
        }
        let (message, help) = if program.has_carriage_return() {
            (
                "ends its first line with a carriage return",
                format!("save {} with LF line ends, and put *.sh text eol=lf into .gitattributes", program.path),
            )
        } else if !program.read && program.has_no_interpreter() {
            ("begins with no #! line", format!("begin {} with #!/bin/sh", program.path))
        } else {
            continue;
        };
        let finding = Finding::new(format!("{} {message}", program.path))
            .at(program.named, "cannot be started")
            .at(program.copy, "copied as it is")
            .help(help);
        let certain = program.certain && launch.untouched_after(&program.image_path, program.copy);
        findings.push(if certain { finding } else { finding.severity(Severity::Warning) });
    }
}
