//! LL603 secret-file-shipped.

use crate::diagnostic::{Finding, Severity};
use crate::launch::{Launch, SecretFile};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL603-secret-file-shipped.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    findings.extend(launch.secret_files().into_iter().map(finding));
}

fn finding(secret: SecretFile) -> Finding {
    match secret {
        SecretFile::Copied { name, places } => {
            let finding = Finding::new(format!("{name} is copied into the image"));
            let first = std::iter::once("stays in this layer, even if a later layer deletes it");
            let labels = first.chain(std::iter::repeat("this too"));
            places
                .into_iter()
                .zip(labels)
                .fold(finding, |finding, (place, label)| finding.at(place, label))
                .help(help(&name))
        }
        SecretFile::Written { kind, place } => Finding::new(format!("{kind} is written into the image"))
            .at(place, "in a layer, in the image's history, or in both")
            .help("revoke it, and mount the next one: RUN --mount=type=secret,id=<name>")
            .severity(Severity::Error),
        SecretFile::Certain { path, what, layer } => Finding::new(format!("{path} holds {what}"))
            .at(layer, "this layer brings it")
            .help("revoke the secret; give it to one RUN with `--mount=type=secret`")
            .severity(Severity::Error),
        SecretFile::Named { path, name, layer } => {
            Finding::new(format!("{path} is in the image")).at(layer, "this layer brings it").help(help(name))
        }
    }
}

fn help(name: &str) -> String {
    let file = name.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    if file.starts_with(".env") {
        return format!("list {file} in .dockerignore, and set the variables in the function's configuration");
    }
    let id = file.trim_start_matches(['.', '_']);
    format!("mount it for the RUN that needs it: RUN --mount=type=secret,id={id},target=<path>")
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::{Error, Warning};
    use crate::rules::testing::{allows, catches, catches_as};

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
            allows("LL603", &build(lines));
        }
        allows("LL603", "FROM node:24 AS b\nCOPY .npmrc ./\nFROM public.ecr.aws/lambda/nodejs:24\nCOPY --from=b /x /x");
        let bundle = "FROM python:3.13 AS b\nFROM python:3.13\nCOPY --from=b /etc/ssl/cert.pem /etc/ssl/";
        allows("LL603", &format!("{bundle}\nCMD [\"a.handler\"]"));
    }
}
