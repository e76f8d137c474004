//! What the package's own tests look into: no part of the library, and it may change with every commit.
//!
//! Integration tests are crates of their own and see only what is public, so what they need is listed here, and nothing
//! else of the crate is public. `tests/support/internals.rs` is the one place that names this module.

pub mod check {
    pub use crate::check::{Checked, Subject, dockerfile, image, subject, template};
}
pub mod diagnostic {
    pub use crate::diagnostic::{Diagnostic, DocumentId, Severity};
}
pub mod discover {
    pub use crate::discover::{Found, Links, Templates, all, is_candidate, is_dockerfile};
}
pub mod dockerfile {
    pub use crate::dockerfile::{Command, Copy, Dockerfile, Flag, Instruction, Kind, Pair, Word, expand};
}
pub mod explain {
    pub use crate::explain::{clear, outside, search};
}
pub mod fix {
    pub use crate::fix::{apply, diff};
}
pub mod image {
    pub use crate::image::{Depth, EntryKind, FaultKind, Image, ReadOptions, Resolution, from_reader, open};
}
pub mod imports {
    pub use crate::imports::{Closure, Module, NodeSearch, NodeTree, PackageAt, Search, Source, Stands, Start, Tree};
}
pub mod launch {
    pub use crate::launch::{Arg, Argv, Build, End, Launch, Processes, Setting, Stage, limits};
}
pub mod node {
    pub use crate::node::{Package, summarise};
}
pub mod page {
    pub use crate::page::{Family, Page};
}
pub mod python {
    pub use crate::python::{Distribution, Environment, Import, Runs, summarise};
}
pub mod report {
    pub use crate::report::{Format, Run, Style, for_log, render};
}
pub mod ruby {
    pub use crate::ruby::summarise;
}
pub mod rules {
    pub use crate::rules::{RULES, Rule, find, looks_at_images, needs_layers};
}
pub mod server {
    pub use crate::server::{Frame, read_frame, serve};
}
pub mod shell {
    pub use crate::shell::{Word, commands};
}
pub mod shellcheck {
    pub use crate::shellcheck::{Program, Results, scripts};
}
pub mod template {
    pub use crate::template::{Function, Image, ImageBuild, Package, Template, Tool, is_terraform, read};
}
pub mod size {
    pub use crate::size::parse;
}
