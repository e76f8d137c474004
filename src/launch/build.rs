//! Reading a Dockerfile as a build: which stages there are, what each stands on, what holds where.

use super::dependencies::Dependencies;
use super::effects::{Logged, StageLog};
use super::stage::{Parent, Stage, State, Step};
use super::{RunCommand, Setting, limits};
use crate::arch::Arch;
use crate::diagnostic::Location;
use crate::dockerfile::expand::{self, Scope, Var};
use crate::dockerfile::{Comment, Dockerfile, From, Instruction, Kind};
use crate::facts::{self, Base};
use crate::launch::context::Context;
use crate::options::Options;
use std::cell::{Cell, OnceCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// A Dockerfile seen as a build.
#[derive(Debug)]
pub struct Build<'a> {
    /// The file.
    pub dockerfile: &'a Dockerfile,
    /// What stands before the first FROM, ARG aside none of it read by Docker.
    pub head: Vec<Step<'a>>,
    /// Its stages in order.
    pub stages: Vec<Stage<'a>>,
    /// The stage that becomes the image: the last, or the one asked for. `None` where there is none.
    pub target: Option<usize>,
    /// What the build context has of what is asked for; `None` where it was not looked at.
    pub context: Option<Context>,
    /// What its name says that it is for.
    pub named_for: Option<super::NamedFor>,
    /// What the steps of the final image do to its files, once it was asked for.
    pub(super) effects: OnceCell<Vec<Logged>>,
    /// The same of each stage by itself.
    pub(super) logs: OnceCell<Vec<StageLog>>,
    /// The packages that the image gets, once they were asked for.
    pub(super) dependencies: OnceCell<Dependencies>,
    /// How many scripts that RUN starts may still be looked for.
    pub(super) scripts: Cell<usize>,
    /// Stages by name; a later one hides an earlier one.
    names: BTreeMap<String, usize>,
    /// Stages by the very letters of their names, the first of each.
    exact_names: BTreeMap<String, usize>,
}

/// About how many bytes the settings of all steps may take together.
const BUDGET: usize = 64 * 1024 * 1024;

impl<'a> Build<'a> {
    /// Interprets a Dockerfile with the user's build arguments and target.
    pub fn new(dockerfile: &'a Dockerfile, options: &Options) -> Self {
        crate::meter::begin();
        let mut globals =
            Globals { escape: dockerfile.escape, options, args: BTreeMap::new(), budget: Cell::new(BUDGET) };
        let mut build = Self {
            dockerfile,
            head: Vec::new(),
            stages: Vec::new(),
            target: None,
            context: None,
            named_for: None,
            effects: OnceCell::new(),
            logs: OnceCell::new(),
            dependencies: OnceCell::new(),
            scripts: Cell::new(limits::SCRIPTS),
            names: BTreeMap::new(),
            exact_names: BTreeMap::new(),
        };
        let mut before = Rc::new(State::of_base(&Base::default(), Location::default(), dockerfile.escape));
        let mut dialects = Dialects::of(dockerfile);
        for instruction in &dockerfile.instructions {
            let dialect = dialects.before(instruction, build.stages.is_empty());
            if let (Some(dialect), Some(stage)) = (&dialect, build.stages.last_mut())
                && !matches!(instruction.kind, Kind::From(_))
            {
                Rc::make_mut(&mut stage.end).dialect = Some(dialect.clone());
            }
            match (&instruction.kind, build.stages.last_mut()) {
                (Kind::From(from), _) => {
                    build.open(&globals, instruction, from);
                    if let (Some(dialect), Some(stage)) =
                        (dialect.or(dialects.everywhere.clone()), build.stages.last_mut())
                    {
                        Rc::make_mut(&mut stage.end).dialect = Some(dialect);
                    }
                }
                (_, None) => {
                    globals.declare(instruction);
                    push(&mut build.head, &mut before, instruction, &globals);
                }
                (_, Some(stage)) => stage.push(instruction, &globals),
            }
        }
        build.target = match &options.target {
            _ if options.hidden.target => None,
            Some(name) => build.find(name),
            None => build.stages.len().checked_sub(1),
        };
        let bases: Vec<usize> = build.stages.iter().filter_map(Stage::below).collect();
        bases.into_iter().for_each(|index| build.stages[index].is_base = true);
        let mut of_image = build.target;
        while let Some(stage) = of_image.and_then(|index| build.stages.get_mut(index)) {
            stage.is_final = true;
            of_image = stage.below();
        }
        build
    }

