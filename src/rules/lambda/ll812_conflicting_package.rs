//! LL812 conflicting-package.

use crate::diagnostic::Finding;
use crate::facts::package_needs;
use crate::launch::{Build, RunCommand, SystemCommand};
use crate::rules::{Check, Rule};
use std::collections::BTreeSet;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL812-conflicting-package.md"), check: Check::Build(check) };

fn check(build: &Build<'_>, findings: &mut Vec<Finding>) {
    let mut cleared: Vec<(usize, String)> = Vec::new();
    for command in build.system_commands() {
        findings.extend(conflict(build, &command, |with| {
            let line = build.ancestors(command.stage).iter().map(|stage| stage.index).collect::<BTreeSet<_>>();
            cleared.iter().any(|(stage, line_of)| line.contains(stage) && line_of.contains(with))
        }));
        if command.ran.removes_packages() || command.ran.does(&["swap"]) {
            cleared.push((command.stage.index, command.ran.plain_line()));
        }
    }
}

/// What a command installs and a package of the base does not let in. `cleared` tells whether that one is gone.
fn conflict(build: &Build<'_>, command: &SystemCommand<'_, '_>, cleared: impl Fn(&str) -> bool) -> Option<Finding> {
    let install = command.ran.install()?;
    if allowed(command.ran) {
        return None;
    }
    let known =
        |name: &str| package_needs().conflict.iter().find(|known| known.package == name && known.os == command.os.id);
    let (package, known) = install.packages.iter().find_map(|package| Some((package, known(&package.name)?)))?;
    (!cleared(known.with)).then(|| {
        Finding::new(format!("{} cannot be installed beside {}", known.package, known.with))
            .at(package.span, "dnf stops the build here")
            .at(build.root(command.stage).image_place, format!("brings {}", known.with))
            .help(known.instead)
    })
}

/// Whether the command may put aside what stands in the way.
fn allowed(ran: &RunCommand) -> bool {
    ran.has(&["--allowerasing", "--skip-broken"]) || ran.does(&["swap"]) || sets_more(ran)
}

/// Whether an option is set that may change which packages dnf takes.
fn sets_more(ran: &RunCommand) -> bool {
    const OF_FILES: &[&str] = &["tsflags=", "install_weak_deps=", "keepcache=", "retries=", "timeout=", "max_parallel"];
    let behind = ran.args.iter().skip(1).map(Some).chain([None]);
    ran.args.iter().zip(behind).any(|(arg, next)| {
        let value = match arg.raw.strip_prefix("--setopt") {
            Some("") => next.map(|next| next.raw.as_str()),
            Some(rest) => rest.strip_prefix('='),
            None => return false,
        };
        !value.is_some_and(|value| OF_FILES.iter().any(|option| value.starts_with(option)))
    })
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::Warning;
    use crate::rules::testing::{allows, catches, catches_as};

    fn run(text: &str) -> String {
        format!("FROM public.ecr.aws/lambda/python:3.13\nRUN {text}\nCMD [\"app.handler\"]")
    }

    #[test]
    fn what_stands_in_the_way() {
        catches_as(Warning, "LL812", &run("dnf install -y curl tar gzip && dnf clean all"));
        catches("LL812", &run("microdnf install -y gnupg2"));
        catches("LL812", &run("dnf install -y --setopt=tsflags=nodocs curl"));
        allows("LL812", &run("dnf install -y --setopt=strict=0 curl"));
        allows("LL812", &run("dnf install -y --setopt strict=0 curl"));
        catches("LL812", &run("dnf -y install yum"));
    }

    #[test]
    fn near_misses() {
        allows("LL812", &run("dnf install -y --allowerasing curl"));
        allows("LL812", &run("dnf swap -y curl-minimal curl"));
        allows("LL812", &run("dnf remove -y curl-minimal && dnf install -y curl"));
        allows("LL812", &run("dnf install -y curl-minimal tar"));
        allows("LL812", &run("dnf install -y curl || true"));
        allows("LL812", "FROM public.ecr.aws/lambda/python:3.11\nRUN yum install -y curl\nCMD [\"app.handler\"]");
        allows("LL812", "FROM debian:12\nRUN apt-get install -y curl");
        allows("LL812", "FROM acme.example/base:1\nRUN dnf install -y curl");
    }
}
