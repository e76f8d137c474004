//! Know, before you push, whether AWS Lambda will accept, start and run your container image.
//!
//! This is the library below the program `lamblint`. A Dockerfile is checked from its text, an image from an archive
//! or an OCI layout; what is wrong comes back as plain data, which serde writes as the program's `--format json` does.
//!
//! ```
//! use lamblint::{Options, Severity, lint_dockerfile};
//!
//! let text = "FROM public.ecr.aws/lambda/python:3.13\nCOPY app.py ./\nCMD app.handler\n";
//! let found = lint_dockerfile("Dockerfile", text, &Options::default())?;
//!
//! assert_eq!(found.len(), 1);
//! assert_eq!((found[0].code, found[0].severity), ("LL203", Severity::Error));
//! assert_eq!(found[0].labels[0].start.line, 3);
//! assert_eq!(found[0].help.as_deref(), Some("write CMD [\"app.handler\"]"));
//!
//! let json = serde_json::to_value(&found).unwrap();
//! assert_eq!(json[0]["fix"]["safe"], true);
//! # Ok::<(), lamblint::Error>(())
//! ```
//!
//! What this page lists follows semantic versioning.

mod api;
mod arch;
mod baseline;
mod check;
mod cli;
mod command;
mod config;
mod context;
mod diagnostic;
mod discover;
mod dockerfile;
mod dockerignore;
mod error;
mod explain;
mod facts;
mod fingerprint;
mod fix;
mod gitignore;
mod guard;
mod hex;
mod image;
mod imports;
mod inventory;
mod launch;
mod launched;
mod lists;
mod meter;
mod node;
mod options;
mod page;
mod parallel;
mod path;
mod percent;
mod programs;
mod python;
mod registry;
mod report;
mod ruby;
mod rules;
mod save;
mod selection;
mod server;
#[cfg(feature = "registry")]
mod shards;
mod shell;
mod shellcheck;
mod size;
mod source;
mod suggest;
mod suppress;
mod template;
#[cfg(target_os = "linux")]
mod try_it;
mod yaml;

#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzz;
#[doc(hidden)]
pub mod internals;

pub use api::{LintedImage, lint_dockerfile, lint_dockerfile_in, lint_image, lint_image_from};
pub use arch::Arch;
pub use diagnostic::{Diagnostic, DocumentId, Edit, Fix, Label, Severity};
pub use error::Error;
pub use facts::CustomBase;
pub use jiff::civil::Date;
pub use options::{Folder, LabelKind, Options};
pub use selection::Preset;
pub use source::{Position, Span};

/// The program `lamblint`: its arguments, its output and its exit code.
#[doc(hidden)]
pub fn cli_main() -> std::process::ExitCode {
    cli::run()
}
