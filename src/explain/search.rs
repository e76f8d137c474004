//! From a piece of an error message to the rules whose pages quote it, best first.
//!
//! A page quotes errors in its `text` blocks and between backticks. Words and pairs of neighbouring words that few
//! pages quote weigh most; what differs from one project to the next (paths, names in quotes) weighs little, numbers
//! and hashes nothing.

use crate::diagnostic::Severity;
use crate::rules::{RULES, Rule};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A rule whose page quotes a message.
#[derive(Clone, Copy)]
pub struct Match {
    /// The rule.
    pub rule: &'static Rule,
    /// How much of what is rare is shared; only of use beside others.
    pub score: f64,
}

/// Of a message no more than so much is looked at.
const LONGEST: usize = 64 * 1024;
/// What a word of a path or a name in quotes weighs beside another.
const NAME: f64 = 0.2;
/// What a quote between backticks weighs beside one in a block.
const INLINE: f64 = 0.5;
/// Scores that differ by less are the same.
const NEAR: f64 = 0.9;
/// What a piece of a quote counts for beside the whole of another.
const PIECE: f64 = 0.75;
/// What a word that no page quotes adds to the length of a message.
const UNKNOWN: f64 = 2.0;
/// A score below means that nothing but common words is shared.
const LEAST: f64 = 2.5;

/// Words and pairs of words, with their weights.
type Words = BTreeMap<String, f64>;

struct Quotes {
    rule: &'static Rule,
    lines: Vec<(Words, f64)>,
}

static QUOTES: LazyLock<Vec<Quotes>> = LazyLock::new(|| {
    RULES.iter().map(|rule| Quotes { rule, lines: quotes(rule.page().body) }).filter(|q| !q.lines.is_empty()).collect()
});

/// On how many pages a word is quoted.
static PAGES: LazyLock<BTreeMap<&'static str, u32>> = LazyLock::new(|| {
    let mut pages = BTreeMap::new();
    for quotes in QUOTES.iter() {
        let mut words: Vec<&str> = quotes.lines.iter().flat_map(|(line, _)| line.keys().map(String::as_str)).collect();
        words.sort_unstable();
        words.dedup();
        words.into_iter().for_each(|word| *pages.entry(word).or_default() += 1);
    }
    pages
});

/// The rules whose pages quote a message, best first; none where only common words are shared.
pub fn search(message: &str) -> Vec<Match> {
    let end = message.char_indices().map(|(at, _)| at).take_while(|at| *at <= LONGEST).last().unwrap_or_default();
    let message = words(if message.len() > LONGEST { message.get(..end).unwrap_or_default() } else { message });
    let score = |quotes: &'static Quotes| Match { rule: quotes.rule, score: score(&message, &quotes.lines) };
    let mut matches: Vec<Match> = QUOTES.iter().map(score).filter(|found| found.score >= LEAST).collect();
    let best = matches.iter().map(|found| found.score).fold(0.0, f64::max);
    matches.retain(|found| found.score >= best * 0.3);
    matches.sort_by(|a, b| b.score.total_cmp(&a.score));
    // Several pages may quote the same. First then is what surely fails, and what bites when most of them do.
    let tied = matches.partition_point(|found| found.score >= best * NEAR);
    if let Some(tied) = matches.get_mut(..tied) {
        let severe = tied.iter().map(|found| found.rule.severity()).max().unwrap_or(Severity::Info);
        let digit = |found: &Match| found.rule.code().as_bytes().get(2).copied();
        let mut count: BTreeMap<Option<u8>, usize> = BTreeMap::new();
        tied.iter().filter(|f| f.rule.severity() == severe).for_each(|f| *count.entry(digit(f)).or_default() += 1);
        tied.sort_by_key(|found| {
            let together = count.get(&digit(found)).copied().unwrap_or_default();
            (Reverse(found.rule.severity()), Reverse(together), found.rule.code())
        });
    }
    matches
}

/// Whether the first of some matches is surely what is meant.
pub fn clear(matches: &[Match]) -> bool {
    match matches {
        [] => false,
        [_] => true,
        [first, second, ..] => second.score < first.score * 0.75,
    }
}

/// How rare a word is on the pages.
fn rare(word: &str) -> Option<f64> {
    let all = u32::try_from(QUOTES.len()).unwrap_or(u32::MAX);
    PAGES.get(word).map(|pages| (1.0 + f64::from(all) / f64::from(*pages)).ln())
}

