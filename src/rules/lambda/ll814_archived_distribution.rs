//! LL814 archived-distribution.

use crate::diagnostic::{Finding, Severity};
use crate::launch::{Build, Stage, SystemCommand};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL814-archived-distribution.md"), check: Check::Build(check) };

fn check(build: &Build<'_>, findings: &mut Vec<Finding>) {
    let gone = |stage: &Stage<'_>| build.base_of(stage).is_some_and(|base| base.archived().is_some());
    if !build.stages.iter().any(gone) {
        return;
    }
    // Of each stage: whether it has stopped, or a step of it may have put other sources in place.
    let mut settled: Vec<bool> = Vec::new();
    let mut commands = build.system_commands().into_iter().peekable();
    for stage in &build.stages {
        let mut done = stage.passed_on(&settled).unwrap_or(false);
        let hidden = build.first_hidden_step(stage);
        while let Some(command) = commands.next_if(|command| command.stage.index == stage.index) {
            done |= hidden.is_some_and(|step| step < command.ran.step);
            if let Some(finding) = stops(build, &command).filter(|_| !done) {
                findings.push(finding);
                done = true;
            }
        }
        settled.push(done || hidden.is_some());
    }
}

fn stops(build: &Build<'_>, command: &SystemCommand<'_, '_>) -> Option<Finding> {
    let ran = command.ran;
    let updates = ran.reading.row.is_some_and(|row| row.manager == Some("apt")) && ran.operand(0) == Some("update");
    if !updates || command.before.more {
        return None;
    }
    let (release, named) = command.base.archived()?;
    let or_older = if named { "" } else { " or older" };
    let stands = if named { "names it".to_owned() } else { format!("stands on {}{or_older}", release.name) };
    let finding = Finding::new(format!("{} no longer has {}{or_older}", release.mirror, release.name))
        .at(ran.span, format!("404 Not Found since {}", release.since))
        .at(build.root(command.stage).image_place, stands)
        .help(format!(
            "use a base on a release that is kept up, or write {} into /etc/apt/sources.list before it",
            release.archive
        ));
    Some(if named { finding } else { finding.severity(Severity::Warning) })
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::{Error, Warning};
    use crate::rules::testing::{allows, catches, catches_as};

    const UPDATE: &str = "RUN apt-get update && apt-get install -y g++\n";

    #[test]
    fn releases_that_are_gone() {
        catches_as(Error, "LL814", &format!("FROM python:3.9-slim-buster\n{UPDATE}"));
        catches_as(Error, "LL814", "FROM debian:9\nRUN apt update");
        catches_as(Warning, "LL814", &format!("FROM node:15\n{UPDATE}"));
        catches("LL814", &format!("FROM python:3.8.6 AS build\n{UPDATE}FROM scratch\nCOPY --from=build /a /a"));
        catches("LL814", &format!("FROM python:3.8-buster\n{UPDATE}ARG U\nCOPY home /home/$U\n"));
        catches("LL814", "FROM node:12-buster\nRUN apt-get -qq -o Acquire::Check-Valid-Until=false update");
    }

    #[test]
    fn near_misses() {
        let buster = |run: &str| format!("FROM python:3.8-buster\n{run}{UPDATE}");
        allows("LL814", &buster("RUN sed -i s/deb.debian.org/archive.debian.org/g /etc/apt/sources.list\n"));
        allows(
            "LL814",
            &buster("RUN echo 'deb http://archive.debian.org/debian buster main' > /etc/apt/sources.list\n"),
        );
        allows("LL814", &buster("COPY sources.list /etc/apt/\n"));
        allows("LL814", &buster("RUN curl -sSL https://x.example/setup.sh | bash\n"));
        let one = "FROM python:3.8-buster\nRUN sed -i s/deb/archive/ /etc/apt/sources.list && apt-get update";
        allows("LL814", one);
        allows("LL814", "FROM python:3.8-buster\nRUN apt-get update || true");
        allows("LL814", &format!("FROM python:3.8\n{UPDATE}"));
        allows("LL814", &format!("FROM python:3.8-bullseye\n{UPDATE}"));
        allows("LL814", &format!("FROM ubuntu:18.04\n{UPDATE}"));
        allows("LL814", &format!("FROM acme.example/python:3.8-buster\n{UPDATE}"));
        allows("LL814", "FROM python:3.8-buster\nRUN pip install x");
        allows("LL814", &format!("FROM python:3.8-$VARIANT\n{UPDATE}"));
    }
}
