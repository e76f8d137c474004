//! DL3026 untrusted-registry.

use crate::diagnostic::Finding;
use crate::dockerfile::Kind;
use crate::rules::{Check, DockerfileContext, Rule};
use crate::source::Span;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3026-untrusted-registry.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    if general.options.trusted_registries.is_empty() {
        return;
    }
    for stage in &general.build.stages {
        let Kind::From(from) = &stage.from.kind else { continue };
        let name = stage.image.value().filter(|_| !general.as_hadolint()).unwrap_or(&from.image.text);
        judge(general, stage.index, name, from.image.span, findings);
    }
    for written in general.build.written() {
        let below = written.stage.map_or(0, |stage| stage.index + 1);
        let instruction = written.step.instruction;
        let mounts =
            instruction.flags.iter().filter(|flag| flag.name == "mount").filter_map(|flag| flag.value.as_ref());
        let mounted = mounts
            .filter_map(|mount| Some((mount.text.split(',').find_map(|part| part.strip_prefix("from="))?, mount.span)));
        let copied =
            instruction.flag("from").and_then(|flag| flag.value.as_ref()).map(|from| (from.text.as_str(), from.span));
        let first = copied.into_iter().chain(mounted).find(|(name, _)| !trusted(general, below, name));
        if let Some((name, span)) = first {
            judge(general, below, name, span, findings);
        }
    }
}

fn judge(general: &DockerfileContext<'_>, below: usize, name: &str, span: Span, findings: &mut Vec<Finding>) {
    if !trusted(general, below, name) {
        let known = general.options.trusted_registries.join(", ");
        findings.push(
            Finding::new(format!("{name} is not from a trusted registry"))
                .at(span, "")
                .help(format!("take it from {known}")),
        );
    }
}

fn trusted(general: &DockerfileContext<'_>, below: usize, name: &str) -> bool {
    let staged = general.stage_named(name, below).is_some()
        || general.build.stage(name).is_some_and(|stage| stage.index < below);
    let number = name.parse::<usize>().is_ok_and(|number| number < below);
    if name == "scratch" || staged || number || (name.contains('$') && !general.as_hadolint()) {
        return true;
    }
    let registry = match name.split_once('/') {
        Some((first, _)) if first.contains(['.', ':']) || first == "localhost" => first,
        _ => "docker.io",
    };
    let named = |trusted: &String| match trusted.as_str() {
        "docker.io" | "hub.docker.com" => registry == "docker.io",
        pattern => fits(pattern, registry),
    };
    general.options.trusted_registries.iter().any(named)
}

/// `*` at either end stands for any text.
fn fits(pattern: &str, registry: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        _ if pattern == "*" => true,
        (Some(end), _) => registry.ends_with(end),
        (_, Some(start)) => registry.starts_with(start),
        _ => registry == pattern,
    }
}
