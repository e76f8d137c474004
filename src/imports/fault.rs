//! What is found out about the modules that a handler loads: the files, the packages, and the imports that fail.

use crate::path::file_name;
use std::collections::BTreeSet;

/// The handler as Python takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// The module, `pkg.app`.
    pub module: String,
    /// The function in it; the first part, where it has several.
    pub function: String,
}

/// What is known of a module that is missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Hint {
    /// Nothing.
    #[default]
    None,
    /// This file has its name in another letter case.
    OtherCase(String),
    /// This file has its name and an ending that the import leaves out.
    Ending(String),
    /// Why it cannot be loaded, as half a sentence.
    Because(String),
}

/// What an import does not find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// No module of that name is in any folder that is looked in.
    Missing {
        /// The module, up to the part that is missing: `utils`, `pkg.helper`, `./pay`.
        module: String,
        /// What is known besides.
        hint: Hint,
    },
    /// Only a compiled module for another Python or processor is there.
    Foreign {
        /// The module.
        module: String,
        /// Its file.
        file: String,
    },
    /// The module is there and does not bind the name.
    Name {
        /// The name.
        name: String,
        /// The module's file, or its folder where it has none.
        module: String,
        /// A name that may be meant.
        near: Option<String>,
    },
    /// A relative import in a module that is in no package, or beyond the outermost one.
    Relative {
        /// The name under which the module is loaded.
        loaded_as: String,
    },
}

/// An import that fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong.
    pub problem: Problem,
    /// The file.
    pub file: String,
    /// The line in it, counted from 1.
    pub line: u32,
    /// The statement.
    pub written: String,
    /// Whether it runs only when the handler is called.
    pub when_called: bool,
}

/// The modules that are loaded with the handler.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Closure {
    /// The file of the handler's module.
    pub file: Option<String>,
    /// The handler's function, where its module certainly does not bind it, and a name that it may have meant.
    pub no_function: Option<(String, Option<String>)>,
    /// Imports that fail.
    pub faults: Vec<Fault>,
    /// The function's own files that are loaded, in the order in which they were reached.
    pub files: Vec<String>,
    /// Installed packages that are loaded, by the names under which they are imported.
    pub packages: BTreeSet<String>,
    /// The function's own files that no import leads to, whenever it may run; `None` where that is not known.
    pub unreached: Option<Vec<String>>,
    /// Why modules may come from elsewhere; faults that say a module is missing are left out then.
    pub open: Option<String>,
}

impl Fault {
    /// The file's own name and the line, `app.py:3`.
    pub fn line_of_file(&self) -> String {
        format!("{}:{}", file_name(&self.file), self.line)
    }
}
