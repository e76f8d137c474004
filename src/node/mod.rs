//! What a Node module imports and exports when it is loaded, read from its text without running it.

mod exports;
mod package;
mod scan;

pub use package::Package;
pub use scan::summarise;

use std::collections::BTreeSet;

/// What a module says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// `import`, `export … from` and `require` with a literal, as far as they always run, in the order of the text.
    pub imports: Vec<Import>,
    /// The names that it certainly exports; `default` is one.
    pub exports: BTreeSet<String>,
    /// Modules whose exports it passes on: `export * from`, `module.exports = require(…)`.
    pub passes_on: Vec<String>,
    /// Whether it has `import` or `export` statements.
    pub is_module: bool,
    /// The module was not read: too long, or not JavaScript that is understood.
    pub unread: bool,
    /// It may change where modules are looked for.
    pub changes_path: bool,
    /// It may export what its text does not show.
    pub hides_exports: bool,
}

/// How a module asks for another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `import` or `export … from`.
    Import,
    /// `require`.
    Require,
}

/// A module that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The line, counted from 1.
    pub line: u32,
    /// What is asked for, as written.
    pub specifier: String,
    /// How.
    pub kind: Kind,
    /// The names that an `import` takes; `*` for all of them.
    pub names: Vec<String>,
}

impl Import {
    /// The package that is asked for: `@x/y` of `@x/y/z`.
    pub fn package(&self) -> &str {
        let end = self.specifier.match_indices('/').nth(usize::from(self.specifier.starts_with('@')));
        end.map_or(self.specifier.as_str(), |(at, _)| &self.specifier[..at])
    }

    /// The statement as people write it.
    pub fn written(&self) -> String {
        match self.kind {
            Kind::Require => format!("require(\"{}\")", self.specifier),
            Kind::Import => format!("import … from \"{}\"", self.specifier),
        }
    }
}

impl Summary {
    /// The summary of a module of which nothing is known.
    pub fn unread() -> Self {
        Self { unread: true, changes_path: true, hides_exports: true, ..Self::default() }
    }
}

#[cfg(test)]
mod tests;
