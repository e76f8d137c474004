//! Which packages of a language the image gets: those that commands name, and those of lists that the build context
//! shows.

use super::effects::{Logged, Target};
use super::shown::{Moment, ShownFile};
use super::{Build, Copied, Origin, RunCommand, Stage, Step, limits};
use crate::facts::{self, Command, CommandEffect, ListFormat};
use crate::lists::{self, List};
use crate::path::{clean, last, under};
use crate::source::Span;
use std::collections::BTreeSet;

/// The packages that commands of the final image, and of stages that it takes files from, install.
#[derive(Clone, Debug, Default)]
pub struct Dependencies {
    /// Those whose names are known.
    pub packages: Vec<Dependency>,
    /// Languages of which there may be others: a list was not read, or takes in more than it names.
    pub open: BTreeSet<&'static str>,
}

/// A package that is installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// Its language, as an interpreter's row in the facts has it.
    pub language: &'static str,
    /// Its name.
    pub name: String,
    /// Its version, if it is exactly one.
    pub version: Option<String>,
    /// The list that names it, by its path in the build context; `None` if the command itself does.
    pub list: Option<String>,
    /// The word of the Dockerfile that names it, or its list.
    pub span: Span,
    /// The index of the stage.
    pub stage: usize,
}

impl Dependency {
    /// Whether a list of this name names it.
    pub fn is_of(&self, list: &str) -> bool {
        self.list.as_deref().is_some_and(|path| last(path) == list)
    }
}

impl Dependencies {
    /// Whether a package is a client, may hold one, or is for functions only.
    pub fn may_hold_client(&self) -> bool {
        self.packages.iter().any(|package| facts::may_hold_client(&package.name))
    }

    /// Whether a package of a language is a web framework or a server.
    pub fn has_framework(&self, language: &str) -> bool {
        let frameworks = &facts::programs().frameworks;
        let is = |name: &str| frameworks.iter().any(|framework| framework.eq_ignore_ascii_case(name));
        self.packages.iter().any(|package| package.language == language && is(&package.name))
    }

    /// Whether all packages of a language are known.
    pub fn knows(&self, language: &str) -> bool {
        !self.open.contains(language)
    }
}

impl<'a> Build<'a> {
    /// The packages that the image gets, worked out once.
    pub fn dependencies(&self) -> &Dependencies {
        self.dependencies.get_or_init(|| {
            let mut finder = Finder { build: self, found: Dependencies::default(), lists: limits::LISTS, taken: None };
            let feeding = self.reachable_stages();
            let copies: Vec<Copied<'_, 'a>> = feeding.iter().flat_map(|stage| self.copies_of(stage)).collect();
            for stage in &feeding {
                finder.taken = taken(stage, &copies);
                let called = self.logs().get(stage.index).map(|log| log.called.as_slice()).unwrap_or_default();
                for ran in stage.ran().iter().chain(called) {
                    if let Some(step) = stage.steps.get(ran.step) {
                        finder.command(stage, step, ran);
                    }
                }
            }
            finder.found
        })
    }
}

struct Finder<'b, 'a> {
    build: &'b Build<'a>,
    found: Dependencies,
    /// How many lists may still be looked for.
    lists: usize,
    /// The paths that are copied from the stage at hand; `None` if it makes the final image itself.
    taken: Option<Vec<Option<String>>>,
}

/// The paths that other stages copy from one; `None` if it makes the final image itself.
fn taken(stage: &Stage<'_>, copies: &[Copied<'_, '_>]) -> Option<Vec<Option<String>>> {
    let from = copies.iter().filter(|copied| matches!(copied.origin, Origin::Stage(from) if from.index == stage.index));
    let sources = from.flat_map(|copied| &copied.sources).map(|(source, _)| source.as_deref().map(clean));
    (!stage.is_final).then(|| sources.collect())
}

/// A list that a command reads.
struct Asked<'b, 'a> {
    stage: &'b Stage<'a>,
    step: &'b Step<'a>,
    ran: &'b RunCommand,
    language: &'static str,
    span: Span,
    /// Whether what it installs may be in the final image.
    reaches: bool,
}

impl<'b, 'a> Finder<'b, 'a> {
    fn command(&mut self, stage: &'b Stage<'a>, step: &'b Step<'a>, ran: &'b RunCommand) {
        let Some(row) = ran.reading.row else { return };
        let general = facts::commands(&ran.program).find(|row| row.verb.is_empty() && row.flag.is_empty());
        let Some(language) = language_of(row) else { return };
        let asked = Asked { stage, step, ran, language, span: ran.span, reaches: self.reaches(ran, row) };
        let named = ran.install().map(|install| install.packages).unwrap_or_default();
        let packages = named.iter().map(|package| Dependency {
            language,
            name: package.name.clone(),
            version: package.version.clone(),
            list: None,
            span: package.span,
            stage: stage.index,
        });
        self.found.packages.extend(packages);
        let list_flags = general.into_iter().chain([row]).flat_map(|row| &row.lists);
        let values = flag_values(ran, &list_flags.copied().collect::<Vec<_>>());
        let installs = matches!(row.effect(), CommandEffect::Packages) && !row.remove;
        let operands: Vec<_> = if row.install { ran.own_operands().collect() } else { Vec::new() };
        for value in &values {
            self.list(&asked, value.as_deref());
        }
        if row.listed {
            operands.iter().for_each(|arg| self.list(&asked, arg.text.as_deref()));
        } else if named.len() < operands.len() {
            // Code of the user's own, or a package that was built before.
            self.open(&asked);
        }
        let editable = general.into_iter().chain([row]).flat_map(|row| &row.editable).copied().collect::<Vec<_>>();
        if installs && !flag_values(ran, &editable).is_empty() {
            self.open(&asked);
        }
        let global = row.global.iter().any(|flag| ran.raws().any(|text| text == *flag));
        if !row.reads.is_empty() && !global {
            self.own_lists(&asked, row, !operands.is_empty());
        }
    }

