//! LL322 stage-libc-mismatch.

use crate::diagnostic::{Finding, Place};
use crate::facts::{self, Base};
use crate::launch::{Build, Copied, Launch, Native, Origin, Stage};
use crate::path::under;
use crate::rules::{Check, Rule};
use crate::source::Span;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL322-stage-libc-mismatch.md"), check: Check::Launch(check) };

/// Versions of glibc that gave names in common use a new version: what was linked on one of them or later asks for
/// it, and an older glibc has it not. Between two of them programs run on either.
const STEPS: &[(u32, u32)] = &[(2, 28), (2, 29), (2, 33), (2, 34), (2, 38)];

/// Nobody copies from elsewhere more often; a file that does is not worth the time.
const LOOKED_AT: usize = 64;

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let Some(build) = launch.build else { return };
    let mut seen: Vec<Place> = Vec::new();
    for copied in build.copies().into_iter().filter(|copied| !matches!(copied.origin, Origin::Context)).take(LOOKED_AT)
    {
        let (Some(there), Some(here)) = (build.origin_base(&copied), build.base_of(copied.stage)) else { continue };
        let root = build.root(copied.stage);
        // A client that the base's own entrypoint passes by is never loaded.
        let idle = |native: &Native| launch.starts_lambda_entrypoint() && facts::is_runtime_client(&native.what);
        let native = build.native(&copied).filter(|native| !idle(native));
        let said = match &native {
            Some(native) => {
                mismatch(build, native, there, here).map(|(what, help)| (native.what.clone(), native.span, what, help))
            }
            None => None,
        };
        let Some((what, span, why, help)) = said.or_else(|| environment(build, &copied, there, here)) else { continue };
        // One COPY after the other of what one stage made is one fault.
        let made = match &copied.origin {
            Origin::Stage(from) => build.root(from).image_place,
            Origin::Image(_, _, span) => (*span).into(),
            _ => continue,
        };
        if seen.contains(&made) {
            continue;
        }
        seen.push(made);
        let at = copied.sources.first().map_or(copied.span(), |(_, span)| *span);
        let mut finding = Finding::new(format!("{what} was made for another system: {why}")).at(at, "copied as it is");
        if span != at {
            finding = finding.at(span, "made here");
        }
        findings.push(finding.at(root.image_place, "has to run here").help(help));
    }
}

/// Why machine code of one base does not run on another; what to do.
fn mismatch(build: &Build<'_>, native: &Native, there: &Base, here: &Base) -> Option<(String, String)> {
    let name = |base: &Base| base.os.map_or("this base", |os| os.name.as_str());
    match (there.musl()?, here.musl()?) {
        (true, false) => {
            let why = format!("{} has musl, and {} has glibc", name(there), name(here));
            return Some((why, "build it in a stage with the final image's base".into()));
        }
        // gcompat and libc6-compat stand in for glibc.
        (false, true) if !["gcompat", "libc6-compat", "glibc"].iter().any(|word| build.runs_mention(word)) => {
            let why = format!("{} has glibc, and {} has musl", name(there), name(here));
            return Some((why, "build it in a stage with the final image's base".into()));
        }
        _ => {}
    }
    if let (Some(from), Some(to)) = (there.glibc(), here.glibc())
        && native.compiled
        && STEPS.iter().any(|step| to < *step && *step <= from)
    {
        let why = format!("glibc {}.{} there, {}.{} here", from.0, from.1, to.0, to.1);
        return Some((why, "build it on the final image's base, or on an older system".into()));
    }
    let (from, to) = (there.python_minor()?, here.python_minor()?);
    (native.python && from != to).then(|| python(from, to))
}

/// A virtual environment, or a folder named after a Python, that the final image's Python does not look at.
fn environment(
    build: &Build<'_>,
    copied: &Copied<'_, '_>,
    there: &Base,
    here: &Base,
) -> Option<(String, Span, String, String)> {
    let (from, to) = (there.python_minor()?, here.python_minor()?);
    let folder = format!("python3.{from}");
    let destination = copied.destination.as_deref()?;
    // Another Python of that version, or a PYTHONPATH to the folder, finds it all the same.
    let wired =
        build.runs_mention(&folder) || copied.step.state.variable("PYTHONPATH").is_some_and(|p| p.contains(&folder));
    if from == to || wired {
        return None;
    }
    let Origin::Stage(stage) = &copied.origin else { return None };
    let source = copied.sources.iter().find_map(|(source, span)| Some((source.as_deref()?, *span)))?;
    let made = build.lineage(stage).into_iter().flat_map(Stage::virtual_environments);
    let made = made.into_iter().find(|(path, _)| under(path, source.0) && source.0.len() > 1);
    let named = destination.contains(&folder) && source.0.contains("site-packages");
    let (what, span) = match made {
        Some((path, span)) => (format!("the virtual environment {path}"), span),
        None if named => (format!("{folder}'s site-packages"), source.1),
        None => return None,
    };
    let (why, help) = python(from, to);
    Some((what, span, why, help))
}

