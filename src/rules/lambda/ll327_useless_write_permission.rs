//! LL327 useless-write-permission.

use crate::diagnostic::Finding;
use crate::dockerfile::Kind;
use crate::launch::{CommandArg, Launch, RunCommand, Step};
use crate::path::{last, under};
use crate::rules::{Check, Rule};
use std::collections::BTreeSet;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL327-useless-write-permission.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    if !launch.is_function() || built_by_user(launch) {
        return;
    }
    let mkdirs = launch.final_commands().filter(|(_, ran)| ran.program == "mkdir");
    let made: BTreeSet<&str> = mkdirs.flat_map(|(_, ran)| ran.texts()).map(last).collect();
    for (step, ran) in launch.final_commands() {
        let chmod = || ran.chmod_parts().filter(|(others, ..)| others.write == Some(true));
        let found = match ran.program.as_str() {
            "chmod" => chmod().and_then(|(_, recursive, operands)| folder(&made, step, &operands, recursive)),
            "chown" => chown(&made, step, ran),
            _ => None,
        };
        let Some(path) = found else { continue };
        let help = if ran.program == "chmod" {
            "write to /tmp; for reading chmod -R a+rX is enough"
        } else {
            "write to /tmp, and leave the files to root"
        };
        findings.push(
            Finding::new(format!("{path} stays read-only on Lambda, regardless of owner and mode"))
                .at(ran.span, "this does not make it writable")
                .help(help),
        );
    }
}

/// A later RUN under its own USER needs what it may write at build time.
fn built_by_user(launch: &Launch<'_>) -> bool {
    let mut user = false;
    launch.final_steps().iter().any(|step| match &step.instruction.kind {
        Kind::User(name) => {
            user = !matches!(name.text.split(':').next(), Some("root" | "0"));
            false
        }
        Kind::Run(_) => user,
        _ => false,
    })
}

/// `chown -R app:app /app`: the recursive one of a folder to a user other than root.
fn chown(made: &BTreeSet<&str>, step: &Step<'_>, ran: &RunCommand) -> Option<String> {
    let recursive = ran.args.iter().any(|arg| {
        arg.raw == "--recursive" || (arg.raw.starts_with('-') && !arg.raw.starts_with("--") && arg.raw.contains('R'))
    });
    let operands = ran.operands(&["--from", "--reference"]);
    let (owner, paths) = operands.split_first()?;
    let name = owner.raw.split([':', '.']).next().unwrap_or_default();
    let whose = !matches!(name, "" | "root" | "0");
    (whose && recursive).then(|| folder(made, step, paths, true)).flatten()
}

/// The first operand that is a folder outside the places that are writable, or not there, when a function runs.
fn folder(made: &BTreeSet<&str>, step: &Step<'_>, operands: &[&CommandArg], recursive: bool) -> Option<String> {
    const ELSEWHERE: &[&str] = &["/tmp", "/mnt", "/dev", "/proc", "/sys", "/run", "/var/run"];
    const FOLDERS: &[&str] = &["/var/task", "/root", "/opt", "/home", "/var/runtime"];
    operands.iter().find_map(|arg| {
        let text = arg.text.as_deref().filter(|text| !text.is_empty())?;
        let path = step.state.absolute(text)?;
        let workdir = step.state.workdir.value().is_some_and(|workdir| *workdir == path);
        // A name with an ending, and a name without one that no mkdir made, may be a program that is to be run.
        let home = path.strip_prefix("/home/").is_some_and(|rest| !rest.contains('/'));
        let named = FOLDERS.contains(&path.as_str()) || home || workdir || text.ends_with('/');
        let is_folder = recursive || named || made.contains(last(&path));
        let apart = ELSEWHERE.iter().any(|folder| under(&path, folder));
        (is_folder && !apart).then_some(path)
    })
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::Info;
    use crate::rules::testing::{allows, catches, catches_as};

    const BASE: &str = "FROM public.ecr.aws/lambda/python:3.13\n";
    const CMD: &str = "\nCMD [\"app.handler\"]";

    #[test]
    fn writable_in_vain() {
        catches_as(Info, "LL327", &format!("{BASE}RUN chmod -R 777 ${{LAMBDA_TASK_ROOT}}{CMD}"));
        catches("LL327", &format!("{BASE}RUN mkdir -p /data && chmod a+w /data{CMD}"));
        catches("LL327", &format!("{BASE}RUN chmod 0777 /var/task{CMD}"));
        catches("LL327", &format!("{BASE}RUN chown -R 1000:1000 /var/task{CMD}"));
        catches("LL327", &format!("{BASE}RUN chmod -R o+rwX /home/app{CMD}"));
        catches("LL327", "FROM python:3.13\nRUN pip install awslambdaric && chown -R app:app /app\nUSER app");
    }

    #[test]
    fn near_misses() {
        allows("LL327", &format!("{BASE}RUN chmod -R 755 /var/task && chmod -R a+rX /opt{CMD}"));
        allows("LL327", &format!("{BASE}RUN chmod 777 /tmp && chmod -R 777 /tmp/x /mnt/efs{CMD}"));
        allows("LL327", &format!("{BASE}RUN chmod 777 bootstrap entry.sh{CMD}"));
        allows("LL327", &format!("{BASE}RUN chmod +x /var/task/run.sh{CMD}"));
        allows("LL327", &format!("{BASE}RUN chown -R root:root /var/task{CMD}"));
        allows("LL327", &format!("{BASE}ARG D\nRUN chmod -R 777 $D{CMD}"));
        allows("LL327", &format!("FROM python:3.13 AS b\nRUN chmod -R 777 /app\n{BASE}{CMD}"));
        allows("LL327", &format!("{BASE}RUN chown -R app /var/task\nUSER app\nRUN npm ci{CMD}"));
    }
}
