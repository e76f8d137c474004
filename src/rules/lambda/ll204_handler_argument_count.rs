//! LL204 handler-argument-count.

use crate::diagnostic::Finding;
use crate::launch::{Launch, Process};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL204-handler-argument-count.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    if !launch.starts_lambda_entrypoint() || !launch.wants_handler() {
        return;
    }
    let shell = launch.cmd.value().is_some_and(|cmd| cmd.shell);
    let args = launch.lambda_entrypoint().filter(|_| !shell).map(Process::args).unwrap_or_default();
    let (Some(place), true) = (launch.cmd.place().or(args.first().map(|arg| arg.place)), args.len() > 1) else {
        return;
    };
    let word = launch.command_word();
    findings.push(
        launch.if_function(
            Finding::new(format!(
                "{word} has {} elements, and the base's entrypoint takes only the handler",
                args.len()
            ))
            .at(place, "/lambda-entrypoint.sh stops with exit status 142")
            .help(format!(
                "write {word} [\"{}\"]; to run a program of your own, set {} as well",
                launch.example_handler(),
                if word == "CMD" { "ENTRYPOINT" } else { "EntryPoint" },
            )),
        ),
    );
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{allows, catches};

    #[test]
    fn near_misses() {
        catches("LL204", "FROM public.ecr.aws/lambda/python:3.13\nCMD [\"python\", \"app.py\"]");
        allows("LL204", "FROM public.ecr.aws/lambda/python:3.13\nCMD [\"app.handler\"]");
        allows("LL204", "FROM public.ecr.aws/lambda/python:3.13\nENTRYPOINT []\nCMD [\"python\", \"app.py\"]");
        allows("LL204", "FROM public.ecr.aws/lambda/python:3.13\nCMD app.handler");
        allows("LL204", "FROM python:3.13\nCMD [\"python\", \"app.py\"]");
        allows("LL204", "FROM bref/php-83:2\nCMD [\"App\\\\Worker\", \"x\"]");
    }
}