fn python(from: u32, to: u32) -> (String, String) {
    (format!("Python 3.{from} there, 3.{to} here"), "take the same Python in both stages".into())
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::Warning;
    use crate::rules::tried::{catches, catches_as, spares};

    const CMD: &str = "\nCMD [\"app.handler\"]";

    fn rust(base: &str, run: &str, source: &str, end: &str) -> String {
        format!(
            "FROM {base} AS build\nWORKDIR /src\nCOPY . .\nRUN {run}\nFROM {end}\nCOPY --from=build {source} /var/runtime/bootstrap{CMD}"
        )
    }

    #[test]
    fn programs() {
        let al2 = "public.ecr.aws/lambda/provided:al2";
        let al2023 = "public.ecr.aws/lambda/provided:al2023";
        let release = "/src/target/release/app";
        catches_as(Warning, "LL322", &rust("rust:1.80-bookworm", "cargo build --release", release, al2));
        catches("LL322", &rust("rust:latest", "cargo build --release", release, al2));
        catches("LL322", &rust("rust:1.90-trixie", "cargo build --release", release, al2023));
        catches("LL322", &rust("ubuntu:24.04", "gcc -O2 -o main main.c", "/src/main", al2023));
        catches("LL322", &rust("rust:1.80", "cargo build --release && cp target/release/app /app", "/app", al2));
        catches("LL322", &rust("rust:1.80-bookworm", "cargo build --release", release, "alpine:3.20"));
        spares("LL322", &rust("rust:1.80-bookworm", "cargo build --release", release, al2023));
        spares("LL322", &rust("rust:alpine", "cargo build --release", release, al2));
        let musl = "/src/target/x86_64-unknown-linux-musl/release/app";
        spares("LL322", &rust("rust:1.80", "cargo build --release --target x86_64-unknown-linux-musl", musl, al2));
        spares("LL322", &rust("rust:1.80", "RUSTFLAGS='-C target-feature=+crt-static' cargo build -r", release, al2));
        spares("LL322", &rust("rust:1.80", "cargo lambda build --release", "/src/target/lambda/app/bootstrap", al2));
        spares("LL322", &rust("ubuntu:24.04", "gcc -static -o main main.c", "/src/main", al2023));
        catches("LL322", &rust("golang:1.23-alpine", "CGO_ENABLED=1 go build -o main", "/src/main", al2023));
        catches(
            "LL322",
            "FROM public.ecr.aws/lambda/provided:al2023\nCOPY --from=node:22-alpine /usr/local/bin/node /usr/local/bin/\nCMD [\"a\"]",
        );
        spares(
            "LL322",
            "FROM public.ecr.aws/lambda/provided:al2023\nCOPY --from=node:22 /usr/local/bin/node /usr/local/bin/\nCMD [\"a\"]",
        );
        spares(
            "LL322",
            "FROM node:22-alpine\nCOPY --from=node:24-alpine /usr/local/bin/node /node\nCMD [\"a.handler\"]",
        );
        spares("LL322", &rust("golang:1.23", "go build -o main", "/src/main", al2));
        spares("LL322", &rust("golang:1.23-alpine", "CGO_ENABLED=0 go build -o main", "/src/main", al2023));
        spares("LL322", &rust("acme/rust", "cargo build --release", release, al2));
        spares("LL322", &rust("rust:1.80-bookworm", "cargo build --release", release, "acme/base"));
    }

    fn python(base: &str, run: &str, copy: &str, end: &str) -> String {
        format!("FROM {base} AS build\nRUN {run}\nFROM {end}\nCOPY --from=build {copy}{CMD}")
    }

    #[test]
    fn packages() {
        let lambda = "public.ecr.aws/lambda/python:3.12";
        let install = "pip install --target /deps numpy";
        catches("LL322", &python("python:3.12-alpine", install, "/deps /var/task", lambda));
        catches("LL322", &python("python:3.11-slim", install, "/deps /var/task", lambda));
        catches(
            "LL322",
            &python("python:3.9", "pip install psycopg2 -t /deps", "/deps .", "public.ecr.aws/lambda/python:3.9"),
        );
        let node = "npm install sharp";
        catches(
            "LL322",
            &python("node:22-alpine", node, "/node_modules ./node_modules", "public.ecr.aws/lambda/nodejs:22"),
        );
        spares("LL322", &python("python:3.12-slim", install, "/deps /var/task", lambda));
        let wheels = "pip install --platform manylinux2014_x86_64 --only-binary=:all: --target /deps numpy";
        spares("LL322", &python("python:3.12-alpine", wheels, "/deps /var/task", lambda));
        spares(
            "LL322",
            &python("python:3.12-alpine", "pip install --target /deps requests", "/deps /var/task", lambda),
        );
        spares(
            "LL322",
            &python("python:3.12-alpine", "pip install --target /deps -r r.txt", "/deps /var/task", lambda),
        );
        spares("LL322", &python("python:3.11-slim", "pip install -t /deps requests", "/deps /var/task", lambda));
        spares(
            "LL322",
            &python("node:22-alpine", "npm ci", "/app/node_modules ./node_modules", "public.ecr.aws/lambda/nodejs:22"),
        );
        spares("LL322", &python("node:22-alpine", "npm run build", "/app/dist ./static", lambda));
        spares("LL322", &python("python:3.12-alpine", install, "/other /var/task", lambda));
        spares("LL322", &python("node:22-alpine", "npm install esbuild", "/node_modules ./", lambda));
    }

    #[test]
    fn environments() {
        let venv = "python -m venv /opt/venv && /opt/venv/bin/pip install requests";
        catches("LL322", &python("python:3.11", venv, "/opt/venv /opt/venv", "python:3.12-slim"));
        let path = "/usr/local/lib/python3.11/site-packages";
        let both = format!("{path} {path}");
        catches("LL322", &python("python:3.11", "pip install requests", &both, "python:3.12-slim"));
        spares("LL322", &python("python:3.12", venv, "/opt/venv /opt/venv", "python:3.12-slim"));
        spares("LL322", &python("python:3", venv, "/opt/venv /opt/venv", "python:3.12-slim"));
        let to = format!("{path} /usr/local/lib/python3.12/site-packages");
        spares("LL322", &python("python:3.11", "pip install requests", &to, "python:3.12-slim"));
    }
}
