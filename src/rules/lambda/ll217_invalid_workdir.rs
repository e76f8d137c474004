//! LL217 invalid-workdir.

use crate::diagnostic::{Doc, Finding, Severity};
use crate::dockerfile::Kind;
use crate::image::{EntryKind, Image, Resolution};
use crate::launch::{Build, Launch};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL217-invalid-workdir.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    if let Some(image) = launch.image {
        in_image(launch, image, findings);
    } else if let Some(build) = launch.build {
        // Docker makes a relative WORKDIR absolute and creates the folder, so only these are left.
        emptied(build, findings);
        removed(launch, build, findings);
    }
}

fn in_image(launch: &Launch<'_>, image: &Image, findings: &mut Vec<Finding>) {
    const POINTER: &str = "/config/WorkingDir";
    let empty =
        image.config.as_ref().and_then(|config| config.value.pointer(POINTER)?.as_str()).is_some_and(str::is_empty);
    if empty {
        let finding =
            Finding::new("the working directory is empty").at(image.place(Doc::Config, POINTER), "not a path");
        findings.push(finding.help("set WORKDIR /var/task").severity(Severity::Warning));
    }
    let Some((workdir, place)) = launch.workdir.set() else { return };
    if !workdir.starts_with('/') {
        let finding = Finding::new(format!("the working directory `{workdir}` is not an absolute path"));
        findings.push(finding.at(place, "Lambda refuses it").help(format!("set WORKDIR /{workdir}")));
        return;
    }
    let there = match image.files.resolve(workdir) {
        Resolution::Found(node, _) => node.kind == EntryKind::Directory,
        _ => !image.is_whole() || workdir == "/",
    };
    if !there {
        let finding = Finding::new(format!("the working directory {workdir} is no folder of the image"));
        findings
            .push(finding.at(place, "Lambda starts nothing there").help(format!("create it with WORKDIR {workdir}")));
    }
}

fn emptied(build: &Build<'_>, findings: &mut Vec<Finding>) {
    for step in build.final_steps() {
        let Kind::Workdir(word) = &step.instruction.kind else { continue };
        if step.expand(word).is_some_and(|text| text.is_empty()) {
            findings.push(
                Finding::new(format!("WORKDIR {} is empty, and changes nothing", word.text))
                    .at(word.span, "no such variable is set in this stage")
                    .help("repeat its ARG behind FROM, or write the path")
                    .severity(Severity::Warning),
            );
        }
    }
}

fn removed(launch: &Launch<'_>, build: &Build<'_>, findings: &mut Vec<Finding>) {
    let Some((workdir, place)) = launch.workdir.set().filter(|(dir, _)| dir.as_str() != "/") else { return };
    if let Some(span) = build.removed(workdir) {
        findings.push(
            Finding::new(format!("the working directory {workdir} is removed again"))
                .at(span, "Lambda starts nothing in a folder that is not there")
                .at(place, "set here")
                .help("set WORKDIR to a folder that stays"),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::{Error, Warning};
    use crate::rules::tried::{catches_as, spares};

    const BASE: &str = "FROM public.ecr.aws/lambda/python:3.13\n";

    #[test]
    fn empty_and_removed() {
        catches_as(Warning, "LL217", &format!("{BASE}WORKDIR ${{NOWHERE}}\nCMD [\"a.handler\"]"));
        catches_as(Error, "LL217", &format!("{BASE}WORKDIR /work\nRUN make && rm -rf /work\nCMD [\"a.handler\"]"));
    }

    #[test]
    fn near_misses() {
        spares("LL217", &format!("{BASE}WORKDIR src\nCMD [\"a.handler\"]"));
        spares("LL217", &format!("{BASE}ARG DIR\nWORKDIR ${{DIR}}\nCMD [\"a.handler\"]"));
        spares("LL217", &format!("{BASE}WORKDIR /work\nRUN rm -rf /work/*\nCMD [\"a.handler\"]"));
        spares("LL217", &format!("{BASE}WORKDIR /work\nRUN rm -rf /work\nWORKDIR /var/task\nCMD [\"a.handler\"]"));
        spares("LL217", &format!("{BASE}WORKDIR /work\nRUN rm -rf /work && mkdir /work\nCMD [\"a.handler\"]"));
        spares("LL217", "FROM python:3.13\nWORKDIR ${BROUGHT_BY_THE_BASE}\nCMD [\"a\"]");
    }
}
