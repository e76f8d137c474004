//! LL408 incompatible-runtime-client.

use super::ll410_unpinned_runtime_client::installed;
use crate::diagnostic::Finding;
use crate::facts;
use crate::launch::Launch;
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule = Rule {
    page: include_str!("../../../rules/lambda/LL408-incompatible-runtime-client.md"),
    check: Check::Launch(check),
};

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let Some(build) = launch.build else { return in_image(launch, findings) };
    for installed in installed(build) {
        let Some(unfit) = &installed.unfit else { continue };
        let client = installed.client;
        // pip refuses such a version; npm installs it, and where the base's own client starts nothing loads it.
        if client.takes_newest && launch.starts_lambda_entrypoint() {
            continue;
        }
        let (package, interpreter) = (&client.package, &client.interpreter);
        let mut finding = Finding::new(format!(
            "{package} {} needs {interpreter} {} or later, and the base has {}",
            unfit.version, unfit.needed, unfit.found
        ))
        .at(installed.span, if installed.pinned { "this version" } else { "without a version it is the newest" })
        .at(unfit.base_place, format!("{interpreter} {}", unfit.found));
        let help = match client.last_for(&unfit.found) {
            Some(last) => format!("write {package}{}{last}, or move to a newer base", installed.pin_sign()),
            None => format!("move to a base with {interpreter} {} or later, or pin an older {package}", unfit.needed),
        };
        finding = finding.help(help);
        findings.push(finding);
    }
}

/// A saved image's clients, by what their packages say of themselves.
fn in_image(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    // One that the base's own entrypoint passes by never starts.
    if launch.starts_lambda_entrypoint() {
        return;
    }
    for client in launch.installed_clients() {
        let Some(known) = facts::runtime_client(client.manager, client.package) else { continue };
        let Some(needed) = known.too_new_for(&client.version, &client.interpreter) else { continue };
        let (package, interpreter, found) = (client.package, &known.interpreter, &client.interpreter);
        let finding = Finding::new(format!(
            "{package} {} needs {interpreter} {needed} or later, and the image has {found}",
            client.version
        ));
        let help = match known.last_for(found) {
            Some(last) => format!("install {package} {last}, or move to a newer base"),
            None => format!("move to a base with {interpreter} {needed} or later, or install an older {package}"),
        };
        findings.push(finding.at(launch.place_of_file(&client.path), client.path.clone()).help(help));
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::Warning;
    use crate::rules::tried::{catches, catches_as, spares};

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
    }

    #[test]
    fn near_misses() {
        spares("LL408", "FROM python:3.12-slim\nRUN pip install awslambdaric==4.2.2");
        // pip takes the newest version that fits.
        spares("LL408", "FROM python:3.8-alpine\nRUN pip install awslambdaric");
        spares("LL408", "FROM python:3.8\nRUN pip install -r requirements.txt");
        spares("LL408", "FROM node:18\nRUN npm install aws-lambda-ric@3.3.0");
        spares("LL408", "FROM node:22\nRUN npm install aws-lambda-ric");
        spares("LL408", "FROM node:lts\nRUN npm install aws-lambda-ric");
        spares("LL408", "FROM node:18\nRUN npm ci");
        spares("LL408", "FROM node:18\nRUN npm install aws-lambda-ric@^3");
        // The interpreter of another base is not known, nor is one that is installed.
        spares("LL408", "FROM ubuntu:22.04\nRUN pip install awslambdaric==4.2.2");
        spares("LL408", "FROM python:3\nRUN pip install awslambdaric==4.2.2");
        spares("LL408", "FROM python:3.8 AS test\nRUN pip install awslambdaric==4.2.2\nFROM python:3.12");
    }
}
