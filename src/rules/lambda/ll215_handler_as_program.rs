//! LL215 handler-as-program.

use crate::diagnostic::{Finding, Location};
use crate::facts::{BaseKind, CommandKind};
use crate::launch::{Launch, Process, is_handler};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL215-handler-as-program.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let Some((handler, place)) = handler(launch) else { return };
    findings.push(
        Finding::new(format!("`{handler}` is a handler, and here it would be run as a program"))
            .at(place, "this base has no entrypoint that takes a handler")
            .help("start a runtime interface client with ENTRYPOINT, or build on public.ecr.aws/lambda/*"),
    );
}

/// Whether this rule has something to say; others are silent then.
pub(super) fn applies(launch: &Launch<'_>) -> bool {
    handler(launch).is_some()
}

/// The handler that would be run as a program.
fn handler<'l>(launch: &'l Launch<'_>) -> Option<(&'l str, Location)> {
    // An entrypoint that a general base brings (`docker-entrypoint.sh`) still runs CMD as a program.
    let wraps = |process: &Process| process.row().is_some_and(|row| row.kind == CommandKind::Wrapper);
    let only_wraps = launch.processes().line.first().is_some_and(wraps);
    let own = launch.entrypoint.value().is_some_and(|argv| !argv.args.is_empty())
        && !launch.entrypoint.is_inherited()
        && !only_wraps;
    let other = matches!(launch.base.kind, BaseKind::Lambda | BaseKind::Client | BaseKind::NotAFunction);
    if own || other || launch.entrypoint.is_unknown() {
        return None;
    }
    let cmd = launch.cmd.value()?;
    // Behind wrappers and a shell, it is still what is to be run.
    let started = launch.started().filter(|started| started.argv.len() == 1)?;
    let handler = started.program().trim();
    is_handler(handler).then_some((handler, cmd.place))
}

#[cfg(test)]
mod tests {
    use crate::launch::is_handler;

    #[test]
    fn handlers() {
        for word in ["app.handler", "src.fn.lambda_handler", "src/index.handler", "A::B.C::D", "lambda_function.go"] {
            assert!(is_handler(word), "{word}");
        }
    }

    #[test]
    fn programs() {
        for word in
            ["main.py", "start.sh", "./app.handler.sh", "/app/x.handler", "python3.12", "nginx", "run", "a b.handler"]
        {
            assert!(!is_handler(word), "{word}");
        }
    }

    #[test]
    fn near_misses() {
        use crate::rules::testing::{allows, catches};
        catches("LL215", "FROM python:3.13\nCMD [\"app.handler\"]");
        catches("LL215", "FROM node:22\nCMD [\"index.handler\"]");
        allows("LL215", "FROM public.ecr.aws/lambda/python:3.13\nCMD [\"app.handler\"]");
        allows("LL215", "FROM python:3.13\nENTRYPOINT [\"python\", \"-m\", \"awslambdaric\"]\nCMD [\"app.handler\"]");
        allows("LL215", "FROM registry.example.com/lambda-base\nCMD [\"app.handler\"]");
        allows("LL215", "FROM python:3.13\nCMD [\"/app.handler\"]");
    }
}
