//! LL810 wildcard-flattens.

use crate::diagnostic::{Finding, Fix};
use crate::launch::context::Found;
use crate::launch::{Build, Copied, Origin};
use crate::rules::{Check, Rule};
use crate::source::Span;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL810-wildcard-flattens.md"), check: Check::Build(check) };

fn check(build: &Build<'_>, findings: &mut Vec<Finding>) {
    for stage in &build.stages {
        for copied in build.copies_of(stage) {
            if matches!(copied.origin, Origin::Context) && copied.step.instruction.flag("parents").is_none() {
                findings.extend(
                    copied.sources.iter().find_map(|(source, span)| judge(build, &copied, source.as_deref()?, *span)),
                );
            }
        }
    }
}

fn judge(build: &Build<'_>, copied: &Copied<'_, '_>, source: &str, span: Span) -> Option<Finding> {
    let folder = source.strip_suffix('*').filter(|folder| folder.is_empty() || folder.ends_with('/'))?;
    let seen = build.context.as_ref().and_then(|context| context.source(span)).map(|source| &source.found);
    let inside = match seen {
        Some(Found::Many(folders)) => Some(folders.first()?.clone()),
        // `app/*` is most often a folder of plain files: only all of the context is sure to have more.
        _ if matches!(folder, "" | "./") => None,
        _ => return None,
    };
    let right = if folder.is_empty() { "./" } else { folder };
    let what = inside.map_or("each folder".to_owned(), |folder| format!("the folder {folder}"));
    let finding = Finding::new(format!("{source} copies the contents of {what}, and not the folder"))
        .at(span, "a wildcard copies the contents of folders")
        .help(format!("COPY {right} {}", copied.destination.as_deref().unwrap_or(".")));
    Some(finding.fix(Fix::replace(false, format!("copy {right} as a whole"), span, right)))
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::Warning;
    use crate::rules::testing::{allows, catches, catches_as};

    fn run(text: &str) -> String {
        format!("FROM public.ecr.aws/lambda/nodejs:22\n{text}\n")
    }

    #[test]
    fn all_of_the_context() {
        catches_as(Warning, "LL810", &run("COPY ./* ./"));
        catches("LL810", &run("COPY * ${LAMBDA_TASK_ROOT}/"));
    }

    #[test]
    fn near_misses() {
        allows("LL810", &run("COPY app/* ${LAMBDA_TASK_ROOT}/"));
        allows("LL810", &run("COPY *.js package*.json ./"));
        allows("LL810", &run("COPY . ."));
        allows(
            "LL810",
            "FROM node:22 AS a\nFROM public.ecr.aws/lambda/nodejs:22\nCOPY --from=a /out/* ./\nCOPY --from=a * ./",
        );
        allows("LL810", &run("COPY --parents ./* ./"));
    }
}
