//! LL802 package-not-on-base.

use crate::diagnostic::{Edit, Finding, Fix};
use crate::facts::{Os, packages};
use crate::launch::{Build, Package, Repositories, RunCommand, SystemCommand};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL802-package-not-on-base.md"), check: Check::Build(check) };

fn check(build: &Build<'_>, findings: &mut Vec<Finding>) {
    for command in build.system_commands() {
        findings.extend(lacking(command.os, command.ran, command.before));
        findings.extend(foreign(build, &command));
    }
}

/// Commands that only the real dnf has.
fn lacking(os: &Os, ran: &RunCommand, before: Repositories) -> Option<Finding> {
    let verb = ran.verb();
    let minimal = os.id == "AL2023" && matches!(ran.program.as_str(), "dnf" | "microdnf");
    if !minimal || before.dnf || !packages().microdnf_lacks.contains(&verb) {
        return None;
    }
    let help = match verb {
        "config-manager" => "write the repository's file to /etc/yum.repos.d, for example with curl -o".to_owned(),
        "groupinstall" | "group" | "grouplist" => {
            "name the packages, for example dnf install -y gcc gcc-c++ make".to_owned()
        }
        _ => format!("install the real dnf first: microdnf install -y dnf, then dnf {verb}"),
    };
    Some(
        Finding::new(format!("dnf on this base is microdnf, which has no command {verb}"))
            .at(ran.args.iter().find(|arg| arg.raw == verb).map_or(ran.span, |arg| arg.span), "unknown to microdnf")
            .help(help),
    )
}

