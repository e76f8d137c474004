//! LL804 unknown-stage.

use crate::diagnostic::{Finding, Severity};
use crate::dockerfile::{Instruction, Kind};
use crate::facts;
use crate::launch::{Build, Parent, Stage, Step};
use crate::meter::{self, Work};
use crate::rules::{Check, Rule};
use crate::source::Span;
use crate::suggest;
use std::collections::BTreeSet;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL804-unknown-stage.md"), check: Check::Build(check) };

fn check(build: &Build<'_>, findings: &mut Vec<Finding>) {
    // A FROM that cannot be read is a stage that is not counted: what follows would be judged by the wrong one.
    let unread = |instruction: &Instruction| {
        matches!(instruction.kind, Kind::Unreadable(_)) && instruction.keyword.text.eq_ignore_ascii_case("FROM")
    };
    if build.dockerfile.instructions.iter().any(unread) {
        return;
    }
    let needed = build.needed();
    for stage in build.stages.iter().filter(|stage| needed.get(stage.index) == Some(&true)) {
        if let (Parent::Image(_), Kind::From(from)) = (&stage.parent, &stage.from.kind)
            && stage.is_plain()
        {
            // `FROM base` may be an image built before; a stage of that name below cannot be meant twice.
            findings.extend(judge(build, stage, &from.image.text, from.image.span, true));
        }
        let mut asked: BTreeSet<String> = BTreeSet::new();
        for (name, span) in stage.steps.iter().flat_map(Step::froms) {
            let known = build.stage(&name).is_some_and(|from| from.index < stage.index);
            // Several COPY lines of one stage have one fault.
            if !known && asked.insert(name.clone()) {
                findings.extend(judge(build, stage, &name, span, false));
            }
        }
    }
}

fn judge(build: &Build<'_>, stage: &Stage<'_>, name: &str, span: Span, is_from: bool) -> Option<Finding> {
    if name.is_empty() || name.contains(['/', ':', '.', '@', '$']) {
        return None;
    }
    if !is_from && let Ok(number) = name.parse::<usize>() {
        let last = stage.index.checked_sub(1);
        let help = match last {
            Some(last) => format!("stages before this one have the numbers 0 to {last}"),
            None => "no stage comes before the first one".to_owned(),
        };
        return Some(
            Finding::new(format!("no stage before this one has the number {number}"))
                .at(span, "counted from 0")
                .help(help),
        );
    }
    let lower = name.to_ascii_lowercase();
    if facts::is_official(&lower) || lower == "scratch" {
        return None;
    }
    // The rest looks at every stage.
    if !meter::take(Work::Names, 16 * build.stages.len() as u64) {
        return None;
    }
    let message = format!("no stage before this one is named {name}");
    let named = |one: &&Stage<'_>| one.name.as_deref() == Some(lower.as_str());
    if let Some(later) = build.stages.iter().find(named) {
        let why = if later.index == stage.index { "this stage itself" } else { "named only here" };
        let help = format!("move the stage {name} up; Docker looks for an image of that name");
        return Some(
            Finding::new(message).at(span, "read as the name of an image").at(later.from.span, why).help(help),
        );
    }
    let earlier = build.stages.iter().take(stage.index);
    let near = suggest::nearest(&lower, earlier.clone().filter_map(|one| one.name.as_deref()));
    if let Some(near) = near.filter(|near| one_letter(near, &lower)) {
        let place = build.stage(near).map_or(span, |one| one.from.span);
        return Some(
            Finding::new(message)
                .at(span, "read as the name of an image")
                .at(place, format!("this one is {near}"))
                .help(format!("write {near}")),
        );
    }
    if is_from {
        return None;
    }
    let mut finding =
        Finding::new(message).severity(Severity::Warning).at(span, "Docker looks for an image of that name");
    // A stage whose image ends so is most likely the one.
    let meant = earlier
        .filter(|one| one.name.is_none())
        .find(|one| one.image.value().is_some_and(|image| image.contains(&lower)));
    if let Some(meant) = meant {
        finding = finding.at(meant.from.span, "this stage has no name");
    }
    let help = match meant {
        Some(_) => format!("add AS {name} to the FROM line"),
        None => format!("name a stage with AS {name}, or pass --build-context {name}=… to docker build"),
    };
    Some(finding.help(help))
}

/// Whether two names differ in one letter: one more, one less, another, or two swapped.
fn one_letter(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let head = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let tail = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count().min(a.len().min(b.len()) - head);
    let (rest_a, rest_b) = (a.len() - head - tail, b.len() - head - tail);
    // Digits tell stages apart: `build1` is not a misspelt `build2`.
    let digits = a.iter().chain(&b).any(char::is_ascii_digit);
    !digits
        && a.len().max(b.len()) > 3
        && ((rest_a <= 1 && rest_b <= 1)
            || (rest_a == 2 && rest_b == 2 && a[head] == b[head + 1] && a[head + 1] == b[head]))
}

#[cfg(test)]
mod tests {
    use super::one_letter;
    use crate::diagnostic::Severity::{Error, Warning};
    use crate::rules::testing::{allows, catches_as};

    const TWO: &str =
        "FROM golang:1.24 AS build\nRUN go build -o /main .\nFROM public.ecr.aws/lambda/provided:al2023\n";

    #[test]
    fn stages_that_are_not_there() {
        catches_as(Error, "LL804", &format!("{TWO}COPY --from=1 /main /main\n"));
        catches_as(Error, "LL804", &format!("{TWO}COPY --from=bulid /main /main\n"));
        catches_as(Error, "LL804", &format!("{TWO}COPY --from=builds /main /main\n"));
        catches_as(
            Error,
            "LL804",
            &format!(
                "{TWO}COPY --from=late /x /x\nFROM alpine:3.20 AS late\nFROM public.ecr.aws/lambda/provided:al2023\nCOPY --from=1 / /\n"
            ),
        );
        catches_as(Warning, "LL804", &format!("{TWO}COPY --from=gdal /opt /opt\n"));
        catches_as(Warning, "LL804", &format!("{TWO}RUN --mount=type=bind,from=gdal,target=/x true\n"));
    }

    #[test]
    fn near_misses() {
        allows("LL804", &format!("{TWO}COPY --from=0 /main /main\n"));
        allows("LL804", &format!("{TWO}COPY --from=Build /main /main\n"));
        allows("LL804", &format!("{TWO}COPY --from=nginx /etc/nginx /etc/nginx\n"));
        allows("LL804", &format!("{TWO}COPY --from=acme/tools /x /x\nCOPY --from=tools:1 /x /x\n"));
        allows(
            "LL804",
            &format!("{TWO}RUN --mount=type=cache,target=/x --mount=type=bind,from=build,target=/y true\n"),
        );
        allows("LL804", "FROM mybase\nCOPY . .\n");
        allows("LL804", "ARG X=base\nFROM ${X}\nCOPY . .\n");
        allows("LL804", "FROM alpine:3.20 AS a\nFROM x:{version}\nCOPY --from=a /x /x\n");
        // Docker does not build a stage that nothing needs.
        allows("LL804", "FROM alpine:3.20 AS idle\nCOPY --from=gdal / /\nFROM public.ecr.aws/lambda/provided:al2023\n");
    }

    #[test]
    fn letters() {
        assert!(one_letter("build", "bulid") && one_letter("builder", "builde") && one_letter("builder", "bxilder"));
        assert!(!one_letter("build1", "build2") && !one_letter("build", "deploy") && !one_letter("a", "b"));
    }
}
