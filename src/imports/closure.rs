//! From the handler's module to every module of the function that is certainly loaded with it.

use super::Module;
use super::fault::{Closure, Fault, Hint, Problem, Start};
use super::finder::{Finder, Found, Search, Tree};
use super::names;
use crate::facts;
use crate::python::{Import, Runs, Summary};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Maximum number of files followed.
const MAX_FILES: usize = 20_000;

/// A module that is loaded.
#[derive(Clone)]
pub(super) struct Loaded<'a> {
    name: String,
    pub(super) package: bool,
    pub(super) file: String,
    pub(super) summary: Cow<'a, Summary>,
}

enum Lookup {
    Found(Found),
    /// Part of Python, or provided in another way.
    Provided,
    /// The first part that is missing, and what was found above it.
    Missing(String, Option<Found>),
    Foreign(String, String),
}

pub(super) struct Walk<'a> {
    pub(super) finder: Finder<'a>,
    closure: Closure,
    /// Files that were reached, from any package.
    seen: BTreeSet<String>,
    queue: VecDeque<Loaded<'a>>,
    /// Modules of which only doubts are asked.
    doubted: VecDeque<Loaded<'a>>,
    known: BTreeMap<String, Option<Loaded<'a>>>,
}

impl Closure {
    /// Follows the imports of a handler.
    pub fn of(tree: &dyn Tree, search: &Search, start: &Start) -> Self {
        let finder = Finder::new(tree, search);
        let closure = Self { open: search.open.clone(), ..Self::default() };
        let (seen, known) = (BTreeSet::new(), BTreeMap::new());
        let mut walk = Walk { finder, closure, seen, queue: VecDeque::new(), doubted: VecDeque::new(), known };
        walk.run(start);
        let mut closure = walk.closure;
        if closure.open.is_some() {
            closure.faults.retain(|fault| matches!(fault.problem, Problem::Name { .. } | Problem::Relative { .. }));
        }
        closure
    }
}

impl<'a> Walk<'a> {
    fn run(&mut self, start: &Start) {
        let top = start.module.split('.').next().unwrap_or_default();
        if top.is_empty() || self.finder.is_provided(top) {
            return;
        }
        let Lookup::Found(found) = self.load(&start.module) else { return };
        let Some((file, _)) = found.file() else { return };
        let file = file.to_owned();
        self.closure.file = Some(file.clone());
        while let Some(loaded) = self.queue.pop_front() {
            let own = loaded.file == file;
            for import in &loaded.summary.imports {
                match import.runs {
                    Runs::Always => self.follow(&loaded, import),
                    Runs::WhenCalled if own && import.function() == start.function => self.follow(&loaded, import),
                    Runs::WhenCalled | Runs::Perhaps => {}
                }
            }
        }
        self.ask_doubted();
        if let Some(Some(loaded)) = self.known.get(&file).cloned()
            && self.binds(&loaded, &start.function, 0) == Some(false)
        {
            self.closure.no_function = Some((start.function.clone(), names::near(&start.function, &loaded.summary)));
        }
    }

    /// Follows imports that may run, or run in a function, only to find out whether a module changes the search path.
    fn ask_doubted(&mut self) {
        let mut asked: BTreeSet<String> = self.closure.files.iter().cloned().collect();
        let all: Vec<Loaded<'a>> = self.known.values().flatten().cloned().collect();
        self.doubted.extend(all.into_iter().filter(|loaded| asked.contains(&loaded.file)));
        while let Some(loaded) = self.doubted.pop_front().filter(|_| self.closure.open.is_none()) {
            for import in &loaded.summary.imports {
                if asked.len() > MAX_FILES {
                    self.open("more files than are followed");
                }
                let Some(module) = absolute(&loaded, import) else { continue };
                let dots = module.match_indices('.').map(|(at, _)| module[..at].to_owned());
                let mut parts: Vec<String> = dots.chain([module.clone()]).collect();
                parts.extend(import.names().filter(|name| *name != "*").map(|name| format!("{module}.{name}")));
                for part in parts {
                    let Some(other) = self.own(&part) else { continue };
                    if asked.insert(other.file.clone()) {
                        self.doubt(&other);
                        self.doubted.push_back(other);
                    }
                }
            }
        }
        let own = self.finder.tree.own_files(&self.finder.search.folders).filter(|_| self.closure.open.is_none());
        self.closure.unreached = own.map(|own| own.into_iter().filter(|file| !asked.contains(file)).collect());
    }