    /// The lists that a tool reads in its folder.
    fn own_lists(&mut self, asked: &Asked<'b, 'a>, row: &Command, optional: bool) {
        let mut folder = String::from(".");
        for value in flag_values(asked.ran, &row.from) {
            let Some(value) = value else { return self.open(asked) };
            if facts::list_kind(&value).is_some() {
                return self.list(asked, Some(&value));
            }
            folder = value;
        }
        let operands = || asked.ran.own_operands().filter_map(|arg| arg.text.as_deref());
        if let Some(ending) = row.reads.first().and_then(|name| name.strip_prefix('*')) {
            let given = operands().find(|text| text.ends_with(ending)).map(str::to_owned);
            return self.list(asked, given.as_deref());
        }
        let below = |name: &&str| format!("{folder}/{name}");
        let known = |names: &[&str]| names.iter().filter(|name| facts::list_kind(name).is_some()).map(below).collect();
        let (reads, locks): (Vec<String>, Vec<String>) = (known(&row.reads), known(&row.locks));
        let read = reads.iter().filter(|path| self.read(asked, path, 0).is_some()).count();
        for lock in &locks {
            self.read(asked, lock, 0);
        }
        if read == 0 && !optional {
            self.open(asked);
        }
    }

    fn open(&mut self, asked: &Asked<'b, 'a>) {
        if asked.reaches {
            self.found.open.insert(asked.language);
        }
    }

    /// Whether packages that a command installs are among what is copied from its stage.
    fn reaches(&self, ran: &RunCommand, row: &Command) -> bool {
        let Some(taken) = &self.taken else { return true };
        let into = ran.values_of(&row.into).next();
        let place = match &into {
            Some(Target::At(folder)) => Some(folder.clone()),
            Some(_) => None,
            // Below the working directory, or among the system's own.
            None => ran.folder.as_ref().map(|folder| clean(&format!("{folder}/packages"))),
        };
        taken.iter().any(|source| match (source, &place) {
            (Some(source), Some(place)) => {
                let packages = facts::holds_packages(&format!("{source}/"));
                packages || under(place, source) || under("/usr/local/lib", source)
            }
            _ => true,
        })
    }

    /// A list that has to be there.
    fn list(&mut self, asked: &Asked<'b, 'a>, path: Option<&str>) {
        if path.and_then(|path| self.read(asked, path, 0)).is_none() {
            self.open(asked);
        }
    }

    /// Reads a list, and those that it takes in.
    fn read(&mut self, asked: &Asked<'b, 'a>, written: &str, depth: usize) -> Option<()> {
        self.lists = self.lists.checked_sub(1)?;
        let path = match written.strip_prefix('/') {
            Some(_) => clean(written),
            None => clean(&format!("{}/{written}", asked.ran.folder.as_deref()?)),
        };
        let logs = self.build.logs();
        let log = &logs.get(asked.stage.index)?.entries;
        // What the same RUN writes before counts, what it removes after does not.
        let before = |logged: &&Logged| {
            logged.step < asked.ran.step || logged.step == asked.ran.step && logged.span.start < asked.ran.span.start
        };
        let upto = log.iter().take_while(before).count();
        let moment = Moment { logs, stage: asked.stage, log: log.get(..upto)? };
        let shown = self.build.shown_to(moment, asked.step, &path).filter(|shown| !shown.changed)?;
        let from = if let ShownFile::Context(file) = &shown.file { file.clone() } else { path.clone() };
        let text = self.build.text_of(&shown)?;
        let format = facts::list_kind(&path).map_or(ListFormat::Requirements, |kind| kind.format);
        let List { packages, open, includes } = lists::read(format, &text)?;
        let left = limits::PACKAGES.saturating_sub(self.found.packages.len());
        if open || packages.len() > left {
            self.open(asked);
        }
        self.found.packages.extend(packages.into_iter().take(left).map(|listed| Dependency {
            language: asked.language,
            name: listed.name,
            version: listed.version,
            list: Some(from.clone()),
            span: asked.span,
            stage: asked.stage.index,
        }));
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
        for include in includes {
            let absolute = if include.starts_with('/') { include } else { format!("{folder}/{include}") };
            if depth >= limits::LIST_DEPTH || self.read(asked, &absolute, depth + 1).is_none() {
                self.open(asked);
            }
        }
        Some(())
    }
}

/// The language of the packages that a row is about.
fn language_of(row: &'static Command) -> Option<&'static str> {
    match row.manager {
        Some("pip" | "conda") => Some("python"),
        Some("npm") => Some("node"),
        Some("gem") => Some("ruby"),
        _ => {
            let mut kinds = row.reads.iter().filter_map(|name| facts::list_kind(name));
            kinds.next().map(|kind| kind.language)
        }
    }
}

/// The values of some flags, given after them, with `=`, or, of a single letter, right after it.
fn flag_values(ran: &RunCommand, flags: &[&str]) -> Vec<Option<String>> {
    let mut values = Vec::new();
    for (at, arg) in ran.args.iter().enumerate() {
        let raw = arg.text.as_deref().unwrap_or(&arg.raw);
        for flag in flags {
            let Some(rest) = raw.strip_prefix(flag) else { continue };
            if rest.is_empty() {
                values.push(ran.args.get(at + 1).and_then(|next| next.text.clone()));
            } else if let Some(value) = rest.strip_prefix('=').or_else(|| Some(rest).filter(|_| flag.len() == 2)) {
                values.push(Some(value.to_owned()).filter(|_| arg.text.is_some()));
            }
        }
    }
    values
}
