//! LL310 user-site-install.

use crate::diagnostic::{Finding, Place};
use crate::launch::{Build, Copied, Launch, Ran, Setting};
use crate::path::{last, under};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL310-user-site-install.md"), check: Check::Launch(check) };

/// Packages that only the build uses.
const TOOLS: &[&str] = &[
    "pip",
    "setuptools",
    "wheel",
    "poetry",
    "pipenv",
    "uv",
    "pdm",
    "hatch",
    "build",
    "virtualenv",
    "pipx",
    "twine",
    "awscli",
];

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let Some(build) = launch.build else { return findings.extend(in_image(launch)) };
    let home =
        |name: &str| launch.env(name).is_some_and(|setting| setting.value().is_none_or(|path| !under(path, "/root")));
    // With HOME or PYTHONUSERBASE in the image, Python finds its user site again.
    if home("HOME")
        || home("PYTHONUSERBASE")
        || build.runs_mention("/.local/lib")
        || build.runs_mention("PYTHONUSERBASE")
    {
        return;
    }
    // An opened /root can be read.
    if matches!(build.mode("/root", true).execute, Some((true, _))) {
        return;
    }
    let found = build.final_ran().find(|(step, ran)| installs(ran, step.state.env.get("PIP_USER"))).map(|(_, ran)| {
        (
            Place::from(ran.span),
            "pip install --user puts packages into the builder's ~/.local".to_owned(),
            "leave out --user, or install with --target ${LAMBDA_TASK_ROOT}",
        )
    });
    let copies = build.copies();
    let brought = copies.iter().find(|copied| is_local(build, copied)).map(|copied| {
        let to = copied.destination.as_deref().unwrap_or_default();
        (
            copied.span().into(),
            format!("packages are copied into the home folder, {to}"),
            "copy them to /usr/local, or install with --target",
        )
    });
    if let Some((place, message, help)) = brought.or(found) {
        findings.push(
            Finding::new(message).at(place, "on Lambda the home folder is another one, and /root is closed").help(help),
        );
    }
}

/// Packages of a saved image that are in somebody's `~/.local` only.
fn in_image(launch: &Launch<'_>) -> Option<Finding> {
    let stray = launch.stray_python(false)?;
    let names: Vec<&str> = stray.names.iter().map(String::as_str).collect();
    Some(
        Finding::new(format!("{} lies in the builder's ~/.local", super::few(&names)))
            .at(launch.place_of_file(&stray.folder), "on Lambda the home folder is another one, and /root is closed")
            .help("leave out --user, or install with --target ${LAMBDA_TASK_ROOT}"),
    )
}

/// Whether a pip install goes to the user's site, and brings more than tools.
fn installs(ran: &Ran, variable: Option<&Setting<String>>) -> bool {
    let by_variable =
        variable.and_then(Setting::value).is_some_and(|value| matches!(value.as_str(), "1" | "true" | "yes"));
    let Some(install) = ran.install().filter(|install| install.manager == "pip") else { return false };
    let tools =
        !install.packages.is_empty() && install.packages.iter().all(|package| TOOLS.contains(&package.name.as_str()));
    let elsewhere = ran.has(&["-t", "--target", "--prefix", "--root"]);
    (by_variable || ran.has(&["--user"])) && !elsewhere && (!tools || ran.has(&["-r", "--requirement"]))
}

/// Whether a COPY brings `~/.local` of a build into a home folder.
fn is_local(build: &Build<'_>, copied: &Copied<'_, '_>) -> bool {
    let from_local = copied.names().any(|name| name == ".local")
        || copied
            .sources
            .iter()
            .any(|(source, _)| source.as_deref().is_some_and(|source| source.contains("/.local/lib")));
    let home =
        |to: &str| (under(to, "/root") || under(to, "/home")) && (last(to) == ".local" || to.contains("/.local/lib"));
    from_local && copied.destination.as_deref().is_some_and(|to| home(to) && !build.used_later(copied.step, to))
}

#[cfg(test)]
mod tests {
    use crate::rules::tried::{catches, spares};

    const BASE: &str = "FROM public.ecr.aws/lambda/python:3.13\nCOPY . .\n";

    #[test]
    fn packages_in_the_home_folder() {
        catches("LL310", &format!("{BASE}RUN pip install --user -r requirements.txt"));
        catches("LL310", &format!("{BASE}RUN python3 -m pip install --user requests"));
        catches("LL310", &format!("{BASE}ENV PIP_USER=1\nRUN pip install requests"));
        catches(
            "LL310",
            "FROM python:3.13 AS b\nRUN pip install --user x\nFROM python:3.13\nCOPY --from=b /root/.local /root/.local\nENV PATH=/root/.local/bin:$PATH",
        );
        catches("LL310", "FROM python:3.13\nCOPY --from=b /root/.local /home/app/.local");
    }

    #[test]
    fn near_misses() {
        spares("LL310", &format!("{BASE}RUN pip install --user poetry==1.8.0"));
        spares("LL310", &format!("{BASE}RUN pip install --user -t ${{LAMBDA_TASK_ROOT}} requests"));
        spares("LL310", &format!("{BASE}ENV PYTHONUSERBASE=/opt/py\nRUN pip install --user requests"));
        spares("LL310", &format!("{BASE}ENV HOME=/app\nRUN pip install --user requests"));
        spares(
            "LL310",
            "FROM python:3.13 AS b\nRUN pip install --user x\nFROM python:3.13\nCOPY --from=b /root/.local /usr/local",
        );
        spares(
            "LL310",
            "FROM python:3.13 AS b\nRUN pip install --user x\nFROM python:3.13\nCOPY --from=b /root/.local/lib/python3.13/site-packages /var/task",
        );
        spares("LL310", &format!("{BASE}RUN gem install --user-install x"));
    }
}