    fn find(&self, name: &str) -> Option<usize> {
        let number = || name.parse::<usize>().ok().filter(|&index| index < self.stages.len());
        self.names.get(&name.to_ascii_lowercase()).copied().or_else(number)
    }

    /// The stage that a name or number means, as `COPY --from=` reads it.
    pub fn stage(&self, name: &str) -> Option<&Stage<'a>> {
        self.find(name).and_then(|index| self.stages.get(index))
    }

    /// The first stage with a name of these very letters.
    pub fn stage_spelt(&self, name: &str) -> Option<&Stage<'a>> {
        self.exact_names.get(name).and_then(|&index| self.stages.get(index))
    }

    /// The stage at the root of a stage's line: the one that stands on an image.
    pub fn root<'b>(&'b self, stage: &'b Stage<'a>) -> &'b Stage<'a> {
        self.stages.get(stage.root).unwrap_or(stage)
    }

    /// A stage, the stage it is built FROM, and so on down to the one that stands on an image.
    pub fn ancestors<'b>(&'b self, stage: &'b Stage<'a>) -> Vec<&'b Stage<'a>> {
        let mut line = vec![stage];
        let mut last = stage;
        // A parent always comes earlier in the file, so this ends.
        while let Parent::Stage(index) = last.parent {
            let Some(parent) = self.stages.get(index) else { break };
            line.push(parent);
            last = parent;
        }
        line
    }

    /// The stages that make the final image, the one that stands on an image first.
    pub fn final_stages(&self) -> Vec<&Stage<'a>> {
        let Some(stage) = self.target.and_then(|index| self.stages.get(index)) else { return Vec::new() };
        let mut line = self.ancestors(stage);
        line.reverse();
        line
    }

    /// The commands of all RUN instructions that make the final image, each with its step.
    pub fn final_commands(&self) -> impl Iterator<Item = (&Step<'a>, &RunCommand)> {
        self.final_stages()
            .into_iter()
            .flat_map(|stage| stage.ran().iter().filter_map(move |ran| Some((stage.steps.get(ran.step)?, ran))))
    }

    /// Whether any RUN that makes the final image holds a text.
    pub fn runs_mention(&self, text: &str) -> bool {
        self.final_steps().iter().any(|step| step.runs(text))
    }

    /// All steps that make the final image, first one first.
    pub fn final_steps(&self) -> Vec<&Step<'a>> {
        let Some(stage) = self.target.and_then(|index| self.stages.get(index)) else { return Vec::new() };
        self.ancestors(stage).into_iter().rev().flat_map(|stage| &stage.steps).collect()
    }
}

impl<'a> Build<'a> {
    fn open(&mut self, globals: &Globals<'_>, from: &'a Instruction, words: &From) {
        let image_place = Location::from(words.image.span);
        let image = globals.setting(&words.image.text, image_place);
        let platform = match from.flag("platform").and_then(|flag| flag.value.as_ref()) {
            Some(word) => globals.setting(&word.text, word.span.into()),
            None => Setting::Unset,
        };
        let index = self.stages.len();
        let earlier = image.value().and_then(|name| self.names.get(&name.to_ascii_lowercase()).copied());
        let (parent, root, state, triggers) = match (earlier.and_then(|at| self.stages.get(at)), image.value()) {
            (Some(stage), _) => {
                (Parent::Stage(stage.index), stage.root, stage.end.inherited(), stage.end.onbuild.clone())
            }
            (None, name) => {
                let known = globals.charge(4096);
                let name = name.filter(|_| known);
                let base = name.map_or_else(|| globals.partly_known(&words.image.text), |name| globals.base(name));
                let state = State::of_base(&base, image_place, globals.escape);
                (Parent::Image(Box::new(base)), index, state, Vec::new())
            }
        };
        globals.charge(state.cost());
        let name = words.name.as_ref().map(|(_, name)| name.text.to_ascii_lowercase());
        let mut stage = Stage {
            index,
            name: name.clone(),
            from,
            image,
            image_place,
            platform,
            parent,
            steps: Vec::new(),
            root,
            is_base: false,
            is_final: false,
            end: Rc::new(state),
            ran: OnceCell::new(),
        };
        for trigger in triggers {
            if !globals.charge(256) {
                break;
            }
            stage.push(trigger, globals);
        }
        if let Some(name) = name {
            self.names.insert(name, index);
        }
        if let Some((_, name)) = &words.name {
            self.exact_names.entry(name.text.clone()).or_insert(index);
        }
        self.stages.push(stage);
    }
}

