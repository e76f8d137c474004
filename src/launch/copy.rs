//! What COPY and ADD put where.

use super::stage::{Parent, Stage, Step};
use super::{Build, State};
use crate::dockerfile::{Copy, Instruction, Kind, Word};
use crate::facts::{self, Base};
use crate::path::{clean, is_file, last, under};
use crate::source::Span;
use std::ops::Deref;

/// One COPY or ADD of the final image.
#[derive(Debug)]
pub struct Copied<'b, 'a> {
    /// The step.
    pub step: &'b Step<'a>,
    /// The stage it stands in.
    pub stage: &'b Stage<'a>,
    /// Where it copies from.
    pub origin: Origin<'b, 'a>,
    words: &'b CopyWords,
}

/// The words of a COPY or ADD, variables put in.
#[derive(Debug)]
pub struct CopyWords {
    /// Sources; `None` where one is unknown.
    pub sources: Vec<(Option<String>, Span)>,
    /// The destination as the image has it; `None` where it is unknown.
    pub destination: Option<String>,
    /// Whether the destination is a folder, as far as the instruction itself says.
    pub folder: bool,
    /// Whether it is ADD.
    pub add: bool,
    /// The value of `--chmod`.
    pub chmod: Option<(String, Span)>,
    from: CopyFrom,
}

/// What `--from` names.
#[derive(Debug)]
enum CopyFrom {
    /// Nothing: it is not there.
    Context,
    /// An earlier stage.
    Stage(usize),
    /// Another image.
    Image(String, Box<Base>, Span),
    /// Not known.
    Unknown,
}

/// Where a COPY takes its sources from.
#[derive(Clone, Copy, Debug)]
pub enum Origin<'b, 'a> {
    /// The build context.
    Context,
    /// An earlier stage.
    Stage(&'b Stage<'a>),
    /// Another image.
    Image(&'b str, &'b Base, Span),
    /// Not known.
    Unknown,
}

impl Deref for Copied<'_, '_> {
    type Target = CopyWords;

    fn deref(&self) -> &CopyWords {
        self.words
    }
}

impl<'a> Build<'a> {
    /// What COPY and ADD put into the final image, first one first.
    pub fn copies<'b>(&'b self) -> Vec<Copied<'b, 'a>> {
        self.final_stages().into_iter().flat_map(|stage| self.copies_of(stage)).collect()
    }

    /// What COPY and ADD put into one stage.
    pub fn copies_of<'b>(&'b self, stage: &'b Stage<'a>) -> Vec<Copied<'b, 'a>> {
        stage.steps.iter().filter_map(|step| self.copied(stage, step)).collect()
    }

    pub(super) fn copied<'b>(&'b self, stage: &'b Stage<'a>, step: &'b Step<'a>) -> Option<Copied<'b, 'a>> {
        let words = step.copy.get_or_init(|| self.copy_words(stage, step)).as_ref()?;
        let origin = match &words.from {
            CopyFrom::Context => Origin::Context,
            CopyFrom::Stage(index) => self.stages.get(*index).map_or(Origin::Unknown, Origin::Stage),
            CopyFrom::Image(name, base, span) => Origin::Image(name, base, *span),
            CopyFrom::Unknown => Origin::Unknown,
        };
        Some(Copied { step, stage, origin, words })
    }

    fn copy_words(&self, stage: &Stage<'a>, step: &Step<'a>) -> Option<CopyWords> {
        let instruction = step.instruction;
        let (copy, add) = match &instruction.kind {
            Kind::Copy(copy) => (copy, false),
            Kind::Add(copy) => (copy, true),
            _ => return None,
        };
        let destination = step.expand(&copy.destination);
        let chmod = flag_value(instruction, "chmod").and_then(|word| Some((step.expand(word)?, word.span)));
        Some(CopyWords {
            sources: copy.sources.iter().map(|source| (step.expand(source), source.span)).collect(),
            folder: folder(copy, destination.as_deref()),
            destination: destination.and_then(|path| step.state.absolute(&path)),
            from: self.copy_from(stage, step),
            add,
            chmod,
        })
    }

    fn copy_from(&self, stage: &Stage<'a>, step: &Step<'a>) -> CopyFrom {
        let Some(word) = flag_value(step.instruction, "from") else { return CopyFrom::Context };
        let Some(name) = step.expand(word) else { return CopyFrom::Unknown };
        // A stage can only copy from those before it.
        match self.stage(&name).filter(|from| from.index < stage.index) {
            Some(from) => CopyFrom::Stage(from.index),
            None => {
                let base = Box::new(facts::base(&name));
                CopyFrom::Image(name, base, word.span)
            }
        }
    }

    /// The base image at the root of a stage.
    pub fn base_of<'b>(&'b self, stage: &'b Stage<'a>) -> Option<&'b Base> {
        match &self.root(stage).parent {
            Parent::Image(base) => Some(base),
            Parent::Stage(_) => None,
        }
    }
}

