//! What each instruction of the final image does to its files, as a log in order. A step whose effect only running it
//! can tell is [`Effect::Anything`]: after it, nothing about files is certain.

use super::command_effects::Around;
use super::mode::Others;
use super::run_command::{CommandArg, RunCommand};
use super::{Build, Copied, Origin, Stage, Step};
use crate::diagnostic::Location;
use crate::dockerfile::Kind;
use crate::path::{clean, last};
use crate::source::Span;
use std::collections::BTreeSet;

/// One entry of the log.
#[derive(Clone, Debug)]
pub struct Logged {
    /// The index of its stage.
    pub stage: usize,
    /// The index of its step in the stage.
    pub step: usize,
    /// What does it.
    pub span: Span,
    /// `false` if it may not run, or may not do it.
    pub sure: bool,
    /// What it does.
    pub effect: Effect,
}

/// What the steps of one stage do to files.
#[derive(Clone, Debug, Default)]
pub struct StageLog {
    /// In order.
    pub entries: Vec<Logged>,
    /// The commands of scripts that RUN starts, as far as they can be seen.
    pub called: Vec<RunCommand>,
}

impl Logged {
    /// The place of what does it.
    pub fn place(&self) -> Location {
        self.span.into()
    }
}

/// What a step does to files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It makes or replaces a file.
    File(Target, NewMode),
    /// It may make anything in a folder.
    Fill(Target, NewMode),
    /// It makes a folder; what the mode says to others, where it gives one.
    Folder(Target, Option<(Others, Span)>),
    /// It removes a file, or a folder with all that is in it.
    Remove(Target),
    /// It changes a file, which keeps its mode.
    Edit(Target),
    /// It changes what the mode says to others: to this, or to something unknown.
    Mode {
        /// What is changed.
        at: Target,
        /// What the mode says; `None` if that is unknown.
        others: Option<Others>,
        /// Whether everything below is changed too.
        recursive: bool,
        /// The word that names what is changed.
        span: Span,
    },
    /// It installs packages of a language.
    Packages(Packages),
    /// It installs packages of the distribution, or runs one of the system's tools.
    System {
        /// Whether a package may be one that the distribution does not have, or is a file or an address.
        foreign: bool,
        /// Whether packages are installed at all.
        installs: bool,
        /// Their names.
        names: Vec<String>,
    },
    /// It may do anything; the folder where it most likely does it, if there is one.
    Anything(Option<String>),
}

impl Effect {
    /// The same with its places at one.
    fn moved_to(self, span: Span) -> Self {
        let given = |mode: NewMode| match mode {
            NewMode::Given(others, _) => NewMode::Given(others, span),
            NewMode::Unsaid => NewMode::Unsaid,
        };
        match self {
            Self::File(at, mode) => Self::File(at, given(mode)),
            Self::Fill(at, mode) => Self::Fill(at, given(mode)),
            Self::Folder(at, others) => Self::Folder(at, others.map(|(others, _)| (others, span))),
            Self::Mode { at, others, recursive, .. } => Self::Mode { at, others, recursive, span },
            other => other,
        }
    }
}

/// The mode of a file that is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewMode {
    /// Nothing says it.
    Unsaid,
    /// It is given: what it says to others, `None` if that is unknown.
    Given(Option<Others>, Span),
}

/// Packages of a language that a command installs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Packages {
    /// `pip`, `npm`, `gem`, `conda`.
    pub manager: String,
    /// The names of packages that are given.
    pub names: Vec<String>,
    /// Whether a list names more of them.
    pub listed: bool,
    /// Whether the user's own code is installed, or scripts of the user's own may run.
    pub own: bool,
    /// The folder that they go to, where one is given; `Some(Unknown)` if it cannot be told.
    pub into: Option<Target>,
    /// The working directory.
    pub folder: Option<String>,
    /// Whether they go to the place that all programs of the image share.
    pub global: bool,
}

/// Which path something is done to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// This one.
    At(String),
    /// Those of a folder that a pattern takes in.
    Glob(String, String),
    /// One of this name in any folder.
    Named(String),
    /// Any.
    Unknown,
}

