//! LL217 invalid-workdir.

use crate::diagnostic::{DocumentId, Finding, Severity};
use crate::launch::{Launch, WorkdirFault};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL217-invalid-workdir.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    for fault in launch.workdir_faults() {
        findings.push(match fault {
            WorkdirFault::Empty(place, Some(written)) => {
                Finding::new(format!("WORKDIR {written} is empty, and changes nothing"))
                    .at(place, "no such variable is set in this stage")
                    .help("repeat its ARG after FROM, or write the path")
                    .severity(Severity::Warning)
            }
            WorkdirFault::Empty(place, None) => Finding::new("the working directory is empty")
                .at(place, "not a path")
                .help("set WORKDIR /var/task")
                .severity(Severity::Warning),
            WorkdirFault::Relative(path, place) => {
                Finding::new(format!("the working directory `{path}` is not an absolute path"))
                    .at(place, "Lambda refuses it")
                    .help(match place.doc {
                        DocumentId::File(_) => format!("write /{}", path.trim_start_matches("./")),
                        _ => format!("set WORKDIR /{path}"),
                    })
            }
            WorkdirFault::Absent(path, place) => {
                Finding::new(format!("the working directory {path} is not a folder in the image"))
                    .at(place, "Lambda starts nothing there")
                    .help(format!("create it with WORKDIR {path}"))
            }
            WorkdirFault::Removed(path, removed, place) => {
                Finding::new(format!("the working directory {path} is removed again"))
                    .at(removed, "Lambda starts nothing in a folder that does not exist")
                    .at(place, "set here")
                    .help("set WORKDIR to a folder that stays")
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::{Error, Warning};
    use crate::rules::testing::{allows, catches_as};

    const BASE: &str = "FROM public.ecr.aws/lambda/python:3.13\n";

    #[test]
    fn empty_and_removed() {
        catches_as(Warning, "LL217", &format!("{BASE}WORKDIR ${{NOWHERE}}\nCMD [\"a.handler\"]"));
        catches_as(Error, "LL217", &format!("{BASE}WORKDIR /work\nRUN make && rm -rf /work\nCMD [\"a.handler\"]"));
    }

    #[test]
    fn near_misses() {
        allows("LL217", &format!("{BASE}WORKDIR src\nCMD [\"a.handler\"]"));
        allows("LL217", &format!("{BASE}ARG DIR\nWORKDIR ${{DIR}}\nCMD [\"a.handler\"]"));
        allows("LL217", &format!("{BASE}WORKDIR /work\nRUN rm -rf /work/*\nCMD [\"a.handler\"]"));
        allows("LL217", &format!("{BASE}WORKDIR /work\nRUN rm -rf /work\nWORKDIR /var/task\nCMD [\"a.handler\"]"));
        allows("LL217", &format!("{BASE}WORKDIR /work\nRUN rm -rf /work && mkdir /work\nCMD [\"a.handler\"]"));
        allows("LL217", "FROM python:3.13\nWORKDIR ${BROUGHT_BY_THE_BASE}\nCMD [\"a\"]");
    }
}
