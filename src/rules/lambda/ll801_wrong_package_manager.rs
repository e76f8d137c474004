//! LL801 wrong-package-manager.

use crate::diagnostic::{Edit, Finding, Fix};
use crate::dockerfile::Text;
use crate::facts::{self, CommandEffect, Os};
use crate::launch::{Build, Parent, RunCommand, Script, Stage};
use crate::rules::{Check, Rule};
use crate::shell::{SimpleCommand, Word};
use crate::source::Span;
use std::collections::BTreeSet;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL801-wrong-package-manager.md"), check: Check::Build(check) };

fn check(build: &Build<'_>, findings: &mut Vec<Finding>) {
    for stage in &build.stages {
        let Parent::Image(base) = &build.root(stage).parent else { continue };
        let Some(os) = base.os.filter(|os| !os.package_managers.is_empty()) else { continue };
        let mut brought: BTreeSet<String> = BTreeSet::new();
        for (at, step) in stage.steps.iter().enumerate() {
            for script in step.scripts() {
                findings.extend(judge(build, stage, &script, os, &brought));
            }
            let runs = |ran: &RunCommand| called(build, stage, ran, os, &brought);
            findings.extend(stage.ran_in(at).iter().filter_map(runs));
            // A manager that a command names as an argument (`ln -s dnf yum`, `apt-get install yum`) may be there from
            // then on, and so may any after a step that only running it can tell.
            brought.extend(stage.ran_in(at).iter().flat_map(brings).map(str::to_owned));
            if build.may_do_anything(stage, at) {
                break;
            }
        }
    }
}

/// The managers that a command may put in place.
fn brings(ran: &RunCommand) -> impl Iterator<Item = &str> {
    let row = ran.reading.row;
    let puts = row.is_some_and(|row| row.effect() == CommandEffect::Target || row.install || row.alias);
    ran.texts().filter(move |_| puts).map(crate::path::file_name).filter(|name| facts::is_system_manager(name))
}

/// A program of another kind that runs a manager which the base does not have.
fn called(
    build: &Build<'_>,
    stage: &Stage<'_>,
    ran: &RunCommand,
    os: &Os,
    brought: &BTreeSet<String>,
) -> Option<Finding> {
    let args: Vec<&str> = ran.raws().collect();
    let calls = facts::packages().called(&ran.program, &args)?;
    let manager = calls.manager;
    let there = os.package_managers.contains(&manager) || brought.contains(manager);
    let right = os.package_managers.first()?;
    (!there && !ran.guarded).then(|| {
        Finding::new(format!("{} has no {manager}", os.name))
            .at(ran.span, format!("runs {manager}: command not found"))
            .at(build.root(stage).image_place, format!("this base has {right}"))
            .help(format!("install the libraries with {right}, or use a base on Debian"))
    })
}

/// One finding a script: the first command that cannot run, and all edits that fix its kind.
fn judge(
    build: &Build<'_>,
    stage: &Stage<'_>,
    script: &Script<'_>,
    os: &Os,
    brought: &BTreeSet<String>,
) -> Option<Finding> {
    let mut wrong: Vec<(&str, &Word)> = Vec::new();
    let named = |command: &SimpleCommand| {
        let program = command.program().map_or(0, |(_, word)| word.span.1);
        let behind = command.words.iter().filter(|word| word.span.0 >= program).filter_map(|word| word.text.as_deref());
        behind.map(|text| crate::path::file_name(text).to_owned()).collect::<Vec<_>>()
    };
    let puts = |command: &&SimpleCommand| {
        let rows = command.program().map(|(program, _)| facts::commands(program)).into_iter().flatten();
        rows.into_iter().any(|row| row.effect() == CommandEffect::Target || row.install || row.alias)
    };
    let here = script.commands.iter().filter(puts).flat_map(named);
    let here: BTreeSet<String> = here.collect();
    for command in &script.commands {
        let Some((program, word)) = command.program() else { continue };
        let absent = facts::is_system_manager(program) && !os.package_managers.contains(&program);
        let made = brought.contains(program) || here.contains(program);
        if absent && !made && !command.guarded {
            wrong.push((program, word));
        }
    }
    let &(program, first) = wrong.first()?;
    let right = os.package_managers.first()?;
    let span = locate(&script.text, first);
    let mut finding = Finding::new(format!("{} has no {program}", os.name))
        .at(span, format!("{program}: command not found"))
        .at(build.root(stage).image_place, format!("this base has {right}"))
        .help(format!("use {right}"));
    // Only yum and dnf speak the same language; packages of another distribution have other names.
    let yum = wrong.iter().filter(|(program, _)| *program == "yum");
    if *right == "dnf" && program == "yum" {
        let edit = |(_, word): &(&str, &Word)| {
            let span = locate(&script.text, word);
            Edit { start: span.end - "yum".len(), end: span.end, text: "dnf".into() }
        };
        let edits = yum.map(edit).collect();
        finding = finding.fix(Fix { safe: true, title: "use dnf instead of yum".into(), edits });
    }
    Some(finding)
}

