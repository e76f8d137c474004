//! The rules: a table of values.
//!
//! What a rule says in prose is its page, `rules/lambda/LL203-handler-shell-form.md`; what it does is one
//! function here. The code and the name of both files are the page's title; tests hold them together.

mod buildkit;
mod hadolint;
mod lambda;
mod needs;
mod rule;
mod table;
#[cfg(test)]
pub(crate) mod testing;

pub use needs::{looks_at_images, needs_layers};
pub use rule::{Check, Deployed, DockerfileContext, Rule};
pub(crate) use table::pages;
pub use table::{RULES, broad, canonical, find, settled_checks, to_code, unknown};
