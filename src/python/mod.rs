//! What a Python module imports and binds when it is loaded, read from its text without running it.
//!
//! A function fails at its first call if a module that it imports is not there. Python finds that out by running the
//! files; this reader finds it out from their text. It follows CPython's own grammar as far as imports and bound names
//! go, has no recursion, and needs time linear in the length of the text.

mod binding;
mod doubt;
mod heads;
mod lexer;
mod requirement;
mod scan;
mod simple;
mod strings;

pub use requirement::{Distribution, Environment, Requirement, fits, folded, released};
pub use scan::summarise;

/// What a module says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Summary {
    /// Its import statements, in the order of the text.
    pub imports: Box<[Import]>,
    /// The names that it binds at module level, under any condition, in order, each after a newline.
    names: Box<str>,
    /// Those of them that only `from . import name` binds, in the same form.
    from_package: Box<str>,
    /// What keeps some questions from being answered.
    pub doubts: Doubts,
}

/// Why a summary may not tell the whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Doubts {
    /// The module was not read: too long, or not Python that is understood.
    pub unread: bool,
    /// It may change where modules are looked for: `sys.path`, `sys.modules`, `__path__` …
    pub path: bool,
    /// It may bind names that its text does not show: `globals()`, `exec`, a `__getattr__` of its own.
    pub names: bool,
}

/// When an import statement runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Runs {
    /// Whenever the module is loaded.
    Always,
    /// Whenever the function of [`Import::function`] is called.
    WhenCalled,
    /// Perhaps: it stands in `try`, `if`, a loop or elsewhere in a function.
    Perhaps,
}

/// An import statement; `import a, b` is two.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Import {
    /// Its line, counted from 1.
    pub line: u32,
    /// The number of leading dots.
    pub level: u8,
    /// When it runs.
    pub runs: Runs,
    /// Module, names and function, each after a newline; `import a` has no names.
    text: Box<str>,
}

impl Import {
    fn part(&self, at: usize) -> &str {
        self.text.split('\n').nth(at).unwrap_or_default()
    }

    /// The module, leading dots left out; may be empty after dots.
    pub fn module(&self) -> &str {
        self.part(0)
    }

    /// The names that `from … import` asks for; none in `import …`.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.part(1).split(',').filter(|name| !name.is_empty())
    }

    /// The function that imports when it is called.
    pub fn function(&self) -> &str {
        self.part(2)
    }

    /// The statement as people write it.
    pub fn written(&self) -> String {
        let names: Vec<&str> = self.names().collect();
        let dots = ".".repeat(self.level.into());
        match names.as_slice() {
            [] => format!("import {}", self.module()),
            names => format!("from {dots}{} import {}", self.module(), names.join(", ")),
        }
    }
}

impl Summary {
    /// The summary of a module of which nothing is known.
    pub fn unread() -> Self {
        Self { doubts: Doubts { unread: true, path: true, names: true }, ..Self::default() }
    }

    /// The names that it binds at module level, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.split('\n').filter(|name| !name.is_empty())
    }

    /// Whether it binds a name at module level.
    pub fn binds(&self, name: &str) -> bool {
        self.names().any(|bound| bound == name)
    }

    /// Whether only `from . import name` binds a name: the package itself does not have it before.
    pub fn takes_from_package(&self, name: &str) -> bool {
        self.from_package.split('\n').any(|bound| bound == name)
    }

    /// Whether a top-level module is imported whenever this one is loaded.
    pub fn always_imports(&self, top: &str) -> bool {
        let of = |import: &Import| import.level == 0 && import.module().split('.').next() == Some(top);
        self.imports.iter().any(|import| import.runs == Runs::Always && of(import))
    }

    /// About how many bytes it takes.
    pub fn cost(&self) -> usize {
        let import = |import: &Import| size_of::<Import>() + import.text.len();
        self.names.len() + self.from_package.len() + self.imports.iter().map(import).sum::<usize>()
    }
}

#[cfg(test)]
mod tests;
