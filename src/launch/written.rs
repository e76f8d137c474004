//! The instructions as they stand in the file, wherever they stand: before the first FROM, in a stage, behind
//! ONBUILD. Rules of form look at these; what Docker makes of them is the stages' own matter.

use super::{Build, Stage, Step};
use crate::dockerfile::Kind;
use crate::facts::BaseKind;
use crate::source::Span;

/// An instruction where it stands.
#[derive(Clone, Copy, Debug)]
pub struct Written<'b, 'a> {
    /// The stage; `None` before the first FROM.
    pub stage: Option<&'b Stage<'a>>,
    /// The instruction, ONBUILD looked through.
    pub step: &'b Step<'a>,
    /// The whole instruction, ONBUILD and all.
    pub whole: Span,
    /// Whether it stands behind ONBUILD.
    pub onbuild: bool,
}

impl<'a> Build<'a> {
    /// The instructions of the file in order, FROM left out.
    pub fn written<'b>(&'b self) -> impl Iterator<Item = Written<'b, 'a>> {
        let stages = self.stages.iter().map(|stage| (Some(stage), self.own_steps(stage)));
        std::iter::once((None, self.head.as_slice()))
            .chain(stages)
            .flat_map(|(stage, steps)| steps.iter().map(move |step| written(stage, step)))
    }

    /// The instructions of one stage as they stand in the file.
    pub fn written_in<'b>(&'b self, stage: Option<&'b Stage<'a>>) -> impl Iterator<Item = Written<'b, 'a>> {
        let steps = stage.map_or(self.head.as_slice(), |stage| self.own_steps(stage));
        steps.iter().map(move |step| written(stage, step))
    }

    /// The part before the first FROM, where anything stands there, and the stages.
    pub fn parts<'b>(&'b self) -> impl Iterator<Item = Option<&'b Stage<'a>>> {
        let head = (!self.head.is_empty()).then_some(None);
        head.into_iter().chain(self.stages.iter().map(Some))
    }

    /// A stage's steps without the triggers that its base's ONBUILD put before them.
    fn own_steps<'b>(&'b self, stage: &'b Stage<'a>) -> &'b [Step<'a>] {
        let behind = stage.from.span.end;
        let inherited = stage.steps.iter().take_while(|step| step.instruction.span.start < behind).count();
        stage.steps.get(inherited..).unwrap_or_default()
    }

    /// Whether a stage is built from another, directly or by stages between.
    pub fn stands_on(&self, stage: &Stage<'a>, below: &Stage<'a>) -> bool {
        stage.index != below.index && self.lineage(stage).iter().any(|earlier| earlier.index == below.index)
    }

    /// Whether another stage copies or mounts files of a stage.
    pub fn lends(&self, stage: &Stage<'a>) -> bool {
        let named = |name: &str| self.stage(name).is_some_and(|found| found.index == stage.index);
        let borrows = |step: &Step<'a>| {
            let from = step.instruction.flag("from").and_then(|flag| step.expand(flag.value.as_ref()?));
            let mounted = |mount: &str| mount.split(',').filter_map(|part| part.strip_prefix("from=")).any(named);
            from.is_some_and(|name| named(&name)) || step.mounts().any(mounted)
        };
        self.stages.iter().skip(stage.index + 1).any(|later| later.steps.iter().any(borrows))
    }

    /// Whether a stage's base is known to start programs as root: the general bases that everybody knows do.
    pub fn starts_as_root(&self, stage: &Stage<'a>) -> bool {
        const OTHERS: &[&str] = &["windows", "playwright", "dotnet", "other"];
        let base = self.base_of(stage);
        base.is_some_and(|base| {
            base.kind == BaseKind::General && base.family.is_some_and(|family| !OTHERS.contains(&family))
        })
    }

    /// Whether a stage is part of the image that is built, and not only something that it takes files from.
    pub fn is_final(&self, stage: &Stage<'a>) -> bool {
        self.final_stages().iter().any(|of_image| of_image.index == stage.index)
    }
}

fn written<'b, 'a>(stage: Option<&'b Stage<'a>>, step: &'b Step<'a>) -> Written<'b, 'a> {
    let whole = step.instruction.span;
    match (&step.trigger, &step.instruction.kind) {
        (Some(trigger), Kind::Onbuild(_)) => Written { stage, step: trigger, whole, onbuild: true },
        _ => Written { stage, step, whole, onbuild: false },
    }
}
