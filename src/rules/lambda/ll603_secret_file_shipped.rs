//! LL603 secret-file-shipped.

use crate::diagnostic::{Doc, Finding, Place, Severity};
use crate::dockerfile::{Kind, Text};
use crate::facts;
use crate::image::{Facet, Image};
use crate::launch::{Build, Copied, Launch, Origin};
use crate::rules::{Check, Rule};
use crate::source::Span;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL603-secret-file-shipped.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    if let Some(build) = launch.build {
        findings.extend(build.copies().iter().filter_map(named));
        written(build, findings);
    }
    if let Some(image) = launch.image {
        lying(image, launch.workdir.value().map(String::as_str), findings);
    }
}

/// A file whose name says that it holds secrets. That it is deleted later does not take it out of its layer.
fn named(copied: &Copied<'_, '_>) -> Option<Finding> {
    if matches!(copied.origin, Origin::Image(..) | Origin::Unknown) {
        return None;
    }
    let secret = |source: &&(Option<String>, Span)| source.0.as_deref().is_some_and(is_secret);
    let mut secrets = copied.sources.iter().filter(secret);
    let (source, span) = secrets.next()?;
    let name = source.as_deref().unwrap_or_default();
    let finding = Finding::new(format!("{name} is copied into the image"))
        .at(*span, "stays in this layer, whatever deletes it later");
    let finding = secrets.fold(finding, |finding, (_, span)| finding.at(*span, "this too"));
    Some(finding.help(help(name)))
}

fn is_secret(source: &str) -> bool {
    // Of `.ssh/known_hosts` the last part decides; `.aws/config` holds no keys.
    facts::secret_file(source) && !source.starts_with("<<") && !source.contains("://")
}

fn help(name: &str) -> String {
    let file = name.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    if file.starts_with(".env") {
        return format!("list {file} in .dockerignore, and set the variables in the function's configuration");
    }
    format!(
        "mount it for the RUN that needs it: RUN --mount=type=secret,id={},target=<path>",
        file.trim_start_matches(['.', '_'])
    )
}

/// Tokens and keys that stand in the Dockerfile itself: in a RUN, or in a here-document.
fn written(build: &Build<'_>, findings: &mut Vec<Finding>) {
    for step in build.final_steps() {
        let instruction = step.instruction;
        if !matches!(instruction.kind, Kind::Run(_) | Kind::Copy(_) | Kind::Add(_)) {
            continue;
        }
        let bodies = instruction.heredocs.iter().map(|heredoc| &heredoc.body);
        let found = std::iter::once(&instruction.rest).chain(bodies).find_map(|text| seen(text));
        if let Some((kind, span)) = found {
            findings.push(
                Finding::new(format!("{kind} is written into the image"))
                    .at(span, "in a layer, in the image's history, or in both")
                    .help("revoke it, and mount the next one: RUN --mount=type=secret,id=<name>")
                    .severity(Severity::Error),
            );
        }
    }
}

fn seen(text: &Text) -> Option<(&'static str, Span)> {
    let (kind, at) = facts::token(&text.text)?;
    Some((kind, text.locate(at.start, at.end)))
}

/// Files whose text certainly holds a secret; their paths. Packages bring keys for their own tests.
fn certain(image: &Image, findings: &mut Vec<Finding>) -> Vec<String> {
    let mut said = Vec::new();
    for (path, node) in image.files.below("/") {
        let Some(Facet::Text(text)) = node.facet.as_deref() else { continue };
        if crate::launch::is_of_others(path) {
            continue;
        }
        let Some(what) = crate::launch::secret_in(path, &String::from_utf8_lossy(text)) else { continue };
        findings.push(
            Finding::new(format!("{path} holds {what}"))
                .at(Place::new(Doc::Layer(node.layer), Span::default()), "this layer brings it")
                .help("revoke the secret; give it to one RUN with `--mount=type=secret`")
                .severity(Severity::Error),
        );
        said.push(path.to_owned());
    }
    said
}

