//! LL202 missing-handler.

use crate::diagnostic::Finding;
use crate::launch::Launch;
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL202-missing-handler.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let no_cmd = !launch.cmd.is_unknown() && launch.cmd.value().is_none_or(|cmd| cmd.args.is_empty());
    if !no_cmd || !launch.wants_handler() {
        return;
    }
    let starter = if launch.starts_lambda_entrypoint() {
        "/lambda-entrypoint.sh".to_owned()
    } else {
        match launch.client() {
            Some(client) if client.needs_handler && client.handler.is_none() => client.name.to_owned(),
            _ => return,
        }
    };
    let place = launch.cmd.place().unwrap_or_else(|| launch.place_of(&launch.entrypoint));
    let label = if launch.cmd.place().is_some() {
        "CMD is empty"
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
    use crate::rules::tried::{catches, spares};

    #[test]
    fn near_misses() {
        catches("LL202", "FROM public.ecr.aws/lambda/python:3.13");
        catches("LL202", "FROM public.ecr.aws/lambda/python:3.13\nCMD []");
        spares("LL202", "FROM public.ecr.aws/lambda/python:3.13 AS base\nFROM base\nCMD [\"a.handler\"]");
        spares("LL202", "FROM public.ecr.aws/lambda/provided:al2023\nENTRYPOINT [\"/main\"]");
        spares("LL202", "FROM python:3.13\nENTRYPOINT [\"python\", \"-m\", \"awslambdaric\", \"a.handler\"]");
        spares("LL202", "FROM bref/php-83:2\nCOPY . /var/task");
    }
}
