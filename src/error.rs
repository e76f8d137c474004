//! Why something could not be looked at. What is wrong *inside* an input is a finding, never this.

use std::path::Path;

/// Could not look: what was tried, and why it failed, on one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(String);

impl Error {
    /// An error in a sentence of its own.
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    /// An error of the operating system on a path.
    pub fn io(path: &Path, error: &std::io::Error) -> Self {
        Self(format!("{}: {error}", path.display()))
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}