impl Copied<'_, '_> {
    /// The whole instruction.
    pub fn span(&self) -> Span {
        self.step.instruction.span
    }

    /// The last part of a source's path; empty for `.` and unknown ones.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.sources.iter().filter_map(|(source, _)| Some(last(source.as_deref()?)))
    }

    /// The path at which a source lands in the image: exact where the source is a file.
    pub fn lands(&self, source: &str) -> Option<String> {
        let destination = self.destination.as_deref()?;
        // A name with an ending is a file, and a file keeps its name in a folder.
        let into =
            self.folder || !last(destination).contains('.') && is_file(source) && last(source) != last(destination);
        Some(if into && self.folder && is_file(source) {
            clean(&format!("{destination}/{}", last(source)))
        } else {
            destination.to_owned()
        })
    }

    /// Whether it puts anything at a path or below.
    pub fn below(&self, folder: &str) -> Option<bool> {
        let destination = self.destination.as_deref()?;
        Some(under(destination, folder) || (self.folder && destination == folder))
    }

    /// Whether it could put a file at a path; `None` in place of "no" where the destination is unknown.
    pub fn may_hold(&self, path: &str) -> Option<bool> {
        let destination = self.destination.as_deref()?;
        if !under(path, destination) {
            return Some(false);
        }
        let name = last(path);
        let plain = |source: &str| is_file(source) && matches!(self.origin, Origin::Context) && !self.add;
        Some(
            destination == path
                || self.sources.iter().any(|(source, _)| match source.as_deref() {
                    Some(source) if plain(source) => last(source) == name,
                    _ => true,
                }),
        )
    }
}

impl State<'_> {
    /// The value of a variable that is set and known.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.env.get(name).and_then(super::Setting::value).map(String::as_str)
    }
}

fn flag_value<'i>(instruction: &'i Instruction, name: &str) -> Option<&'i Word> {
    instruction.flag(name).and_then(|flag| flag.value.as_ref())
}

fn folder(copy: &Copy, destination: Option<&str>) -> bool {
    copy.sources.len() > 1
        || destination.is_some_and(|path| path.ends_with('/') || path == "." || path.ends_with("/.") || path == "..")
}

/// Maximum number of folders of a list that are searched: each may be searched for every file of an image.
pub(super) const MAX_LISTED: usize = 256;

/// The absolute folders of a list such as PYTHONPATH, each once.
pub(super) fn listed(list: &str) -> Vec<&str> {
    let absolute = list.split([':', ';']).filter(|folder| folder.starts_with('/'));
    each_once(absolute.map(|folder| match folder.trim_end_matches('/') {
        "" => "/",
        folder => folder,
    }))
}

/// The first of some folders, each once.
pub(super) fn each_once<'a>(folders: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut first: Vec<&str> = Vec::new();
    for folder in folders {
        if first.len() < MAX_LISTED && !first.contains(&folder) {
            first.push(folder);
        }
    }
    first
}
