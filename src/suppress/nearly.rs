//! Comments that are nearly `# lamblint: ignore=CODE` and silence nothing, and what to write instead.

use super::Suppression;
use crate::diagnostic::DocumentId;
use crate::dockerfile::Dockerfile;
use crate::source::Span;

/// Words that people begin such a comment with.
const VERBS: &[&str] = &["ignore", "disable", "skip", "noqa", "allow", "suppress"];

/// What to write instead of a comment that begins like one of lamblint's; `None` for a right one, and for prose.
pub(super) fn instead(text: &str) -> Option<String> {
    let text = text.trim();
    let rest = text.get(..8).filter(|word| word.eq_ignore_ascii_case("lamblint")).and(text.get(8..))?;
    let order = rest.trim_start_matches([':', ' ', '\t']);
    if order.len() == rest.len() {
        return None;
    }
    let (order, reason) = order.split_once("--").map_or((order, None), |(order, reason)| (order, Some(reason.trim())));
    let (verb, list) = order.split_once(['=', ' ', ':']).unwrap_or((order, ""));
    let right = text.starts_with("lamblint:") && order.contains('=') && matches!(verb.trim(), "ignore" | "ignore-file");
    if right {
        // A reason that stands right after the codes would be taken for more of them.
        let words: Vec<&str> = list.split_whitespace().collect();
        let codes = words.iter().take_while(|word| is_list(word)).count();
        if codes == 0 || codes == words.len() {
            return None;
        }
        return Some(comment(verb.trim(), &words[..codes].concat(), Some(&words[codes..].join(" "))));
    }
    // `# lamblint: ignore-file` alone is right.
    if text.starts_with("lamblint:") && order.trim() == "ignore-file" {
        return None;
    }
    let lower = verb.to_ascii_lowercase();
    let codes: Vec<&str> = list.split([',', ' ', '=', ':']).filter(|word| is_code(word)).collect();
    let means = VERBS.iter().any(|known| lower.starts_with(known)) && (order.contains('=') || !codes.is_empty());
    let verb = if lower.contains("file") { "ignore-file" } else { "ignore" };
    let codes = if codes.is_empty() { "LL203".to_owned() } else { codes.join(",") };
    means.then(|| comment(verb, &codes, reason))
}

/// `CMD app.handler # lamblint: ignore=LL203`: Docker has no comments at the end of a line.
pub(super) fn behind_instructions(dockerfile: &Dockerfile) -> Vec<Suppression> {
    let mut found = Vec::new();
    for instruction in &dockerfile.instructions {
        let text = &instruction.rest.text;
        let Some(at) = memchr::memmem::find(text.as_bytes(), b"# lamblint:") else { continue };
        let start = instruction.rest.span.start + at;
        let line = text.get(at..).and_then(|text| text.lines().next()).unwrap_or_default();
        let (verb, codes) =
            line.trim_start_matches("# lamblint:").trim().split_once('=').unwrap_or(("ignore", "LL203"));
        let instead = format!("{}, on its own line above", comment(verb.trim(), codes.trim(), None));
        let span = Span::new(start, (start + line.len()).min(instruction.rest.span.end));
        found.push(Suppression { instead: Some(instead), ..Suppression::of_nothing(DocumentId::Dockerfile, span) });
    }
    found
}

fn comment(verb: &str, codes: &str, reason: Option<&str>) -> String {
    match reason {
        Some(reason) if !reason.is_empty() => format!("# lamblint: {verb}={codes} -- {reason}"),
        _ => format!("# lamblint: {verb}={codes}"),
    }
}

/// Whether a word may be a list of codes, or a part of one.
fn is_list(word: &str) -> bool {
    word.contains(',') || is_code(word)
}

/// Whether a word has the form of a code, of the beginning of one, of a rule name or of a BuildKit name.
fn is_code(word: &str) -> bool {
    let word = word.trim_matches(',');
    let upper = word.bytes().take_while(u8::is_ascii_uppercase).count();
    let numbered = (2..=3).contains(&upper) && word[upper..].bytes().all(|byte| byte.is_ascii_digit());
    let camel = upper >= 1 && word.len() > 8 && word.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let name = word.contains('-') && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    numbered || camel || name || matches!(word, "all" | "lambda" | "hadolint" | "buildkit" | "shellcheck")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_nearly_a_comment_is_told_what_to_write() {
        let wants = |text: &str, right: &str| assert_eq!(instead(text).as_deref(), Some(right), "{text}");
        wants("lamblint: ignore LL203", "# lamblint: ignore=LL203");
        wants(" lamblint ignore=LL203,LL404 ", "# lamblint: ignore=LL203,LL404");
        wants("lamblint: ignore-next-line=LL203 -- why", "# lamblint: ignore=LL203 -- why");
        wants("lamblint: disable-file=LL404", "# lamblint: ignore-file=LL404");
        wants("Lamblint: Ignore=handler-shell-form", "# lamblint: ignore=handler-shell-form");
        wants("lamblint: ignore=LL203,LL404 because of it", "# lamblint: ignore=LL203,LL404 -- because of it");
    }

    #[test]
    fn right_ones_and_prose_are_left_alone() {
        for text in [
            "lamblint: ignore=LL203",
            "lamblint: ignore=LL203 -- because",
            "lamblint: ignore=LL203, LL404",
            "lamblint: ignore-file",
            "lamblint: ignore=",
            "lamblint runs in CI",
            "lamblint: see docs/ci.md",
            "lamblint ignores this folder",
            "lamblintish ignore=LL203",
            "",
        ] {
            assert_eq!(instead(text), None, "{text}");
        }
    }
}
