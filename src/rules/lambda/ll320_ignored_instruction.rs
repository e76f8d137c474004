//! LL320 ignored-instruction.

use crate::diagnostic::{Doc, Finding};
use crate::dockerfile::Kind;
use crate::image::Image;
use crate::launch::{Build, Launch, Step};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL320-ignored-instruction.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    if !launch.is_function() {
        return;
    }
    match (launch.image, launch.build) {
        (Some(image), _) => in_image(image, findings),
        (None, Some(build)) => in_build(build, findings),
        (None, None) => {}
    }
}

fn in_build(build: &Build<'_>, findings: &mut Vec<Finding>) {
    let steps = build.final_steps();
    for (at, step) in steps.iter().enumerate() {
        let Some(label) = effect(step, steps.get(at + 1..).unwrap_or_default()) else { continue };
        let keyword = &step.instruction.keyword;
        let name = keyword.text.to_uppercase();
        findings.push(Finding::new(format!("Lambda ignores {name}")).at(keyword.span, label));
    }
}

/// What comes of an instruction on Lambda, for those of which nothing comes.
fn effect(step: &Step<'_>, behind: &[&Step<'_>]) -> Option<&'static str> {
    Some(match &step.instruction.kind {
        Kind::Expose(_) => "nothing can connect to a function's port",
        Kind::Healthcheck(Some(_)) => "nobody runs it",
        Kind::Volume(_) => "nothing is mounted, and only /tmp is writable",
        Kind::Stopsignal(_) => "a function is stopped with SIGTERM and SIGKILL",
        Kind::Onbuild(_) => "it does nothing in this image, only in one that is built from it",
        Kind::User(_) if decides(behind) => "the process runs as Lambda's own user",
        _ => return None,
    })
}

/// Whether the last USER is for the run: one that a RUN or another USER follows is for the build.
fn decides(behind: &[&Step<'_>]) -> bool {
    !behind.iter().any(|step| matches!(step.instruction.kind, Kind::Run(_) | Kind::User(_)))
}

fn in_image(image: &Image, findings: &mut Vec<Finding>) {
    const SETTINGS: &[(&str, &str, &str)] = &[
        ("/config/ExposedPorts", "EXPOSE", "nothing can connect to a function's port"),
        ("/config/Healthcheck", "HEALTHCHECK", "nobody runs it"),
        ("/config/Volumes", "VOLUME", "nothing is mounted, and only /tmp is writable"),
        ("/config/User", "USER", "the process runs as Lambda's own user"),
        ("/config/StopSignal", "STOPSIGNAL", "a function is stopped with SIGTERM and SIGKILL"),
        ("/config/OnBuild", "ONBUILD", "it does nothing in this image, only in one that is built from it"),
    ];
    let Some(config) = &image.config else { return };
    for (pointer, name, label) in SETTINGS {
        let Some(value) = config.value.pointer(pointer) else { continue };
        let empty = value.is_null()
            || value.as_str() == Some("")
            || value.as_object().is_some_and(serde_json::Map::is_empty)
            || value.as_array().is_some_and(Vec::is_empty)
            || value.pointer("/Test/0").and_then(|first| first.as_str()) == Some("NONE");
        if !empty {
            let place = image.place(Doc::Config, pointer);
            findings.push(Finding::new(format!("Lambda ignores {name}")).at(place, *label));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::Info;
    use crate::rules::tried::{catches, catches_as, spares};

    const BASE: &str = "FROM public.ecr.aws/lambda/python:3.13\n";
    const CMD: &str = "\nCMD [\"app.handler\"]";

    #[test]
    fn what_nothing_comes_of() {
        for line in ["EXPOSE 8080", "HEALTHCHECK CMD true", "VOLUME /data", "STOPSIGNAL SIGINT", "USER app"] {
            catches_as(Info, "LL320", &format!("{BASE}{line}{CMD}"));
        }
        catches("LL320", &format!("{BASE}ONBUILD COPY . .{CMD}"));
        catches("LL320", &format!("FROM python:3.13 AS a\nEXPOSE 80\nRUN pip install awslambdaric\nFROM a{CMD}"));
    }

    #[test]
    fn near_misses() {
        spares("LL320", &format!("FROM node:22 AS a\nEXPOSE 80\nUSER node\n{BASE}{CMD}"));
        spares("LL320", &format!("{BASE}USER root\nRUN dnf install -y jq{CMD}"));
        spares("LL320", &format!("{BASE}HEALTHCHECK NONE{CMD}"));
        spares("LL320", &format!("{BASE}LABEL a=b\nSHELL [\"/bin/bash\", \"-c\"]\nWORKDIR /var/task{CMD}"));
    }
}
