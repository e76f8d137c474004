//! LL815 version-as-redirection.

use crate::diagnostic::{Edit, Finding, Fix};
use crate::launch::{Build, CommandArg, RunCommand, Stage};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL815-version-as-redirection.md"), check: Check::Build(check) };

fn check(build: &Build<'_>, findings: &mut Vec<Finding>) {
    for ran in build.stages.iter().flat_map(Stage::ran) {
        findings.extend(redirected(ran));
    }
}

/// One finding a command: the first version that is a redirection, and all edits.
fn redirected(ran: &RunCommand) -> Option<Finding> {
    ran.install().filter(|install| matches!(install.manager, "pip" | "npm"))?;
    let lost: Vec<(&CommandArg, &CommandArg)> =
        ran.writes.iter().filter_map(|to| Some((before(ran, to)?, to))).collect();
    let (name, to) = *lost.first()?;
    let finding = Finding::new(format!("the shell takes >{} for a redirection, and the bound is lost", to.raw))
        .at(name.span.join(to.span), format!("writes a file called {}", to.raw))
        .help(format!("quote it: \"{}>{}\"", name.raw, to.raw));
    // Inside of another shell's text the quotes may be taken.
    let plain =
        |(name, to): &(&CommandArg, &CommandArg)| !name.raw.contains(['"', '\'']) && !to.raw.contains(['"', '\'']);
    if ran.quoted || !lost.iter().all(plain) {
        return Some(finding);
    }
    let quote = |at: usize| Edit { start: at, end: at, text: "\"".into() };
    let edits = lost.iter().flat_map(|(name, to)| [quote(name.span.start), quote(to.span.end)]).collect();
    Some(finding.fix(Fix { safe: true, title: "quote the requirement".into(), edits }))
}

/// The word right before `>=1.2`, with no blank between them.
fn before<'r>(ran: &'r RunCommand, to: &CommandArg) -> Option<&'r CommandArg> {
    let version = to.raw.strip_prefix('=').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let name = ran.args.iter().find(|arg| version && arg.span.end + 1 == to.span.start)?;
    name.raw.starts_with(|c: char| c.is_ascii_alphabetic() || c == '@').then_some(name)
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::Warning;
    use crate::rules::testing::{allows, catches, catches_as};

    fn run(command: &str) -> String {
        format!("FROM public.ecr.aws/lambda/python:3.13\nRUN {command}\nCMD [\"app.handler\"]")
    }

    #[test]
    fn versions() {
        catches_as(Warning, "LL815", &run("pip install boto3>=1.34 selenium>=4"));
        catches("LL815", &run("pip install --no-cache-dir 'a>=1' uvicorn[standard]>=0.20 && echo x"));
        catches("LL815", &run("python -m pip install boto3>=1.34"));
        catches("LL815", &run("uv pip install --system boto3>=1.34"));
    }

    #[test]
    fn near_misses() {
        allows("LL815", &run("pip install 'boto3>=1.34'"));
        allows("LL815", &run("pip install boto3\\>=1.34"));
        allows("LL815", &run("pip install boto3 >=1.34"));
        allows("LL815", &run("pip install boto3 > log.txt 2>&1"));
        allows("LL815", &run("pip install boto3>log"));
        allows("LL815", &run("echo boto3>=1.34"));
        allows("LL815", "FROM public.ecr.aws/lambda/python:3.13\nRUN [\"pip\", \"install\", \"boto3>=1.34\"]");
    }
}
