//! What a command of a RUN does to files, by its row in `rules/facts`.

use super::effects::{Effect, NewMode, Packages, Target};
use super::mode::Others;
use super::run_command::{CommandArg, RunCommand};
use super::{Build, Step};
use crate::command::Handed;
use crate::facts::{self, Command, CommandEffect, CommandKind};
use crate::path::{file_name, last};

/// What stands around a command.
pub(super) struct Around<'b, 'a> {
    pub(super) build: &'b Build<'a>,
    pub(super) step: &'b Step<'a>,
    /// The commands of the step after it.
    pub(super) rest: &'b [RunCommand],
}

impl Around<'_, '_> {
    /// What a command does to files, apart from where its output goes.
    pub(super) fn effects(&self, ran: &RunCommand) -> Vec<Effect> {
        let anything = || vec![Effect::Anything(None)];
        let Some(row) = ran.reading.row else { return if ran.is_unknown() { anything() } else { Vec::new() } };
        let has = |text: &str| ran.args.iter().any(|arg| arg.raw.contains(text));
        if row.writes.iter().any(|text| has(text)) {
            return anything();
        }
        match (row.kind, ran.reading.handed) {
            (CommandKind::Shell, handed) => self.shell(ran, row, handed),
            (_, Handed::Inline(_) | Handed::File(_) | Handed::Module(_) | Handed::Input) => anything(),
            (CommandKind::Interpreter, Handed::Nothing) => Vec::new(),
            (CommandKind::Wrapper | CommandKind::Launcher, Handed::Command(at)) => self.nested(ran, row, at),
            (CommandKind::Wrapper, Handed::Nothing) => Vec::new(),
            (CommandKind::Wrapper | CommandKind::Launcher, _) => vec![near(row, ran)],
            _ => {
                let mut effects = of_tool(ran, row);
                // Told to install into the system, a project's tool puts the project's own code there, too.
                if row.own && row.manager != Some("npm") && self.build.installs_into_system() {
                    effects.iter_mut().for_each(|effect| {
                        if let Effect::Packages(packages) = effect {
                            packages.own = true;
                        }
                    });
                }
                effects
            }
        }
    }

    /// A script that a shell is given as text is among the commands of the step; one in a file is not seen.
    fn shell(&self, ran: &RunCommand, row: &Command, handed: Handed) -> Vec<Effect> {
        let seen = match handed {
            Handed::Script(at) => {
                let text = at.checked_sub(1).and_then(|at| ran.args.get(at));
                let inside = |inner: &&RunCommand| {
                    text.is_some_and(|arg| {
                        inner.quoted && arg.span.start <= inner.span.start && inner.span.end <= arg.span.end
                    })
                };
                // In exec form, the script follows with its own spans.
                self.rest.iter().any(|inner| inside(&inner))
                    || text.is_some_and(|arg| arg.raw.trim_matches(['"', '\'', ' ']).is_empty())
            }
            Handed::Input => {
                self.step.instruction.heredocs.iter().any(|_| self.rest.iter().any(|inner| inner.script > 0))
            }
            // `. venv/bin/activate` sets variables; any other file may do anything.
            Handed::File(at) if row.sources => {
                let file = at.checked_sub(1).and_then(|at| ran.args.get(at)).and_then(|arg| arg.text.as_deref());
                file.is_some_and(facts::only_sets_variables)
            }
            _ => false,
        };
        if seen { Vec::new() } else { vec![Effect::Anything(None)] }
    }

