//! Which file of the build context, or which here-document, lies at a path of the image.

use super::effects::{Effect, Logged, NewMode, StageLog};
use super::mode::Others;
use super::wanted::{At, Hit};
use super::{Build, Copied, Origin, Stage, Step, limits};
use crate::dockerfile::Text;
use crate::dockerignore::fits;
use crate::facts;
use crate::launch::context::{Context, Entry, Found};
use crate::path::{clean, inside_context, last, under};
use crate::source::Span;
use std::rc::Rc;

/// A file of the image that a COPY brings as it is.
#[derive(Clone, Debug)]
pub struct Shown<'b> {
    /// Where its text stands.
    pub file: ShownFile<'b>,
    /// The COPY, or the RUN that mounts it.
    pub span: Span,
    /// Whether a step after the COPY may have changed it.
    pub changed: bool,
}

/// Where the text of a file of the image stands.
#[derive(Clone, Debug)]
pub enum ShownFile<'b> {
    /// In the build context, at this path.
    Context(String),
    /// In a here-document.
    Document(&'b Text),
}

/// A moment of a build: what the steps of a stage have done so far.
#[derive(Clone, Copy)]
pub(super) struct Moment<'b, 'a> {
    /// The logs of the stages before it.
    pub(super) logs: &'b [StageLog],
    /// The stage.
    pub(super) stage: &'b Stage<'a>,
    /// What its steps have done so far.
    pub(super) log: &'b [Logged],
}

/// What a COPY puts at a path.
enum Brought<'b, 'a> {
    /// Nothing.
    Not,
    /// This file.
    File(ShownFile<'b>),
    /// What lies at a path of another stage.
    Stage(&'b Stage<'a>, String),
    /// Something that cannot be seen, or maybe nothing.
    Unknown,
}

impl<'a> Build<'a> {
    /// The file that is at a path of the final image.
    pub(super) fn shown_at_end(&self, path: &str) -> Option<Shown<'_>> {
        let stage = self.target.and_then(|index| self.stages.get(index))?;
        let logs = self.logs();
        self.shown(Moment { logs, stage, log: &logs.get(stage.index)?.entries }, path)
    }

    /// The text of a file, whole; `None` if it is empty, too long or no text.
    pub(super) fn text_of(&self, shown: &Shown<'_>) -> Option<Rc<str>> {
        match &shown.file {
            ShownFile::Document(text) => Some(Rc::from(text.text.as_str())),
            ShownFile::Context(path) => self.context.as_ref()?.files.contents(path)?.text().map(Rc::from),
        }
    }

    /// The file that is at a path while a step runs: what it mounts comes first.
    pub(super) fn shown_to<'b>(&'b self, moment: Moment<'b, 'a>, step: &Step<'a>, path: &str) -> Option<Shown<'b>> {
        let span = step.instruction.span;
        match self.mounted(step, path) {
            Brought::Not => self.shown(moment, path),
            Brought::File(file) => Some(Shown { file, span, changed: false }),
            Brought::Stage(stage, path) => {
                let log = &moment.logs.get(stage.index)?.entries;
                self.shown(Moment { stage, log, ..moment }, &path)
            }
            Brought::Unknown => None,
        }
    }