    /// The function's own module of that name, without loading it.
    pub(super) fn own(&mut self, module: &str) -> Option<Loaded<'a>> {
        let mut found: Option<Found> = None;
        let top = module.split('.').next()?;
        if self.finder.is_provided(top) {
            return None;
        }
        for part in module.split('.') {
            found = Some(match &found {
                None => self.finder.top(part)?,
                Some(above) => {
                    let inside = above.inside();
                    self.finder.find(part, inside.iter().map(|(folder, entry)| (folder.as_str(), entry.as_str())))?
                }
            });
        }
        self.read(module, &found?)
    }

    fn open(&mut self, why: &str) {
        self.closure.open.get_or_insert_with(|| why.to_owned());
    }

    /// Takes note of what a module may do to the search path.
    fn doubt(&mut self, loaded: &Loaded<'a>) {
        if loaded.summary.doubts.path {
            self.open(&format!("{} changes where modules are looked for", loaded.file));
        }
    }

    /// Reads a module's file, once.
    pub(super) fn read(&mut self, name: &str, found: &Found) -> Option<Loaded<'a>> {
        let (file, entry) = found.file()?;
        if let Some(known) = self.known.get(file) {
            return known.clone();
        }
        let package = matches!(found, Found::Package { .. });
        let summary = if file.ends_with(".py") {
            self.finder.tree.module(entry, file)
        } else if matches!(self.finder.tree.module(entry, file), Module::Installed) {
            Module::Installed
        } else {
            Module::Unread
        };
        let loaded = |summary| Loaded { name: name.to_owned(), package, file: file.to_owned(), summary };
        let loaded = match summary {
            Module::Own(summary) => Some(loaded(summary)),
            Module::Unread => Some(loaded(Cow::Owned(Summary::unread()))),
            Module::Installed => None,
        };
        self.known.insert(file.to_owned(), loaded.clone());
        loaded
    }

    /// Takes note that a module is loaded.
    pub(super) fn visit(&mut self, name: &str, found: &Found) {
        let Some((file, _)) = found.file() else { return };
        if !self.seen.insert(file.to_owned()) {
            return;
        }
        if self.seen.len() > MAX_FILES {
            self.open("more files than are followed");
            return;
        }
        if let Some(loaded) = self.read(name, found) {
            self.doubt(&loaded);
            self.closure.files.push(loaded.file.clone());
            self.queue.push_back(loaded);
        } else if let Some(top) = name.split('.').next() {
            self.closure.packages.insert(top.to_owned());
        }
    }

    /// Loads a module and the packages above it.
    fn load(&mut self, module: &str) -> Lookup {
        let mut found: Option<Found> = None;
        let mut name = String::new();
        for part in module.split('.') {
            let first = name.is_empty();
            if first && self.finder.is_provided(part) {
                return Lookup::Provided;
            }
            name = if first { part.to_owned() } else { format!("{name}.{part}") };
            let next = match &found {
                None => self.finder.top(part),
                Some(above) => {
                    let inside = above.inside();
                    self.finder.find(part, inside.iter().map(|(folder, entry)| (folder.as_str(), entry.as_str())))
                }
            };
            match next {
                None => return Lookup::Missing(name, found),
                Some(Found::Foreign(file)) => return Lookup::Foreign(name, file),
                Some(next) => {
                    self.visit(&name, &next);
                    found = Some(next);
                }
            }
        }
        found.map_or(Lookup::Provided, Lookup::Found)
    }

    pub(super) fn fault(&mut self, loaded: &Loaded<'a>, import: &Import, problem: Problem) {
        let when_called = import.runs == Runs::WhenCalled;
        let (file, written) = (loaded.file.clone(), import.written());
        self.closure.faults.push(Fault { problem, file, line: import.line, written, when_called });
    }

    fn follow(&mut self, loaded: &Loaded<'a>, import: &Import) {
        let Some(module) = absolute(loaded, import) else {
            self.fault(loaded, import, Problem::Relative { loaded_as: loaded.name.clone() });
            return;
        };
        if facts::changes_search_path(module.split('.').next().unwrap_or_default()) {
            self.open(&format!("{} imports {module}, which changes where modules are looked for", loaded.file));
        }
        match self.load(&module) {
            Lookup::Provided => {}
            Lookup::Foreign(module, file) => {
                self.fault(loaded, import, Problem::Foreign { module, file });
            }
            Lookup::Missing(missing, above) => self.missing(loaded, import, missing, above.as_ref()),
            Lookup::Found(found) => self.names(loaded, import, &module, &found),
        }
    }

    fn missing(&mut self, loaded: &Loaded<'a>, import: &Import, module: String, above: Option<&Found>) {
        if let Some(above) = above {
            // A package that was installed may have modules that no file shows.
            let Some((parent, _)) = module.rsplit_once('.') else { return };
            if above.file().is_some() {
                let Some(parent) = self.read(parent, above) else { return };
                let doubts = parent.summary.doubts;
                if doubts.unread || doubts.path || doubts.names {
                    return;
                }
            }
        }
        let last = module.rsplit('.').next().unwrap_or_default().to_owned();
        let folders = above.map_or_else(
            || self.finder.search.folders.iter().map(|folder| (folder.clone(), folder.clone())).collect(),
            Found::inside,
        );
        let hint = self.finder.other_case(&last, &folders).map_or(Hint::None, Hint::OtherCase);
        self.fault(loaded, import, Problem::Missing { module, hint });
    }
}

/// The absolute name of the module that an import asks for; `None` where a relative one has no package to start from.
pub(super) fn absolute(loaded: &Loaded<'_>, import: &Import) -> Option<String> {
    if import.level == 0 {
        return Some(import.module().to_owned());
    }
    let mut parts: Vec<&str> = loaded.name.split('.').collect();
    if !loaded.package {
        parts.pop();
    }
    let up = usize::from(import.level) - 1;
    if parts.len() <= up {
        return None;
    }
    parts.truncate(parts.len() - up);
    parts.extend(Some(import.module()).filter(|module| !module.is_empty()));
    Some(parts.join("."))
}
