//! LL502 package-cache-kept.

use crate::diagnostic::{Doc, Edit, Finding, Fix, Place, Severity};
use crate::facts::{self, PackageCache};
use crate::image::Image;
use crate::launch::{Build, Launch, Ran, Step};
use crate::rules::{Check, Rule};
use crate::size;
use crate::source::Span;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL502-package-cache-kept.md"), check: Check::Launch(check) };

/// More places than this are not shown one by one.
const MOST: usize = 8;

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    launch.build.into_iter().for_each(|build| left(build, findings));
    launch.image.into_iter().for_each(|image| lying(image, findings));
}

/// Less than this is not worth a word.
const LEAST: u64 = 1024 * 1024;

/// What lies in a saved image.
fn lying(image: &Image, findings: &mut Vec<Finding>) {
    for cache in facts::package_caches() {
        for path in &cache.paths {
            let Some((bytes, layer)) = image.files.weight(path).filter(|(bytes, _)| *bytes >= LEAST) else { continue };
            let finding = Finding::new(format!("{} left a cache of {} in {path}", cache.name, size::show(bytes)))
                .at(Place::new(Doc::Layer(layer), Span::default()), "this layer brings it");
            findings.push(finding.help("empty it in the RUN that fills it, or mount it: RUN --mount=type=cache"));
        }
    }
}

fn left(build: &Build<'_>, findings: &mut Vec<Finding>) {
    for cache in facts::package_caches() {
        let kept: Vec<(&Step<'_>, &Ran)> = build
            .final_stages()
            .into_iter()
            .flat_map(|stage| stage.ran().iter().filter_map(move |ran| Some((stage, stage.steps.get(ran.step)?, ran))))
            .filter(|(stage, step, ran)| build.keeps_cache(cache, stage, step, ran))
            .map(|(_, step, ran)| (step, ran))
            .collect();
        let Some((_, first)) = kept.first() else { continue };
        let mut finding = Finding::new(format!("{} leaves its cache in the image", cache.name))
            .at(first.span, "nothing empties it in the same RUN");
        let mut last = first.step;
        for (_, ran) in &kept {
            // A RUN is a layer, and named once.
            if ran.step != last && finding.labels.len() < MOST {
                finding = finding.at(ran.span, "here too");
            }
            last = ran.step;
        }
        finding = match (&cache.append, &cache.flag) {
            (Some(command), _) => {
                finding.help(format!("end the RUN with && {}", command.replace("{}", &first.program)))
            }
            // `apk update && apk add --no-cache x`: the index is what stays.
            (None, Some(flag)) if kept.iter().all(|(_, ran)| ran.verb() == "update") => {
                finding.help(format!("leave {0} update out: {0} add {flag} reads the index by itself", cache.name))
            }
            (None, flag) => finding.help(format!("give {} {}", cache.name, flag.as_deref().unwrap_or_default())),
        };
        if let Some(fix) = mend(cache, &kept) {
            finding = finding.fix(fix);
        }
        findings.push(if cache.small { finding.severity(Severity::Info) } else { finding });
    }
}

/// The edits that mend every place, where each can be.
fn mend(cache: &PackageCache, kept: &[(&Step<'_>, &Ran)]) -> Option<Fix> {
    let mut edits: Vec<Edit> = Vec::new();
    for (step, ran) in kept {
        let (at, text) = match (&cache.append, &cache.flag) {
            (Some(command), _) => (step.end_of_script()?, format!(" && {}", command.replace("{}", &ran.program))),
            (None, Some(flag)) => {
                let install = ran.args.iter().find(|arg| matches!(arg.raw.as_str(), "add" | "install" | "sync"))?;
                (install.span.end, format!(" {flag}"))
            }
            (None, None) => return None,
        };
        let edit = Edit { start: at, end: at, text };
        if !edits.contains(&edit) {
            edits.push(edit);
        }
    }
    let title = cache.append.as_ref().or(cache.flag.as_ref()).map(|what| format!("add {}", what.replace("{} ", "")))?;
    Some(Fix { safe: true, title, edits })
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::{Info, Warning};
    use crate::rules::tried::{catches, catches_as, spares};

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
            spares("LL502", &run(AL2, rest));
        }
        spares("LL502", &run(DEBIAN, "RUN apt-get update && apt-get install -y x && rm -rf /var/lib/apt/lists/*"));
        // Docker's Debian images delete the archives by themselves.
        spares("LL502", &run(DEBIAN, "RUN apt-get install -y ffmpeg"));
        spares("LL502", &run(AL2, "RUN yum list installed rsync || yum install -y rsync"));
        spares("LL502", &run(ALPINE, "RUN apk add --no-cache ffmpeg"));
        spares("LL502", &run(ALPINE, "RUN apk --update --no-cache add ffmpeg"));
        // Not there at all: LL801.
        spares("LL502", &run("FROM public.ecr.aws/lambda/python:3.13\n", "RUN yum install -y jq"));
        // A build stage stays where it is.
        spares(
            "LL502",
            &run("FROM python:3.13 AS b\nRUN apt-get update\nFROM python:3.13-slim\n", "COPY --from=b /x /x"),
        );
    }
}
