//! Messages that no rule is about, and what they mean.

use super::packed;
use serde::Deserialize;
use std::sync::LazyLock;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Messages {
    #[serde(rename = "source")]
    _source: &'static str,
    #[serde(rename = "checked")]
    _checked: &'static str,
    message: Vec<Message>,
}

/// Messages of one meaning.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// Their texts, without what differs from one project to the next.
    pub text: Vec<&'static str>,
    /// What they mean, and what to do.
    pub means: &'static str,
}

static MESSAGES: LazyLock<Messages> = LazyLock::new(|| packed!("messages"));

/// Messages that nothing in an image brings about.
pub fn messages() -> &'static [Message] {
    &MESSAGES.message
}