    /// The file that is at a path at a moment.
    pub(super) fn shown<'b>(&'b self, moment: Moment<'b, 'a>, path: &str) -> Option<Shown<'b>> {
        self.follow_file(moment, path, &mut limits::STAGES.clone())
    }

    fn follow_file<'b>(&'b self, moment: Moment<'b, 'a>, path: &str, left: &mut usize) -> Option<Shown<'b>> {
        let Moment { logs, mut stage, mut log } = moment;
        let (wanted, mut changed) = (At(path), false);
        loop {
            *left = left.checked_sub(1)?;
            let mut asked = None;
            for logged in log.iter().rev() {
                let hit = match &logged.effect {
                    Effect::File(target, _) => target.hits(&wanted),
                    Effect::Fill(target, _) if target.may_hold(&wanted) => Hit::Maybe,
                    Effect::Remove(target) if target.covers(path, true) != Hit::No => return None,
                    Effect::Edit(target) if target.hits(&wanted) != Hit::No => {
                        changed = true;
                        continue;
                    }
                    Effect::Anything(_) => {
                        changed = true;
                        continue;
                    }
                    _ => Hit::No,
                };
                if hit == Hit::No || asked == Some(logged.step) {
                    continue;
                }
                let copied = stage.steps.get(logged.step).and_then(|step| self.copied(stage, step));
                let Some(copied) = copied else {
                    if hit == Hit::Yes && logged.sure {
                        return None;
                    }
                    changed = true;
                    continue;
                };
                asked = Some(logged.step);
                match self.brought(&copied, path) {
                    Brought::Not => {}
                    Brought::File(file) => return Some(Shown { file, span: copied.span(), changed }),
                    Brought::Stage(from, path) => {
                        let moment = Moment { logs, stage: from, log: &logs.get(from.index)?.entries };
                        if let Some(shown) = self.follow_file(moment, &path, left) {
                            return Some(Shown { span: copied.span(), changed: changed || shown.changed, ..shown });
                        }
                        if hit == Hit::Yes {
                            return None;
                        }
                        changed = true;
                    }
                    Brought::Unknown if hit == Hit::Yes => return None,
                    Brought::Unknown => changed = true,
                }
            }
            let parent = stage.below()?;
            (stage, log) = (self.stages.get(parent)?, &logs.get(parent)?.entries);
        }
    }

    /// What a COPY or ADD puts at a path. Of several sources the last one counts.
    fn brought<'b>(&self, copied: &Copied<'b, 'a>, path: &str) -> Brought<'b, 'a> {
        let Some(to) = copied.destination.as_deref() else { return Brought::Unknown };
        if ["parents", "exclude"].iter().any(|flag| copied.step.instruction.flag(flag).is_some()) {
            return Brought::Unknown;
        }
        for (source, span) in copied.sources.iter().rev() {
            let Some(source) = source.as_deref() else { return Brought::Unknown };
            let put = Put { to, folder: copied.folder, path };
            let brought = match &copied.origin {
                _ if source.starts_with("<<") => document(copied, &put, source),
                Origin::Context if !copied.unpacks(source) => match (&self.context, inside_context(source)) {
                    (Some(context), Some(source)) if context.sure => in_context(context, *span, &source, &put),
                    _ => put.unknown(),
                },
                Origin::Stage(stage) => put.in_stage(stage, source),
                _ => put.unknown(),
            };
            if !matches!(brought, Brought::Not) {
                return brought;
            }
        }
        Brought::Not
    }

    /// What `RUN --mount=type=bind` puts at a path.
    fn mounted<'b>(&'b self, step: &Step<'a>, path: &str) -> Brought<'b, 'a> {
        let flags = step.instruction.flags.iter().rev().filter(|flag| flag.name == "mount");
        for flag in flags {
            let Some(value) = flag.value.as_ref().and_then(|word| step.expand(word)) else { return Brought::Unknown };
            let get = |names: &[&str]| {
                let pairs = value.split(',').filter_map(|part| part.split_once('='));
                pairs.filter(|(name, _)| names.contains(name)).map(|(_, value)| value).next_back()
            };
            let target = get(&["target", "dst", "destination"]).and_then(|target| step.state.absolute(target));
            let Some(to) = target.filter(|to| under(path, to)) else { continue };
            let source = get(&["source", "src"]).unwrap_or(".");
            let put = Put { to: &to, folder: false, path };
            return match (get(&["type"]).unwrap_or("bind"), get(&["from"]), &self.context) {
                ("bind", None, Some(context)) if context.sure => match inside_context(source) {
                    Some(source) => in_context(context, flag.span, &source, &put),
                    None => Brought::Unknown,
                },
                ("bind", Some(from), _) => match self.stage(from) {
                    Some(stage) => put.in_stage(stage, source),
                    None => Brought::Unknown,
                },
                _ => Brought::Unknown,
            };
        }
        Brought::Not
    }
}

impl<'a> Build<'a> {
    /// The file of the build context that a COPY without `--chmod` puts at a path, and its mode, which Docker keeps.
    pub fn kept_mode(&self, copied: &Copied<'_, 'a>, path: &str) -> Option<(String, u32)> {
        let context = self.context.as_ref().filter(|_| copied.step.instruction.flag("chmod").is_none())?;
        let Brought::File(ShownFile::Context(file)) = self.brought(copied, path) else { return None };
        let mode = context.files.mode(&file)?;
        Some((file, mode))
    }

