//! LL502 package-cache-kept.

use crate::diagnostic::{Finding, Fix, Severity};
use crate::launch::{KeptCache, Launch};
use crate::rules::{Check, Rule};
use crate::size;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL502-package-cache-kept.md"), check: Check::Launch(check) };

/// Maximum number of places that are shown one by one.
const MAX_SHOWN: usize = 8;

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    findings.extend(launch.kept_caches().iter().filter_map(kept));
    for lying in launch.lying_caches() {
        let (name, path) = (&lying.cache.name, lying.path);
        let finding = Finding::new(format!("{name} left a cache of {} in {path}", size::show(lying.bytes)))
            .at(lying.layer, "this layer brings it");
        findings.push(finding.help("empty it in the RUN that fills it, or mount it: RUN --mount=type=cache"));
    }
}

fn kept(kept: &KeptCache<'_>) -> Option<Finding> {
    let cache = kept.cache;
    let layers = kept.layers();
    let (first, more) = layers.split_first()?;
    let finding = Finding::new(format!("{} leaves its cache in the image", cache.name))
        .at(first.span, "nothing empties it in the same RUN");
    let finding = more.iter().take(MAX_SHOWN - 1).fold(finding, |finding, ran| finding.at(ran.span, "here too"));
    let finding = finding.help(match (&cache.append, cache.flag) {
        (Some(command), _) => format!("end the RUN with && {}", command.replace("{}", &first.program)),
        // `apk update && apk add --no-cache x`: the index is what stays.
        (None, Some(flag)) if kept.only_updates() => {
            format!("remove {0} update: {0} add {flag} reads the index by itself", cache.name)
        }
        (None, flag) => format!("give {} {}", cache.name, flag.unwrap_or_default()),
    });
    let what = cache.append.as_ref().or(cache.flag.as_ref()).map(|what| format!("add {}", what.replace("{} ", "")));
    let fix = what.zip(kept.edits()).map(|(title, edits)| Fix { safe: true, title, edits });
    let finding = fix.into_iter().fold(finding, Finding::fix);
    Some(if cache.small { finding.severity(Severity::Info) } else { finding })
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::{Info, Warning};
    use crate::rules::testing::{allows, catches, catches_as};

    const AL2: &str = "FROM public.ecr.aws/lambda/python:3.11\n";
    const DEBIAN: &str = "FROM python:3.13-slim-bookworm\n";
    const ALPINE: &str = "FROM node:24-alpine\n";

    fn run(base: &str, rest: &str) -> String {
        format!("{base}{rest}\nCMD [\"app.handler\"]")
    }

    #[test]
    fn caches() {
        catches_as(Warning, "LL502", &run(AL2, "RUN yum install -y jq"));
        catches_as(Warning, "LL502", &run(DEBIAN, "RUN apt-get update && apt-get install -y ffmpeg && apt-get clean"));
        catches_as(Warning, "LL502", &run(ALPINE, "RUN apk add --update ffmpeg"));
        catches_as(Info, "LL502", &run(AL2, "RUN pip install -r requirements.txt"));
        catches("LL502", &run(DEBIAN, "RUN <<EOF\napt-get update\napt-get install -y ffmpeg\nEOF"));
        // Emptied in another layer, it is still in its own.
        catches("LL502", &run(AL2, "RUN yum install -y jq\nRUN yum clean all"));
        catches("LL502", &run(AL2, "RUN yum install -y jq && strip /opt/* || true"));
    }

    #[test]
    fn near_misses() {
        for rest in [
            "RUN yum install -y jq && yum clean all && rm -rf /var/cache/yum",
            "RUN yum install -y jq && rm -rf /var/cache/*",
            "RUN --mount=type=cache,target=/var/cache/yum yum install -y jq",
            "RUN pip install --no-cache-dir x",
            "ENV PIP_NO_CACHE_DIR=1\nRUN pip install x",
            "RUN PIP_NO_CACHE_DIR=1 pip install x",
            "RUN --mount=type=cache,target=/root/.cache/pip pip install x",
            "RUN pip install x && rm -rf ~/.cache",
            "RUN yum install -y --installroot=/rootfs jq",
            "RUN npm ci",
        ] {
            allows("LL502", &run(AL2, rest));
        }
        allows("LL502", &run(DEBIAN, "RUN apt-get update && apt-get install -y x && rm -rf /var/lib/apt/lists/*"));
        // Docker's Debian images delete the archives by themselves.
        allows("LL502", &run(DEBIAN, "RUN apt-get install -y ffmpeg"));
        allows("LL502", &run(AL2, "RUN yum list installed rsync || yum install -y rsync"));
        allows("LL502", &run(ALPINE, "RUN apk add --no-cache ffmpeg"));
        allows("LL502", &run(ALPINE, "RUN apk --update --no-cache add ffmpeg"));
        // Not there at all: LL801.
        allows("LL502", &run("FROM public.ecr.aws/lambda/python:3.13\n", "RUN yum install -y jq"));
        // A build stage stays where it is.
        allows(
            "LL502",
            &run("FROM python:3.13 AS b\nRUN apt-get update\nFROM python:3.13-slim\n", "COPY --from=b /x /x"),
        );
    }
}
