//! What a system package manager can have been given before a command: more repositories, another dnf.

use super::{Build, CommandArg, Copied, Install, Origin, RunCommand, Stage};
use crate::facts::{self, Base, CommandEffect, Os, packages};

/// What the commands before one have changed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Repositories {
    /// More repositories may be there.
    pub more: bool,
    /// The real dnf may be there.
    pub dnf: bool,
}

/// A command of a system package manager that the base has.
#[derive(Clone, Copy, Debug)]
pub struct SystemCommand<'b, 'a> {
    /// Its stage.
    pub stage: &'b Stage<'a>,
    /// The base.
    pub base: &'b Base,
    /// The base's system.
    pub os: &'b Os,
    /// The command.
    pub ran: &'b RunCommand,
    /// What the commands before it have changed.
    pub before: Repositories,
}

impl<'a> Build<'a> {
    /// The commands of system package managers in all stages that certainly run.
    pub fn system_commands(&self) -> Vec<SystemCommand<'_, 'a>> {
        let mut commands = Vec::new();
        let mut ends: Vec<Repositories> = Vec::new();
        for stage in &self.stages {
            let mut before = stage.passed_on(&ends).unwrap_or_default();
            let copied = copied_repository(self, stage);
            let base = self.base_of(stage);
            for ran in stage.ran() {
                before.more |= copied.is_some_and(|step| step < ran.step);
                let asked = base.and_then(|base| Some((base, base.os?)));
                if let Some((base, os)) = asked.filter(|(_, os)| !ran.guarded && understands(os, &ran.program)) {
                    let before = Repositories { more: before.more || names_repository(ran), ..before };
                    commands.push(SystemCommand { stage, base, os, ran, before });
                }
                before.more |= adds_repository(ran);
                before.dnf |= brings_dnf(ran);
            }
            before.more |= copied.is_some();
            ends.push(before);
        }
        commands
    }
}

impl RunCommand {
    /// Whether dnf is told to leave out packages that it does not find.
    pub fn leaves_out_missing(&self) -> bool {
        let skips = |text: &str| {
            text.strip_prefix("--setopt=").is_some_and(|setting| setting.starts_with("skip_"))
                || text.starts_with("skip_")
        };
        self.has(&["--skip-broken", "--skip-unavailable"]) || self.raws().any(skips)
    }
}

/// Whether a manager is there, or another that takes the same names: where yum is missing (LL801), dnf has no
/// more packages than it would have had.
fn understands(os: &Os, manager: &str) -> bool {
    let is_rpm = |manager: &str| matches!(manager, "dnf" | "yum" | "microdnf");
    os.package_managers.iter().any(|&known| known == manager || is_rpm(known) && is_rpm(manager))
}

fn brings_dnf(ran: &RunCommand) -> bool {
    ran.is_opaque()
        || ran.install().is_some_and(|install| {
            matches!(install.manager, "dnf" | "yum")
                && (ran.args.iter().any(|arg| arg.text.is_none())
                    || install.packages.iter().any(|package| packages().dnf.contains(&package.name.as_str())))
        })
}

/// Whether a command names a repository for itself alone: `apk add -X URL`, `dnf --enablerepo=epel`, `apt-get -o
/// Dir::Etc::sourcelist=FILE`.
fn names_repository(ran: &RunCommand) -> bool {
    let flags: &[&str] = match ran.program.as_str() {
        "apk" => &["-X", "--repository", "--repositories-file"],
        "dnf" | "yum" | "microdnf" => &["--enablerepo", "--repo", "--repoid", "--repofrompath"],
        _ => return ran.has(&["-c", "--config-file"]) || settings(ran).any(|setting| setting.is_none_or(names_lists)),
    };
    ran.args.iter().any(|arg| flags.contains(&arg.raw.split('=').next().unwrap_or_default()))
}

/// The settings that a command of apt is given, `-o NAME=VALUE`; `None` for an unknown one.
fn settings(ran: &RunCommand) -> impl Iterator<Item = Option<&str>> {
    ran.args.iter().enumerate().filter_map(|(at, arg)| {
        let text = arg.text.as_deref().unwrap_or(&arg.raw);
        match text.strip_prefix("--option").or_else(|| text.strip_prefix("-o"))? {
            "" => ran.args.get(at + 1).map(|value| value.text.as_deref()),
            joined => Some(arg.text.as_ref().map(|_| joined.trim_start_matches('='))),
        }
    })
}

/// Whether a setting of apt moves its lists of repositories: `Dir::Etc::sourcelist=FILE`.
fn names_lists(setting: &str) -> bool {
    setting.starts_with("Dir::")
}

/// Whether a command may bring repositories that have more names.
fn adds_repository(ran: &RunCommand) -> bool {
    let mut named = ran.args.iter().chain(&ran.writes);
    let seen = |arg: &CommandArg| arg.text.as_deref().unwrap_or(&arg.raw).to_owned();
    // A path that cannot be known may be that of a list of repositories, where something is written to it.
    let writes = !ran.has_effect(CommandEffect::Nothing) && !ran.has_effect(CommandEffect::System);
    let names_one = named.any(|arg| facts::is_repository_list(&seen(arg)) || (writes && arg.text.is_none()));
    let url = ran.args.iter().any(|arg| arg.raw.contains("://") || arg.raw.contains(".rpm"));
    let release = |install: Install| {
        install.packages.iter().any(|package| packages().repositories.contains(&package.name.as_str()))
    };
    names_one
        || ran.is_opaque()
        || matches!(ran.program.as_str(), "amazon-linux-extras" | "yum-config-manager" | "rpm" | "add-apt-repository")
        || (matches!(ran.program.as_str(), "yum" | "dnf" | "microdnf") && (url || ran.verb() == "config-manager"))
        || ran.install().is_some_and(release)
}

/// The first step of a stage that may copy a list of repositories.
fn copied_repository(build: &Build<'_>, stage: &Stage<'_>) -> Option<usize> {
    let brings = |copied: &Copied<'_, '_>| {
        let into = copied.destination.as_deref().is_none_or(|to| to.starts_with("/etc") || to == "/");
        into && (matches!(copied.origin, Origin::Context) || copied.names().any(|name| name.contains("repo")))
    };
    stage.steps.iter().position(|step| build.copied(stage, step).as_ref().is_some_and(brings))
}
