//! LL305 cache-outside-tmp.

use crate::diagnostic::Finding;
use crate::facts;
use crate::launch::Launch;
use crate::path::under;
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL305-cache-outside-tmp.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    for (name, setting) in &launch.env {
        let Some(cache) = facts::caches().iter().find(|cache| cache.names.contains(&name.as_str())) else { continue };
        let Some((value, place)) = setting.set() else { continue };
        let offline = cache.offline.iter().any(|switch| launch.env(switch).is_some());
        if !value.starts_with('/') || writable(value) || offline || launch.holds_cache(cache, name, value) {
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

#[cfg(test)]
mod tests {
    use crate::rules::testing::{allows, catches};

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
        allows("LL305", &python("ENV HF_HOME=/tmp/hf XDG_CACHE_HOME=/tmp HOME=/tmp"));
        allows("LL305", &python("ENV HF_HOME=/opt/hf HF_HUB_OFFLINE=1"));
        allows("LL305", &python("ENV HF_HOME=/opt/hf\nRUN python fetch.py"));
        allows("LL305", &python("ENV HF_HOME=/opt/hf\nCOPY models /opt/hf/"));
        allows("LL305", &python("ENV HF_HOME=/opt/hf\nRUN mkdir -p $HF_HOME && ./fill"));
        allows("LL305", &python("ARG D\nENV HF_HOME=$D"));
        allows("LL305", &python("ENV HOME=/tmp"));
        allows("LL305", "FROM python:3.13 AS b\nENV HF_HOME=/x\nFROM python:3.13\nCOPY app.py .");
    }
}