/// Folders of an image in which its maker's own files lie, and no library's.
const OWN: &[&str] = &["/root", "/var/task", "/app", "/home/app", "/function", "/"];
const FILES: &[&str] = &[
    ".env",
    ".npmrc",
    ".netrc",
    ".pypirc",
    ".git-credentials",
    ".aws/credentials",
    ".ssh/id_rsa",
    ".ssh/id_ed25519",
    "id_rsa",
    "id_ed25519",
];

/// The same by name in a saved image.
fn lying(image: &Image, workdir: Option<&str>, findings: &mut Vec<Finding>) {
    let said = certain(image, findings);
    let workdir = workdir.filter(|dir| !OWN.contains(dir));
    for folder in OWN.iter().copied().chain(workdir) {
        for file in FILES {
            let path = format!("{}/{file}", folder.trim_end_matches('/'));
            let Some(node) = image.files.get(&path).filter(|node| node.size > 0) else { continue };
            // Where its text is seen, npm's settings without a token in them are no secret.
            let seen = matches!(node.facet.as_deref(), Some(Facet::Text(_)));
            if said.contains(&path) || (*file == ".npmrc" && seen) {
                continue;
            }
            findings.push(
                Finding::new(format!("{path} is in the image"))
                    .at(Place::new(Doc::Layer(node.layer), Span::default()), "this layer brings it")
                    .help(help(file)),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::{Error, Warning};
    use crate::rules::tried::{catches, catches_as, spares};

    fn build(lines: &str) -> String {
        format!("FROM public.ecr.aws/lambda/nodejs:24\n{lines}\nCMD [\"a.b\"]")
    }

    #[test]
    fn files_named_like_secrets() {
        catches_as(Warning, "LL603", &build("COPY .npmrc ./\nRUN npm ci\nRUN rm .npmrc"));
        catches("LL603", &build("COPY package.json .env ./"));
        catches("LL603", &build("COPY .aws/ /root/.aws/"));
        catches("LL603", &build("ADD config/.env.production .env"));
        catches("LL603", &build("COPY tls/private-key.pem ./"));
        catches("LL603", "FROM node:24 AS b\nFROM node:24\nCOPY --from=b /app/.env ./\nCMD [\"a.handler\"]");
        catches("LL603", "FROM node:24 AS base\nCOPY id_rsa /root/.ssh/\nFROM base\nCMD [\"a.handler\"]");
    }

    #[test]
    fn tokens_in_plain_sight() {
        let token = format!("npm_{}", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8");
        catches_as(Error, "LL603", &build(&format!("RUN echo //r.acme.io/:_authToken={token} > .npmrc")));
        catches_as(Error, "LL603", &build(&format!("COPY <<EOF /root/.x\n_authToken={token}\nEOF")));
        catches_as(Error, "LL603", &build(&format!("RUN <<EOF\necho {token} > x\nEOF")));
    }

    #[test]
    fn near_misses() {
        for lines in [
            "COPY .env.example .env",
            "COPY .env.sample .env.template ./",
            "RUN --mount=type=secret,id=npmrc,target=/root/.npmrc npm ci",
            "COPY global-bundle.pem rds-combined-ca-bundle.pem ./",
            "COPY certs/*.crt /etc/pki/",
            "COPY *.py *.pem ./",
            "COPY .ssh/known_hosts /root/.ssh/",
            "COPY src/credentials.js ./",
            "COPY environment/ env.py ./",
            "RUN echo $NPM_TOKEN > x && rm x",
        ] {
            spares("LL603", &build(lines));
        }
        spares("LL603", "FROM node:24 AS b\nCOPY .npmrc ./\nFROM public.ecr.aws/lambda/nodejs:24\nCOPY --from=b /x /x");
        let bundle = "FROM python:3.13 AS b\nFROM python:3.13\nCOPY --from=b /etc/ssl/cert.pem /etc/ssl/";
        spares("LL603", &format!("{bundle}\nCMD [\"a.handler\"]"));
    }
}
