//! LL410 unpinned-runtime-client.

use crate::diagnostic::{Finding, Place};
use crate::facts::{self, RuntimeClient};
use crate::launch::Build;
use crate::rules::{Check, Rule};
use crate::source::Span;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL410-unpinned-runtime-client.md"), check: Check::Build(check) };

fn check(build: &Build<'_>, findings: &mut Vec<Finding>) {
    // Where the newest does not even run, LL408 says so, and its mend is to pin.
    for installed in installed(build).into_iter().filter(|installed| !installed.pinned && installed.unfit.is_none()) {
        let package = &installed.client.package;
        findings.push(
            Finding::new(format!("{package} is installed without a version"))
                .at(installed.span, "each build takes the newest")
                .help(format!("pin it: {package}{}<version>", installed.pin_sign())),
        );
    }
}

/// A client that a RUN of a stage with a part in the image installs.
pub(super) struct Installed {
    pub(super) client: &'static RuntimeClient,
    pub(super) span: Span,
    /// Whether a version or a bound is written.
    pub(super) pinned: bool,
    /// Why it does not fit the base's interpreter.
    pub(super) unfit: Option<Unfit>,
}

pub(super) struct Unfit {
    pub(super) version: String,
    pub(super) needed: &'static str,
    pub(super) found: String,
    pub(super) base_place: Place,
}

impl Installed {
    pub(super) fn pin_sign(&self) -> &'static str {
        match self.client.manager.as_str() {
            "pip" => "==",
            "gem" => ":",
            _ => "@",
        }
    }
}

/// The clients that stages with a part in the image install by name, one a client and stage.
pub(super) fn installed(build: &Build<'_>) -> Vec<Installed> {
    let mut all = Vec::new();
    for stage in build.feeding_stages() {
        for ran in stage.ran() {
            let Some(install) = ran.install() else { continue };
            for package in &install.packages {
                let Some(client) = facts::runtime_client(install.manager, &package.name) else { continue };
                let raw = ran.args.iter().find(|arg| arg.span == package.span).map_or("", |arg| arg.raw.as_str());
                // `awslambdaric<4`, `${RIC_VERSION}`, a file of constraints: a bound of some kind.
                let bounded = package.version.is_some()
                    || raw.contains(['<', '=', '~', '$', '!'])
                    || ran.has(&["-c", "--constraint"])
                    || (install.manager == "gem" && ran.has(&["-v", "--version"]));
                let version =
                    package.version.as_deref().or((!bounded && client.takes_newest).then_some(&client.newest));
                let unfit = version.and_then(|version| {
                    let needed = client.needs(version)?;
                    let found = client.found_on(build.base_of(stage)?, needed)?;
                    let base_place = build.root(stage).image_place;
                    Some(Unfit { version: version.to_owned(), needed, found, base_place })
                });
                all.push(Installed { client, span: package.span, pinned: bounded, unfit });
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::Info;
    use crate::rules::tried::{catches, catches_as, spares};

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
        spares("LL410", "FROM python:3.12-slim\nRUN pip install awslambdaric==3.1.1");
        spares("LL410", "FROM python:3.12-slim\nRUN pip install 'awslambdaric<4'");
        spares("LL410", "FROM python:3.12-slim\nRUN pip install awslambdaric -c constraints.txt");
        spares("LL410", "FROM python:3.12-slim\nARG V\nRUN pip install awslambdaric==$V");
        spares("LL410", "FROM ruby:3.3\nRUN gem install aws_lambda_ric -v 3.1.3");
        spares("LL410", "FROM node:22\nRUN npm install aws-lambda-ric@^3.2");
        // Too new for the base: LL408.
        spares("LL410", "FROM node:18\nRUN npm install aws-lambda-ric");
        spares("LL410", "FROM python:3.12 AS test\nRUN pip install awslambdaric\nFROM python:3.12-slim");
        spares("LL410", "FROM python:3.12-slim\nRUN pip install -r requirements.txt");
    }
}
