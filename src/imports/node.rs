//! From a Node handler's module to every module of the function that is certainly loaded with it.

use super::resolve::{Resolved, Resolver};
use super::{Closure, Fault, Hint, Problem, Stands, Start};
use crate::node::{Import, Kind, Package, Summary, summarise};
use crate::suggest;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

/// Maximum number of modules followed.
const MAX_FILES: usize = 5_000;
/// Maximum length of all modules that are parsed together, in bytes: more takes seconds.
const MAX_BYTES: usize = 4 * 1024 * 1024;
/// How many modules deep a passed-on export is looked for.
const MAX_PASSED_ON: usize = 8;

/// What is known of the `package.json` of a folder.
#[derive(Clone, Copy, Debug)]
pub enum PackageAt<'a> {
    /// There is none.
    None,
    /// There is one, and it was not read.
    Unread,
    /// It was read.
    Read(&'a Package),
}

/// A module's text.
#[derive(Clone, Debug)]
pub enum Source<'a> {
    /// All of it.
    Text(Cow<'a, [u8]>),
    /// It was not read.
    Unread,
}

/// Files that can be looked at.
pub trait NodeTree {
    /// What stands at an absolute path, links followed.
    fn stands(&self, path: &str) -> Stands;
    /// A path with all links followed.
    fn real(&self, path: &str) -> String;
    /// The names in a folder, in order.
    fn names(&self, folder: &str) -> Vec<String>;
    /// The description in a folder.
    fn package(&self, folder: &str) -> PackageAt<'_>;
    /// The text of a module.
    fn source(&self, path: &str) -> Source<'_>;
}

/// Where the Node that starts looks for packages besides the folders above a module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeSearch {
    /// The folders of `NODE_PATH`.
    pub folders: Vec<String>,
    /// Conditions for `exports` that the command line adds.
    pub conditions: Vec<String>,
    /// Why modules may come from elsewhere too.
    pub open: Option<String>,
}

struct Walk<'a> {
    resolver: Resolver<'a>,
    closure: Closure,
    summaries: BTreeMap<String, Rc<Summary>>,
    /// Bytes that may still be parsed.
    left: usize,
}

impl Closure {
    /// Follows what a Node handler's file loads; `start.module` is the file's path.
    pub fn of_node(tree: &dyn NodeTree, search: &NodeSearch, start: &Start) -> Self {
        let closure = Self { open: search.open.clone(), ..Self::default() };
        let mut walk =
            Walk { resolver: Resolver { tree, search }, closure, summaries: BTreeMap::new(), left: MAX_BYTES };
        walk.run(start);
        let mut closure = walk.closure;
        if closure.open.is_some() {
            closure.faults.retain(|fault| matches!(fault.problem, Problem::Name { .. }));
        }
        closure
    }
}

/// Whether a file belongs to a package that was installed, or to the runtime.
fn is_installed(path: &str) -> bool {
    path.contains("/node_modules/") || path.starts_with("/var/runtime/") || path.starts_with("/opt/nodejs/")
}

fn is_code(path: &str) -> bool {
    [".js", ".mjs", ".cjs"].iter().any(|ending| path.ends_with(ending))
}

