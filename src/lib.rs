//! Know, before you push, whether AWS Lambda will accept, start and run your container image.

pub mod baseline;
pub mod check;
pub mod config;
pub mod context;
pub mod diagnostic;
pub mod discover;
pub mod dockerfile;
pub mod error;
pub mod explain;
pub mod facts;
pub mod fingerprint;
pub mod fix;
pub mod image;
pub mod inventory;
pub mod launch;
pub mod report;
pub mod rules;
pub mod shell;
pub mod shellcheck;
pub mod size;
pub mod source;
pub mod suggest;
pub mod suppress;

pub use diagnostic::{Diagnostic, Finding, Severity};
