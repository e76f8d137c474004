//! Python packages that the build installs where the runtime does not look: virtual environments and user sites.

use super::misplaced_packages::MisplacedPackages;
use super::{Build, Copied, Launch, Origin, RunCommand, Setting, Step};
use crate::diagnostic::Location;
use crate::path::{last, under};

/// Packages in a virtual environment that AWS's runtime does not look into.
#[derive(Clone, Debug)]
pub enum UnusedEnvironment {
    /// A command installs into one.
    Made { place: Location, by: Maker },
    /// A COPY brings one whole.
    Copied { place: Location },
    /// They lie in one and nowhere else.
    Files { stray: MisplacedPackages, place: Location },
}

/// What installs into a virtual environment.
#[derive(Clone, Debug)]
pub enum Maker {
    /// `uv sync`.
    Uv,
    /// `poetry install`.
    Poetry,
    /// `pipenv install` or `pipenv sync`.
    Pipenv,
    /// `python -m venv` or `virtualenv`, and later commands with its pip; the environment's path.
    Venv(String),
}

/// Packages in the user site of the build's user.
#[derive(Clone, Debug)]
pub enum UserSite {
    /// `pip install --user`.
    Installed { place: Location },
    /// A COPY of `~/.local` into a home folder.
    Copied { to: String, place: Location },
    /// They lie in one and nowhere else.
    Files { stray: MisplacedPackages, place: Location },
}

/// Maximum number of commands that are looked at: each is searched for in all steps.
const MAX_COMMANDS: usize = 20;

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

impl Launch<'_> {
    /// The virtual environment that holds the packages, where AWS's runtime starts.
    pub fn unused_environment(&self) -> Option<UnusedEnvironment> {
        if !self.starts_lambda_entrypoint() {
            return None;
        }
        let Some(build) = self.build else {
            let stray = self.stray_python(true)?;
            return Some(UnusedEnvironment::Files { place: self.place_of_file(&stray.folder), stray });
        };
        let python = self.on_lambda_base() && self.base.family == Some("python");
        // What is not a handler is for another rule: it may be meant to start the environment's own Python.
        let handler = self.lambda_entrypoint().is_none_or(|entrypoint| entrypoint.args().len() <= 1);
        if !python || !handler || self.env("AWS_LAMBDA_EXEC_WRAPPER").is_some() || exports_packages(build) {
            return None;
        }
        let makes =
            |ran: &RunCommand| matches!(ran.program.as_str(), "uv" | "poetry" | "pipenv" | "venv" | "virtualenv");
        let mut makers = build.final_commands().filter(|(_, ran)| makes(ran)).take(MAX_COMMANDS);
        let made = makers.find_map(|(step, ran)| {
            Some(UnusedEnvironment::Made { place: ran.span.into(), by: maker(build, step, ran)? })
        });
        made.or_else(|| copied_environment(build))
    }

    /// The user site that holds packages, where no setting leads Python to it.
    pub fn user_site(&self) -> Option<UserSite> {
        let Some(build) = self.build else {
            let stray = self.stray_python(false)?;
            return Some(UserSite::Files { place: self.place_of_file(&stray.folder), stray });
        };
        let open = |path: &String| !under(path, "/root");
        let home = |name: &str| self.env(name).is_some_and(|setting| setting.value().is_none_or(open));
        // With HOME or PYTHONUSERBASE in the image, Python finds its user site again; an opened /root can be read.
        if home("HOME")
            || home("PYTHONUSERBASE")
            || build.runs_mention("/.local/lib")
            || build.runs_mention("PYTHONUSERBASE")
            || matches!(build.mode("/root", true).execute, Some((true, _)))
        {
            return None;
        }
        let copies = build.copies();
        let copied = copies.iter().find(|copied| is_user_site(build, copied)).map(|copied| UserSite::Copied {
            to: copied.destination.clone().unwrap_or_default(),
            place: copied.span().into(),
        });
        copied.or_else(|| {
            let (_, ran) =
                build.final_commands().find(|(step, ran)| installs_for_user(ran, step.state.env.get("PIP_USER")))?;
            Some(UserSite::Installed { place: ran.span.into() })
        })
    }
}

