//! Messages that a table explains: those that no rule is about, and those in which one word tells which rule is meant.

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
    sign: Vec<Sign>,
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

/// Words that tell what a message is about, whatever else it says.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sign {
    /// Texts that are all in the message, in lower case.
    #[serde(default)]
    pub has: Vec<&'static str>,
    /// Texts of which at least one is in it, in lower case; none is the same as any.
    #[serde(default)]
    pub any: Vec<&'static str>,
    /// Texts of which none is in it, in lower case.
    #[serde(default)]
    pub without: Vec<&'static str>,
    /// The rules that it is about, the likeliest first.
    #[serde(default)]
    pub rules: Vec<&'static str>,
    /// The message says that something went wrong, and not why: the rules are some of many reasons.
    #[serde(default)]
    pub symptom: bool,
    /// What it means, and what to do, where a rule alone does not say it.
    #[serde(default)]
    pub means: Option<&'static str>,
}

impl Sign {
    /// Whether a message in lower case has the words.
    pub fn is_in(&self, message: &str) -> bool {
        let has = |word: &&str| message.contains(*word);
        self.has.iter().all(has) && (self.any.is_empty() || self.any.iter().any(has)) && !self.without.iter().any(has)
    }
}

static MESSAGES: LazyLock<Messages> = LazyLock::new(|| packed!("messages"));

/// Messages that nothing in an image brings about.
pub fn messages() -> &'static [Message] {
    &MESSAGES.message
}

/// Words that tell, the first that fits before the others.
pub fn signs() -> &'static [Sign] {
    &MESSAGES.sign
}

#[cfg(test)]
mod tests {
    use super::signs;

    #[test]
    fn no_sign_is_in_every_message() {
        for sign in signs() {
            assert!(!sign.is_in(""), "{sign:?}");
            assert!(!sign.rules.is_empty() || sign.means.is_some(), "{sign:?} says nothing");
        }
    }
}
