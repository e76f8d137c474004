//! LL405 unpinned-copy-source.

use crate::diagnostic::Finding;
use crate::launch::{Build, ExternalImage};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL405-unpinned-copy-source.md"), check: Check::Build(check) };

fn check(build: &Build<'_>, findings: &mut Vec<Finding>) {
    let floating: Vec<ExternalImage> = build.external_images().into_iter().filter(floats).collect();
    let mut reported: Vec<&str> = Vec::new();
    for taken in &floating {
        let Some(reference) = &taken.base.reference else { continue };
        if reported.len() >= MAX_LISTED || reported.contains(&taken.name.as_str()) {
            continue;
        }
        reported.push(&taken.name);
        let label = if reference.tag.is_some() {
            "`latest` can change without notice"
        } else {
            "no tag means `latest`, which can change without notice"
        };
        let mut finding = Finding::new(format!("{} is not pinned to a version", reference.familiar()));
        finding = finding.at(taken.span, label);
        for again in floating.iter().filter(|other| other.name == taken.name).skip(1).take(MAX_LISTED) {
            finding = finding.at(again.span, "here too");
        }
        findings.push(finding.help(format!("name a version, {}:<version>, or a digest", reference.familiar())));
    }
}

/// More images than this are not named one by one.
const MAX_LISTED: usize = 16;

fn floats(taken: &ExternalImage) -> bool {
    let Some(reference) = &taken.base.reference else { return false };
    let latest = reference.tag.as_deref().is_none_or(|tag| tag == "latest" || tag.starts_with("latest-"));
    latest && reference.digest.is_none() && taken.is_image()
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::Warning;
    use crate::rules::testing::{allows, catches, catches_as};

    const BASE: &str = "FROM public.ecr.aws/lambda/python:3.13\n";

    #[test]
    fn floating_sources() {
        let extension = "COPY --from=public.ecr.aws/datadog/lambda-extension:latest /opt/extensions/ /opt/extensions";
        catches_as(Warning, "LL405", &format!("{BASE}{extension}"));
        catches("LL405", &format!("{BASE}COPY --from=ghcr.io/astral-sh/uv /uv /bin/uv"));
        catches("LL405", &format!("{BASE}COPY --from=composer /usr/bin/composer /bin/"));
        catches(
            "LL405",
            &format!("{BASE}RUN --mount=from=ghcr.io/astral-sh/uv:latest,source=/uv,target=/bin/uv uv sync"),
        );
        // A stage that the final image copies from counts.
        catches("LL405", &format!("{BASE}COPY --from=acme/x:latest / /x\nFROM scratch\nCOPY --from=0 /x /x"));
    }

    #[test]
    fn near_misses() {
        allows("LL405", &format!("FROM python AS uv\n{BASE}COPY --from=uv /x /x\nCOPY --from=0 /y /y"));
        allows("LL405", &format!("{BASE}COPY --from=ghcr.io/astral-sh/uv:0.9.1 /uv /bin/uv"));
        allows("LL405", &format!("{BASE}COPY --from=ghcr.io/astral-sh/uv@sha256:0 /uv /bin/uv"));
        allows("LL405", &format!("{BASE}COPY --from=ghcr.io/astral-sh/uv:latest@sha256:0 /uv /bin/uv"));
        // A bare word may be a context given on the command line.
        allows("LL405", &format!("{BASE}COPY --from=shared /x /x\nRUN --mount=from=shared,target=/x make"));
        allows("LL405", &format!("{BASE}ARG V\nCOPY --from=acme/x:$V /x /x"));
        // A stage for tests, which nothing of the image comes from.
        allows("LL405", &format!("{BASE}COPY --from=acme/x:latest / /x\nFROM scratch\nCOPY main /main"));
        allows("LL405", &format!("{BASE}RUN --mount=type=cache,target=/root/.cache pip install x"));
    }
}
