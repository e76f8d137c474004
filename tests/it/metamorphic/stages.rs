//! Changes of stages and of the names of images that leave the final image as it is.

use super::{Change, TARGET, change};
use crate::support::draft::{Draft, Edit};
use crate::support::internals::dockerfile::{Instruction, Kind};

const STAGES: &str = "other stages";
const RENAMED: &str = "a stage by another name";
const BASE: &str = "a base by another name";
const ARGUMENT: &str = "a base by argument";

pub(super) const CHANGES: &[Change] = &[
    change(STAGES, "every-stage-named", |d| {
        let unnamed = d.stages().into_iter().enumerate().filter(|(_, stage)| named(d, stage.start).is_none());
        d.edited(unnamed.map(|(number, stage)| name_it(d, stage.start, &format!("part{number}"))).collect())
    }),
    change(STAGES, "copy-from-by-number", |d| {
        let edits = d.instructions().iter().enumerate().filter_map(|(at, i)| {
            let value = i.flag("from")?.value.as_ref()?;
            let number = d.stage_named(&value.text).filter(|_| value.text.parse::<usize>().is_err())?;
            let earlier = d.stages()[number].end <= at;
            earlier.then(|| (value.span.start..value.span.end, number.to_string()))
        });
        d.edited(edits.collect())
    }),
    change(STAGES, "unrelated-stage-first", |d| {
        let by_number = d
            .instructions()
            .iter()
            .filter_map(|i| i.flag("from")?.value.as_ref())
            .any(|value| value.text.parse::<usize>().is_ok());
        let first = d.stages().first()?.start;
        (!by_number).then(|| d.edited(vec![d.before(first, "FROM alpine:3.22 AS unrelated\nRUN true")]))?
    }),
    Change {
        target: Some(TARGET),
        ..change(STAGES, "unrelated-stage-last", |d| {
            let mut edits = renamed(d, d.stages().len().checked_sub(1)?, TARGET);
            edits.push(d.after(d.instructions().len() - 1, "FROM alpine:3.22 AS unrelated\nRUN true"));
            d.edited(edits)
        })
    },
    change(STAGES, "stage-split-at-its-start", |d| split(d, d.last_stage()?.start + 1)),
    change(STAGES, "stage-split-in-its-middle", |d| {
        let stage = d.last_stage()?;
        let first = (stage.start..stage.end)
            .find(|at| matches!(d.instructions()[*at].kind, Kind::Cmd(_) | Kind::Entrypoint(_)));
        let middle = usize::midpoint(stage.start + 1, first.unwrap_or(stage.end));
        (middle > stage.start + 1).then(|| split(d, middle))?
    }),
    change(STAGES, "stage-split-before-its-start-command", |d| {
        let stage = d.last_stage()?;
        let first = (stage.start + 2..stage.end)
            .find(|at| matches!(d.instructions()[*at].kind, Kind::Cmd(_) | Kind::Entrypoint(_)))?;
        split(d, first)
    }),
    change(RENAMED, "final-stage-watch", |d| rename_last(d, "watch")),
    change(RENAMED, "final-stage-dev", |d| rename_last(d, "dev")),
    change(RENAMED, "final-stage-runtime", |d| rename_last(d, "runtime")),
    change(RENAMED, "final-stage-function", |d| rename_last(d, "my_function")),
    change(RENAMED, "other-stages-renamed", |d| {
        let last = d.stages().len().checked_sub(1)?;
        let named = (0..last).filter(|number| named(d, d.stages()[*number].start).is_some());
        let edits = named.flat_map(|number| {
            renamed(d, number, &format!("first_{}", ["one", "two", "three", "more"][number.min(3)]))
        });
        let edits: Vec<Edit> = edits.collect();
        (last <= 4).then(|| d.edited(edits))?
    }),
    change(BASE, "library-spelt-out", |d| {
        images(d, |image| official(image).then(|| format!("docker.io/library/{image}")))
    }),
    change(BASE, "library-from-ecr-public", |d| {
        images(d, |image| official(image).then(|| format!("public.ecr.aws/docker/library/{image}")))
    }),
    change(BASE, "platform-of-the-build", |d| {
        let given = d.instructions().iter().any(|i| i.flag("platform").is_some());
        let froms = d.instructions().iter().filter(|i| matches!(i.kind, Kind::From(_))).map(|i| i.keyword.span.end);
        (!given).then(|| d.edited(froms.map(|end| (end..end, " --platform=$TARGETPLATFORM".to_owned())).collect()))?
    }),
    change(ARGUMENT, "base-by-argument", |d| {
        let stage = d.last_stage()?;
        let (image, _) = d.from(stage.start)?;
        let known = !image.contains(['$', '"']) && d.stage_named(image).is_none() && image != "scratch";
        let Kind::From(from) = &d.instructions()[stage.start].kind else { return None };
        let span = from.image.span;
        let first = d.stages().first()?.start;
        let edits = vec![
            d.before(first, &format!("ARG BASE_OF_ALL={image}")),
            (span.start..span.end, "${BASE_OF_ALL}".to_owned()),
        ];
        known.then(|| d.edited(edits))?
    }),
    change(ARGUMENT, "tag-by-argument", |d| {
        let stage = d.last_stage()?;
        let (image, _) = d.from(stage.start)?;
        let (name, tag) = image.rsplit_once(':').filter(|_| !image.contains(['$', '"', '@']))?;
        let Kind::From(from) = &d.instructions()[stage.start].kind else { return None };
        let span = from.image.span;
        let first = d.stages().first()?.start;
        d.edited(vec![
            d.before(first, &format!("ARG TAG_OF_ALL={tag}")),
            (span.start..span.end, format!("{name}:${{TAG_OF_ALL}}")),
        ])
    }),
];