impl<'a> Stage<'a> {
    /// The earlier stage it is built from.
    pub fn below(&self) -> Option<usize> {
        match self.parent {
            Parent::Stage(index) => Some(index).filter(|index| *index < self.index),
            Parent::Image(_) => None,
        }
    }

    /// What the stage that it is built from has at its end, of values that are kept stage by stage; `None` on an image.
    pub fn passed_on<T: Clone>(&self, ends: &[T]) -> Option<T> {
        ends.get(self.below()?).cloned()
    }

    fn push(&mut self, instruction: &'a Instruction, globals: &Globals<'_>) {
        push(&mut self.steps, &mut self.end, instruction, globals);
    }

    /// Operating system and architecture as `--platform`, or else the base's tag, says.
    pub(super) fn platform(&self, base: &Base) -> (Setting<String>, Setting<String>) {
        if let Some((platform, place)) = self.platform.set() {
            let (os, arch) = platform.split_once('/').unwrap_or((platform, ""));
            // `linux` alone and `amd64` alone are both allowed.
            let (os, arch) = match (os, arch) {
                ("linux" | "windows" | "darwin" | "freebsd", arch) => (os, arch),
                (arch, "") => ("linux", arch),
                both => both,
            };
            let arch = if arch.is_empty() { Setting::Unset } else { Setting::Set(arch.to_owned(), place) };
            return (Setting::Set(os.to_owned(), place), arch);
        }
        if self.platform.is_unknown() {
            return (self.platform.clone(), self.platform.clone());
        }
        let windows = base.os.is_some_and(|os| os.id.starts_with("windows"));
        let os = if windows { Setting::Inherited("windows".into(), self.image_place) } else { Setting::Unset };
        let arch = base.arch.and_then(Arch::parse);
        (os, arch.map_or(Setting::Unset, |arch| Setting::Inherited(arch.oci().into(), self.image_place)))
    }
}

/// `# hadolint shell=powershell`: which shell reads RUN from there on, in the stage it stands in or before; above
/// the first FROM, in all stages.
struct Dialects {
    /// Where a comment ends, and the shell it names; the next one last.
    comments: Vec<(usize, String)>,
    everywhere: Option<String>,
}

impl Dialects {
    fn of(dockerfile: &Dockerfile) -> Self {
        let named = |comment: &Comment| {
            let shell = comment.text.trim().strip_prefix("hadolint")?.trim_start().strip_prefix("shell")?.trim_start();
            let name = shell.strip_prefix('=')?.split('#').next()?.trim();
            Some((comment.span.end, name.to_owned()))
        };
        let comments = dockerfile.comments.iter().rev().filter_map(named).collect();
        Self { comments, everywhere: None }
    }

    /// What the last comment before an instruction says.
    fn before(&mut self, instruction: &Instruction, first: bool) -> Option<String> {
        let mut found = None;
        while let Some((_, shell)) = self.comments.pop_if(|(end, _)| *end <= instruction.span.start) {
            found = Some(shell);
        }
        if first && found.is_some() {
            self.everywhere.clone_from(&found);
        }
        found
    }
}

/// Adds an instruction to those of a stage, and to the settings after them what it changes.
fn push<'a>(steps: &mut Vec<Step<'a>>, end: &mut Rc<State<'a>>, instruction: &'a Instruction, globals: &Globals<'_>) {
    steps.push(Step::new(instruction, end));
    if State::changes(&instruction.kind) && !end.lost {
        let arg = |name: &str| globals.stage_arg(name);
        let affordable = globals.charge(end.cost());
        let state = Rc::make_mut(end);
        state.apply(instruction, &arg);
        if !affordable || state.cost() > BUDGET {
            state.forget_variables(instruction.span.into());
        }
    }
}

