//! LL808 archive-not-extracted.

use crate::diagnostic::Finding;
use crate::facts::BaseKind;
use crate::launch::{Build, Copied, Origin};
use crate::meter::{self, Work};
use crate::path::{last, under};
use crate::rules::{Check, Rule};
use crate::source::Span;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL808-archive-not-extracted.md"), check: Check::Build(check) };

/// Commands that unpack.
const UNPACKERS: &[&str] =
    &["unzip", "7z", "zipfile", "bsdtar", "jar xf", "jar -xf", "unpack", "tar ", "tar\t", "libarchive", "gunzip"];

fn check(build: &Build<'_>, findings: &mut Vec<Finding>) {
    let stages = build.final_stages();
    let scratch = build.target.and_then(|index| build.stages.get(index)).and_then(|stage| build.base_of(stage));
    // `FROM scratch` with an archive in it is a way to hand the archive out.
    if scratch.is_none_or(|base| base.kind == BaseKind::Scratch) || stages.iter().any(|stage| stage.says(UNPACKERS)) {
        return;
    }
    let (copies, steps) = (build.copies(), build.final_steps());
    for copied in &copies {
        for (source, span) in &copied.sources {
            let Some(finding) = source.as_deref().and_then(|source| judge(copied, source, *span)) else { continue };
            let name = source.as_deref().map(plain).map(last).unwrap_or_default();
            // A file that mentions the archive again knows that it is one.
            let again = steps.iter().any(|step| {
                let text = &step.instruction.rest.text;
                // Where looking costs too much, it may be spoken of.
                !meter::take(Work::Texts, 64 + text.len() as u64)
                    || step.instruction.span.start > copied.span().end && !name.is_empty() && text.contains(name)
            });
            if !again {
                findings.push(finding);
            }
        }
    }
}

fn judge(copied: &Copied<'_, '_>, source: &str, span: Span) -> Option<Finding> {
    if !matches!(copied.origin, Origin::Context) || copied.step.instruction.flag("unpack").is_some() {
        return None;
    }
    let destination = copied.destination.as_deref()?;
    let name = last(plain(source));
    let remote = source.starts_with("https://") || source.starts_with("http://");
    let zip = name.ends_with(".zip");
    let tar = [".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.bz2"].iter().any(|ending| name.ends_with(ending));
    let kept = last(destination) == name
        || [".zip", ".tar", ".gz", ".tgz", ".xz"].iter().any(|ending| destination.ends_with(ending));
    // LL219 speaks of what lies in /opt/extensions.
    if kept || under(destination, "/opt/extensions") || under(destination, "/tmp") {
        return None;
    }
    let why = match (zip, tar, copied.add, remote) {
        (true, _, true, _) => "ADD unpacks tar archives, not zip",
        (true, _, false, _) if under(destination, "/opt") => "COPY unpacks nothing, and Lambda mounts no layers here",
        (_, true, true, true) => "ADD does not unpack what it fetches",
        _ => return None,
    };
    let help = if zip {
        format!("unpack {name} in a stage that has unzip, and COPY --from what is in it")
    } else {
        format!("RUN curl -fsSL {source} | tar -xz -C {destination}, or ADD --unpack=true")
    };
    Some(Finding::new(format!("{name} stays packed in {destination}")).at(span, why).help(help))
}

/// An address without its query.
fn plain(source: &str) -> &str {
    source.split(['?', '#']).next().unwrap_or(source)
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::Warning;
    use crate::rules::testing::{allows, catches, catches_as};

    fn run(text: &str) -> String {
        format!("FROM public.ecr.aws/lambda/python:3.13\n{text}\n")
    }

    #[test]
    fn archives_that_stay_packed() {
        catches_as(Warning, "LL808", &run("ADD function.zip ${LAMBDA_TASK_ROOT}/"));
        catches("LL808", &run("ADD https://x.example/tool-1.2.tar.gz /opt/"));
        catches("LL808", &run("COPY layers/numpy.zip /opt/"));
    }

    #[test]
    fn near_misses() {
        allows("LL808", &run("ADD rootfs.tar.gz /"));
        allows("LL808", &run("ADD function.zip /function.zip"));
        allows("LL808", &run("ADD layer.zip /opt/\nRUN dnf install -y unzip && unzip /opt/layer.zip -d /opt"));
        allows("LL808", &run("ADD https://x.example/tool.tar.gz /opt/\nRUN tar -xzf /opt/tool.tar.gz -C /opt"));
        allows("LL808", &run("COPY data.zip ${LAMBDA_TASK_ROOT}/"));
        allows("LL808", &run("ADD layer.zip /opt/\nRUN python -m zipfile -e /opt/layer.zip /opt"));
        allows("LL808", &run("ADD --unpack=true https://x.example/tool.tar.gz /opt/"));
        allows("LL808", "FROM scratch\nADD function.zip /\n");
    }
}
