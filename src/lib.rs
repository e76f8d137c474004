//! Know, before you push, whether AWS Lambda will accept, start and run your container image.

pub mod check;
pub mod diagnostic;
pub mod dockerfile;
pub mod facts;
pub mod image;
pub mod launch;
pub mod rules;
pub mod source;

pub use diagnostic::{Diagnostic, Finding, Severity};