/// What holds before the first FROM, and what FROM lines see.
struct Globals<'a> {
    escape: char,
    options: &'a Options,
    args: BTreeMap<String, Setting<String>>,
    /// What is left of [`BUDGET`].
    budget: Cell<usize>,
}

impl Scope for Globals<'_> {
    fn get(&self, name: &str) -> Var {
        if let Some(setting) = self.args.get(name) {
            return match setting.value() {
                Some(value) => Var::Value(value.clone()),
                None => Var::Unknown,
            };
        }
        self.automatic(name).unwrap_or(Var::Unset)
    }
}

impl Globals<'_> {
    /// Takes this many bytes from the budget; `false` if it is used up.
    fn charge(&self, bytes: usize) -> bool {
        let left = self.budget.get().checked_sub(bytes);
        self.budget.set(left.unwrap_or(0));
        left.is_some()
    }

    fn declare(&mut self, instruction: &Instruction) {
        let Kind::Arg(pairs) = &instruction.kind else { return };
        for pair in pairs {
            let place = Location::from(pair.key.span);
            let value = match (self.options.build_args.get(&pair.key.text), &pair.value) {
                (Some(given), _) => Setting::Set(given.clone(), place),
                (None, _) if self.options.hidden.argument(&pair.key.text) => Setting::Unknown(place),
                (None, Some(_)) if self.budget.get() == 0 => Setting::Unknown(place),
                (None, Some(word)) => self.setting(&word.text, place),
                (None, None) => Setting::Unknown(place),
            };
            let length = value.value().map_or(0, String::len) + 128;
            let value = if self.charge(length) { value } else { Setting::Unknown(place) };
            self.args.insert(pair.key.text.clone(), value);
        }
    }

    /// What a stage's `ARG NAME` finds outside: `Set` what the user gives, which wins over any default;
    /// `Inherited` what a global ARG or Docker itself gives.
    fn stage_arg(&self, name: &str) -> Setting<String> {
        let given = self.options.build_args.get(name);
        let place = self.args.get(name).and_then(Setting::place).unwrap_or_default();
        match (given, self.args.get(name).and_then(Setting::value), self.automatic(name)) {
            (Some(given), ..) => Setting::Set(given.clone(), place),
            (None, ..) if self.options.hidden.argument(name) => Setting::Unknown(place),
            (None, Some(value), _) => Setting::Inherited(value.clone(), place),
            (None, None, Some(Var::Value(value))) => Setting::Inherited(value, place),
            _ => Setting::Unknown(place),
        }
    }

    /// The platform arguments that BuildKit brings by itself.
    fn automatic(&self, name: &str) -> Option<Var> {
        let arch = self.options.arch.map(Arch::oci);
        let known = |value: Option<String>| Some(value.map_or(Var::Unknown, Var::Value));
        match name {
            "TARGETOS" => known(Some("linux".into())),
            "TARGETARCH" => known(arch.map(str::to_owned)),
            "TARGETPLATFORM" => known(arch.map(|arch| format!("linux/{arch}"))),
            "TARGETVARIANT" | "BUILDOS" | "BUILDARCH" | "BUILDPLATFORM" | "BUILDVARIANT" => Some(Var::Unknown),
            _ => None,
        }
    }

    fn setting(&self, text: &str, place: Location) -> Setting<String> {
        match expand::word(text, self.escape, self).ok().and_then(|expansion| expansion.value) {
            Some(value) => Setting::Set(value, place),
            None => Setting::Unknown(place),
        }
    }

    /// What is known of an image: what the user says of it, or else what everybody knows.
    fn base(&self, name: &str) -> Base {
        facts::own_base(name, &self.options.bases).unwrap_or_else(|| facts::base(name))
    }

    /// What is known of a base whose name holds an unknown variable: of `public.ecr.aws/lambda/python:$V`
    /// all that no tag changes.
    fn partly_known(&self, text: &str) -> Base {
        let Ok(expansion) = expand::word(text, self.escape, self) else { return Base::default() };
        facts::base_with_unknown_tag(&expansion.prefix)
    }
}
