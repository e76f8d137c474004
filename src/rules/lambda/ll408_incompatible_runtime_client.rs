//! LL408 incompatible-runtime-client.

use crate::diagnostic::Finding;
use crate::launch::{BroughtBy, Launch};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule = Rule {
    page: include_str!("../../../rules/lambda/LL408-incompatible-runtime-client.md"),
    check: Check::Launch(check),
};

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    for unfit in launch.unfit_clients() {
        let (package, interpreter) = (&unfit.client.package, &unfit.client.interpreter);
        let (needed, found, last) = (unfit.needed, &unfit.found, unfit.client.last_for(&unfit.found));
        let message = format!("{package} {} needs {interpreter} {needed} or later, and", unfit.version);
        let older = format!("move to a base with {interpreter} {needed} or later, or");
        findings.push(match unfit.by {
            BroughtBy::Command { install, pinned, base } => Finding::new(format!("{message} the base has {found}"))
                .at(install, if pinned { "this version" } else { "without a version it is the newest" })
                .at(base, format!("{interpreter} {found}"))
                .help(match last {
                    Some(last) => {
                        format!("write {package}{}{last}, or move to a newer base", super::pin_sign(unfit.client))
                    }
                    None => format!("{older} pin an older {package}"),
                }),
            BroughtBy::Layer { path, layer } => {
                Finding::new(format!("{message} the image has {found}")).at(layer, path).help(match last {
                    Some(last) => format!("install {package} {last}, or move to a newer base"),
                    None => format!("{older} install an older {package}"),
                })
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::Warning;
    use crate::rules::testing::{allows, catches, catches_as};

    #[test]
    fn clients_that_want_more() {
        catches_as(Warning, "LL408", "FROM python:3.8-slim\nRUN pip install awslambdaric==3.1.1");
        catches(
            "LL408",
            "FROM public.ecr.aws/lambda/python:3.9\nRUN python3 -m pip install 'awslambdaric==4.2.2' boto3",
        );
        catches("LL408", "FROM node:18\nRUN npm install aws-lambda-ric");
        catches(
            "LL408",
            "FROM node:20-slim AS b\nRUN npm i -g aws-lambda-ric@4.0.2\nFROM node:20-slim\nCOPY --from=b /x /x",
        );
        catches("LL408", "ARG V=20\nFROM node:${V}-alpine\nRUN yarn add aws-lambda-ric@latest");
        catches_as(Warning, "LL408", "FROM ruby:2.7\nRUN gem install aws_lambda_ric");
        catches("LL408", "FROM ruby:2.6.10-slim\nRUN gem install bundler:1.17.2 aws_lambda_ric:3.1.3");
        catches("LL408", "FROM public.ecr.aws/lambda/ruby:2.7\nRUN gem install aws_lambda_ric -v 3.0.0");
    }

    #[test]
    fn gems_that_fit() {
        allows("LL408", "FROM ruby:2.7\nRUN gem install aws_lambda_ric -v 2.0.0");
        allows("LL408", "FROM ruby:2.7\nRUN gem install aws_lambda_ric -v '~> 2'");
        allows("LL408", "FROM ruby:3.0\nRUN gem install aws_lambda_ric");
        allows("LL408", "FROM ruby:2\nRUN gem install aws_lambda_ric --version $RIC");
        allows("LL408", "FROM ruby:2.7\nRUN bundle install");
    }

    #[test]
    fn near_misses() {
        allows("LL408", "FROM python:3.12-slim\nRUN pip install awslambdaric==4.2.2");
        // pip takes the newest version that fits.
        allows("LL408", "FROM python:3.8-alpine\nRUN pip install awslambdaric");
        allows("LL408", "FROM python:3.8\nRUN pip install -r requirements.txt");
        allows("LL408", "FROM node:18\nRUN npm install aws-lambda-ric@3.3.0");
        allows("LL408", "FROM node:22\nRUN npm install aws-lambda-ric");
        allows("LL408", "FROM node:lts\nRUN npm install aws-lambda-ric");
        allows("LL408", "FROM node:18\nRUN npm ci");
        allows("LL408", "FROM node:18\nRUN npm install aws-lambda-ric@^3");
        // The interpreter of another base is not known, nor is one that is installed.
        allows("LL408", "FROM ubuntu:22.04\nRUN pip install awslambdaric==4.2.2");
        allows("LL408", "FROM python:3\nRUN pip install awslambdaric==4.2.2");
        allows("LL408", "FROM python:3.8 AS test\nRUN pip install awslambdaric==4.2.2\nFROM python:3.12");
    }
}
