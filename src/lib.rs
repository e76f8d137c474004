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
//! What this page lists follows semantic versioning. Everything else in the crate belongs to the program, and may
//! change with every release.

mod api;
#[doc(hidden)]
pub mod arch;
#[doc(hidden)]
pub mod baseline;
#[doc(hidden)]
pub mod check;
#[doc(hidden)]
pub mod command;
#[doc(hidden)]
pub mod config;
#[doc(hidden)]
pub mod context;
#[doc(hidden)]
pub mod diagnostic;
#[doc(hidden)]
pub mod discover;
#[doc(hidden)]
pub mod dockerfile;
#[doc(hidden)]
pub mod dockerignore;
#[doc(hidden)]
pub mod error;
#[doc(hidden)]
pub mod explain;
#[doc(hidden)]
pub mod facts;
#[doc(hidden)]
pub mod fingerprint;
#[doc(hidden)]
pub mod fix;
#[doc(hidden)]
pub mod image;
#[doc(hidden)]
pub mod inventory;
#[doc(hidden)]
pub mod launch;
#[doc(hidden)]
pub mod options;
#[doc(hidden)]
pub mod page;
#[doc(hidden)]
pub mod path;
#[doc(hidden)]
pub mod report;
#[doc(hidden)]
pub mod rules;
#[doc(hidden)]
pub mod save;
#[doc(hidden)]
pub mod selection;
#[doc(hidden)]
pub mod shell;
#[doc(hidden)]
pub mod shellcheck;
#[doc(hidden)]
pub mod size;
#[doc(hidden)]
pub mod source;
#[doc(hidden)]
pub mod suggest;
#[doc(hidden)]
pub mod suppress;

pub use api::{LintedImage, lint_dockerfile, lint_dockerfile_in, lint_image, lint_image_from};
pub use arch::Arch;
pub use diagnostic::{Diagnostic, Doc, Edit, Fix, Severity, SignedLabel};
pub use error::Error;
pub use facts::OwnBase;
pub use jiff::civil::Date;
pub use options::{Folder, LabelKind, Options};
pub use selection::Preset;
pub use source::{Position, Span};
