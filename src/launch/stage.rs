//! One stage of a build, and what each of its instructions does to the image's settings.

use super::copy::CopyWords;
use super::run::Parsed;
use super::{Arg, Argv, RunCommand, Setting};
use crate::diagnostic::Location;
use crate::dockerfile::expand::{self, Expansion, Scope, Var};
use crate::dockerfile::{Command, Instruction, Kind, Pair, Word};
use crate::facts::Base;
use crate::path::clean;
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Linux's `PATH_MAX`, in bytes.
const MAX_PATH: usize = 4096;

/// A stage: a FROM and all up to the next.
#[derive(Debug)]
pub struct Stage<'a> {
    /// Counted from 0, as `COPY --from=0` counts.
    pub index: usize,
    /// The name behind AS, in lower case.
    pub name: Option<String>,
    /// The FROM instruction.
    pub from: &'a Instruction,
    /// The image's name as far as it can be expanded.
    pub image: Setting<String>,
    /// Where the image's name stands.
    pub image_place: Location,
    /// The value of `--platform`, expanded.
    pub platform: Setting<String>,
    /// What the stage is built from.
    pub parent: Parent,
    /// The instructions behind FROM, each with the settings before it.
    pub steps: Vec<Step<'a>>,
    /// The stage at the root of its line, the one that stands on an image; itself in most files.
    pub root: usize,
    /// Whether another stage is built from it.
    pub is_base: bool,
    /// Whether it is part of the image that is built, and does not only lend files.
    pub is_final: bool,
    /// The settings at the end.
    pub end: Rc<State<'a>>,
    /// The commands of its RUN instructions, from the first query on.
    pub(super) ran: OnceCell<Vec<RunCommand>>,
}

/// What a stage is built from.
#[derive(Debug)]
pub enum Parent {
    /// An earlier stage.
    Stage(usize),
    /// An image, known or not.
    Image(Box<Base>),
}

/// An instruction in its stage.
#[derive(Debug)]
pub struct Step<'a> {
    /// The instruction.
    pub instruction: &'a Instruction,
    /// The settings that hold while it runs.
    pub state: Rc<State<'a>>,
    /// What ONBUILD keeps for a later build.
    pub trigger: Option<Box<Step<'a>>>,
    pub(super) scripts: OnceCell<Vec<Parsed>>,
    pub(super) ran: OnceCell<Vec<RunCommand>>,
    pub(super) foreign: OnceCell<Vec<RunCommand>>,
    pub(super) broken: OnceCell<bool>,
    /// The words of a COPY or ADD, from the first query on: many rules ask.
    pub(super) copy: OnceCell<Option<CopyWords>>,
}

impl<'a> Step<'a> {
    pub(super) fn new(instruction: &'a Instruction, state: &Rc<State<'a>>) -> Self {
        let trigger = match &instruction.kind {
            // One level only: a trigger that is ONBUILD itself is unreadable.
            Kind::Onbuild(trigger) => Some(Box::new(Self::new(trigger, state))),
            _ => None,
        };
        Self {
            instruction,
            state: Rc::clone(state),
            trigger,
            scripts: OnceCell::new(),
            ran: OnceCell::new(),
            foreign: OnceCell::new(),
            broken: OnceCell::new(),
            copy: OnceCell::new(),
        }
    }
}

impl Step<'_> {
    /// A word with variables expanded and quotes taken off; `None` where a variable in it is unknown.
    pub fn expand(&self, word: &Word) -> Option<String> {
        self.expansion(word)?.value
    }

    /// A word with variables expanded, parted at the blanks that they bring, as EXPOSE reads it; none where a
    /// variable in it is unknown.
    pub fn words(&self, word: &Word) -> Vec<String> {
        let known = self.expand(word).is_some();
        let words = expand::words(&word.text, self.state.escape, &*self.state).ok().filter(|_| known);
        words.unwrap_or_default()
    }

    /// All that is known of a word's expansion; `None` where Docker would refuse it.
    pub fn expansion(&self, word: &Word) -> Option<Expansion> {
        expand::word(&word.text, self.state.escape, &*self.state).ok()
    }
}