/// Names that the base's distribution does not have: one finding a command.
fn foreign(build: &Build<'_>, command: &SystemCommand<'_, '_>) -> Option<Finding> {
    let SystemCommand { stage, base, os, ran, before: Repositories { more, .. } } = *command;
    let install = ran.install()?;
    if ran.leaves_out_missing() {
        return None;
    }
    let mut wrong: Vec<(&Package, String, bool)> = Vec::new();
    for package in install.packages.iter().filter(|package| !package.name.contains(['$', '*', '/', '('])) {
        let name = package.name.as_str();
        let foreign = packages().native(os.id, install.manager, name).filter(|_| !more || packages().is_listed(name));
        let absent = packages().absent(base, name).filter(|_| !more);
        match (foreign, absent) {
            (Some(native), _) => wrong.push((package, native, true)),
            (None, Some(absent)) => wrong.push((package, absent.instead.to_owned(), false)),
            (None, None) => {}
        }
    }
    let (first, instead, foreign) = wrong.first()?;
    let names: Vec<&str> = wrong.iter().map(|(package, ..)| package.name.as_str()).collect();
    let plural = if names.len() == 1 { "" } else { "s" };
    let mut finding = Finding::new(format!("{} has no package{plural} {}", os.name, names.join(", ")));
    for (package, native, foreign) in &wrong {
        let label = match (foreign, native.as_str()) {
            (true, "") => "a name of another distribution, with nothing like it here".to_owned(),
            (true, native) => format!("here it is {native}"),
            (false, _) => "not in the repositories of this base".to_owned(),
        };
        finding = finding.at(package.span, label);
    }
    let help = match (foreign, instead.as_str()) {
        (true, "") => format!("leave {} out, or copy what it brings from another stage", first.name),
        (true, native) => format!("install {native} instead of {}", first.name),
        (false, instead) => instead.to_owned(),
    };
    finding = finding.at(build.root(stage).image_place, "this base image").help(help);
    let edits: Option<Vec<Edit>> = wrong
        .iter()
        .map(|(package, native, foreign)| {
            let plain = *foreign && !native.is_empty();
            plain.then(|| Edit { start: package.span.start, end: package.span.end, text: native.clone() })
        })
        .collect();
    Some(match edits {
        Some(edits) => finding.fix(Fix { safe: false, title: "use the names of this distribution".into(), edits }),
        None => finding,
    })
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::Warning;
    use crate::rules::testing::{allows, catches, catches_as};

    const AL2023: &str = "FROM public.ecr.aws/lambda/python:3.13\n";
    const AL2: &str = "FROM public.ecr.aws/lambda/python:3.11\n";

    fn on(base: &str, run: &str) -> String {
        format!("{base}RUN {run}\n")
    }

    #[test]
    fn names_of_another_distribution() {
        catches_as(Warning, "LL802", &on(AL2023, "dnf install -y libgl1 && dnf clean all"));
        catches("LL802", &on(AL2023, "microdnf install -y python3-dev"));
        catches("LL802", &on(AL2, "yum install -y gcc libmagic-dev tesseract-ocr"));
        catches("LL802", &on("FROM python:3.12-slim\n", "apt-get install -y gcc-c++ openssl-devel"));
        catches("LL802", &on("FROM python:3.12-alpine\n", "apk add build-essential"));
    }

    #[test]
    fn names_that_are_nowhere() {
        catches("LL802", &on(AL2023, "dnf install -y chromium"));
        catches("LL802", &on(AL2023, "dnf -y install epel-release"));
        catches("LL802", &on(AL2, "yum install -y chromium"));
        catches("LL802", &on(AL2023, "yum install -y chromium"));
        catches("LL802", &on("FROM python:3.11-alpine\n", "apk add --no-cache g++ libexecinfo-dev"));
        catches("LL802", &on("FROM node:16-alpine3.17\n", "apk add libexecinfo-dev"));
    }

    #[test]
    fn names_that_a_release_has_dropped() {
        let debian = |tag: &str, name: &str| on(&format!("FROM {tag}\n"), &format!("apt-get install -y {name}"));
        catches("LL802", &debian("python:3.12-slim", "libgl1-mesa-glx"));
        catches("LL802", &debian("ubuntu:24.04", "libgl1-mesa-glx"));
        catches("LL802", &debian("debian:bookworm", "netcat"));
        catches("LL802", &debian("debian", "software-properties-common"));
        allows("LL802", &debian("python:3.12-slim-bookworm", "libgl1-mesa-glx"));
        allows("LL802", &debian("python:3.12.3-slim", "libgl1-mesa-glx"));
        allows("LL802", &debian("python:3.8-slim", "libgl1-mesa-glx"));
        allows("LL802", &debian("ubuntu:22.04", "libgl1-mesa-glx"));
        allows("LL802", &debian("python:3.12-slim", "libgl1 libegl1 netcat-openbsd"));
    }

    #[test]
    fn commands_of_the_real_dnf() {
        catches("LL802", &on(AL2023, "dnf config-manager --add-repo https://example.com/x.repo"));
        catches("LL802", &on(AL2023, "dnf install -y dnf-plugins-core && dnf config-manager --add-repo x"));
        catches("LL802", &on(AL2023, "dnf groupinstall -y 'Development Tools'"));
        allows("LL802", &on(AL2023, "microdnf install -y dnf && dnf groupinstall -y development"));
        allows("LL802", &on("FROM amazonlinux:2023\n", "dnf groupinstall -y 'Development Tools'"));
    }

    #[test]
    fn near_misses() {
        allows("LL802", &on(AL2023, "dnf install -y gcc gcc-c++ make libffi-devel poppler-utils procps mesa-libGL"));
        allows("LL802", &on(AL2023, "dnf install -y spal-release && dnf install -y ffmpeg"));
        allows(
            "LL802",
            &on(
                AL2023,
                "curl -o /etc/yum.repos.d/c.repo https://x.example/c.repo && dnf install -y google-chrome-stable",
            ),
        );
        allows("LL802", &on(AL2, "amazon-linux-extras install -y epel && yum install -y chromium"));
        allows("LL802", &on(AL2023, "dnf install -y chromium || true"));
        allows("LL802", &on("FROM python:3.12-slim\n", "apt-get install -y libpq-dev build-essential"));
        allows("LL802", &on("FROM python:3.12-alpine\n", "apk add g++ libffi-dev python3-dev"));
        allows("LL802", &on("FROM python:3.9-alpine3.16\n", "apk add libexecinfo-dev"));
        allows("LL802", &on("FROM node:12-alpine\n", "apk add libexecinfo-dev"));
        allows("LL802", &on("FROM python:3.9.5-alpine\n", "apk add libexecinfo-dev"));
        let older = "apk add -X https://mirror.example/alpine/v3.16/main libexecinfo-dev";
        allows("LL802", &on("FROM python:3.12-alpine\n", older));
        allows("LL802", &on("FROM acme.example/base:1\n", "dnf install -y libgl1"));
        allows("LL802", &on(AL2023, "dnf install -y $PACKAGES"));
    }
}
