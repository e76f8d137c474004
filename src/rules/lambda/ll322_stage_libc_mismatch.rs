//! LL322 stage-libc-mismatch.

use crate::diagnostic::Finding;
use crate::launch::{Launch, SystemsDiffer};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL322-stage-libc-mismatch.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    for other in launch.other_systems() {
        let (why, help) = words(&other.why);
        let help = if other.go { "write CGO_ENABLED=0 go build" } else { help };
        let message = format!("{} was made for another system: {why}", other.what);
        let mut finding = Finding::new(message).at(other.copied, "copied as it is");
        if other.made != other.copied {
            finding = finding.at(other.made, "made here");
        }
        findings.push(finding.at(other.base_place, "has to run here").help(help));
    }
}

fn words(differ: &SystemsDiffer) -> (String, &'static str) {
    match differ {
        SystemsDiffer::Libc { musl_there, there, here } => {
            let (from, to) = if *musl_there { ("musl", "glibc") } else { ("glibc", "musl") };
            let why = format!("{there} has {from}, and {here} has {to}");
            (why, "build it in a stage with the final image's base")
        }
        SystemsDiffer::Glibc { there, here } => {
            let why = format!("glibc {}.{} there, {}.{} here", there.0, there.1, here.0, here.1);
            (why, "take it from a stage with the final image's base, or from an older system")
        }
        SystemsDiffer::Python { there, here } => {
            (format!("Python 3.{there} there, 3.{here} here"), "take the same Python in both stages")
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::Warning;
    use crate::rules::testing::{allows, catches, catches_as};

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
        allows("LL322", &rust("rust:1.80-bookworm", "cargo build --release", release, al2023));
        allows("LL322", &rust("rust:alpine", "cargo build --release", release, al2));
        let musl = "/src/target/x86_64-unknown-linux-musl/release/app";
        allows("LL322", &rust("rust:1.80", "cargo build --release --target x86_64-unknown-linux-musl", musl, al2));
        allows("LL322", &rust("rust:1.80", "RUSTFLAGS='-C target-feature=+crt-static' cargo build -r", release, al2));
        allows("LL322", &rust("rust:1.80", "cargo lambda build --release", "/src/target/lambda/app/bootstrap", al2));
        allows("LL322", &rust("ubuntu:24.04", "gcc -static -o main main.c", "/src/main", al2023));
        catches("LL322", &rust("golang:1.23-alpine", "CGO_ENABLED=1 go build -o main", "/src/main", al2023));
        catches(
            "LL322",
            "FROM public.ecr.aws/lambda/provided:al2023\nCOPY --from=node:22-alpine /usr/local/bin/node /usr/local/bin/\nCMD [\"a\"]",
        );
        allows(
            "LL322",
            "FROM public.ecr.aws/lambda/provided:al2023\nCOPY --from=node:22 /usr/local/bin/node /usr/local/bin/\nCMD [\"a\"]",
        );
        allows(
            "LL322",
            "FROM node:22-alpine\nCOPY --from=node:24-alpine /usr/local/bin/node /node\nCMD [\"a.handler\"]",
        );
        catches("LL322", &rust("golang:1.23", "go build -o main", "/src/main", al2));
        catches(
            "LL322",
            &rust("golang:1.22-bookworm", "GOOS=linux go build -tags lambda.norpc -o main", "/src/main", al2),
        );
        allows("LL322", &rust("golang:1.23", "go build -o main", "/src/main", al2023));
        allows("LL322", &rust("golang:1.25-trixie", "go build -o main", "/src/main", al2023));
        allows("LL322", &rust("golang:1.20-bullseye", "go build -o main", "/src/main", al2));
        allows("LL322", &rust("golang:1.23-alpine", "go build -o main", "/src/main", al2));
        allows("LL322", &rust("golang:1.23", "CGO_ENABLED=0 go build -o main", "/src/main", al2));
        allows("LL322", &rust("golang:1.23", "export CGO_ENABLED=0 && go build -o main", "/src/main", al2));
        allows("LL322", &rust("golang:1.23", "GOARCH=arm64 go build -o main", "/src/main", al2));
        allows("LL322", &rust("golang:1.23", "go build -tags netgo -o main", "/src/main", al2));
        allows("LL322", &rust("golang:1.23-alpine", "CGO_ENABLED=0 go build -o main", "/src/main", al2023));
        allows("LL322", &rust("acme/rust", "cargo build --release", release, al2));
        allows("LL322", &rust("rust:1.80-bookworm", "cargo build --release", release, "acme/base"));
    }

    #[test]
    fn what_a_distribution_brings() {
        let copy = |from: &str, what: &str, end: &str| {
            format!("FROM {from} AS tools\nRUN install-them\nFROM {end}\nCOPY --from=tools {what}{CMD}")
        };
        let lambda = "public.ecr.aws/lambda/python:3.12";
        let tesseract = "/usr/bin/tesseract /usr/local/bin/tesseract";
        catches("LL322", &copy("fedora:40", tesseract, lambda));
        catches("LL322", &copy("ubuntu:24.04", "/usr/lib/x86_64-linux-gnu/libpoppler.so.134 /opt/lib/", lambda));
        catches(
            "LL322",
            &copy("debian:bookworm-slim", "/usr/bin/ffmpeg /usr/bin/", "public.ecr.aws/lambda/python:3.11"),
        );
        catches("LL322", &copy("rockylinux:9", "/usr/bin/qpdf /usr/bin/", "public.ecr.aws/lambda/python:3.11"));
        allows("LL322", &copy("rockylinux:9", tesseract, lambda));
        allows("LL322", &copy("fedora", tesseract, lambda));
        allows("LL322", &copy("quay.io/centos/centos:stream9", tesseract, lambda));
        allows("LL322", &copy("debian:bookworm-slim", "/usr/bin/ffmpeg /usr/bin/", lambda));
        allows("LL322", &copy("fedora:40", "/usr/bin/rclone /usr/bin/", lambda));
        allows("LL322", &copy("fedora:40", "/usr/share/tesseract/tessdata /usr/share/tessdata", lambda));
        allows("LL322", &copy("fedora:40", "/opt/static/ffmpeg /usr/bin/ffmpeg", lambda));
        allows("LL322", &copy("amazonlinux:2023", "/usr/bin/git /usr/bin/git", lambda));
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
        allows("LL322", &python("python:3.12-slim", install, "/deps /var/task", lambda));
        let wheels = "pip install --platform manylinux2014_x86_64 --only-binary=:all: --target /deps numpy";
        allows("LL322", &python("python:3.12-alpine", wheels, "/deps /var/task", lambda));
        allows(
            "LL322",
            &python("python:3.12-alpine", "pip install --target /deps requests", "/deps /var/task", lambda),
        );
        allows(
            "LL322",
            &python("python:3.12-alpine", "pip install --target /deps -r r.txt", "/deps /var/task", lambda),
        );
        allows("LL322", &python("python:3.11-slim", "pip install -t /deps requests", "/deps /var/task", lambda));
        allows(
            "LL322",
            &python("node:22-alpine", "npm ci", "/app/node_modules ./node_modules", "public.ecr.aws/lambda/nodejs:22"),
        );
        allows("LL322", &python("node:22-alpine", "npm run build", "/app/dist ./static", lambda));
        allows("LL322", &python("python:3.12-alpine", install, "/other /var/task", lambda));
        allows("LL322", &python("node:22-alpine", "npm install esbuild", "/node_modules ./", lambda));
    }

    #[test]
    fn environments() {
        let venv = "python -m venv /opt/venv && /opt/venv/bin/pip install requests";
        catches("LL322", &python("python:3.11", venv, "/opt/venv /opt/venv", "python:3.12-slim"));
        let path = "/usr/local/lib/python3.11/site-packages";
        let both = format!("{path} {path}");
        catches("LL322", &python("python:3.11", "pip install requests", &both, "python:3.12-slim"));
        allows("LL322", &python("python:3.12", venv, "/opt/venv /opt/venv", "python:3.12-slim"));
        allows("LL322", &python("python:3", venv, "/opt/venv /opt/venv", "python:3.12-slim"));
        let to = format!("{path} /usr/local/lib/python3.12/site-packages");
        allows("LL322", &python("python:3.11", "pip install requests", &to, "python:3.12-slim"));
    }
}