/// The settings of the image at one point of the build.
#[derive(Clone, Debug)]
pub struct State<'a> {
    /// The file's escape character.
    pub escape: char,
    /// Variables set with ENV, or by the base.
    pub env: BTreeMap<String, Setting<String>>,
    /// Whether the base's variables are known.
    pub env_known: bool,
    /// Build arguments in scope.
    pub args: BTreeMap<String, Setting<String>>,
    /// ENTRYPOINT.
    pub entrypoint: Setting<Argv>,
    /// CMD.
    pub cmd: Setting<Argv>,
    /// WORKDIR.
    pub workdir: Setting<String>,
    /// USER.
    pub user: Setting<String>,
    /// SHELL; `None` where no SHELL instruction set one.
    pub shell: Option<Vec<String>>,
    /// The shell that `# hadolint shell=…` says reads RUN, where one does.
    pub dialect: Option<String>,
    /// ONBUILD triggers that a stage built from this one runs first.
    pub onbuild: Vec<&'a Instruction>,
    /// Whether settings are no longer followed: a file that sets more than any real one does would fill the memory
    /// with copies of them.
    pub(super) lost: bool,
    /// Whether this stage itself has set CMD: ENTRYPOINT resets only an inherited one.
    cmd_is_own: bool,
}

impl Scope for State<'_> {
    fn get(&self, name: &str) -> Var {
        // ENV wins over ARG of the same name, whichever came first.
        match self.env.get(name).or_else(|| self.args.get(name)) {
            Some(Setting::Set(value, _) | Setting::Inherited(value, _)) => Var::Value(value.clone()),
            Some(Setting::Unknown(_)) => Var::Unknown,
            Some(Setting::Unset) => Var::Unset,
            None if self.env_known => Var::Unset,
            None => Var::Unknown,
        }
    }
}

impl<'a> State<'a> {
    /// The settings that a base image brings.
    pub(super) fn of_base(base: &Base, place: Location, escape: char) -> Self {
        let argv = |texts: &Option<Vec<String>>| match texts {
            Some(texts) if texts.is_empty() => Setting::Unset,
            Some(texts) => {
                let args = texts.iter().map(|text| Arg::new(text, place)).collect();
                Setting::Inherited(Argv { args, shell: false, place }, place)
            }
            None => Setting::Unknown(place),
        };
        let workdir = match &base.workdir {
            Some(dir) if dir.is_empty() => Setting::Unset,
            dir => Setting::of_base(dir.clone(), place),
        };
        let inherited = |(key, value): (&String, &String)| (key.clone(), Setting::Inherited(value.clone(), place));
        Self {
            escape,
            env: base.env.iter().flatten().map(inherited).collect(),
            env_known: base.env.is_some(),
            args: BTreeMap::new(),
            entrypoint: argv(&base.entrypoint),
            cmd: argv(&base.cmd),
            workdir,
            user: if base.env.is_some() { Setting::Unset } else { Setting::Unknown(place) },
            shell: None,
            dialect: None,
            onbuild: Vec::new(),
            lost: false,
            cmd_is_own: false,
        }
    }

    /// About how many bytes a copy takes.
    pub(super) fn cost(&self) -> usize {
        let map = |map: &BTreeMap<String, Setting<String>>| {
            map.iter().map(|(key, value)| 96 + key.len() + value.value().map_or(0, String::len)).sum::<usize>()
        };
        let argv = |argv: &Setting<Argv>| {
            argv.value().map_or(0, |argv| argv.args.iter().map(|arg| 64 + arg.text.len()).sum::<usize>())
        };
        let text = |setting: &Setting<String>| setting.value().map_or(0, String::len);
        let shell = self.shell.iter().flatten().map(|word| 24 + word.len()).sum::<usize>();
        let words = argv(&self.entrypoint) + argv(&self.cmd) + text(&self.workdir) + text(&self.user) + shell;
        512 + map(&self.env) + map(&self.args) + words + 8 * self.onbuild.len()
    }

    /// Follows settings no longer: from here on each may have any value.
    pub(super) fn forget_variables(&mut self, place: Location) {
        self.env.clear();
        self.args.clear();
        self.onbuild.clear();
        self.env_known = false;
        self.entrypoint = Setting::Unknown(place);
        self.cmd = Setting::Unknown(place);
        self.workdir = Setting::Unknown(place);
        self.user = Setting::Unknown(place);
        // A shell that nothing is known of reads no script.
        self.shell = Some(vec![String::new()]);
        self.lost = true;
    }

    /// The settings that a stage built FROM this one begins with.
    pub(super) fn inherited(&self) -> Self {
        Self { cmd_is_own: false, onbuild: Vec::new(), ..self.clone() }
    }

