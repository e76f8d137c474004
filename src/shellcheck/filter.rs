//! What of ShellCheck's remarks is dropped if its codes are not selected: what it cannot know of a RUN.

use super::{Comment, Level, Script};

/// The words after which variables come from elsewhere.
const SOURCES: &[&str] = &[".", "source", "eval", "read", "printf"];

/// Whether a remark is to be passed over, one of those on its script.
pub(super) fn passes(remark: &Comment, all: &[Comment], script: &Script) -> bool {
    let body = script.body();
    match remark.code {
        // What `sh` is there is not known, so it is not known what it lacks.
        3000..4000 if !script.portable => true,
        // `/bin/echo -e` is a program and not the shell's own command.
        3036 | 3037 => body.contains("/echo"),
        // Set by a file that is only in the image, or before a command: `deps='…' set -x && apk add $deps`.
        2034 => sources(body),
        2154 => {
            let name = remark.message.split_whitespace().next().unwrap_or_default();
            sources(body) || body.contains(&format!("{name}="))
        }
        // What cannot be read is said once, by what says most.
        1072 | 1073 => {
            let rank = |code: u16| match code {
                1073 => 0,
                1072 => 1,
                _ => 2,
            };
            let broken = |other: &&Comment| other.level == Level::Error && (1000..2000).contains(&other.code);
            all.iter().filter(broken).any(|other| rank(other.code) > rank(remark.code))
        }
        _ => false,
    }
}

fn sources(body: &str) -> bool {
    let plain = |word: &str| SOURCES.contains(&word.trim_matches([';', '&', '|', '(', '{', '!']));
    body.split_whitespace().any(plain)
}

/// A remark's words as a message: without what is said of every script that cannot be read, and no full stop
/// after one sentence.
pub(super) fn message(text: &str) -> &str {
    let text = text.trim();
    let text = text.strip_suffix("Fix any mentioned problems and try again.").unwrap_or(text).trim_end();
    let text = text.strip_suffix('.').filter(|text| !text.contains(". ") && !text.ends_with('.')).unwrap_or(text);
    if text.is_empty() { "the script ends or breaks off here" } else { text }
}

#[cfg(test)]
mod tests {
    use super::message;

    #[test]
    fn a_message_is_one_sentence_without_its_full_stop() {
        assert_eq!(message("Said."), "Said");
        assert_eq!(message("Said. Twice."), "Said. Twice.");
        assert_eq!(message("Missing '}'. Fix any mentioned problems and try again."), "Missing '}'");
        assert_eq!(message(" Fix any mentioned problems and try again."), "the script ends or breaks off here");
        assert_eq!(message("Is it ...?"), "Is it ...?");
    }
}
