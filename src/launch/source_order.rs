//! The instructions as they stand in the file, wherever they stand: before the first FROM, in a stage, after it
//! ONBUILD. Rules of form look at these; what Docker makes of them is the stages' own matter.

use super::{Build, Stage, Step};
use crate::dockerfile::Kind;
use crate::facts::BaseKind;
use crate::source::Span;
use std::collections::BTreeSet;

/// An instruction where it stands.
#[derive(Clone, Copy, Debug)]
pub struct Written<'b, 'a> {
    /// The stage; `None` before the first FROM.
    pub stage: Option<&'b Stage<'a>>,
    /// The instruction, ONBUILD looked through.
    pub step: &'b Step<'a>,
    /// The whole instruction, ONBUILD and all.
    pub whole: Span,
    /// Whether it stands after ONBUILD.
    pub onbuild: bool,
}

impl<'a> Build<'a> {
    /// The instructions of the file in order, FROM left out.
    pub fn written<'b>(&'b self) -> impl Iterator<Item = Written<'b, 'a>> {
        let stages = self.stages.iter().map(|stage| (Some(stage), Self::own_steps(stage)));
        std::iter::once((None, self.head.as_slice()))
            .chain(stages)
            .flat_map(|(stage, steps)| steps.iter().map(move |step| written(stage, step)))
    }

    /// The instructions of one stage as they stand in the file.
    pub fn written_in<'b>(&'b self, stage: Option<&'b Stage<'a>>) -> impl Iterator<Item = Written<'b, 'a>> {
        let steps = stage.map_or(self.head.as_slice(), |stage| Self::own_steps(stage));
        steps.iter().map(move |step| written(stage, step))
    }

    /// The part before the first FROM, where anything stands there, and the stages.
    pub fn parts<'b>(&'b self) -> impl Iterator<Item = Option<&'b Stage<'a>>> {
        let head = (!self.head.is_empty()).then_some(None);
        head.into_iter().chain(self.stages.iter().map(Some))
    }

    /// A stage's steps without the triggers that its base's ONBUILD put before them.
    fn own_steps<'b>(stage: &'b Stage<'a>) -> &'b [Step<'a>] {
        let behind = stage.from.span.end;
        let inherited = stage.steps.iter().take_while(|step| step.instruction.span.start < behind).count();
        stage.steps.get(inherited..).unwrap_or_default()
    }

    /// The stages that others copy or mount files of, by their numbers.
    pub fn lending(&self) -> BTreeSet<usize> {
        let mut lending = BTreeSet::new();
        for (stage, step) in self.stages.iter().flat_map(|stage| stage.steps.iter().map(move |step| (stage, step))) {
            let mut lends = |name: &str| {
                lending.extend(self.stage(name).map(|lender| lender.index).filter(|lender| *lender < stage.index));
            };
            let from = step.instruction.flag("from").and_then(|flag| step.expand(flag.value.as_ref()?));
            from.iter().for_each(|name| lends(name));
            for mount in step.mounts() {
                mount.split(',').filter_map(|part| part.strip_prefix("from=")).for_each(&mut lends);
            }
        }
        lending
    }

    /// Whether a stage's base is known to start programs as root: the general bases that everybody knows do.
    pub fn starts_as_root(&self, stage: &Stage<'a>) -> bool {
        const OTHERS: &[&str] = &["windows", "playwright", "dotnet", "other"];
        let base = self.base_of(stage);
        base.is_some_and(|base| {
            base.kind == BaseKind::General && base.family.is_some_and(|family| !OTHERS.contains(&family))
        })
    }
}

fn written<'b, 'a>(stage: Option<&'b Stage<'a>>, step: &'b Step<'a>) -> Written<'b, 'a> {
    let whole = step.instruction.span;
    match (&step.trigger, &step.instruction.kind) {
        (Some(trigger), Kind::Onbuild(_)) => Written { stage, step: trigger, whole, onbuild: true },
        _ => Written { stage, step, whole, onbuild: false },
    }
}