    /// A command that another one executes with its own operands: `xargs`, `find -exec`, `npx`.
    fn nested(&self, ran: &RunCommand, row: &Command, at: usize) -> Vec<Effect> {
        let Some(inner) = at.checked_sub(1).and_then(|at| ran.behind(at)) else { return vec![Effect::Anything(None)] };
        let effects = match inner.reading.row {
            Some(_) => Around { rest: &[], ..*self }.effects(&inner),
            None => vec![near(row, ran)],
        };
        if !row.open {
            return effects;
        }
        // The operands come from a pipe or a search: what is done to them is done to something unknown.
        let roots: Vec<Target> = if row.after.is_empty() {
            vec![Target::Unknown]
        } else {
            let own = ran.args.iter().take_while(|arg| !arg.raw.starts_with('-'));
            own.map(|arg| Target::of(arg, ran.folder.as_deref())).collect()
        };
        let open = |effect: Effect| -> Vec<Effect> {
            let each = |make: &dyn Fn(Target) -> Effect| roots.iter().cloned().map(make).collect();
            match effect {
                Effect::Mode { .. } => each(&|at| Effect::Mode { at, others: None, recursive: true, span: ran.span }),
                Effect::File(at, mode) => {
                    [vec![Effect::File(at, mode)], each(&|at| Effect::Fill(at, NewMode::Unsaid))].concat()
                }
                other => vec![other],
            }
        };
        let idle = effects.is_empty();
        let mut all: Vec<Effect> = effects.into_iter().flat_map(open).collect();
        // `xargs chmod 644`: without operands of its own it says nothing of a file.
        if !idle || inner.reading.row.is_some_and(|row| row.effect() != CommandEffect::Nothing) {
            match inner.reading.row.map(Command::effect) {
                Some(CommandEffect::Mode) => {
                    all.extend(roots.iter().cloned().map(|at| Effect::Mode {
                        at,
                        others: None,
                        recursive: true,
                        span: ran.span,
                    }));
                }
                Some(CommandEffect::Nothing | CommandEffect::Own) => {}
                _ => all.extend(roots.iter().cloned().map(|at| Effect::Fill(at, NewMode::Unsaid))),
            }
        }
        all
    }
}

/// What a program may do that most likely works in the working directory.
fn near(row: &Command, ran: &RunCommand) -> Effect {
    Effect::Anything(ran.folder.clone().filter(|_| row.likely))
}

impl RunCommand {
    /// Whether nothing is known of the program, or it is named by a variable.
    fn is_unknown(&self) -> bool {
        self.reading.row.is_none()
    }

    fn target(&self, arg: &CommandArg) -> Target {
        Target::of(arg, self.folder.as_deref())
    }

    /// The values of some flags, given after them or with `=`.
    pub(super) fn values_of<'r>(&'r self, flags: &'r [&str]) -> impl Iterator<Item = Target> + 'r {
        let named = |text: &str| flags.contains(&text);
        self.args.iter().enumerate().filter_map(move |(at, arg)| {
            let raw = arg.text.as_deref().unwrap_or(&arg.raw);
            if named(raw) {
                return self.args.get(at + 1).map(|value| self.target(value));
            }
            let (flag, value) = raw.split_once('=')?;
            let known = arg.text.is_some();
            named(flag).then(|| if known { Target::at(value, self.folder.as_deref()) } else { Target::Unknown })
        })
    }
}