impl Target {
    /// The path that a word of a command means.
    pub(super) fn of(arg: &CommandArg, folder: Option<&str>) -> Self {
        let Some(text) = arg.text.as_deref() else {
            let name = last(arg.raw.trim_matches(['"', '\'']));
            return if name.is_empty() || name.contains(['$', '`', '*', ')']) {
                Self::Unknown
            } else {
                Self::Named(name.into())
            };
        };
        Self::at(text, folder)
    }

    pub(super) fn at(text: &str, folder: Option<&str>) -> Self {
        let absolute = match (text.starts_with('/'), folder) {
            (true, _) => clean(text),
            (false, _) if text.starts_with('~') => return Self::Named(last(text).to_owned()),
            (false, Some(folder)) => clean(&format!("{folder}/{text}")),
            (false, None) if text.contains(['*', '?', '[']) || matches!(text, "." | "./" | "..") => {
                return Self::Unknown;
            }
            (false, None) => return Self::Named(last(text).to_owned()),
        };
        let (above, name) = absolute.rsplit_once('/').unwrap_or_default();
        match (above.contains(['*', '?', '[', '{']), name.contains(['*', '?', '[', '{'])) {
            (true, _) => Self::Unknown,
            (false, true) => Self::Glob(if above.is_empty() { "/".into() } else { above.to_owned() }, name.to_owned()),
            (false, false) => Self::At(absolute),
        }
    }

    /// A file of a name in the folder that this means.
    pub(super) fn child(&self, name: &str) -> Self {
        match self {
            Self::At(folder) => Self::At(clean(&format!("{folder}/{name}"))),
            _ if name.is_empty() => Self::Unknown,
            _ => Self::Named(name.to_owned()),
        }
    }
}

impl<'a> Build<'a> {
    /// What the steps of the final image do to its files, worked out once.
    pub fn effects(&self) -> &[Logged] {
        self.effects.get_or_init(|| {
            let logs = self.logs();
            let stages = self.final_stages().into_iter().filter_map(|stage| logs.get(stage.index));
            stages.flat_map(|log| log.entries.iter().cloned()).collect()
        })
    }

    /// Whether only running a step can tell all that it does.
    pub fn may_do_anything(&self, stage: &Stage<'a>, step: usize) -> bool {
        let log = self.logs().get(stage.index).map(|log| log.entries.as_slice()).unwrap_or_default();
        // The entries stand in the order of the steps, and rules ask of each step.
        let behind = log.get(log.partition_point(|logged| logged.step < step)..).unwrap_or_default();
        let of_step = behind.iter().take_while(|logged| logged.step == step);
        of_step.into_iter().any(|logged| matches!(logged.effect, Effect::Anything(None)))
    }

    /// The first step of a stage of which only running it can tell all that it does.
    pub fn first_hidden_step(&self, stage: &Stage<'a>) -> Option<usize> {
        let log = self.logs().get(stage.index).map(|log| log.entries.as_slice()).unwrap_or_default();
        log.iter().find(|logged| matches!(logged.effect, Effect::Anything(None))).map(|logged| logged.step)
    }

    /// What the steps of each stage do, worked out once: a later stage may start a script of an earlier one.
    pub(super) fn logs(&self) -> &[StageLog] {
        self.logs.get_or_init(|| {
            let mut logs = Vec::new();
            for stage in &self.stages {
                let mut log = StageLog::default();
                for (at, step) in stage.steps.iter().enumerate() {
                    self.log_step(&logs, stage, at, step, &mut log);
                }
                logs.push(log);
            }
            logs
        })
    }

    fn log_step(&self, logs: &[StageLog], stage: &Stage<'a>, at: usize, step: &Step<'a>, log: &mut StageLog) {
        let span = step.instruction.span;
        let logged = |effect: Effect, sure: bool| Logged { stage: stage.index, step: at, span, sure, effect };
        match &step.instruction.kind {
            Kind::Copy(_) | Kind::Add(_) => {
                if let Some(copied) = self.copied(stage, step) {
                    log.entries.extend(self.of_copy(&copied).into_iter().map(|(effect, sure)| logged(effect, sure)));
                }
            }
            Kind::Workdir(word) => {
                let at = step.expand(word).and_then(|text| step.state.absolute(&text));
                log.entries.push(logged(Effect::Folder(at.map_or(Target::Unknown, Target::At), None), true));
            }
            Kind::Run(_) => {
                let commands = stage.ran_in(at);
                // Nothing could be made out, or not all of it.
                if commands.is_empty() && !step.is_idle() || step.hides_commands() {
                    log.entries.push(logged(Effect::Anything(None), true));
                }
                self.log_commands(&Running { logs, stage, step, names: None, place: None, depth: 0 }, commands, log);
            }
            // What it was meant to do is not known.
            Kind::Unreadable(_) => log.entries.push(logged(Effect::Anything(None), true)),
            _ => {}
        }
    }

