//! LL306 launcher-writes-home.

use super::ll305_cache_outside_tmp::writable;
use crate::diagnostic::Finding;
use crate::facts::{self, Launcher};
use crate::launch::{Launch, Process, Setting};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL306-launcher-writes-home.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let by_name = |process: &&Process| {
        let named = |launcher: &&Launcher| launcher.programs.contains(&process.name());
        facts::launchers().iter().find(named)
    };
    let mut processes = launch.processes().line.iter();
    let Some((started, launcher)) = processes.find_map(|process| Some((process, by_name(&process)?))) else { return };
    if set_elsewhere(launch, launcher) || told(started, launcher) {
        return;
    }
    findings.push(
        Finding::new(format!("{} writes to the home folder when it starts, and that is read-only", started.name()))
            .at(started.place(), "Lambda starts this")
            .help(format!("start the program itself, or set ENV {}", launcher.instead)),
    );
}

/// Whether HOME or the tool's own variable points at a place that can be written, or is not known.
fn set_elsewhere(launch: &Launch<'_>, launcher: &Launcher) -> bool {
    let good = |setting: &Setting<String>| setting.value().is_none_or(|value| writable(value));
    launch.hides_variables()
        || launch.env.iter().any(|(name, setting)| {
            (launcher.variables.iter().any(|known| known.eq_ignore_ascii_case(name)) && good(setting))
                || launcher.switches.iter().any(|known| known.eq_ignore_ascii_case(name))
        })
}

/// Whether an argument, or an assignment in front of the program, says where to write.
fn told(started: &Process, launcher: &Launcher) -> bool {
    let says = |text: &str, flag: &str| text.strip_prefix(flag).is_some_and(|v| v.is_empty() || v.starts_with('='));
    let flag = started.args().iter().any(|arg| launcher.flags.iter().any(|flag| says(&arg.text, flag)));
    flag || started.assigns.iter().any(|text| text.split_once('=').is_some_and(|(_, value)| writable(value)))
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{allows, catches};

    #[test]
    fn launchers() {
        catches("LL306", "FROM node:22\nENTRYPOINT [\"/usr/local/bin/npx\", \"aws-lambda-ric\"]\nCMD [\"a.b\"]");
        catches("LL306", "FROM node:22\nCMD npm start");
        catches("LL306", "FROM node:22\nCMD [\"sh\", \"-c\", \"cd /app && exec yarn start\"]");
        catches("LL306", "FROM python:3.13\nENV HOME=/app\nENTRYPOINT [\"uv\", \"run\", \"app.py\"]");
    }

    #[test]
    fn near_misses() {
        allows("LL306", "FROM ruby:3.3\nENTRYPOINT [\"bundle\", \"exec\", \"aws_lambda_ric\"]\nCMD [\"a.b\"]");
        allows("LL306", "FROM node:22\nENV NPM_CONFIG_CACHE=/tmp/.npm\nENTRYPOINT [\"npx\", \"aws-lambda-ric\"]");
        allows("LL306", "FROM node:22\nENV HOME=/tmp\nCMD [\"npm\", \"start\"]");
        allows("LL306", "FROM node:22\nCMD [\"npm\", \"--cache\", \"/tmp/n\", \"start\"]");
        allows("LL306", "FROM node:22\nARG C\nENV npm_config_cache=$C\nCMD [\"npm\", \"start\"]");
        allows("LL306", "FROM node:22\nENTRYPOINT [\"node\", \"node_modules/.bin/aws-lambda-ric\"]\nCMD [\"a.b\"]");
        allows("LL306", "FROM acme.example/node\nENTRYPOINT [\"npx\", \"aws-lambda-ric\"]\nCMD [\"a.b\"]");
        allows("LL306", "FROM node:22 AS b\nCMD [\"npm\", \"start\"]\nFROM node:22\nCMD [\"node\", \"x\"]");
        allows("LL306", "FROM public.ecr.aws/lambda/nodejs:22\nRUN npm ci\nCMD [\"index.handler\"]");
    }
}
