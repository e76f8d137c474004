//! LL202 missing-handler.

use crate::diagnostic::{Finding, Severity};
use crate::launch::{Launch, Presence};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL202-missing-handler.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    if launch.cmd.is_unknown() || !launch.wants_handler() {
        return;
    }
    // An OS-only base without a bootstrap is LL213's.
    if launch.is_provided() && launch.presence("/var/runtime/bootstrap") == Presence::Absent {
        return;
    }
    // What ENTRYPOINT in shell form drops is LL220's.
    let shell = launch.entrypoint.value().is_some_and(|argv| argv.shell);
    let starter = match (launch.lambda_entrypoint(), launch.client().filter(|_| !shell)) {
        (Some(entrypoint), _) if entrypoint.args().is_empty() => "/lambda-entrypoint.sh".to_owned(),
        (None, Some(client)) if client.needs_handler && client.handler.is_none() => client.name.to_owned(),
        _ => return,
    };
    let empty = launch.cmd.value().is_none_or(|cmd| cmd.args.is_empty());
    if let Some(function) = launch.declared.as_ref().filter(|function| function.certain) {
        let place = launch.cmd.place().unwrap_or_else(|| launch.place_of(&launch.entrypoint));
        findings.push(
            Finding::new(format!("neither CMD nor Command: {starter} needs the handler as its argument"))
                .at(place, "the image has no CMD")
                .at(function.place, format!("{} overrides nothing", function.name))
                .help(format!("add CMD [\"{}\"], or set Command in the template", launch.example_handler()))
                .severity(Severity::Error),
        );
        return;
    }
    let place = launch.cmd.place().unwrap_or_else(|| launch.place_of(&launch.entrypoint));
    let label = if launch.cmd.place().is_some() {
        if empty { "CMD is empty" } else { "no handler follows" }
    } else if launch.entrypoint.is_inherited() {
        "this base has an ENTRYPOINT and no CMD"
    } else {
        "no CMD follows"
    };
    findings.push(
        Finding::new(format!("no CMD: {starter} needs the handler as its argument"))
            .at(place, label)
            .help(format!("add CMD [\"{}\"], or set ImageConfig.Command in the template", launch.example_handler())),
    );
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{allows, catches};

    #[test]
    fn near_misses() {
        catches("LL202", "FROM public.ecr.aws/lambda/python:3.13");
        catches("LL202", "FROM public.ecr.aws/lambda/python:3.13\nCMD []");
        allows("LL202", "FROM public.ecr.aws/lambda/python:3.13 AS base\nFROM base\nCMD [\"a.handler\"]");
        allows("LL202", "FROM public.ecr.aws/lambda/provided:al2023\nENTRYPOINT [\"/main\"]");
        allows("LL202", "FROM python:3.13\nENTRYPOINT [\"python\", \"-m\", \"awslambdaric\", \"a.handler\"]");
        allows("LL202", "FROM bref/php-83:2\nCOPY . /var/task");
    }
}