/// For each shared word the best of the lines it is quoted in: how rare it is, and how much of the line, or of the
/// message, is shared.
fn score<'a>(message: &Words, lines: &'a [(Words, f64)]) -> f64 {
    // Words that no page quotes are the message's own affair; that there are many says that it is about more.
    let asked: f64 = message.iter().map(|(word, own)| own * rare(word).unwrap_or(UNKNOWN)).sum();
    let mut best: BTreeMap<&'a str, f64> = BTreeMap::new();
    for (line, weight) in lines {
        let worth = |(word, own): (&'a String, &f64)| Some((word.as_str(), rare(word)? * own.min(*message.get(word)?)));
        let whole: f64 = line.iter().map(|(word, own)| own * rare(word).unwrap_or_default()).sum();
        let hits: Vec<(&str, f64)> = line.iter().filter_map(worth).collect();
        let shared: f64 = hits.iter().map(|(_, worth)| worth).sum();
        let part = (shared / whole.max(f64::MIN_POSITIVE)).max(PIECE * shared / asked.max(f64::MIN_POSITIVE));
        for (word, worth) in hits {
            let slot = best.entry(word).or_default();
            *slot = slot.max(weight * worth * part);
        }
    }
    best.values().sum()
}

/// The lines of a page's `text` blocks, and what stands between backticks and is long enough to be a message.
fn quotes(body: &str) -> Vec<(Words, f64)> {
    let (mut lines, mut prose, mut fence) = (Vec::new(), String::new(), None);
    for line in body.lines() {
        match (line.strip_prefix("```"), fence) {
            (Some(_), Some(_)) => fence = None,
            (Some(kind), None) => fence = Some(kind),
            (None, Some("text")) => lines.push((words(line), 1.0)),
            (None, Some(_)) => {}
            (None, None) => prose.extend([line, "\n"]),
        }
    }
    let inline = prose.split('`').skip(1).step_by(2).map(words);
    lines.extend(inline.filter(|words| words.len() >= 4).map(|words| (words, INLINE)));
    lines.retain(|(words, _)| !words.is_empty());
    lines
}

/// The words of a text with their weights, and its pairs of neighbours where both weigh full.
fn words(text: &str) -> Words {
    let mut sequence: Vec<(String, f64)> = Vec::new();
    let mut last = String::new();
    for raw in text.split_whitespace() {
        let marks = |c: char| "'\"`[](){}<>,:;.“”‘’…".contains(c);
        let token = raw.trim_matches(marks);
        if is_hash(token) {
            last.clear();
            continue;
        }
        let weight = if is_path(token) || is_quoted(raw) { NAME } else { 1.0 };
        for word in pieces(token) {
            if word.bytes().all(|b| b.is_ascii_digit()) {
                // The one number that tells: exit status 142, Errno 30.
                if last == "status" || last == "errno" {
                    sequence.push((format!("{last} {word}"), 1.0));
                }
            } else if word.chars().count() > 1 {
                last = word.to_lowercase();
                sequence.push((last.clone(), weight));
            }
        }
    }
    let mut words = Words::new();
    for pair in sequence.windows(2) {
        if let [(first, 1.0), (second, 1.0)] = pair {
            words.insert(format!("{first} {second}"), 1.0);
        }
    }
    for (word, weight) in sequence {
        let slot = words.entry(word).or_default();
        *slot = slot.max(weight);
    }
    words
}

/// Runs of letters (with the apostrophe in them) and runs of digits.
fn pieces(token: &str) -> impl Iterator<Item = &str> {
    let class = |c: char| {
        if c.is_ascii_digit() {
            1
        } else if c.is_alphabetic() || c == '\'' {
            2
        } else {
            0
        }
    };
    let mut rest = token;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|c| class(c) == 0);
        let kind = class(rest.chars().next()?);
        let (piece, tail) = rest.split_at(rest.find(|c| class(c) != kind).unwrap_or(rest.len()));
        rest = tail;
        Some(piece.trim_matches('\''))
    })
}

/// A path, and not two words such as fork/exec.
fn is_path(token: &str) -> bool {
    let letters = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphabetic());
    token.contains('/') && !token.split_once('/').is_some_and(|(a, b)| letters(a) && letters(b))
}

/// A name in quotes of its own; with digits it is a version, which tells.
fn is_quoted(raw: &str) -> bool {
    if raw.bytes().any(|b| b.is_ascii_digit()) {
        return false;
    }
    let raw = raw.trim_start_matches(['(', '[', '{']).trim_end_matches(['.', ',', ':', ';', ')', ']']);
    raw.len() > 1 && raw.starts_with(['\'', '"', '`', '‘', '“']) && raw.ends_with(['\'', '"', '`', '’', '”'])
}

/// A digest or the id of a request.
fn is_hash(token: &str) -> bool {
    let token = token.strip_prefix("sha256:").unwrap_or(token);
    token.len() >= 8
        && token.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
        && token.bytes().any(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_message() {
        let found = words("fork/exec /app/main: [Errno 13] can't 0123456789abcdef 'orders'");
        let names: Vec<&str> =
            found.iter().filter(|(_, weight)| **weight < 1.0).map(|(word, _)| word.as_str()).collect();
        assert_eq!(names, ["app", "main", "orders"]);
        for word in ["fork", "fork exec", "errno 13", "can't"] {
            assert!(found.contains_key(word), "{word}: {found:?}");
        }
    }

    #[test]
    fn any_text_is_taken() {
        for text in ["", "'", "é’…", "/", &"ü'".repeat(50_000), "the of and"] {
            assert!(search(text).is_empty(), "{text:.20}");
        }
    }
}