/// Whether the packages leave the environment: a list exported for pip, a copy, a path file.
fn exports_packages(build: &Build<'_>) -> bool {
    let exports = |ran: &RunCommand| {
        matches!(ran.program.as_str(), "uv" | "poetry" | "pipenv")
            && matches!(ran.verb(), "export" | "requirements" | "lock -r")
    };
    build.final_commands().any(|(_, ran)| exports(ran)) || build.installs_into_system()
}

/// What a command installs into a virtual environment with.
fn maker(build: &Build<'_>, step: &Step<'_>, ran: &RunCommand) -> Option<Maker> {
    let named = match (ran.program.as_str(), ran.verb()) {
        ("uv", "sync") => return Some(Maker::Uv),
        ("poetry", "install") => return Some(Maker::Poetry),
        ("pipenv", "install" | "sync") => return Some(Maker::Pipenv),
        ("venv" | "virtualenv", _) => ran.operands(&["-p", "--python", "--prompt"]).last()?.text.clone()?,
        _ => return None,
    };
    // One for a tool alone does no harm: the packages must go into it.
    let name = last(&named);
    let path = step.state.absolute(&named)?;
    let pip = [format!("{name}/bin/pip"), format!("{name}/bin/python"), format!("{name}/bin/activate")];
    let on_path = |other: &Step<'_>| {
        other.state.variable("PATH").is_some_and(|value| value.split(':').any(|entry| entry == format!("{path}/bin")))
    };
    let into =
        |other: &&Step<'_>| pip.iter().any(|word| other.runs(word)) || (on_path(other) && other.runs("pip install"));
    let lists = |other: &&Step<'_>| other.runs("-r ") || other.runs("--requirement");
    let filled = build.final_steps().iter().any(|other| other.is_run() && into(other) && lists(other));
    filled.then_some(Maker::Venv(path))
}

fn copied_environment(build: &Build<'_>) -> Option<UnusedEnvironment> {
    let whole = |name: &str| matches!(name, ".venv" | "venv");
    let copied = build.copies().into_iter().find(|copied| {
        copied.names().any(whole)
            && !matches!(copied.origin, Origin::Context)
            && copied.destination.as_deref().is_some_and(|to| whole(last(to)))
    })?;
    Some(UnusedEnvironment::Copied { place: copied.span().into() })
}

/// Whether a pip install goes to the user's site, and brings more than tools.
fn installs_for_user(ran: &RunCommand, variable: Option<&Setting<String>>) -> bool {
    let by_variable =
        variable.and_then(Setting::value).is_some_and(|value| matches!(value.as_str(), "1" | "true" | "yes"));
    let Some(install) = ran.install().filter(|install| install.manager == "pip") else { return false };
    let tools =
        !install.packages.is_empty() && install.packages.iter().all(|package| TOOLS.contains(&package.name.as_str()));
    let elsewhere = ran.has(&["-t", "--target", "--prefix", "--root"]);
    (by_variable || ran.has(&["--user"])) && !elsewhere && (!tools || ran.has(&["-r", "--requirement"]))
}

/// Whether a COPY brings `~/.local` of a build into a home folder.
fn is_user_site(build: &Build<'_>, copied: &Copied<'_, '_>) -> bool {
    let in_local = |(source, _): &(Option<String>, crate::source::Span)| {
        source.as_deref().is_some_and(|source| source.contains("/.local/lib"))
    };
    let from_local = copied.names().any(|name| name == ".local") || copied.sources.iter().any(in_local);
    let home =
        |to: &str| (under(to, "/root") || under(to, "/home")) && (last(to) == ".local" || to.contains("/.local/lib"));
    from_local && copied.destination.as_deref().is_some_and(|to| home(to) && !build.used_later(copied.step, to))
}
