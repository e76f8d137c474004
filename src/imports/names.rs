//! Whether a module has the names that are imported from it.

use super::closure::{Loaded, Walk, absolute};
use super::fault::{Hint, Problem};
use super::finder::Found;
use crate::python::{Import, Summary};
use crate::suggest;

/// How many star imports deep a name is looked for.
const MAX_STARS: usize = 8;

impl<'a> Walk<'a> {
    /// The names that `from module import …` asks for: submodules, or what the module binds.
    pub(super) fn names(&mut self, loaded: &Loaded<'a>, import: &Import, module: &str, found: &Found) {
        for name in import.names().filter(|name| *name != "*") {
            let inside = found.inside();
            let folders = inside.iter().map(|(folder, entry)| (folder.as_str(), entry.as_str()));
            let submodule = self.finder.find(name, folders);
            let own = self.read(module, found);
            if let Some(submodule) = submodule {
                // What the package binds comes first, and is no submodule then.
                let bound = own.as_ref().is_some_and(|own| own.summary.binds(name));
                if !bound && !matches!(submodule, Found::Foreign(_)) {
                    self.visit(&format!("{module}.{name}"), &submodule);
                }
                continue;
            }
            match (found, own) {
                // It has no names but its submodules.
                (Found::Namespace(_), _) => {
                    let hint = self.finder.other_case(name, &inside).map_or(Hint::None, Hint::OtherCase);
                    let module = format!("{module}.{name}");
                    self.fault(loaded, import, Problem::Missing { module, hint });
                }
                (_, Some(own)) if own.file == loaded.file => {
                    if own.summary.takes_from_package(name) && self.binds_otherwise(&own, name, 0) == Some(false) {
                        let hint = self.finder.other_case(name, &inside).map_or(Hint::None, Hint::OtherCase);
                        let module = format!("{module}.{name}");
                        self.fault(loaded, import, Problem::Missing { module, hint });
                    }
                }
                (_, Some(own)) => {
                    if self.binds(&own, name, 0) == Some(false) {
                        let near = near(name, &own.summary);
                        let problem = Problem::Name { name: name.to_owned(), module: own.file.clone(), near };
                        self.fault(loaded, import, problem);
                    }
                }
                (_, None) => {}
            }
        }
    }

    /// Whether a module has an attribute; `None` where that cannot be told.
    pub(super) fn binds(&mut self, loaded: &Loaded<'a>, name: &str, depth: usize) -> Option<bool> {
        if loaded.summary.binds(name) { Some(true) } else { self.binds_otherwise(loaded, name, depth) }
    }

    /// Whether a module has an attribute that its own statements do not name.
    fn binds_otherwise(&mut self, loaded: &Loaded<'a>, name: &str, depth: usize) -> Option<bool> {
        let summary = &loaded.summary;
        if name.starts_with("__") && name.ends_with("__") {
            return Some(true);
        }
        if summary.doubts.unread || summary.doubts.names || summary.doubts.path || depth > MAX_STARS {
            return None;
        }
        if loaded.package {
            let folder = loaded.file.rsplit_once('/')?.0;
            // A submodule that anything else has loaded is an attribute of its package.
            if self.finder.find(name, std::iter::once((folder, folder))).is_some() {
                return Some(true);
            }
        }
        for import in summary.imports.iter().filter(|import| import.names().any(|name| name == "*")) {
            let module = absolute(loaded, import)?;
            let star = self.own(&module)?;
            match self.binds(&star, name, depth + 1) {
                Some(false) => {}
                bound => return bound,
            }
        }
        Some(false)
    }
}

/// A name that a module binds and that may be meant.
pub(super) fn near(name: &str, summary: &Summary) -> Option<String> {
    let usual = ["lambda_handler", "handler", "main"].into_iter().find(|usual| summary.binds(usual));
    let near = suggest::nearest(name, summary.names());
    let own = name.contains("handler") || name == "main";
    near.or(usual.filter(|_| own)).map(str::to_owned)
}
