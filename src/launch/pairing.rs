//! Which instruction of a Dockerfile made which layer of an image, told by the image's history.

use super::{Build, Step};
use crate::dockerfile::{Command, Kind};
use crate::image::Image;
use crate::image::instruction;
use crate::source::Span;

/// Layers and the instructions that made them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pairing {
    /// By layer: the instruction's bytes; `None` for layers of the base, and where it is not known.
    pub spans: Vec<Option<Span>>,
    /// Where history and Dockerfile contradict each other.
    pub contradiction: Option<String>,
}

impl Pairing {
    /// Pairs from the last layer backward, as far as history and Dockerfile agree.
    pub fn of(build: &Build<'_>, image: &Image) -> Self {
        let mut pairing = Self { spans: vec![None; image.layers.len()], contradiction: None };
        let mut steps = build.final_steps();
        steps.retain(|step| makes_layer(step));
        let mut at = image.layers.len();
        while let Some(step) = steps.pop() {
            let Some(layer) = at.checked_sub(1) else {
                pairing.contradiction = Some("the Dockerfile has more instructions than the image has layers".into());
                break;
            };
            let Some(line) = image.created_by(layer) else {
                pairing.contradiction = Some("the image's history does not pair with its layers".into());
                break;
            };
            let line = instruction(line);
            if agrees(step, &line) {
                pairing.spans[layer] = Some(step.instruction.span);
                at = layer;
            } else if optional(step) {
                // WORKDIR makes a layer only where the directory was not there before.
            } else {
                let line: String = line.chars().take(80).collect();
                let written: String = step.instruction.rest.text.chars().take(60).collect();
                let keyword = &step.instruction.keyword.text;
                pairing.contradiction = Some(format!(
                    "layer {number} was made by `{line}`, and the Dockerfile has `{keyword} {written}` there",
                    number = layer + 1
                ));
                break;
            }
        }
        pairing
    }
}

fn makes_layer(step: &Step<'_>) -> bool {
    matches!(step.instruction.kind, Kind::Run(_) | Kind::Copy(_) | Kind::Add(_) | Kind::Workdir(_))
}

fn optional(step: &Step<'_>) -> bool {
    matches!(step.instruction.kind, Kind::Workdir(_))
}

/// Whether a history line may be an instruction's. Variables are put in there, so only what has none is compared.
fn agrees(step: &Step<'_>, line: &str) -> bool {
    let (keyword, rest) = line.split_once(' ').unwrap_or((line, ""));
    let own = step.instruction.keyword.text.to_ascii_uppercase();
    if keyword != own {
        return false;
    }
    let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    match &step.instruction.kind {
        Kind::Run(Command::Shell(text)) if step.instruction.heredocs.is_empty() => {
            // `|1 VERSION=3 /bin/sh -c …`: build arguments come before the script.
            rest.ends_with(&squeezed(&text.text)) || text.text.len() > 2000
        }
        Kind::Copy(copy) | Kind::Add(copy) => {
            let destination = step.expand(&copy.destination);
            // The classic builder writes `COPY file:abc in /app`.
            destination.is_none_or(|path| {
                rest.split(' ').next_back().is_some_and(|last| last.trim_matches('/') == path.trim_matches('/'))
                    || path.starts_with('.')
            })
        }
        _ => true,
    }
}
