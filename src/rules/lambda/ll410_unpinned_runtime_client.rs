//! LL410 unpinned-runtime-client.

use crate::diagnostic::Finding;
use crate::launch::Build;
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL410-unpinned-runtime-client.md"), check: Check::Build(check) };

fn check(build: &Build<'_>, findings: &mut Vec<Finding>) {
    // Where the newest does not even run, LL408 says so, and its fix is to pin.
    for install in build.client_installs().into_iter().filter(|install| !install.pinned && install.fits()) {
        let package = &install.client.package;
        findings.push(
            Finding::new(format!("{package} is installed without a version"))
                .at(install.span, "each build takes the newest")
                .help(format!("pin it: {package}{}<version>", super::pin_sign(install.client))),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::Info;
    use crate::rules::testing::{allows, catches, catches_as};

    #[test]
    fn any_version() {
        catches_as(Info, "LL410", "FROM python:3.12-slim\nRUN pip install awslambdaric");
        catches("LL410", "FROM node:22\nRUN npm install -g aws-lambda-ric@latest");
        catches("LL410", "FROM ruby:3.3\nRUN gem install aws_lambda_ric");
        catches(
            "LL410",
            "FROM python:3.12 AS b\nRUN pip install -t /f awslambdaric\nFROM python:3.12\nCOPY --from=b /f /f",
        );
    }

    #[test]
    fn near_misses() {
        allows("LL410", "FROM python:3.12-slim\nRUN pip install awslambdaric==3.1.1");
        allows("LL410", "FROM python:3.12-slim\nRUN pip install 'awslambdaric<4'");
        allows("LL410", "FROM python:3.12-slim\nRUN pip install awslambdaric -c constraints.txt");
        allows("LL410", "FROM python:3.12-slim\nARG V\nRUN pip install awslambdaric==$V");
        allows("LL410", "FROM ruby:3.3\nRUN gem install aws_lambda_ric -v 3.1.3");
        allows("LL410", "FROM node:22\nRUN npm install aws-lambda-ric@^3.2");
        // Too new for the base: LL408.
        allows("LL410", "FROM node:18\nRUN npm install aws-lambda-ric");
        allows("LL410", "FROM python:3.12 AS test\nRUN pip install awslambdaric\nFROM python:3.12-slim");
        allows("LL410", "FROM python:3.12-slim\nRUN pip install -r requirements.txt");
    }
}