    /// The same as the mode of what a COPY makes, if others may not read it: Lambda's user is one of them.
    pub(super) fn closed_by(&self, logged: &Logged, new: NewMode, path: &str, folder: bool) -> Option<NewMode> {
        if self.context.is_none() || new != NewMode::Unsaid || folder {
            return None;
        }
        let stage = self.stages.get(logged.stage)?;
        let copied = self.copied(stage, stage.steps.get(logged.step)?)?;
        let (_, mode) = self.kept_mode(&copied, path)?;
        let closed = Others { read: Some(false), ..Others::default() };
        (mode & 0o004 == 0).then_some(NewMode::Given(Some(closed), logged.span))
    }
}

/// Where something is put, and which path is asked for.
struct Put<'p> {
    to: &'p str,
    /// Whether `to` is a folder for sure.
    folder: bool,
    path: &'p str,
}

impl Put<'_> {
    fn into(&self, name: &str) -> bool {
        clean(&format!("{}/{name}", self.to)) == self.path
    }

    /// Whether a file of a name lands at the path: without a slash, `to` may be a folder that is there already.
    fn takes(&self, name: &str) -> bool {
        (!self.folder && self.to == self.path) || self.into(name)
    }

    /// The path from the folder that is put there.
    fn rest(&self) -> Option<&str> {
        let rest = self.path.strip_prefix(self.to.trim_end_matches('/'))?;
        rest.strip_prefix('/')
    }

    fn unknown<'b, 'a>(&self) -> Brought<'b, 'a> {
        if under(self.path, self.to) { Brought::Unknown } else { Brought::Not }
    }

    fn in_stage<'b, 'a>(&self, stage: &'b Stage<'a>, source: &str) -> Brought<'b, 'a> {
        if source.contains(['*', '?', '[', '\\']) {
            return self.unknown();
        }
        let source = clean(source);
        if facts::is_one_file(&source) || self.to == self.path {
            return if self.takes(last(&source)) { Brought::Stage(stage, source) } else { Brought::Not };
        }
        match self.rest() {
            // A file without an ending, or a folder.
            Some(rest) if rest == last(&source) => Brought::Unknown,
            Some(rest) => Brought::Stage(stage, clean(&format!("{source}/{rest}"))),
            None => Brought::Not,
        }
    }
}

/// What a here-document puts at a path: it is called like its mark.
fn document<'b, 'a>(copied: &Copied<'b, 'a>, put: &Put<'_>, source: &str) -> Brought<'b, 'a> {
    let mark = source.trim_start_matches(['<', '-']).trim_matches(['"', '\'']);
    if !(if put.folder { put.into(mark) } else { put.to == put.path }) {
        return Brought::Not;
    }
    match copied.step.instruction.heredocs.iter().find(|heredoc| heredoc.name == mark) {
        // Docker puts the values of variables in.
        Some(heredoc) if heredoc.expand && heredoc.body.text.contains('$') => Brought::Unknown,
        Some(heredoc) => Brought::File(ShownFile::Document(&heredoc.body)),
        None => Brought::Unknown,
    }
}

/// What a source in the build context puts at a path.
fn in_context<'b, 'a>(context: &Context, span: Span, source: &str, put: &Put<'_>) -> Brought<'b, 'a> {
    let found = |path: String| match context.files.entry(&path) {
        Entry::File => Brought::File(ShownFile::Context(path)),
        Entry::Nothing | Entry::Folder => Brought::Not,
        Entry::Unknown => Brought::Unknown,
    };
    let below = |folder: &str, rest: &str| if folder == "." { rest.to_owned() } else { format!("{folder}/{rest}") };
    if source.contains(['*', '?', '[', '\\']) {
        let (folder, pattern) = source.rsplit_once('/').unwrap_or((".", source));
        let Some(rest) = put.rest() else { return Brought::Not };
        if folder.contains(['*', '?', '[', '\\']) {
            return Brought::Unknown;
        }
        let first = if fits(pattern, rest) && !rest.contains('/') { found(below(folder, rest)) } else { Brought::Not };
        // What lies in folders that the pattern takes in is put there, too.
        return match (first, context.source(span).map(|source| &source.found)) {
            (Brought::Not, Some(Found::Many(folders))) if folders.is_empty() => Brought::Not,
            (Brought::Not, _) => Brought::Unknown,
            (first, _) => first,
        };
    }
    match context.files.entry(source) {
        Entry::File if put.takes(last(source)) => Brought::File(ShownFile::Context(source.to_owned())),
        Entry::File => Brought::Not,
        Entry::Folder => put.rest().map_or(Brought::Not, |rest| found(below(source, rest))),
        // It may be made before the build.
        Entry::Nothing | Entry::Unknown => put.unknown(),
    }
}