    /// What commands of a step do; those of scripts that it starts, as far as they can be seen, among them.
    fn log_commands(&self, running: &Running<'_, 'a>, commands: &[RunCommand], log: &mut StageLog) {
        for (index, ran) in commands.iter().enumerate() {
            let span = running.place.unwrap_or(ran.span);
            let logged = |effect: Effect| Logged {
                stage: running.stage.index,
                step: ran.step,
                span,
                sure: !ran.guarded,
                effect: if running.place.is_some() { effect.moved_to(span) } else { effect },
            };
            if let Some((called, names)) = self.called(running, &log.entries, ran) {
                let inner = Running { depth: running.depth + 1, names: Some(&names), place: Some(span), ..*running };
                self.log_commands(&inner, &called, log);
                log.called.extend(called.into_iter().map(|ran| ran.moved_to(span)));
            } else {
                let rest = commands.get(index + 1..).unwrap_or_default();
                let given = Around { step: running.step, rest, build: self };
                log.entries.extend(given.effects(ran).into_iter().map(logged));
            }
            let writes = ran.writes.iter().map(|arg| Target::of(arg, ran.folder.as_deref()));
            let written = writes.map(|at| logged(Effect::File(at, NewMode::Unsaid)));
            log.entries.extend(written.filter(|logged| !is_device(&logged.effect)));
        }
    }

    /// What a COPY or ADD puts where, each with whether it certainly does.
    fn of_copy(&self, copied: &Copied<'_, 'a>) -> Vec<(Effect, bool)> {
        let mode = match &copied.chmod {
            Some((text, span)) => NewMode::Given(Others::parse(text), *span),
            // What ADD fetches belongs to root, mode 0600.
            None if copied.fetches() => {
                let none = Others { read: Some(false), execute: Some(false), ..Others::default() };
                NewMode::Given(Some(none), copied.span())
            }
            None if copied.step.instruction.flag("chmod").is_some() => NewMode::Given(None, copied.span()),
            None => NewMode::Unsaid,
        };
        let Some(to) = copied.destination.as_deref() else {
            return vec![(Effect::Fill(Target::Unknown, mode), true)];
        };
        let mut effects = Vec::new();
        for (source, span) in &copied.sources {
            let Some(source) = source.as_deref() else {
                effects.push((Effect::Fill(Target::At(to.to_owned()), mode), true));
                continue;
            };
            let seen = self.context.as_ref().filter(|_| matches!(copied.origin, Origin::Context));
            let seen = seen.and_then(|context| context.source(*span)).map(|source| &source.found);
            effects.extend(copied.effects_of(source, to, mode, seen));
        }
        effects
    }
}

/// `/dev/null` and the like are no files of the image.
fn is_device(effect: &Effect) -> bool {
    matches!(effect, Effect::File(Target::At(path), _) if path.starts_with("/dev/") || path.starts_with("/proc/"))
}

/// A step whose commands are read.
#[derive(Clone, Copy)]
pub(super) struct Running<'b, 'a> {
    /// The logs of the stages before its own.
    pub(super) logs: &'b [StageLog],
    pub(super) stage: &'b Stage<'a>,
    pub(super) step: &'b Step<'a>,
    /// The names of variables that may be handed to a script; `None` for those that the RUN itself sets.
    pub(super) names: Option<&'b BTreeSet<String>>,
    /// Where the script is started whose commands these are; `None` for those of the RUN itself.
    pub(super) place: Option<Span>,
    /// How many scripts started one another to get here.
    pub(super) depth: usize,
}
