//! Which stages have a part in the final image, and which other images something is taken from.

use super::{Build, Origin, Parent, Stage};
use crate::dockerfile::Kind;
use crate::facts::{self, Base, BaseKind};
use crate::source::Span;

/// Another image that something is copied from, or mounted from.
#[derive(Debug)]
pub struct ExternalImage {
    /// The name as written, variables put in.
    pub name: String,
    /// What is known of it.
    pub base: Base,
    /// Where it is named.
    pub span: Span,
}

impl<'a> Build<'a> {
    /// The stages that make the final image, and those that feed it: what it copies from or mounts, and what
    /// those stand on and copy from in their turn. In the order of the file.
    pub fn feeding_stages(&self) -> Vec<&Stage<'a>> {
        let mut open: Vec<usize> = self.final_stages().iter().map(|stage| stage.index).collect();
        let mut feeds = vec![false; self.stages.len()];
        while let Some(index) = open.pop() {
            let (Some(seen), Some(stage)) = (feeds.get_mut(index), self.stages.get(index)) else { continue };
            if std::mem::replace(seen, true) {
                continue;
            }
            if let Parent::Stage(parent) = stage.parent {
                open.push(parent);
            }
            let copied = self.copies_of(stage).into_iter().filter_map(|copied| match copied.origin {
                Origin::Stage(from) => Some(from.index),
                _ => None,
            });
            open.extend(copied);
            open.extend(mounted(stage).filter_map(|(name, _)| self.stage(&name)).map(|from| from.index));
        }
        self.stages.iter().filter(|stage| feeds.get(stage.index) == Some(&true)).collect()
    }

    /// The other images that those stages take something from.
    pub fn taken_images(&self) -> Vec<ExternalImage> {
        let mut taken = Vec::new();
        for stage in self.feeding_stages() {
            for copied in self.copies_of(stage) {
                if let Origin::Image(name, base, span) = copied.origin {
                    taken.push(ExternalImage { name, base: *base, span });
                }
            }
            for (name, span) in mounted(stage).filter(|(name, _)| self.stage(name).is_none()) {
                let base = facts::base(&name);
                taken.push(ExternalImage { name, base, span });
            }
        }
        taken
    }
}

impl ExternalImage {
    /// Whether the name can only be an image's: a bare word may be a named context (`--build-context`), or a
    /// stage misspelt.
    pub fn is_image(&self) -> bool {
        let known = !matches!(self.base.kind, BaseKind::Unknown | BaseKind::Scratch);
        known || self.base.reference.as_ref().is_some_and(|image| self.name.contains('/') || image.tag.is_some())
    }
}

/// The names behind `from=` in the mounts of a stage's RUN instructions.
fn mounted(stage: &Stage<'_>) -> impl Iterator<Item = (String, Span)> {
    let steps = stage.steps.iter().filter(|step| matches!(step.instruction.kind, Kind::Run(_)));
    let flags = steps.flat_map(|step| step.instruction.flags.iter().map(move |flag| (step, flag)));
    flags.filter(|(_, flag)| flag.name == "mount").filter_map(|(step, flag)| {
        let value = step.expand(flag.value.as_ref()?)?;
        let from = value.split(',').find_map(|part| part.strip_prefix("from="))?;
        Some((from.to_owned(), flag.span))
    })
}
