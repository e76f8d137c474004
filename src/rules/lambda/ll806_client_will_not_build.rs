//! LL806 client-will-not-build.

use crate::diagnostic::Finding;
use crate::facts::{Base, ClientBuild, Os, packages};
use crate::launch::{Build, Package, Ran, Stage};
use crate::rules::{Check, Rule};
use crate::source::Span;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL806-client-will-not-build.md"), check: Check::Build(check) };

fn check(build: &Build<'_>, findings: &mut Vec<Finding>) {
    for stage in &build.stages {
        let found = stage.ran().iter().enumerate().filter(|(_, ran)| !ran.guarded).find_map(|(at, ran)| {
            let install = ran.install()?;
            let package = install
                .packages
                .iter()
                .find(|p| packages().client.iter().any(|c| c.package == p.name && c.manager == install.manager))?;
            Some((at, package.clone()))
        });
        let Some((at, package)) = found else { continue };
        let Some((base, os)) = build.base_of(stage).and_then(|base| Some((base, base.os?))) else { continue };
        let builds = |client: &&ClientBuild| client.package == package.name && is_built(client, base, os, &package);
        let Some(client) = packages().client.iter().find(builds) else { continue };
        let before = before(build, stage, at);
        if before
            .iter()
            .any(|ran| ran.is_opaque() || ran.args.iter().any(|arg| arg.text.is_none() && ran.install().is_some()))
        {
            continue;
        }
        let finding = swallowed(client, &before)
            .or_else(|| no_execinfo(client, base, os, &before, &package))
            .or_else(|| without_tools(client, base, os, &before, &package));
        findings.extend(finding.map(|finding| finding.at(build.root(stage).image_place, "on this base")));
    }
}

/// The commands before one of a stage's, those of the stages it is built from among them.
fn before<'b>(build: &'b Build<'_>, stage: &'b Stage<'_>, at: usize) -> Vec<&'b Ran> {
    let parents = build.lineage(stage).into_iter().skip(1).take(8).flat_map(Stage::ran);
    parents.chain(stage.ran().iter().take(at)).collect()
}

/// Whether installing a version of a client on a base means building it.
fn is_built(client: &ClientBuild, base: &Base, os: &Os, package: &Package) -> bool {
    if (client.musl_only && !os.musl)
        || !matches!(base.family, Some("python" | "node" | "alpine" | "debian" | "ubuntu"))
    {
        return false;
    }
    let newest = |base: &Base| {
        let version = language(base)?;
        Some(version >= client.newest_from)
    };
    match package.version.as_deref() {
        Some(version) => {
            let major = version.split('.').next().and_then(|major| major.parse::<u32>().ok());
            major.is_some_and(|major| {
                client.from.is_none_or(|from| major >= from) && client.below.is_none_or(|below| major < below)
            })
        }
        // pip goes back to one that fits the interpreter, npm takes the newest whatever the engine says.
        None if client.manager == "pip" => newest(base) == Some(false),
        None => client.from.is_some() && newest(base) == Some(true),
    }
}

/// The language's version in a base's tag: `[3, 8]` of `python:3.8-alpine`, `[22]` of `node:22-slim`.
fn language(base: &Base) -> Option<Vec<u32>> {
    base.family.filter(|family| matches!(*family, "python" | "node"))?;
    numbers(base.reference.as_ref()?.tag.as_deref()?)
}

/// Alpine's version, where the tag names it: `[3, 17]` of `16-alpine3.17`.
fn alpine(base: &Base) -> Option<Vec<u32>> {
    let tag = base.reference.as_ref()?.tag.as_deref()?;
    match base.family {
        Some("alpine") => numbers(tag),
        _ => numbers(tag.split_once("alpine")?.1),
    }
}

fn numbers(text: &str) -> Option<Vec<u32>> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    text[..end].split('.').map(|part| part.parse().ok()).collect()
}

/// `apk add --virtual make cmake`: the group is called make, and make is not installed.
fn swallowed(client: &ClientBuild, before: &[&Ran]) -> Option<Finding> {
    before.iter().filter(|ran| ran.program == "apk" && !ran.guarded).find_map(|ran| {
        let name = ran.value(&["--virtual", "-t"])?;
        if !client.needs.iter().any(|tool| tool == name)
            && !matches!(name, "build-base" | "gcc" | "python3" | "curl-dev")
        {
            return None;
        }
        let again = before
            .iter()
            .filter_map(|ran| ran.install())
            .any(|install| install.packages.iter().any(|package| package.name == name));
        let word = ran.args.iter().find(|arg| arg.text.as_deref() == Some(name)).map_or(ran.span, |arg| arg.span);
        let finding = Finding::new(format!("apk takes {name} for the name of the group, and does not install it"))
            .at(word, "the word behind --virtual is a name")
            .help(format!("write --virtual .build-deps {name}"));
        (!again).then_some(finding)
    })
}

