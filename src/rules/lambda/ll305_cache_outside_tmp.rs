//! LL305 cache-outside-tmp.

use crate::diagnostic::Finding;
use crate::facts::{self, Cache};
use crate::image::EntryKind;
use crate::launch::{Build, Launch, State};
use crate::path::under;
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL305-cache-outside-tmp.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    for (name, setting) in &launch.env {
        let Some(cache) = facts::caches().iter().find(|cache| cache.names.contains(name)) else { continue };
        let Some((value, place)) = setting.set() else { continue };
        let offline = cache.offline.iter().any(|switch| launch.env(switch).is_some());
        let filled = || match launch.build {
            Some(build) => fills(launch, build, cache, name, value),
            None => filled_in_image(launch, value),
        };
        if !value.starts_with('/') || writable(value) || offline || filled() {
            continue;
        }
        findings.push(
            Finding::new(format!("{name} points at {value}, which is read-only on Lambda"))
                .at(place, format!("{} writes here", cache.writer))
                .help(format!("set {name}={}", cache.instead)),
        );
    }
}

/// Whether a path can be written to on Lambda.
pub(super) fn writable(path: &str) -> bool {
    under(path, "/tmp") || under(path, "/dev") || under(path, "/mnt")
}

/// Whether a saved image holds what will be read from the folder. Any file may be that; among the function's own
/// code, which is no cache, only what looks like a model or a compiled cache is.
fn filled_in_image(launch: &Launch<'_>, value: &str) -> bool {
    let Some(image) = launch.image.filter(|image| image.is_whole()) else { return true };
    let code = launch.code_folders().iter().any(|folder| folder == value) || value == "/var/task";
    let kept = [".safetensors", ".bin", ".pt", ".pth", ".onnx", ".h5", ".nbi", ".nbc", ".gguf", ".traineddata"];
    image.files.below(value).any(|(path, node)| {
        let cache =
            path.contains("/models--") || path.contains("/.cache/") || kept.iter().any(|end| path.ends_with(end));
        node.kind != EntryKind::Directory && (!code || cache)
    })
}

/// Whether the build puts into the folder what will be read from it.
fn fills(launch: &Launch<'_>, build: &Build<'_>, cache: &Cache, name: &str, value: &str) -> bool {
    // The function's own code is no cache.
    let code = launch.code_folders().iter().any(|folder| folder == value);
    let copied =
        || !code && build.copies().iter().any(|copied| copied.destination.as_deref().is_none_or(|to| under(to, value)));
    let set = |state: &State<'_>| state.variable(name) == Some(value);
    let run = |step: &crate::launch::Step<'_>| {
        // A program that runs while the variable is set may fill it; one that only installs does not.
        step.is_run()
            && (step.runs(value)
                || step.runs(name)
                || (set(&step.state) && cache.filled_by.iter().any(|word| step.runs(word))))
    };
    copied() || build.final_steps().into_iter().any(run)
}

#[cfg(test)]
mod tests {
    use crate::rules::tried::{catches, spares};

    fn python(steps: &str) -> String {
        format!("FROM public.ecr.aws/lambda/python:3.13\n{steps}\nCOPY app.py .\nCMD [\"app.handler\"]")
    }

    #[test]
    fn caches_that_cannot_be_written() {
        catches("LL305", &python("ENV HF_HOME=/var/task/cache"));
        catches("LL305", &python("ENV HOME=/var/task\nRUN pip install x"));
        catches("LL305", &python("ENV NUMBA_CACHE_DIR=${LAMBDA_TASK_ROOT}/numba"));
        catches("LL305", "FROM python:3.13\nENV XDG_CACHE_HOME=/app/.cache\nCOPY . /app");
    }

    #[test]
    fn near_misses() {
        spares("LL305", &python("ENV HF_HOME=/tmp/hf XDG_CACHE_HOME=/tmp HOME=/tmp"));
        spares("LL305", &python("ENV HF_HOME=/opt/hf HF_HUB_OFFLINE=1"));
        spares("LL305", &python("ENV HF_HOME=/opt/hf\nRUN python fetch.py"));
        spares("LL305", &python("ENV HF_HOME=/opt/hf\nCOPY models /opt/hf/"));
        spares("LL305", &python("ENV HF_HOME=/opt/hf\nRUN mkdir -p $HF_HOME && ./fill"));
        spares("LL305", &python("ARG D\nENV HF_HOME=$D"));
        spares("LL305", &python("ENV HOME=/tmp"));
        spares("LL305", "FROM python:3.13 AS b\nENV HF_HOME=/x\nFROM python:3.13\nCOPY app.py .");
    }
}
