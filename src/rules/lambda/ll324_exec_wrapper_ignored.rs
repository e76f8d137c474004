//! LL324 exec-wrapper-ignored.

use crate::diagnostic::Finding;
use crate::facts::BaseKind;
use crate::image::{Facet, Resolution};
use crate::launch::{Launch, Origin};
use crate::path::under;
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL324-exec-wrapper-ignored.md"), check: Check::Launch(check) };

const NAME: &str = "AWS_LAMBDA_EXEC_WRAPPER";

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let Some((_, value, place)) = launch.own_env().find(|(name, ..)| *name == NAME) else { return };
    // Datadog's extension reads the variable itself, too.
    if value.is_some_and(|value| value.is_empty() || value.contains("datadog")) {
        return;
    }
    let Some((what, help)) = ignored(launch, value) else { return };
    findings.push(
        Finding::new(format!("nothing reads {NAME} here"))
            .at(place, "without effect")
            .at(launch.place_of(&launch.entrypoint), what)
            .help(help),
    );
}

/// What starts in place of the wrapper, and what to do.
fn ignored(launch: &Launch<'_>, wrapper: Option<&str>) -> Option<(&'static str, &'static str)> {
    if launch.starts_lambda_entrypoint() {
        // The bootstraps of AWS's languages start it; on the OS-only base the bootstrap is the user's own.
        let own = matches!(launch.base.family, Some("provided" | "go")) && !brings_runtime(launch) && !reads_it(launch);
        let help = "start the wrapper from your own bootstrap, or name it with ENTRYPOINT";
        return own.then_some(("this base starts /var/runtime/bootstrap, and no wrapper", help));
    }
    let known = matches!(launch.base.kind, BaseKind::Lambda | BaseKind::General | BaseKind::Scratch);
    if !known && launch.image.is_none() {
        return None;
    }
    let started = launch.started()?;
    // A script may start it, whatever it is; only a program that is known not to is evidence.
    let script = started.name().ends_with(".sh") || started.name().contains("entrypoint") || started.name() == "sh";
    let runtime = started.program().starts_with("/var/runtime") || started.name() == "bootstrap";
    let named = wrapper.is_some_and(|wrapper| started.mentions(wrapper)) || started.mentions(NAME);
    let argv = launch.argv()?;
    let named =
        named || argv.iter().any(|arg| arg.text.contains(NAME) || wrapper.is_some_and(|w| arg.text.contains(w)));
    let own = launch.starts_own() && !script && !runtime && !named;
    own.then_some((
        "starts by itself, and only AWS's own bootstraps start the wrapper",
        "put the wrapper first in ENTRYPOINT",
    ))
}

/// Whether the bootstrap of a saved image may read it: a script may, and a compiled program does not.
fn reads_it(launch: &Launch<'_>) -> bool {
    let Some(image) = launch.image else { return false };
    let Resolution::Found(node, _) = image.files.resolve("/var/runtime/bootstrap") else { return true };
    !matches!(node.facet.as_deref(), Some(Facet::Elf(_)))
}

/// Whether another image's `/var/runtime` is copied over: its bootstrap may know the variable.
fn brings_runtime(launch: &Launch<'_>) -> bool {
    launch.build.is_some_and(|build| {
        let into = |path: &str| under("/var/runtime/bootstrap", path);
        build
            .copies()
            .iter()
            .any(|copied| matches!(copied.origin, Origin::Image(..)) && copied.destination.as_deref().is_some_and(into))
    })
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::Warning;
    use crate::rules::tried::{catches, catches_as, spares};

    const ENV: &str = "ENV AWS_LAMBDA_EXEC_WRAPPER=/opt/otel-handler\n";

    #[test]
    fn nobody_reads_it() {
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
        spares("LL324", &format!("FROM public.ecr.aws/lambda/python:3.13\n{ENV}CMD [\"a.b\"]"));
        spares("LL324", &format!("FROM public.ecr.aws/lambda/java:21\n{ENV}CMD [\"a.B::c\"]"));
        spares("LL324", &format!("FROM python:3.13\n{ENV}ENTRYPOINT [\"/entry.sh\"]\nCMD [\"a.b\"]"));
        spares(
            "LL324",
            &format!("FROM python:3.13\n{ENV}ENTRYPOINT [\"/opt/otel-handler\", \"python\"]\nCMD [\"a.b\"]"),
        );
        spares(
            "LL324",
            &format!("FROM python:3.13\n{ENV}CMD exec $AWS_LAMBDA_EXEC_WRAPPER python -m awslambdaric a.b"),
        );
        spares("LL324", &format!("FROM acme/lambda\n{ENV}ENTRYPOINT [\"/main\"]"));
        spares("LL324", &format!("FROM bref/php-83:2\n{ENV}CMD [\"a.php\"]"));
        let copy = "COPY --from=public.ecr.aws/lambda/python:3.13 /var/runtime /var/runtime\nCMD [\"a.b\"]";
        spares("LL324", &format!("FROM public.ecr.aws/lambda/provided:al2023\n{ENV}{copy}"));
        spares(
            "LL324",
            "FROM python:3.13\nENV AWS_LAMBDA_EXEC_WRAPPER=\nENTRYPOINT [\"python\", \"-m\", \"awslambdaric\"]",
        );
    }
}
