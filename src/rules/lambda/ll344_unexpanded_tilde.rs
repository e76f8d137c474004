//! LL344 unexpanded-tilde.

use crate::diagnostic::{Finding, Location};
use crate::launch::{Argv, Launch, Setting};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL344-unexpanded-tilde.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    // Shells, for which an image of tools is made, expand it in PATH.
    if launch.function().is_no() {
        return;
    }
    for (name, value, place) in launch.own_env() {
        let part = value.filter(|_| !expands_itself(name)).and_then(tilde);
        findings.extend(part.map(|part| finding(part, place, &format!("{name} holds the letter"))));
    }
    if let Setting::Set(folder, place) = &launch.workdir
        && folder.split('/').any(|part| part == "~")
    {
        findings.push(finding(folder, *place, "the folder is called ~"));
    }
    let own =
        |setting: &Setting<Argv>| setting.set().filter(|(argv, _)| !argv.shell).map(|(argv, _)| argv.args.clone());
    let arguments: Vec<_> = [&launch.entrypoint, &launch.cmd].into_iter().filter_map(own).flatten().collect();
    for (at, arg) in arguments.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| arguments.get(before)).map_or("", |arg| arg.text.as_str());
        // A shell reads what stands after `-c`.
        let script = before.starts_with('-') && before.ends_with('c');
        if arg.text.starts_with("~/") && !script {
            findings.push(finding(&arg.text, arg.place, "exec form passes it on as written"));
        }
    }
}

fn finding(text: &str, place: Location, label: &str) -> Finding {
    Finding::new(format!("`{text}`: nothing expands the tilde here"))
        .at(place, label)
        .help("write the folder's whole path, for example /opt or ${LAMBDA_TASK_ROOT}")
}

/// The part of a value that begins with a tilde and a slash.
fn tilde(value: &str) -> Option<&str> {
    value.split(':').find(|part| part.starts_with("~/"))
}

/// Whether those who read a variable expand it themselves: the AWS SDKs do so, and shells do in their prompts.
fn expands_itself(name: &str) -> bool {
    name.starts_with("AWS_") || name.starts_with("PS") || name.contains("PROMPT")
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::Warning;
    use crate::rules::testing::{allows, catches, catches_as};

    fn with(lines: &str) -> String {
        format!("FROM public.ecr.aws/lambda/python:3.13\n{lines}\nCOPY app.py ./")
    }

    #[test]
    fn tildes() {
        catches_as(Warning, "LL344", &with("ENV PATH=\"~/.local/bin:${PATH}\"\nCMD [\"app.handler\"]"));
        catches("LL344", &with("ENV CACHE_DIR ~/.cache\nCMD [\"app.handler\"]"));
        catches("LL344", &with("WORKDIR ~/app\nCMD [\"app.handler\"]"));
        catches("LL344", "FROM python:3.13\nENTRYPOINT [\"~/.local/bin/serve\"]");
    }

    #[test]
    fn near_misses() {
        allows("LL344", &with("ENV AWS_CONFIG_FILE=~/.aws/config\nCMD [\"app.handler\"]"));
        allows("LL344", &with("ENV VERSION=~1.4\nCMD [\"app.handler\"]"));
        allows("LL344", &with("RUN ls ~/x\nCMD [\"app.handler\"]"));
        allows("LL344", "FROM python:3.13\nENTRYPOINT ~/.local/bin/serve");
        allows("LL344", "FROM python:3.13\nENTRYPOINT [\"/bin/bash\", \"-c\", \"~/run.sh\"]");
        allows("LL344", "FROM python:3.13 AS b\nENV P=~/x\nFROM scratch\nCOPY --from=b /m /m\nENTRYPOINT [\"/m\"]");
    }
}