fn named(draft: &Draft, at: usize) -> Option<&str> {
    draft.from(at).and_then(|(_, name)| name)
}

fn name_it(draft: &Draft, at: usize, name: &str) -> Edit {
    let end = draft.after(at, "").0.end;
    (end..end, format!(" AS {name}"))
}

/// The edits that give a stage another name, here and wherever it is named.
fn renamed(draft: &Draft, number: usize, new: &str) -> Vec<Edit> {
    let at = draft.stages()[number].start;
    let Kind::From(from) = &draft.instructions()[at].kind else { return Vec::new() };
    let Some((_, name)) = &from.name else { return vec![name_it(draft, at, new)] };
    let mut edits = vec![(name.span.start..name.span.end, new.to_owned())];
    for instruction in &draft.instructions()[at + 1..] {
        edits.extend(uses(draft, instruction, &name.text).into_iter().map(|range| (range, new.to_owned())));
    }
    edits
}

/// Where an instruction names a stage.
fn uses(draft: &Draft, instruction: &Instruction, name: &str) -> Vec<std::ops::Range<usize>> {
    let mut found = Vec::new();
    if let Kind::From(from) = &instruction.kind
        && from.image.text.eq_ignore_ascii_case(name)
    {
        found.push(from.image.span.start..from.image.span.end);
    }
    for flag in &instruction.flags {
        let text = &draft.text[flag.span.start..flag.span.end];
        if flag.name == "from" && text.eq_ignore_ascii_case(&format!("--from={name}")) {
            found.push(flag.span.start + "--from=".len()..flag.span.end);
        }
        if let Some(at) = text.find(&format!("from={name}")).filter(|_| flag.name == "mount") {
            let start = flag.span.start + at + "from=".len();
            found.push(start..start + name.len());
        }
    }
    found
}

fn rename_last(draft: &Draft, new: &str) -> Option<String> {
    let taken = draft.stage_named(new).is_some();
    let last = draft.stages().len().checked_sub(1)?;
    (!taken).then(|| draft.edited(renamed(draft, last, new)))?
}

/// The final stage as two, the second of which begins in front of an instruction.
fn split(draft: &Draft, at: usize) -> Option<String> {
    let stage = draft.last_stage()?;
    let lower = &draft.instructions()[stage.start..at.min(draft.instructions().len())];
    let scoped = lower.iter().any(|i| matches!(i.kind, Kind::Arg(_)));
    let name = named(draft, stage.start).map(|name| format!(" AS {name}")).unwrap_or_default();
    let Kind::From(from) = &draft.instructions()[stage.start].kind else { return None };
    let named = match &from.name {
        Some((_, name)) => (name.span.start..name.span.end, "lower_part".to_owned()),
        None => name_it(draft, stage.start, "lower_part"),
    };
    let line = format!("FROM lower_part{name}");
    let edit = if at < draft.instructions().len() { draft.before(at, &line) } else { draft.after(at - 1, &line) };
    if edit.0.start == named.0.start {
        return (!scoped).then(|| draft.edited(vec![(edit.0, format!("{}{}", named.1, edit.1))]))?;
    }
    (!scoped).then(|| draft.edited(vec![named, edit]))?
}

/// Whether an image is one of Docker Hub's own.
fn official(image: &str) -> bool {
    !image.contains(['/', '$', '"']) && image != "scratch"
}

fn images(draft: &Draft, new: impl Fn(&str) -> Option<String>) -> Option<String> {
    let edits = draft.instructions().iter().filter_map(|i| match &i.kind {
        Kind::From(from) if draft.stage_named(&from.image.text).is_none() => {
            Some((from.image.span.start..from.image.span.end, new(&from.image.text)?))
        }
        _ => None,
    });
    let edits = edits.collect();
    draft.edited(edits)
}
