//! What package managers leave behind, and the ways not to keep it: cleaning in the same RUN, a cache mount.

use super::installs::insert;
use crate::diagnostic::{Finding, Fix};
use crate::dockerfile::Instruction;
use crate::launch::Ran;
use crate::rules::General;

/// A cache that is kept unless something cleans it.
pub(super) struct Cache {
    /// Whether a command fills it.
    pub(super) fills: fn(&Ran) -> bool,
    /// Whether a command, later in the RUN, cleans it.
    pub(super) cleans: fn(filled_by: &Ran, &Ran) -> bool,
    /// Ends of the paths whose mount keeps it out of the image.
    pub(super) mounts: &'static [&'static str],
    /// The command that cleans it, with `{}` for the program.
    pub(super) command: &'static str,
    /// Whether a throw-away stage counts for nothing under hadolint's preset too.
    pub(super) only_shipped: bool,
}

/// One finding for each RUN that fills a cache and leaves it.
pub(super) fn uncleaned(general: &General<'_>, findings: &mut Vec<Finding>, cache: &Cache) {
    if general.left_to_lambda() {
        return;
    }
    for seen in general.runs() {
        let skips_stage = cache.only_shipped || !general.as_hadolint();
        if skips_stage && !general.ships(&seen.written) || is_mounted(seen.written.step.instruction, cache.mounts) {
            continue;
        }
        let Some(last) = seen.commands.iter().rposition(|ran| (cache.fills)(ran)) else { continue };
        let (filled, behind) = (seen.commands[last], &seen.commands[last + 1..]);
        if behind.iter().any(|ran| (cache.cleans)(filled, ran)) {
            continue;
        }
        let command = cache.command.replace("{}", &filled.program);
        let mut finding = Finding::new(format!("what {} has downloaded stays in this layer", filled.program))
            .at(filled.span, "nothing behind it cleans up")
            .help(format!("end this RUN with && {command}, or mount a cache"));
        // At the end of a plain list of commands the cleaning goes behind the last one.
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
    // A backslash inside a line ends Docker's flags; who wrote another mount behind it meant one.
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
        kept_out && target.is_some_and(|path| ends.iter().any(|end| path.ends_with(end)))
    })
}

/// Whether a command is `rm -rf` of a path that begins like one of some.
pub(super) fn removes(ran: &Ran, paths: &[&str]) -> bool {
    ran.program == "rm"
        && ran.flagged('r', &["recursive"])
        && ran.raws().any(|text| paths.iter().any(|path| text.trim_matches('"').starts_with(path)))
}
