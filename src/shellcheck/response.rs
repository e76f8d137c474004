//! What ShellCheck answers with `--format=json1`.

use serde::Deserialize;

/// One remark on a script; lines and columns count from 1, columns in characters.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Comment {
    /// The file, by the name that it was given by.
    #[serde(default)]
    pub(super) file: String,
    /// Where it begins.
    pub line: usize,
    /// Where it begins in its line.
    pub column: usize,
    /// Where it ends.
    pub end_line: usize,
    /// One past its last character.
    pub end_column: usize,
    /// How bad it is.
    pub level: Level,
    /// 2086 of SC2086.
    pub code: u16,
    /// What is wrong, in ShellCheck's words.
    pub message: String,
}

/// ShellCheck's own levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Error,
    Warning,
    Info,
    Style,
}

#[derive(Deserialize)]
struct Reply {
    comments: Vec<Comment>,
}

/// Reads an answer.
pub(super) fn read(text: &str) -> Result<Vec<Comment>, String> {
    serde_json::from_str::<Reply>(text).map(|reply| reply.comments).map_err(|error| error.to_string())
}
