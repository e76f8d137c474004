//! LL323 runtime-client-task-root.

use crate::diagnostic::{Finding, Fix};
use crate::launch::{Launch, NODE_CLIENT};
use crate::rules::{Check, Rule};
use crate::source::Span;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL323-runtime-client-task-root.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let Some(unset) = launch.unset_task_root() else { return };
    let workdir = &unset.workdir;
    let why = match unset.major {
        Some(major) => format!("version {major} looks there"),
        None => "without a version it is 4 or later, which looks there".into(),
    };
    let finding = Finding::new(format!("{NODE_CLIENT} looks for the handler in LAMBDA_TASK_ROOT, and nothing sets it"));
    let finding = match unset.installed {
        Some(package) => finding.at(package, why).at(unset.entrypoint, format!("not in {workdir}, where it starts")),
        None => finding.at(unset.entrypoint, format!("{why}, and not in {workdir}, where it starts")),
    };
    let finding = finding.help(format!("write ENV LAMBDA_TASK_ROOT={workdir}"));
    findings.push(unset.insert_at.into_iter().fold(finding, |finding, at| {
        let line = format!("ENV LAMBDA_TASK_ROOT={workdir}\n");
        finding.fix(Fix::replace(true, "set LAMBDA_TASK_ROOT", Span::new(at, at), line))
    }));
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{allows, catches};

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
        allows("LL323", &format!("FROM node:22\nWORKDIR /app\nRUN npm i aws-lambda-ric@3.3.0\n{START}"));
        allows("LL323", &format!("FROM node:lts-buster@sha256:0\nWORKDIR /app\nRUN npm i aws-lambda-ric@3\n{START}"));
        allows("LL323", &format!("FROM node:18\nWORKDIR /app\nRUN npm i aws-lambda-ric\n{START}"));
        allows("LL323", &format!("FROM node:22\nWORKDIR /app\nRUN npm ci\n{START}"));
        allows("LL323", &format!("FROM node:22\nWORKDIR /var/task\nRUN npm i aws-lambda-ric@4\n{START}"));
        allows(
            "LL323",
            &format!("FROM node:22\nENV LAMBDA_TASK_ROOT=/app\nWORKDIR /app\nRUN npm i aws-lambda-ric@4\n{START}"),
        );
        allows("LL323", &format!("FROM public.ecr.aws/lambda/nodejs:22\nRUN npm i aws-lambda-ric@4\n{START}"));
        allows("LL323", &format!("FROM acme/node\nWORKDIR /app\nRUN npm i aws-lambda-ric@4\n{START}"));
        allows("LL323", "FROM node:22\nWORKDIR /app\nRUN npm i aws-lambda-ric@4\nCMD [\"node\", \"app.js\"]");
    }
}