    /// Whether an instruction changes settings at all; most do not, and share their state with the next.
    pub(super) fn changes(kind: &Kind) -> bool {
        matches!(
            kind,
            Kind::Cmd(_)
                | Kind::Entrypoint(_)
                | Kind::Shell(_)
                | Kind::Env { .. }
                | Kind::Arg(_)
                | Kind::Workdir(_)
                | Kind::User(_)
                | Kind::Onbuild(_)
        )
    }

    /// Applies one instruction. `default` gives the value of an ARG that has none of its own.
    pub(super) fn apply(&mut self, instruction: &'a Instruction, arg: &dyn Fn(&str) -> Setting<String>) {
        match &instruction.kind {
            Kind::Cmd(command) => {
                self.cmd = Setting::Set(self.argv(command, instruction), instruction.span.into());
                self.cmd_is_own = true;
            }
            Kind::Entrypoint(command) => {
                self.entrypoint = Setting::Set(self.argv(command, instruction), instruction.span.into());
                if !self.cmd_is_own {
                    self.cmd = Setting::Unset;
                }
            }
            Kind::Shell(words) => self.shell = Some(words.iter().map(|word| word.text.clone()).collect()),
            Kind::Env { pairs, .. } => {
                // All values of one ENV see the state before it.
                let before = self.clone();
                for pair in pairs {
                    let Some(value) = &pair.value else { continue };
                    let key = before.text(&pair.key).unwrap_or_else(|| pair.key.text.clone());
                    self.env.insert(key, before.setting(value, pair_place(pair)));
                }
            }
            Kind::Arg(pairs) => {
                for pair in pairs {
                    let key = self.text(&pair.key).unwrap_or_else(|| pair.key.text.clone());
                    let own = match &pair.value {
                        Some(value) => self.setting(value, pair_place(pair)),
                        None => Setting::Unknown(pair_place(pair)),
                    };
                    let value = match arg(&key) {
                        given @ Setting::Set(..) => given,
                        global @ Setting::Inherited(..) if pair.value.is_none() => global,
                        _ => own,
                    };
                    self.args.insert(key, value);
                }
            }
            Kind::Workdir(word) => self.workdir = self.below_workdir(word),
            Kind::User(word) => self.user = self.setting(word, word.span.into()),
            Kind::Onbuild(trigger) => self.onbuild.push(trigger),
            _ => {}
        }
    }

    fn text(&self, word: &Word) -> Option<String> {
        expand::word(&word.text, self.escape, self).ok()?.value
    }

    fn setting(&self, word: &Word, place: Location) -> Setting<String> {
        self.text(word).map_or(Setting::Unknown(place), |text| Setting::Set(text, place))
    }

    /// WORKDIR: a relative one goes on from the one before, and from `/` where there is none.
    fn below_workdir(&self, word: &Word) -> Setting<String> {
        let place = word.span.into();
        let Some(text) = self.text(word) else { return Setting::Unknown(place) };
        match self.absolute(&text) {
            // A longer one is not a folder that Linux can go to, and would grow with every relative one after it.
            Some(path) if path.len() < MAX_PATH => Setting::Set(path, place),
            _ => Setting::Unknown(place),
        }
    }

    /// A path as the image has it: relative ones start at the working directory, `.` and `..` are gone.
    /// `None` where the working directory is not known.
    pub fn absolute(&self, path: &str) -> Option<String> {
        if path.starts_with('/') {
            return Some(clean(path));
        }
        match &self.workdir {
            Setting::Unknown(_) => None,
            dir => Some(clean(&format!("{}/{path}", dir.value().map_or("/", String::as_str)))),
        }
    }

    fn argv(&self, command: &Command, instruction: &Instruction) -> Argv {
        let place = Location::from(instruction.span);
        match command {
            Command::Exec(words) => {
                let args = words.iter().map(|word| Arg::new(&word.text, word.span.into()));
                Argv { args: args.collect(), shell: false, place }
            }
            Command::Shell(text) => {
                let shell = self.shell.clone().unwrap_or_else(|| vec!["/bin/sh".into(), "-c".into()]);
                let mut args: Vec<Arg> = shell.into_iter().map(|text| Arg::new(text, place)).collect();
                args.push(Arg::new(&text.text, text.span.into()));
                Argv { args, shell: true, place }
            }
        }
    }
}

/// Key and value together.
fn pair_place(pair: &Pair) -> Location {
    pair.value.as_ref().map_or(pair.key.span, |value| pair.key.span.join(value.span)).into()
}
