//! From a Ruby handler's file to every file that is certainly loaded beside it.

use super::{Closure, Fault, Hint, Problem, Stands};
use crate::path::clean;
use crate::ruby::Summary;
use std::collections::{BTreeSet, VecDeque};

/// Maximum number of files followed.
const MAX_FILES: usize = 5_000;
/// Endings that Ruby tries.
const ENDINGS: [&str; 3] = ["", ".rb", ".so"];

/// Files that can be looked at.
pub trait RubyTree {
    /// What stands at an absolute path, links followed.
    fn stands(&self, path: &str) -> Stands;
    /// A path with all links followed.
    fn real(&self, path: &str) -> String;
    /// What a file asks for; `None` if it was not read.
    fn file(&self, path: &str) -> Option<&Summary>;
}

impl Closure {
    /// Follows what a Ruby handler's file loads.
    pub fn of_ruby(tree: &dyn RubyTree, file: &str) -> Self {
        let mut closure = Self { file: Some(file.to_owned()), ..Self::default() };
        let mut seen = BTreeSet::from([tree.real(file)]);
        let mut queue: VecDeque<String> = seen.iter().cloned().collect();
        while let Some(path) = queue.pop_front().filter(|_| seen.len() <= MAX_FILES) {
            closure.files.push(path.clone());
            let Some(summary) = tree.file(&path) else { continue };
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            for (line, asked) in &summary.relative {
                let wanted = if asked.starts_with('/') { asked.to_string() } else { format!("{folder}/{asked}") };
                let files = ENDINGS.map(|ending| clean(&format!("{wanted}{ending}")));
                match files.into_iter().find(|path| tree.stands(path) == Stands::File) {
                    Some(next) => {
                        let next = tree.real(&next);
                        if seen.insert(next.clone()) {
                            queue.push_back(next);
                        }
                    }
                    None => closure.faults.push(Fault {
                        problem: Problem::Missing { module: format!("./{asked}"), hint: Hint::None },
                        file: path.clone(),
                        line: *line,
                        written: format!("require_relative '{asked}'"),
                        when_called: false,
                    }),
                }
            }
        }
        closure
    }
}
