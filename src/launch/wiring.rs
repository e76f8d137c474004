//! How stages hang together: which of them the image needs, and what a name behind `--from` can mean.

use super::{Build, Parent, Stage, Step};
use crate::dockerfile::Kind;
use crate::source::Span;

impl Build<'_> {
    /// Which stages Docker builds for the image: the target, what it stands on, and what it copies from.
    pub fn needed(&self) -> Vec<bool> {
        let mut needed = vec![false; self.stages.len()];
        let mut next: Vec<usize> = self.target.into_iter().collect();
        while let Some(index) = next.pop() {
            let (Some(stage), Some(seen)) = (self.stages.get(index), needed.get_mut(index)) else { continue };
            if std::mem::replace(seen, true) {
                continue;
            }
            if let Parent::Stage(parent) = stage.parent {
                next.push(parent);
            }
            for (name, _) in stage.steps.iter().flat_map(Step::froms) {
                next.extend(self.stage(&name).map(|from| from.index));
            }
        }
        needed
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
