//! LL210 broken-script-start.

use crate::diagnostic::Finding;
use crate::launch::{Break, Launch, Link};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL210-broken-script-start.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    findings.extend(launch.chain().iter().filter_map(broken));
}

fn broken(link: &Link) -> Option<Finding> {
    let path = &link.path;
    let finding = match link.fault.as_ref()? {
        Break::CarriageReturn => Finding::new(format!("the first line of {path} ends in CRLF"))
            .help(format!("RUN sed -i 's/\\r$//' {path}, and `*.sh text eol=lf` in .gitattributes")),
        Break::NoShebang(line) => Finding::new(format!("{path} is a text without a `#!` line"))
            .help(format!("begin it with #!/bin/sh; now it begins with `{}`", line.trim_end())),
        _ => return None,
    };
    Some(finding.at(link.named, "Lambda starts this").at(link.place(), link.trail()))
}
