//! LL323 runtime-client-task-root.

use crate::diagnostic::{Doc, Finding, Fix, Place};
use crate::facts::{Base, BaseKind};
use crate::launch::{Build, Launch, Package, Ran, Stage};
use crate::rules::{Check, Rule};
use crate::source::Span;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL323-runtime-client-task-root.md"), check: Check::Launch(check) };

const CLIENT: &str = "aws-lambda-ric";

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let Some(build) = launch.build else { return findings.extend(in_image(launch)) };
    if !matches!(launch.base.kind, BaseKind::General | BaseKind::Scratch) || launch.env("LAMBDA_TASK_ROOT").is_some() {
        return;
    }
    // In /var/task, where Lambda's own value points, the handler is found.
    let workdir = launch.workdir.value().map_or("/", String::as_str);
    if launch.workdir.is_unknown() || workdir == "/var/task" || launch.client().is_none_or(|c| c.name != CLIENT) {
        return;
    }
    let Some((package, label)) = installed(build, launch) else { return };
    let entrypoint = launch.place_of(&launch.entrypoint);
    let mut finding = Finding::new(format!("{CLIENT} looks for the handler in LAMBDA_TASK_ROOT, and nothing sets it"))
        .at(package.span, label)
        .at(entrypoint, format!("not in {workdir}, where it starts"))
        .help(format!("write ENV LAMBDA_TASK_ROOT={workdir}"));
    if let Some(at) = start_of_line(build, entrypoint).filter(|_| !launch.entrypoint.is_inherited()) {
        let edit = format!("ENV LAMBDA_TASK_ROOT={workdir}\n");
        finding = finding.fix(Fix::replace(true, "set LAMBDA_TASK_ROOT", Span::new(at, at), edit));
    }
    findings.push(finding);
}

/// A saved image whose own client is of version 4 or later.
fn in_image(launch: &Launch<'_>) -> Option<Finding> {
    let workdir = launch.workdir.value().map_or("/", String::as_str);
    let told = launch.env("LAMBDA_TASK_ROOT").is_some() || workdir == "/var/task" || launch.on_lambda_base();
    if told || launch.client()?.name != CLIENT {
        return None;
    }
    let major = launch.client_major().filter(|major| *major >= 4)?;
    let finding = Finding::new(format!("{CLIENT} looks for the handler in LAMBDA_TASK_ROOT, and nothing sets it"));
    let place = launch.place_of(&launch.entrypoint);
    let finding = finding.at(place, format!("version {major} does so, and not in {workdir}, where it starts"));
    Some(finding.help(format!("write ENV LAMBDA_TASK_ROOT={workdir}")))
}

/// The client that gets installed, where it is certain to be version 4 or later.
fn installed(build: &Build<'_>, launch: &Launch<'_>) -> Option<(Package, String)> {
    let installs = build.stages.iter().flat_map(Stage::ran).filter_map(Ran::install);
    let npm = installs.filter(|install| install.manager == "npm");
    let package = npm.flat_map(|install| install.packages).find(|package| package.name == CLIENT)?;
    let label = match &package.version {
        Some(version) => {
            let digits = version.trim_start_matches(['^', '~', '=', 'v']);
            let major: u32 = digits.split('.').next()?.parse().ok()?;
            if major < 4 {
                return None;
            }
            format!("version {major} does so")
        }
        // Without a version npm takes the newest; those for older Nodes are pinned by whoever wants them.
        None if recent_node(&launch.base) => "without a version it is 4 or later, which does so".into(),
        None => return None,
    };
    Some((package, label))
}

/// Node 22 or later: by its number, or because `latest`, `lts` and no tag have been for long.
fn recent_node(base: &Base) -> bool {
    let Some(reference) = base.reference.as_ref().filter(|_| base.family == Some("node")) else { return false };
    match (base.version(), &reference.tag, &reference.digest) {
        (Some((major, _)), ..) => major >= 22,
        (None, None, digest) => digest.is_none(),
        (None, Some(tag), _) => matches!(tag.split('-').next(), Some("latest" | "lts" | "current" | "slim" | "alpine")),
    }
}

fn start_of_line(build: &Build<'_>, place: Place) -> Option<usize> {
    if place.doc != Doc::Dockerfile {
        return None;
    }
    let source = &build.dockerfile.source;
    let line = source.line(source.line_of(place.span.start));
    (line.start == place.span.start).then_some(line.start)
}

#[cfg(test)]
mod tests {
    use crate::rules::tried::{catches, spares};

    const START: &str = "ENTRYPOINT [\"/usr/local/bin/npx\", \"aws-lambda-ric\"]\nCMD [\"index.handler\"]";

    #[test]
    fn version_four() {
        catches("LL323", &format!("FROM node:24\nWORKDIR /function\nRUN npm i aws-lambda-ric@4.0.2\n{START}"));
        catches("LL323", &format!("FROM node:22-slim\nWORKDIR /app\nRUN npm install aws-lambda-ric\n{START}"));
        catches("LL323", &format!("FROM node:lts-slim\nWORKDIR /app\nRUN npm install aws-lambda-ric\n{START}"));
        catches(
            "LL323",
            &format!("FROM node:22 AS b\nRUN npm i aws-lambda-ric@^4\nFROM node:22-slim\nWORKDIR /app\n{START}"),
        );
    }

    #[test]
    fn near_misses() {
        spares("LL323", &format!("FROM node:22\nWORKDIR /app\nRUN npm i aws-lambda-ric@3.3.0\n{START}"));
        spares("LL323", &format!("FROM node:lts-buster@sha256:0\nWORKDIR /app\nRUN npm i aws-lambda-ric@3\n{START}"));
        spares("LL323", &format!("FROM node:18\nWORKDIR /app\nRUN npm i aws-lambda-ric\n{START}"));
        spares("LL323", &format!("FROM node:22\nWORKDIR /app\nRUN npm ci\n{START}"));
        spares("LL323", &format!("FROM node:22\nWORKDIR /var/task\nRUN npm i aws-lambda-ric@4\n{START}"));
        spares(
            "LL323",
            &format!("FROM node:22\nENV LAMBDA_TASK_ROOT=/app\nWORKDIR /app\nRUN npm i aws-lambda-ric@4\n{START}"),
        );
        spares("LL323", &format!("FROM public.ecr.aws/lambda/nodejs:22\nRUN npm i aws-lambda-ric@4\n{START}"));
        spares("LL323", &format!("FROM acme/node\nWORKDIR /app\nRUN npm i aws-lambda-ric@4\n{START}"));
        spares("LL323", "FROM node:22\nWORKDIR /app\nRUN npm i aws-lambda-ric@4\nCMD [\"node\", \"app.js\"]");
    }
}
