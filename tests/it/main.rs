//! The integration tests, in one binary so that the crate is linked once. `cargo test --test it corpus` runs one module.
//!
//! Tests that need more than a Rust toolchain are ignored by name of what they need: `--ignored` runs them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]
#![allow(clippy::print_stdout, reason = "counts are worth reading")]

mod adoption;
mod cli;
mod context;
mod context_limits;
mod depth;
mod differential;
mod docs;
mod evidence;
mod explain;
mod false_alarms;
#[cfg(feature = "registry")]
mod fleet;
mod growth;
mod hands;
mod hostile;
mod images;
mod material;
mod metamorphic;
mod node_imports;
mod opaque;
mod other_readers;
mod proofs;
mod properties;
mod python_imports;
mod python_scanner;
mod random;
#[cfg(feature = "registry")]
mod registry;
mod reports;
mod same_image;
mod sandbox;
mod saving;
mod scanners;
mod server;
#[cfg(feature = "registry")]
mod shards;
mod shellcheck;
mod shown_imports;
#[path = "../support/mod.rs"]
mod support;
mod templates;
mod tidy;
#[cfg(target_os = "linux")]
mod try_it;
mod twins;
mod untrusted;
mod weights;
