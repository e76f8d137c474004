//! What the handler's module imports, and what those modules import in turn, as far as it is certain.
//!
//! The files come from a [`Tree`]: a saved image, or what a Dockerfile copies from its build context. Only imports that
//! always run are followed, and only into the function's own files; an installed package is looked up by its name.

mod closure;
mod fault;
mod finder;
mod names;
mod node;
mod resolve;
mod ruby;

pub use fault::{Closure, Fault, Hint, Problem, Start};
pub use finder::{Search, Tree};
pub use node::{NodeSearch, NodeTree, PackageAt, Source};
pub use ruby::RubyTree;

use crate::python::Summary;
use std::borrow::Cow;

/// What stands at a path of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stands {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// Nothing, or what cannot be imported.
    Nothing,
}

/// A module's file.
#[derive(Clone, Debug)]
pub enum Module<'a> {
    /// It belongs to the function, or to a package that left no list of its files, and was read.
    Own(Cow<'a, Summary>),
    /// It belongs to a package that was installed.
    Installed,
    /// It was not read, and may do anything.
    Unread,
}
