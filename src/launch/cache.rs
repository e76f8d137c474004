//! What package managers leave in a layer, and where a RUN can be made to clear it up.

use super::{Build, RunCommand, Stage, Step};
use crate::dockerfile::{Command, Kind};
use crate::facts::PackageCache;
use crate::path::under;

impl Build<'_> {
    /// Whether a command leaves a cache in the layer of its RUN.
    pub fn keeps_cache(&self, cache: &PackageCache, stage: &Stage<'_>, step: &Step<'_>, ran: &RunCommand) -> bool {
        if !cache.programs.contains(&ran.program.as_str()) || !cache.verbs.contains(&ran.verb()) {
            return false;
        }
        // `command -v dnf || yum install …` may never run.
        let before =
            self.dockerfile.source.bytes().get(step.instruction.span.start..ran.span.start).unwrap_or_default();
        let tested = ran.guarded && before.windows(2).any(|pair| pair == b"||" || pair == b"if" || pair == b"-v");
        // Into another root it goes there, and a program that the base lacks fills nothing.
        let elsewhere = ran.has(&["--installroot", "--root", "-p", "--cache-dir", "--help", "--version"]);
        let managers = self.base_of(stage).and_then(|base| base.os).map(|os| &os.package_managers);
        let system = managers.is_some_and(|known| {
            !known.is_empty()
                && matches!(cache.name, "yum" | "dnf" | "apt" | "apk")
                && !known.contains(&ran.program.as_str())
        });
        let unset =
            cache.env.is_none_or(|name| !step.state.env.contains_key(name) && !step.state.args.contains_key(name));
        let instruction = step.instruction;
        let cleans = |text: &str| cache.cleaned.iter().any(|&word| text.contains(word));
        // `dnf clean "all"`: as the command gets it; a script may clean up by itself.
        let by_command = step.ran().iter().any(|ran| cleans(&ran.plain_line()));
        let cleaned = by_command
            || cleans(&instruction.rest.text)
            || instruction.heredocs.iter().any(|heredoc| cleans(&heredoc.body.text));
        unset
            && !tested
            && !ran.has(&cache.flags)
            && !elsewhere
            && !system
            && !cleaned
            && !step.mounts().any(|mount| covers(mount, cache))
    }
}

impl Step<'_> {
    /// Where a command can be appended to a RUN: after plain commands that are joined with `&&` only.
    pub fn end_of_script(&self) -> Option<usize> {
        let Kind::Run(Command::Shell(text)) = &self.instruction.kind else { return None };
        let script = text.text.trim_end();
        // What is appended is not run as another user.
        let plain = self.instruction.heredocs.is_empty()
            && !self.ran().iter().any(RunCommand::has_own_path)
            && !script.contains(['#', ';', '|', '(', '{', '\n', '\'', '"']);
        let word = script.ends_with(|c: char| c.is_ascii_alphanumeric() || "/._-*+".contains(c));
        (plain && word).then(|| text.locate(0, script.len()).end)
    }
}

/// Whether a cache mount, or one in memory, lies over the cache.
fn covers(mount: &str, cache: &PackageCache) -> bool {
    let part = |key: &str| mount.split(',').find_map(|part| part.strip_prefix(key)?.strip_prefix('='));
    let target = part("target").or(part("dst")).or(part("destination")).unwrap_or_default();
    let over = |path: &&str| {
        let home = target.replacen('~', "/root", 1);
        under(path, &home) || under(&home, path) || target.contains('$') || last_two(path) == last_two(&home)
    };
    matches!(part("type"), Some("cache" | "tmpfs")) && !target.is_empty() && cache.paths.iter().any(over)
}

/// `.cache/pip` in any home folder.
fn last_two(path: &str) -> Option<&str> {
    let path = path.trim_end_matches('/');
    path.match_indices('/').map(|(at, _)| at).nth_back(1).map(|at| &path[at..])
}