/// What a program does to files by its own row.
fn of_tool(ran: &RunCommand, row: &Command) -> Vec<Effect> {
    let folder = ran.folder.as_deref();
    let here = || folder.map_or(Target::Unknown, |folder| Target::At(folder.to_owned()));
    let each = |make: &dyn Fn(Target) -> Effect| -> Vec<Effect> {
        ran.own_operands().skip(row.skip).map(|arg| make(ran.target(arg))).collect()
    };
    let given = || {
        let mode = ran.args.iter().position(|arg| row.sets.iter().any(|flag| flag == &arg.raw));
        let value = mode.and_then(|at| ran.args.get(at + 1));
        match value.and_then(|value| value.text.as_deref()) {
            Some(text) => NewMode::Given(Others::parse(text), ran.span),
            None if row.sets.iter().any(|flag| ran.args.iter().any(|arg| arg.raw.starts_with(flag))) => {
                NewMode::Given(None, ran.span)
            }
            None => NewMode::Unsaid,
        }
    };
    match row.effect() {
        CommandEffect::Anything => vec![near(row, ran)],
        CommandEffect::Nothing | CommandEffect::Own => Vec::new(),
        CommandEffect::System => vec![system(ran, row)],
        CommandEffect::Packages => packages(ran, row),
        CommandEffect::Operands if row.open => each(&|at| Effect::Fill(at, NewMode::Unsaid)),
        CommandEffect::Operands => each(&|at| Effect::File(at, NewMode::Unsaid)),
        CommandEffect::Edits => {
            let scripted = row.scripted.iter().any(|flag| ran.raws().any(|text| text == *flag));
            let skip = if scripted { 0 } else { row.skip };
            ran.own_operands().skip(skip).map(|arg| Effect::Edit(ran.target(arg))).collect()
        }
        CommandEffect::Target => moved(ran, row, given()),
        CommandEffect::Unpacks if !ran.unpacks() => {
            ran.values_of(&["-f", "--file"]).map(|at| Effect::File(at, NewMode::Unsaid)).collect()
        }
        CommandEffect::Unpacks => {
            let into = ran.values_of(&row.into).next();
            vec![Effect::Fill(into.unwrap_or_else(here), NewMode::Unsaid)]
        }
        CommandEffect::Clones => {
            let mut operands = ran.own_operands();
            let (source, to) = (operands.next(), operands.next());
            let at = match (to, source.and_then(|arg| arg.text.as_deref())) {
                (Some(to), _) => ran.target(to),
                (None, Some(source)) => here().child(last(source).trim_end_matches(".git")),
                (None, None) => Target::Unknown,
            };
            vec![Effect::Fill(at, NewMode::Unsaid)]
        }
        CommandEffect::Output => fetched(ran, row, &here()),
        CommandEffect::Folders => {
            let others = match given() {
                NewMode::Given(others, _) => others,
                NewMode::Unsaid => None,
            };
            let folder = |arg: &CommandArg| Effect::Folder(ran.target(arg), others.map(|others| (others, arg.span)));
            let mut effects: Vec<Effect> = ran.own_operands().skip(row.skip).map(folder).collect();
            // `python -m venv`: the folder is not empty.
            if row.manager.is_none() && row.fills {
                effects.extend(each(&|at| Effect::Fill(at, NewMode::Unsaid)));
            }
            effects
        }
        CommandEffect::Remove if row.open => {
            let roots = ran.args.iter().take_while(|arg| !arg.raw.starts_with('-'));
            roots.flat_map(|arg| [Effect::Fill(ran.target(arg), NewMode::Unsaid)]).collect()
        }
        CommandEffect::Remove => each(&Effect::Remove),
        CommandEffect::Mode => modes(ran, row),
        CommandEffect::Here => {
            let mut effects: Vec<Effect> = ran
                .values_of(&row.output)
                .flat_map(|at| [Effect::File(at.clone(), NewMode::Unsaid), Effect::Fill(at, NewMode::Unsaid)])
                .collect();
            effects.push(if row.likely { near(row, ran) } else { Effect::Fill(here(), NewMode::Unsaid) });
            effects
        }
    }
}

/// `cp`, `mv`, `install`, `ln`: where the operands go.
fn moved(ran: &RunCommand, row: &Command, mode: NewMode) -> Vec<Effect> {
    let operands: Vec<&CommandArg> = ran.own_operands().collect();
    let into = ran.values_of(&row.into).next();
    let (sources, to, folder) = match (into, operands.split_last()) {
        (Some(into), _) => (operands.as_slice(), into, true),
        (None, Some((to, sources))) => {
            let text = to.text.as_deref().unwrap_or(&to.raw);
            let folder = sources.len() > 1 || text.ends_with('/') || matches!(text, "." | ".." | "./");
            (sources, ran.target(to), folder)
        }
        (None, None) => return Vec::new(),
    };
    let recursive =
        ran.flagged('r', &["recursive", "archive"]) || ran.flagged('R', &[]) || ran.flagged('a', &[]) || row.open;
    let mut effects = Vec::new();
    for source in sources {
        let name = last(source.text.as_deref().unwrap_or(&source.raw)).to_owned();
        let wild = name.contains(['*', '?', '[', '$', '{']) || name.is_empty();
        let moves = ran.program == "mv";
        if moves {
            effects.push(Effect::Remove(ran.target(source)));
        }
        if !folder && !wild {
            effects.push(Effect::File(to.clone(), mode));
        }
        // A folder that is there takes the source in; so does one that is copied with what is in it.
        let as_folder = folder || !file_name(source.text.as_deref().unwrap_or_default()).contains('.');
        if wild || recursive || moves && as_folder {
            effects.push(Effect::Fill(to.clone(), mode));
        } else {
            effects.push(Effect::File(to.child(&name), mode));
        }
    }
    effects
}

