//! LL806 client-will-not-build.

use crate::diagnostic::Finding;
use crate::launch::{Build, Unbuildable};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL806-client-will-not-build.md"), check: Check::Build(check) };

fn check(build: &Build<'_>, findings: &mut Vec<Finding>) {
    for client in build.unbuildable_clients() {
        let package = &client.package;
        let finding = match &client.why {
            Unbuildable::GroupName { name, place } => {
                Finding::new(format!("apk reads {name} as the name of the group, and does not install it"))
                    .at(*place, "the word after --virtual is the group's name")
                    .help(format!("write --virtual .build-deps {name}"))
            }
            Unbuildable::NoExecinfo { alpine, place, instead } => {
                let name = &package.name;
                Finding::new(format!("{name} cannot be built on Alpine {alpine}, which has no execinfo.h"))
                    .at(*place, "libexecinfo-dev is gone since Alpine 3.17")
                    .help(format!("use {instead}"))
            }
            Unbuildable::NoTools { missing, needs, musl } => {
                let (name, first) = (&package.name, missing.first().copied().unwrap_or_default());
                let install = if *musl { "apk add --no-cache" } else { "apt-get install -y" };
                Finding::new(format!("{name} is built from source here, and there is no {first}"))
                    .at(package.span, format!("needs {}", needs.join(", ")))
                    .help(format!("{install} {} before it", missing.join(" ")))
            }
        };
        findings.push(finding.at(client.base, "on this base"));
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::Warning;
    use crate::rules::testing::{allows, catches, catches_as};

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
        let tools = "apk add build-base libtool autoconf automake make cmake libcurl libexecinfo-dev";
        catches("LL806", &format!("FROM python:3.12-alpine\nRUN {tools}\nRUN pip install awslambdaric==3.1.1"));
        catches("LL806", "FROM python:3.12-alpine\nRUN pip install awslambdaric==2.2.1");
        catches(
            "LL806",
            "FROM python:3.8-alpine\nRUN apk add --virtual make cmake g++ autoconf automake libtool\nRUN pip install awslambdaric",
        );
    }

    #[test]
    fn near_misses() {
        allows("LL806", "FROM python:3.12-slim\nRUN pip install awslambdaric==2.2.1");
        allows("LL806", "FROM python:3.12-alpine\nRUN pip install awslambdaric");
        allows("LL806", "FROM python:3.12-alpine3.20\nRUN pip install awslambdaric==4.0.1");
        allows(
            "LL806",
            "FROM python:3.9-alpine\nRUN apk add build-base cmake autoconf automake libtool\nRUN pip install awslambdaric",
        );
        allows(
            "LL806",
            "FROM node:22-bookworm\nRUN apt-get install -y g++ make cmake\nRUN npm install aws-lambda-ric@4.0.2",
        );
        allows("LL806", "FROM node:20-slim\nRUN npm install aws-lambda-ric@3.3.0");
        allows("LL806", "FROM node:22-slim\nCOPY setup.sh /\nRUN /setup.sh && npm install aws-lambda-ric");
        allows(
            "LL806",
            "FROM node:22-alpine\nRUN apk add --virtual .build make cmake g++\nRUN npm install aws-lambda-ric@4.0.2",
        );
        allows("LL806", "FROM acme.example/base:1\nRUN npm install aws-lambda-ric@4.0.2");
        allows("LL806", "FROM python:3.8-alpine\nRUN apk add --virtual make cmake g++\nRUN pip install requests");
    }
}
