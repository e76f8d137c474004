//! Why something could not be looked at. What is wrong *inside* an input is a finding, never this.

use std::path::Path;

/// Could not look: what was tried, and why it failed, on one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(String);

impl Error {
    /// An error in a separate sentence.
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    /// An error of the operating system on a path.
    pub fn io(path: &Path, error: &std::io::Error) -> Self {
        Self(format!("{}: {}", path.display(), why(error)))
    }
}

/// What the operating system says, in lower case and without ` (os error 2)`, which tells people nothing.
pub fn why(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "no such file or folder".to_owned(),
        _ => {
            let said = error.to_string();
            said.rsplit_once(" (os error ").map_or(said.as_str(), |(why, _)| why).to_lowercase()
        }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}