impl Walk<'_> {
    fn run(&mut self, start: &Start) {
        let file = self.resolver.tree.real(&start.module);
        if !is_code(&file) || is_installed(&file) {
            return;
        }
        self.closure.file = Some(file.clone());
        let mut seen = BTreeSet::from([file.clone()]);
        let mut queue = VecDeque::from([file.clone()]);
        while let Some(path) = queue.pop_front() {
            self.closure.files.push(path.clone());
            let summary = self.summary(&path);
            if summary.changes_path {
                self.closure.open.get_or_insert_with(|| format!("{path} changes where modules are looked for"));
            }
            if seen.len() > MAX_FILES {
                self.closure.open.get_or_insert_with(|| "more modules than are followed".to_owned());
                return;
            }
            // `require` in an ES module is a function that the module has made itself.
            let is_module = self.is_module(&path, &summary);
            for import in summary.imports.iter().filter(|import| import.kind == Kind::Import || !is_module) {
                let next = self.follow(&path, import);
                if next.as_ref().is_some_and(|next| is_installed(next)) {
                    self.closure.packages.insert(import.package().to_owned());
                }
                if let Some(next) = next
                    && is_code(&next)
                    && !is_installed(&next)
                    && seen.insert(next.clone())
                {
                    queue.push_back(next);
                }
            }
        }
        if self.exports(&file, &start.function, 0) == Some(false) {
            let summary = self.summary(&file);
            let names = || summary.exports.iter().map(String::as_str);
            let usual = ["handler", "lambdaHandler", "lambda_handler", "main", "default"];
            let usual = || usual.into_iter().find(|usual| summary.exports.contains(*usual));
            let near = suggest::nearest(&start.function, names()).or_else(usual).map(str::to_owned);
            self.closure.no_function = Some((start.function.clone(), near));
        }
    }

    fn summary(&mut self, path: &str) -> Rc<Summary> {
        if let Some(known) = self.summaries.get(path) {
            return Rc::clone(known);
        }
        let summary = match self.resolver.tree.source(path) {
            Source::Text(text) if text.len() <= self.left => {
                self.left -= text.len();
                summarise(&text)
            }
            _ => Summary::unread(),
        };
        let summary = Rc::new(summary);
        self.summaries.insert(path.to_owned(), Rc::clone(&summary));
        summary
    }

    /// Whether a file is loaded as an ES module.
    fn is_module(&self, path: &str, summary: &Summary) -> bool {
        if path.ends_with(".mjs") || path.ends_with(".cjs") {
            return path.ends_with(".mjs");
        }
        summary.is_module
            || matches!(self.resolver.scope(path), Some((_, PackageAt::Read(package))) if package.is_module)
    }

    /// The file that an import leads to; what is wrong with it is noted.
    fn follow(&mut self, from: &str, import: &Import) -> Option<String> {
        let specifier = import.specifier.clone();
        let missing = |hint| Problem::Missing { module: specifier.clone(), hint };
        let problem = match self.resolver.resolve(&import.specifier, from, import.kind) {
            Resolved::File(file) => {
                self.names(from, import, &file);
                return Some(file);
            }
            Resolved::Unseen => return None,
            Resolved::NoFile(Some(near)) => missing(Hint::Ending(near)),
            Resolved::NoFile(None) => {
                missing(self.other_case(from, &import.specifier).map_or(Hint::None, Hint::OtherCase))
            }
            Resolved::NoPackage(name) => Problem::Missing { module: name, hint: Hint::None },
            Resolved::NotInPackage(why) => missing(Hint::Because(why)),
        };
        self.fault(from, import, problem);
        None
    }

    fn fault(&mut self, file: &str, import: &Import, problem: Problem) {
        let (file, written) = (file.to_owned(), import.written());
        self.closure.faults.push(Fault { problem, file, line: import.line, written, when_called: false });
    }

    /// The file that is meant, in another letter case.
    fn other_case(&self, from: &str, specifier: &str) -> Option<String> {
        let folder = from.rsplit_once('/')?.0;
        let path = crate::path::clean(&format!("{folder}/{specifier}"));
        let (folder, name) = path.rsplit_once('/')?;
        let same = |file: &String| {
            let stem = [".js", ".mjs", ".cjs", ".json"].iter().find_map(|ending| file.strip_suffix(ending));
            file.eq_ignore_ascii_case(name) || stem.is_some_and(|stem| stem.eq_ignore_ascii_case(name))
        };
        let file = self.resolver.tree.names(folder).into_iter().find(same)?;
        Some(format!("{folder}/{file}"))
    }

    /// The names that an `import` takes from an ES module of the function.
    fn names(&mut self, from: &str, import: &Import, file: &str) {
        if import.kind != Kind::Import || is_installed(file) || !(file.ends_with(".js") || file.ends_with(".mjs")) {
            return;
        }
        for name in import.names.iter().filter(|name| *name != "*") {
            let summary = self.summary(file);
            // The names of a CommonJS module are found by another reader, which is not followed.
            if self.is_module(file, &summary) && self.exports(file, name, 0) == Some(false) {
                let near = suggest::nearest(name, summary.exports.iter().map(String::as_str)).map(str::to_owned);
                let problem = Problem::Name { name: name.clone(), module: file.to_owned(), near };
                self.fault(from, import, problem);
            }
        }
    }

    /// Whether a module exports a name; `None` where that cannot be told.
    fn exports(&mut self, file: &str, name: &str, depth: usize) -> Option<bool> {
        let summary = self.summary(file);
        if summary.exports.contains(name) {
            return Some(true);
        }
        if summary.unread || summary.hides_exports || depth > MAX_PASSED_ON {
            return None;
        }
        let is_module = self.is_module(file, &summary);
        if name == "default" && !is_module {
            return Some(true);
        }
        let kind = if is_module { Kind::Import } else { Kind::Require };
        let mut unknown = false;
        for source in &summary.passes_on {
            match self.resolver.resolve(source, file, kind) {
                Resolved::File(next) if is_code(&next) && !is_installed(&next) => {
                    match self.exports(&next, name, depth + 1) {
                        Some(true) => return Some(true),
                        Some(false) => {}
                        None => unknown = true,
                    }
                }
                _ => unknown = true,
            }
        }
        (!unknown).then_some(false)
    }
}
