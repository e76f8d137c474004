//! The graph of stages: which of them the final image needs, what a name after `--from` can mean, and which other
//! images something is taken from.

use super::{Build, Origin, Stage, Step};
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
    /// Which stages Docker builds for the image: the target, what it stands on, and what it copies from.
    pub fn needed(&self) -> Vec<bool> {
        let mut needed = vec![false; self.stages.len()];
        let mut next: Vec<usize> = self.target.into_iter().collect();
        while let Some(index) = next.pop() {
            let (Some(stage), Some(seen)) = (self.stages.get(index), needed.get_mut(index)) else { continue };
            if std::mem::replace(seen, true) {
                continue;
            }
            next.extend(stage.below());
            for (name, _) in stage.steps.iter().flat_map(Step::froms) {
                next.extend(self.stage(&name).map(|from| from.index));
            }
        }
        needed
    }

    /// The stages that Docker builds for the image, in the order of the file.
    pub fn reachable_stages(&self) -> Vec<&Stage<'a>> {
        let needed = self.needed();
        self.stages.iter().filter(|stage| needed.get(stage.index) == Some(&true)).collect()
    }

    /// The other images that those stages take something from.
    pub fn external_images(&self) -> Vec<ExternalImage> {
        let mut taken = Vec::new();
        for stage in self.reachable_stages() {
            for copied in self.copies_of(stage) {
                if let Origin::Image(name, base, span) = copied.origin {
                    taken.push(ExternalImage { name: name.to_owned(), base: base.clone(), span });
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

impl Step<'_> {
    /// The stages or images that it reads from: `--from` of COPY and ADD, `from=` of a mount; as Docker takes
    /// them, which puts no variable in.
    pub fn froms(&self) -> Vec<(String, Span)> {
        let instruction = self.instruction;
        match &instruction.kind {
            Kind::Copy(_) | Kind::Add(_) => {
                let value = instruction.flag("from").and_then(|flag| flag.value.as_ref());
                value.map(|word| (word.text.trim_matches('"').to_owned(), word.span)).into_iter().collect()
            }
            Kind::Run(_) => {
                let mounts = instruction.flags.iter().filter(|flag| flag.name == "mount");
                let from = mounts.filter_map(|flag| flag.value.as_ref()).filter_map(|word| {
                    let from = word.text.split(',').find_map(|part| part.strip_prefix("from="))?;
                    Some((from.to_owned(), word.span))
                });
                from.collect()
            }
            _ => Vec::new(),
        }
    }
}

impl Stage<'_> {
    /// Whether the stage's FROM is written without a variable.
    pub fn is_plain(&self) -> bool {
        matches!(&self.from.kind, Kind::From(from) if !from.image.text.contains('$'))
    }
}

/// The names after `from=` in the mounts of a stage's RUN instructions. Docker puts no variable in.
fn mounted<'s>(stage: &'s Stage<'_>) -> impl Iterator<Item = (String, Span)> + 's {
    let steps = stage.steps.iter().filter(|step| matches!(step.instruction.kind, Kind::Run(_)));
    steps.flat_map(Step::froms).filter(|(name, _)| !name.contains('$'))
}
