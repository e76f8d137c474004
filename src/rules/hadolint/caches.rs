//! What package managers leave behind, and the ways not to keep it: cleaning in the same RUN, a cache mount.

use super::installs::insert;
use crate::diagnostic::{Finding, Fix};
use crate::dockerfile::Instruction;
use crate::launch::RunCommand;
use crate::rules::DockerfileContext;

/// A cache that is kept unless something cleans it.
pub(super) struct Cache {
    /// Whether a command fills it.
    pub(super) fills: fn(&RunCommand) -> bool,
    /// Whether a command, later in the RUN, cleans it by means of the manager.
    pub(super) cleans: fn(filled_by: &RunCommand, &RunCommand) -> bool,
    /// The folders it lies in: `rm -rf` of one cleans it too, and a mount over one keeps it out of the image.
    pub(super) folders: &'static [&'static str],
    /// The mounts that hadolint knows.
    pub(super) known_mounts: &'static [&'static str],
    /// Whether hadolint takes `rm -rf` of anything for cleaning.
    pub(super) any_removal: bool,
    /// The command that cleans it, with `{}` for the program.
    pub(super) command: &'static str,
    /// Whether a throw-away stage counts for nothing under hadolint's preset too.
    pub(super) only_shipped: bool,
}

/// One finding for each RUN that fills a cache and leaves it.
pub(super) fn uncleaned(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>, cache: &Cache) {
    if general.left_to_lambda() {
        return;
    }
    for seen in general.runs() {
        let strict = general.as_hadolint();
        let mounts = if strict { cache.known_mounts } else { cache.folders };
        let skips_stage = cache.only_shipped || !strict;
        if skips_stage && !general.ships(&seen.written) || is_mounted(seen.written.step.instruction, mounts) {
            continue;
        }
        let fills = |ran: &&RunCommand| (cache.fills)(ran);
        // hadolint holds the first that fills against the first that cleans.
        let at = if strict { seen.commands.iter().position(fills) } else { seen.commands.iter().rposition(fills) };
        let Some(at) = at else { continue };
        let filled = seen.commands[at];
        let cleans = |ran: &&RunCommand| {
            let removed =
                if strict { cache.any_removal && removes(ran, None) } else { removes(ran, Some(cache.folders)) };
            (cache.cleans)(filled, ran) || removed
        };
        let before = strict && seen.commands[..at].iter().any(cleans);
        if !before && seen.commands[at + 1..].iter().any(cleans) {
            continue;
        }
        let command = cache.command.replace("{}", &filled.program);
        let mut finding = Finding::new(format!("what {} has downloaded stays in this layer", filled.program))
            .at(filled.span, "nothing after it cleans up")
            .help(format!("end this RUN with && {command}, or mount a cache"));
        // At the end of a plain list of commands the cleaning goes after the last one.
        let simple = seen.commands.iter().all(|ran| !ran.guarded && !ran.subshell && ran.script == 0);
        let end = seen.written.step.instruction.span.end;
        if simple && seen.written.step.instruction.heredocs.is_empty() && filled.span.end < end {
            if let Some(last) = seen.commands.last().filter(|last| last.span.end == end) {
                let edits = vec![insert(last.span, &format!("&& {command}"))];
                finding = finding.fix(Fix { safe: true, title: format!("add && {command}"), edits });
            }
        } else if simple && filled.span.end == end && seen.written.step.instruction.heredocs.is_empty() {
            let edits = vec![insert(filled.span, &format!("&& {command}"))];
            finding = finding.fix(Fix { safe: true, title: format!("add && {command}"), edits });
        }
        findings.push(finding);
    }
}

/// Whether `--mount=type=cache` or `type=tmpfs` lies over one of some paths.
pub(super) fn is_mounted(instruction: &Instruction, ends: &[&str]) -> bool {
    let mounts = instruction.flags.iter().filter(|flag| flag.name == "mount").filter_map(|flag| flag.value.as_ref());
    // A backslash inside a line ends Docker's flags; who wrote another mount after it meant one.
    let words = instruction.rest.text.split_whitespace();
    let meant = words
        .take_while(|word| *word == "\\" || word.starts_with("--mount="))
        .filter_map(|word| word.strip_prefix("--mount="));
    mounts.map(|mount| mount.text.as_str()).chain(meant).any(|mount| {
        let field = |names: &[&str]| {
            mount.split(',').find_map(|part| part.split_once('=').filter(|(key, _)| names.contains(key)))
        };
        let kept_out = field(&["type"]).is_some_and(|(_, kind)| matches!(kind, "cache" | "tmpfs"));
        let target = field(&["target", "dst", "destination"]).map(|(_, path)| path.trim_end_matches('/'));
        // yarn's cache has its version after it.
        let target = target.map(|path| path.strip_suffix("/v6").unwrap_or(path));
        kept_out && target.is_some_and(|path| ends.iter().any(|end| path.ends_with(end)))
    })
}

/// Whether a command is `rm -rf`, of anything or of one of some folders or what lies around it.
pub(super) fn removes(ran: &RunCommand, folders: Option<&[&str]>) -> bool {
    let around = |text: &str, folder: &str| {
        let path = text.trim_matches('"').trim_end_matches('*').trim_end_matches('/');
        path.starts_with(folder) || (path.len() > 4 && folder.starts_with(path))
    };
    let named = |folders: &[&str]| ran.raws().any(|text| folders.iter().any(|folder| around(text, folder)));
    // hadolint requires both letters.
    let forced = folders.is_some() || ran.flagged('f', &["force"]);
    ran.program == "rm" && ran.flagged('r', &["recursive"]) && forced && folders.is_none_or(named)
}