fn locate(text: &Text, word: &Word) -> Span {
    text.locate(word.span.0, word.span.1)
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::Error;
    use crate::rules::testing::{allows, catches, catches_as};

    fn on(base: &str, run: &str) -> String {
        format!("FROM {base}\nRUN {run}\n")
    }

    #[test]
    fn managers_of_another_distribution() {
        catches_as(Error, "LL801", &on("public.ecr.aws/lambda/python:3.13", "yum install -y gcc"));
        catches("LL801", &on("public.ecr.aws/lambda/provided:al2023", "amazon-linux-extras install epel"));
        catches("LL801", &on("public.ecr.aws/lambda/nodejs:18", "dnf install -y gcc"));
        catches("LL801", &on("public.ecr.aws/lambda/python:3.13", "apt-get update && apt-get install -y gcc"));
        catches("LL801", &on("python:3.13-slim", "apk add gcc"));
        catches("LL801", &on("public.ecr.aws/lambda/python:3.13", "bash -c 'yum install -y gcc'"));
    }

    #[test]
    fn programs_that_run_a_manager() {
        let node = |run: &str| on("public.ecr.aws/lambda/nodejs:22", run);
        catches_as(Error, "LL801", &node("npx playwright install --with-deps chromium"));
        catches("LL801", &node("npx -y playwright@1.50.0 install-deps"));
        catches("LL801", &on("public.ecr.aws/lambda/python:3.13", "python -m playwright install-deps chromium"));
        catches("LL801", &on("public.ecr.aws/lambda/python:3.11", "pip install playwright && playwright install-deps"));
        allows("LL801", &node("npx playwright install chromium"));
        allows("LL801", &node("npx playwright install --with-deps chromium || true"));
        allows("LL801", &on("node:22-bookworm", "npx playwright install --with-deps chromium"));
        allows("LL801", &on("mcr.microsoft.com/playwright:v1.50.0-noble", "npx playwright install-deps"));
        allows("LL801", &node("echo playwright install-deps"));
    }

    #[test]
    fn near_misses() {
        allows("LL801", &on("public.ecr.aws/lambda/python:3.11", "yum install -y gcc"));
        allows("LL801", &on("public.ecr.aws/lambda/python:3.13", "yum install -y gcc || dnf install -y gcc"));
        allows("LL801", &on("public.ecr.aws/lambda/python:3.13", "command -v yum && yum install -y gcc"));
        allows(
            "LL801",
            &on("public.ecr.aws/lambda/python:3.13", "ln -s /usr/bin/dnf /usr/bin/yum && yum install -y gcc"),
        );
        allows("LL801", &on("public.ecr.aws/lambda/python:3.13", "dnf install -y yum && yum install -y gcc"));
        allows("LL801", &on("amazonlinux:2023", "yum install -y gcc"));
        allows("LL801", &on("acme.example/base:1", "yum install -y gcc"));
        allows("LL801", &on("public.ecr.aws/lambda/python:$VERSION", "yum install -y gcc"));
        allows("LL801", &on("public.ecr.aws/lambda/python:3.13", "echo 'yum install' # yum"));
    }
}