/// What a command fetches, or writes to a file that a flag names.
fn fetched(ran: &RunCommand, row: &Command, here: &Target) -> Vec<Effect> {
    let mut effects: Vec<Effect> = ran
        .values_of(&row.output)
        .flat_map(|at| {
            // A folder or a file: `wget -P`, `curl -o`.
            [Effect::File(at.clone(), NewMode::Unsaid), Effect::Fill(at, NewMode::Unsaid)]
        })
        .collect();
    let remote = row.remote.contains(&"") && effects.is_empty()
        || ran.args.iter().any(|arg| row.remote.iter().any(|flag| !flag.is_empty() && is_letter(&arg.raw, flag)));
    if remote {
        let name = |arg: &CommandArg| {
            let text = arg.text.as_deref()?;
            Some(last(text.split(['?', '#']).next()?).to_owned())
        };
        effects.extend(ran.own_operands().map(|arg| match name(arg) {
            Some(name) if !name.is_empty() => Effect::File(here.child(&name), NewMode::Unsaid),
            _ => Effect::Fill(here.clone(), NewMode::Unsaid),
        }));
    }
    effects
}

/// Whether an argument is a flag, or a cluster of letters that holds it: `-fsSLO`.
fn is_letter(raw: &str, flag: &str) -> bool {
    let letter = flag.strip_prefix('-').filter(|letter| letter.len() == 1);
    raw == flag || letter.is_some_and(|letter| raw.starts_with('-') && !raw.starts_with("--") && raw.contains(letter))
}

fn modes(ran: &RunCommand, row: &Command) -> Vec<Effect> {
    if row.open {
        return ran
            .own_operands()
            .map(|arg| Effect::Mode { at: ran.target(arg), others: None, recursive: true, span: arg.span })
            .collect();
    }
    let Some((others, recursive, operands)) = ran.chmod_parts() else {
        let at = Target::Unknown;
        return vec![Effect::Mode { at, others: None, recursive: true, span: ran.span }];
    };
    let one = |arg: &CommandArg| Effect::Mode { at: ran.target(arg), others: Some(others), recursive, span: arg.span };
    operands.into_iter().map(one).collect()
}

/// What a package manager of the distribution brings.
fn system(ran: &RunCommand, row: &Command) -> Effect {
    let names: Vec<String> = if row.install {
        ran.own_operands().map(|arg| arg.text.clone().unwrap_or_default()).collect()
    } else {
        Vec::new()
    };
    let odd = |name: &String| name.is_empty() || !facts::is_distribution_package(name);
    Effect::System { foreign: names.iter().any(odd), installs: row.install, names }
}

/// What a package manager of a language brings.
fn packages(ran: &RunCommand, row: &Command) -> Vec<Effect> {
    let general = facts::commands(&ran.program).find(|row| row.verb.is_empty() && row.flag.is_empty());
    let flags = |pick: fn(&Command) -> &Vec<&'static str>| general.map(pick).into_iter().chain([pick(row)]).flatten();
    let has = |flag: &&str| {
        ran.args.iter().any(|arg| {
            arg.raw == *flag
                || arg
                    .raw
                    .strip_prefix(*flag)
                    .is_some_and(|rest| rest.starts_with('=') || (flag.len() == 2 && !rest.is_empty()))
        })
    };
    let install = ran.install();
    let named = install
        .as_ref()
        .map(|install| install.packages.iter().map(|package| package.name.clone()).collect())
        .unwrap_or_default();
    let operands = if row.install { ran.own_operands().count() } else { 0 };
    let unnamed = install.is_some_and(|install| install.packages.len() < operands);
    let listed = flags(|row| &row.lists).any(has) || row.own || row.listed;
    let unscripted = row.unscripted.iter().any(has);
    let own = unnamed || flags(|row| &row.editable).any(has) || (row.own && row.manager == Some("npm") && !unscripted);
    vec![Effect::Packages(Packages {
        manager: row.manager.map_or_else(|| ran.program.clone(), str::to_owned),
        names: named,
        // `npm install` alone takes package.json.
        listed: listed || (row.manager == Some("npm") && row.install && operands == 0),
        own: own || (row.manager == Some("npm") && row.install && !unscripted && !row.global.iter().any(has)),
        into: ran.values_of(&row.into).next(),
        folder: ran.folder.clone(),
        global: row.global.iter().any(has),
    })]
}
