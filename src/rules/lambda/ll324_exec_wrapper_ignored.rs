//! LL324 exec-wrapper-ignored.

use crate::diagnostic::Finding;
use crate::launch::{EXEC_WRAPPER, IgnoredBy, Launch};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL324-exec-wrapper-ignored.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let Some((place, by)) = launch.ignored_wrapper() else { return };
    let (what, help) = match by {
        IgnoredBy::Bootstrap => (
            "this base starts /var/runtime/bootstrap, and no wrapper",
            "start the wrapper from your own bootstrap, or name it with ENTRYPOINT",
        ),
        IgnoredBy::Program => {
            ("starts by itself, and only AWS's own bootstraps start the wrapper", "put the wrapper first in ENTRYPOINT")
        }
    };
    findings.push(
        Finding::new(format!("nothing reads {EXEC_WRAPPER} here"))
            .at(place, "has no effect")
            .at(launch.place_of(&launch.entrypoint), what)
            .help(help),
    );
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::Warning;
    use crate::rules::testing::{allows, catches, catches_as};

    const ENV: &str = "ENV AWS_LAMBDA_EXEC_WRAPPER=/opt/otel-handler\n";

    #[test]
    fn without_a_reader() {
        let go = format!("FROM public.ecr.aws/lambda/provided:al2023\n{ENV}COPY main /main\n");
        catches_as(Warning, "LL324", &format!("{go}ENTRYPOINT [\"/main\"]"));
        catches("LL324", &format!("{go}COPY main /var/runtime/bootstrap\nCMD [\"x\"]"));
        catches(
            "LL324",
            &format!("FROM python:3.13\n{ENV}ENTRYPOINT [\"python\", \"-m\", \"awslambdaric\"]\nCMD [\"a.b\"]"),
        );
        catches(
            "LL324",
            &format!("FROM public.ecr.aws/lambda/python:3.13\n{ENV}ENTRYPOINT []\nCMD [\"python\", \"a.py\"]"),
        );
    }

    #[test]
    fn near_misses() {
        allows("LL324", &format!("FROM public.ecr.aws/lambda/python:3.13\n{ENV}CMD [\"a.b\"]"));
        allows("LL324", &format!("FROM public.ecr.aws/lambda/java:21\n{ENV}CMD [\"a.B::c\"]"));
        allows("LL324", &format!("FROM python:3.13\n{ENV}ENTRYPOINT [\"/entry.sh\"]\nCMD [\"a.b\"]"));
        allows(
            "LL324",
            &format!("FROM python:3.13\n{ENV}ENTRYPOINT [\"/opt/otel-handler\", \"python\"]\nCMD [\"a.b\"]"),
        );
        allows(
            "LL324",
            &format!("FROM python:3.13\n{ENV}CMD exec $AWS_LAMBDA_EXEC_WRAPPER python -m awslambdaric a.b"),
        );
        allows("LL324", &format!("FROM acme/lambda\n{ENV}ENTRYPOINT [\"/main\"]"));
        allows("LL324", &format!("FROM bref/php-83:2\n{ENV}CMD [\"a.php\"]"));
        let copy = "COPY --from=public.ecr.aws/lambda/python:3.13 /var/runtime /var/runtime\nCMD [\"a.b\"]";
        allows("LL324", &format!("FROM public.ecr.aws/lambda/provided:al2023\n{ENV}{copy}"));
        allows(
            "LL324",
            "FROM python:3.13\nENV AWS_LAMBDA_EXEC_WRAPPER=\nENTRYPOINT [\"python\", \"-m\", \"awslambdaric\"]",
        );
    }
}