/// Sources that want <execinfo.h> on an Alpine that has none.
fn no_execinfo(client: &ClientBuild, base: &Base, os: &Os, before: &[&Ran], package: &Package) -> Option<Finding> {
    let version = alpine(base).filter(|_| os.musl)?;
    let limit = if client.no_execinfo_from.is_empty() { [3, 17].as_slice() } else { &client.no_execinfo_from };
    if version.as_slice() < limit {
        return None;
    }
    let asked: Option<Span> = before.iter().filter_map(|ran| ran.install()).find_map(|install| {
        install.packages.iter().find(|package| package.name == "libexecinfo-dev").map(|package| package.span)
    });
    let place = asked.or_else(|| (!client.no_execinfo_from.is_empty()).then_some(package.span))?;
    let shown = version.iter().map(u32::to_string).collect::<Vec<_>>().join(".");
    Some(
        Finding::new(format!("{} cannot be built on Alpine {shown}, which has no execinfo.h", package.name))
            .at(place, "libexecinfo-dev is gone since Alpine 3.17")
            .help(format!("use {}", client.instead)),
    )
}

/// No compiler, no make, no cmake: what of it is missing for sure.
fn without_tools(client: &ClientBuild, base: &Base, os: &Os, before: &[&Ran], package: &Package) -> Option<Finding> {
    let tag = base.reference.as_ref().and_then(|reference| reference.tag.as_deref()).unwrap_or_default();
    let bare = os.musl || tag.contains("slim") || matches!(base.family, Some("debian" | "ubuntu"));
    let installed: Vec<Package> =
        before.iter().filter_map(|ran| ran.install()).flat_map(|install| install.packages).collect();
    let has = |tool: &str| {
        installed.iter().any(|package| {
            let name = package.name.as_str();
            // autoconf, automake and libtool are drawn in by nothing else.
            name == tool
                || (matches!(tool, "g++" | "make")
                    && matches!(name, "build-base" | "build-essential" | "alpine-sdk" | "clang"))
        })
    };
    // The full images of Python and Node have all but cmake.
    let missing: Vec<&str> =
        client.needs.iter().map(String::as_str).filter(|tool| !has(tool) && (bare || *tool == "cmake")).collect();
    let first = missing.first()?;
    // With most of it installed somebody has tried, and the rest may come from elsewhere.
    if missing.len() < client.needs.len() && !missing.iter().any(|tool| matches!(*tool, "g++" | "make" | "cmake")) {
        return None;
    }
    let install = if os.musl { "apk add --no-cache" } else { "apt-get install -y" };
    Some(
        Finding::new(format!("{} is built from its sources here, and there is no {first}", package.name))
            .at(package.span, format!("needs {}", client.needs.join(", ")))
            .help(format!("{install} {} before it", missing.join(" "))),
    )
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::Warning;
    use crate::rules::tried::{catches, catches_as, spares};

    #[test]
    fn clients_that_cannot_be_built() {
        catches_as(Warning, "LL806", "FROM node:22-slim\nRUN npm install aws-lambda-ric@4.0.2");
        catches("LL806", "FROM node:22-bookworm\nRUN npm install aws-lambda-ric");
        catches("LL806", "FROM node:18-alpine\nRUN apk add g++ make\nRUN npm install aws-lambda-ric@2.1.0");
        catches(
            "LL806",
            "FROM node:16-alpine3.17\nRUN apk add build-base cmake autoconf automake libtool\nRUN npm i aws-lambda-ric@2.1.0",
        );
        catches("LL806", "FROM python:3.9-alpine\nRUN pip install awslambdaric");
        catches("LL806", "FROM python:3.12-alpine\nRUN pip install awslambdaric==2.2.1");
        catches(
            "LL806",
            "FROM python:3.8-alpine\nRUN apk add --virtual make cmake g++ autoconf automake libtool\nRUN pip install awslambdaric",
        );
    }

    #[test]
    fn near_misses() {
        spares("LL806", "FROM python:3.12-slim\nRUN pip install awslambdaric==2.2.1");
        spares("LL806", "FROM python:3.12-alpine\nRUN pip install awslambdaric");
        spares("LL806", "FROM python:3.12-alpine3.20\nRUN pip install awslambdaric==4.0.1");
        spares(
            "LL806",
            "FROM python:3.9-alpine\nRUN apk add build-base cmake autoconf automake libtool\nRUN pip install awslambdaric",
        );
        spares(
            "LL806",
            "FROM node:22-bookworm\nRUN apt-get install -y g++ make cmake\nRUN npm install aws-lambda-ric@4.0.2",
        );
        spares("LL806", "FROM node:20-slim\nRUN npm install aws-lambda-ric@3.3.0");
        spares("LL806", "FROM node:22-slim\nCOPY setup.sh /\nRUN /setup.sh && npm install aws-lambda-ric");
        spares(
            "LL806",
            "FROM node:22-alpine\nRUN apk add --virtual .build make cmake g++\nRUN npm install aws-lambda-ric@4.0.2",
        );
        spares("LL806", "FROM acme.example/base:1\nRUN npm install aws-lambda-ric@4.0.2");
        spares("LL806", "FROM python:3.8-alpine\nRUN apk add --virtual make cmake g++\nRUN pip install requests");
    }
}
