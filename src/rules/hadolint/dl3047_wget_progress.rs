//! DL3047 wget-progress.

use super::installs;
use crate::diagnostic::{Finding, Fix};
use crate::launch::RunCommand;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3047-wget-progress.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    for seen in general.runs() {
        let long = ["progress", "quiet", "no-verbose", "output-file", "append-output"];
        let quiet = |ran: &RunCommand| {
            ran.flagged('q', &long)
                || ran.flagged('o', &[])
                || ran.flagged('a', &[])
                || ran.raws().any(|text| text == "-nv")
        };
        let Some(ran) = seen.commands.iter().find(|ran| ran.program == "wget" && !quiet(ran)) else { continue };
        findings.push(
            Finding::new("wget prints its progress into the log")
                .at(ran.program_span, "")
                .help("add --progress=dot:giga")
                .fix(Fix {
                    safe: true,
                    title: "add --progress=dot:giga".into(),
                    edits: vec![installs::insert(ran.program_span, "--progress=dot:giga")],
                }),
        );
    }
}
