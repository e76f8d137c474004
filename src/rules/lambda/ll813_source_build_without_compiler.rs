//! LL813 source-build-without-compiler.

use crate::diagnostic::Finding;
use crate::launch::Build;
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule = Rule {
    page: include_str!("../../../rules/lambda/LL813-source-build-without-compiler.md"),
    check: Check::Build(check),
};

fn check(build: &Build<'_>, findings: &mut Vec<Finding>) {
    for source in build.source_builds() {
        let (name, wheel) = (&source.package.name, source.wheel);
        let what = match &source.package.version {
            Some(version) => format!("{name} {version}"),
            None => format!("the newest {name}"),
        };
        findings.push(
            Finding::new(format!("{what} has no wheel for this base, and no compiler is installed"))
                .at(source.package.span, format!("its wheels need glibc {}", wheel.glibc))
                .at(source.base, "this base has an older one")
                .help(format!("pin {}<{}, or use a base on Amazon Linux 2023", wheel.package, short(wheel.since))),
        );
    }
}

/// `2.3` of `2.3.0`.
fn short(version: &str) -> &str {
    version.strip_suffix(".0").unwrap_or(version)
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::Warning;
    use crate::rules::testing::{allows, catches, catches_as};

    fn on(tag: &str, run: &str) -> String {
        format!("FROM public.ecr.aws/lambda/python:{tag}\nRUN {run}\nCMD [\"app.handler\"]")
    }

    #[test]
    fn no_wheel() {
        catches_as(Warning, "LL813", &on("3.11", "pip install scipy==1.17.1 boto3"));
        catches("LL813", &on("3.11", "pip install numpy"));
        catches("LL813", &on("3.11", "pip install numpy pandas scikit-learn --target /var/task"));
    }

    #[test]
    fn near_misses() {
        allows("LL813", &on("3.12", "pip install numpy scipy==1.17.1"));
        allows("LL813", &on("3.11", "pip install numpy==2.2.6"));
        allows("LL813", &on("3.11", "pip install 'numpy<2.3'"));
        allows("LL813", &on("3.10", "pip install numpy"));
        allows("LL813", &on("3.11", "pip install numpy numba"));
        allows("LL813", &on("3.11", "pip install --only-binary=:all: numpy"));
        allows("LL813", &on("3.11", "yum install -y gcc gcc-c++ && pip install numpy==2.4.0"));
        allows("LL813", &on("3.11", "pip install -c constraints.txt numpy"));
        allows("LL813", "FROM python:3.11\nRUN pip install numpy==2.4.0");
        allows("LL813", "FROM acme.example/base:1\nRUN pip install numpy==2.4.0");
    }
}
