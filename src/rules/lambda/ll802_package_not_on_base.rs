//! LL802 package-not-on-base.

use crate::diagnostic::{Edit, Finding, Fix};
use crate::facts::{Os, packages};
use crate::launch::{Build, Install, Origin, Package, Parent, Ran, Stage};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL802-package-not-on-base.md"), check: Check::Build(check) };

/// What the commands before one have changed.
#[derive(Clone, Copy, Default)]
struct Before {
    /// More repositories may be there.
    repositories: bool,
    /// The real dnf may be there.
    dnf: bool,
}

fn check(build: &Build<'_>, findings: &mut Vec<Finding>) {
    let mut ends: Vec<Before> = Vec::new();
    for stage in &build.stages {
        let mut before = match stage.parent {
            Parent::Stage(parent) => ends.get(parent).copied().unwrap_or_default(),
            Parent::Image(_) => Before::default(),
        };
        before.repositories |= copies_repository(build, stage);
        for ran in stage.ran() {
            if let Some(os) = build.base_of(stage).and_then(|base| base.os)
                && !ran.guarded
                && understands(os, &ran.program)
            {
                findings.extend(lacking(os, ran, before));
                findings.extend(foreign(build, stage, os, ran, before));
            }
            before.repositories |= adds_repository(ran);
            before.dnf |= brings_dnf(ran);
        }
        ends.push(before);
    }
}

/// Whether a manager is there, or another that takes the same names: where yum is missing (LL801), dnf has no
/// more packages than it would have had.
fn understands(os: &Os, manager: &str) -> bool {
    let is_rpm = |manager: &str| matches!(manager, "dnf" | "yum" | "microdnf");
    os.package_managers.iter().any(|known| known == manager || is_rpm(known) && is_rpm(manager))
}

/// Commands that only the real dnf has.
fn lacking(os: &Os, ran: &Ran, before: Before) -> Option<Finding> {
    let verb = ran.verb();
    let minimal = os.id == "AL2023" && matches!(ran.program.as_str(), "dnf" | "microdnf");
    if !minimal || before.dnf || !packages().microdnf_lacks.iter().any(|lacking| lacking == verb) {
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
fn foreign(build: &Build<'_>, stage: &Stage<'_>, os: &Os, ran: &Ran, before: Before) -> Option<Finding> {
    let more = before.repositories;
    let install = ran.install()?;
    if ran.has(&["--skip-broken", "--skip-unavailable", "--setopt"]) && ran.line().contains("skip") {
        return None;
    }
    let mut wrong: Vec<(&Package, String, bool)> = Vec::new();
    for package in install.packages.iter().filter(|package| !package.name.contains(['$', '*', '/', '('])) {
        let name = package.name.as_str();
        let foreign = packages().native(&os.id, install.manager, name).filter(|_| !more || packages().is_listed(name));
        let absent = packages().absent(&os.id, name).filter(|_| !more);
        match (foreign, absent) {
            (Some(native), _) => wrong.push((package, native, true)),
            (None, Some(absent)) => wrong.push((package, absent.instead.clone(), false)),
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
        (true, native) => format!("install {native} in place of {}", first.name),
        (false, instead) => instead.to_owned(),
    };
    finding = finding.at(build.root(stage).image_place, "of this base").help(help);
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

fn brings_dnf(ran: &Ran) -> bool {
    ran.is_opaque()
        || ran.install().is_some_and(|install| {
            matches!(install.manager, "dnf" | "yum")
                && (ran.args.iter().any(|arg| arg.text.is_none())
                    || install.packages.iter().any(|package| packages().dnf.contains(&package.name)))
        })
}

/// Whether a command may bring repositories that have more names.
fn adds_repository(ran: &Ran) -> bool {
    let words = ["yum.repos.d", ".repo", "add-apt-repository", "sources.list", "/etc/apk/repositories"];
    let speaks = ran.args.iter().any(|arg| words.iter().any(|word| arg.raw.contains(word)));
    let url = ran.args.iter().any(|arg| arg.raw.contains("://") || arg.raw.contains(".rpm"));
    let release =
        |install: Install| install.packages.iter().any(|package| packages().repositories.contains(&package.name));
    speaks
        || ran.is_opaque()
        || matches!(ran.program.as_str(), "amazon-linux-extras" | "yum-config-manager" | "rpm" | "add-apt-repository")
        || (matches!(ran.program.as_str(), "yum" | "dnf" | "microdnf") && (url || ran.verb() == "config-manager"))
        || ran.install().is_some_and(release)
}

fn copies_repository(build: &Build<'_>, stage: &Stage<'_>) -> bool {
    build.copies_of(stage).into_iter().any(|copied| {
        let into = copied.destination.as_deref().is_none_or(|to| to.starts_with("/etc") || to == "/");
        into && (matches!(copied.origin, Origin::Context) || copied.names().any(|name| name.contains("repo")))
    })
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::Warning;
    use crate::rules::tried::{catches, catches_as, spares};

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
    }

    #[test]
    fn commands_of_the_real_dnf() {
        catches("LL802", &on(AL2023, "dnf config-manager --add-repo https://example.com/x.repo"));
        catches("LL802", &on(AL2023, "dnf install -y dnf-plugins-core && dnf config-manager --add-repo x"));
        catches("LL802", &on(AL2023, "dnf groupinstall -y 'Development Tools'"));
        spares("LL802", &on(AL2023, "microdnf install -y dnf && dnf groupinstall -y development"));
        spares("LL802", &on("FROM amazonlinux:2023\n", "dnf groupinstall -y 'Development Tools'"));
    }

    #[test]
    fn near_misses() {
        spares("LL802", &on(AL2023, "dnf install -y gcc gcc-c++ make libffi-devel poppler-utils procps mesa-libGL"));
        spares("LL802", &on(AL2023, "dnf install -y spal-release && dnf install -y ffmpeg"));
        spares(
            "LL802",
            &on(
                AL2023,
                "curl -o /etc/yum.repos.d/c.repo https://x.example/c.repo && dnf install -y google-chrome-stable",
            ),
        );
        spares("LL802", &on(AL2, "amazon-linux-extras install -y epel && yum install -y chromium"));
        spares("LL802", &on(AL2023, "dnf install -y chromium || true"));
        spares("LL802", &on("FROM python:3.12-slim\n", "apt-get install -y libpq-dev build-essential"));
        spares("LL802", &on("FROM python:3.12-alpine\n", "apk add g++ libffi-dev python3-dev"));
        spares("LL802", &on("FROM acme.example/base:1\n", "dnf install -y libgl1"));
        spares("LL802", &on(AL2023, "dnf install -y $PACKAGES"));
    }
}
