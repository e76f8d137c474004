//! From a piece of an error message to the rules whose pages quote it, best first.
//!
//! A page quotes errors in its `text` blocks and between backticks. Words and pairs of neighbouring words that few
//! pages quote weigh most; what differs from one project to the next (paths, names in quotes) weighs little, numbers
//! and hashes nothing.

use super::tokens::{Area, Words, areas, words};
use super::{import, message, program};
use crate::diagnostic::Severity;
use crate::facts::{self, Message, Sign};
use crate::page::Family;
use crate::rules::{self, RULES, Rule};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// A rule whose page quotes a message.
#[derive(Clone, Copy)]
pub struct Match {
    /// The rule.
    pub rule: &'static Rule,
    /// How much of what is rare is shared; only of use beside others.
    pub score: f64,
    /// How alike the message and a quote of the page are, from 0 to 1.
    pub fit: f64,
}

impl Match {
    fn is_certain(&self) -> bool {
        self.score >= CERTAIN.0 && self.fit >= CERTAIN.1
    }
}

/// Of a message no more than so much is looked at.
const LONGEST: usize = 64 * 1024;
/// What a quote between backticks weighs beside one in a block.
const INLINE: f64 = 0.5;
/// Scores that differ by less are the same.
const NEAR: f64 = 0.85;
/// What a piece of a quote counts for beside the whole of another.
const PIECE: f64 = 0.75;
/// What a word that no page quotes adds to the length of a message.
const UNKNOWN: f64 = 2.0;
/// A score below means that nothing but common words is shared.
const LEAST: f64 = 2.5;
/// A best match below these has nothing to do with the message. Measured over 280 messages with a rule and 60 without.
const CONVINCING: [(f64, f64); 3] = [(LEAST, SAME_TYPE), (5.0, 0.38), (9.0, 0.35)];
/// An error type of this many letters decides alone if at most four pages quote it.
const LONG_TYPE: usize = 14;
/// Less alike, a message without a rule is another one.
const OUTSIDE_FIT: f64 = 0.5;
/// What a status means that is the program's own.
const OWN_STATUS: &str = "the program that starts has ended with its own exit status: its lines before say why. Start the \
                          image with the runtime interface emulator to see them";
/// The status that programs end with after any fault.
const ANY_FAULT: &str = "status 1";
/// What it makes of the fit.
const SAME_TYPE: f64 = 0.7;
/// A match below these is not certain enough to be shown as the answer.
const CERTAIN: (f64, f64) = (10.0, 0.62);

/// How alike a message is at most to a rule that is one of many reasons for it: never certain.
const SYMPTOM: f64 = 0.5;

/// What a message without the end of its process has to score to be the reason of that end.
const SAYS: f64 = 6.0;

struct Quotes {
    rule: &'static Rule,
    lines: Vec<Line>,
}

/// One quote of a page.
struct Line {
    words: Words,
    /// Those of its words that name the type of the error. People paste a message with it or without.
    types: Vec<String>,
    /// The areas that its paths are in, if a fault happens only there.
    areas: BTreeSet<Area>,
    weight: f64,
}

impl Line {
    fn new(text: &str, weight: f64) -> Self {
        let (words, types) = words(text);
        let mut areas = areas(text);
        areas.retain(|area| matches!(area, Area::Tmp | Area::Home | Area::Extensions));
        Self { words, types, areas, weight }
    }
}

static QUOTES: LazyLock<Vec<Quotes>> = LazyLock::new(|| {
    let all = RULES.iter().copied().map(|rule| {
        let listed = listed(rule.code()).into_iter().map(|line| Line::new(&line, 1.0));
        Quotes { rule, lines: quotes(rule.page().body).into_iter().chain(listed).collect() }
    });
    all.filter(|quotes| !quotes.lines.is_empty()).collect()
});

/// Messages that no rule is about.
static OUTSIDE: LazyLock<Vec<(&'static Message, Vec<Line>)>> = LazyLock::new(|| {
    let lines = |message: &Message| message.text.iter().map(|text| Line::new(text, 1.0)).collect();
    facts::messages().iter().map(|message| (message, lines(message))).collect()
});

/// On how many pages a word is quoted.
static PAGES: LazyLock<BTreeMap<&'static str, u32>> = LazyLock::new(|| {
    let mut pages = BTreeMap::new();
    for lines in QUOTES.iter().map(|quotes| &quotes.lines).chain(OUTSIDE.iter().map(|(_, lines)| lines)) {
        let mut words: Vec<&str> = lines.iter().flat_map(|line| line.words.keys().map(String::as_str)).collect();
        words.sort_unstable();
        words.dedup();
        words.into_iter().for_each(|word| *pages.entry(word).or_default() += 1);
    }
    pages
});

/// The rules whose pages quote a message, best first; none where the best shares too little with it.
pub fn search(message: &str) -> Vec<Match> {
    let mut matches = all(message);
    let sign = sign(message);
    let known = || own_status(message) || program::unknown(bounded(message)).is_some();
    if sign.map_or_else(known, |sign| sign.rules.is_empty()) {
        return Vec::new();
    }
    if let Some(sign) = sign {
        let fit = if sign.symptom { SYMPTOM } else { 1.0 };
        for code in sign.rules.iter().rev() {
            let score = matches.first().map_or(CERTAIN.0, |best| best.score);
            take(&mut matches, code);
            if let Some(rule) = rules::find(code) {
                matches.insert(0, Match { rule, score, fit });
            }
        }
        return matches;
    }
    if let Some(rule) = program::missing(bounded(message)).and_then(rules::find) {
        let score = take(&mut matches, rule.code()).map_or(CERTAIN.0, |found| found.score.max(CERTAIN.0));
        matches.insert(0, Match { rule, score, fit: 1.0 });
        return matches;
    }
    // Pages about modules quote the same words, and the names tell which one is meant.
    let score = matches.first().map_or(LEAST, |best| best.score);
    if let Some(rule) = import::missing(bounded(message)).and_then(rules::find) {
        let fit = take(&mut matches, rule.code()).map_or(0.0, |found| found.fit);
        matches.insert(0, Match { rule, score, fit });
        for other in import::also(rule.code()).iter().rev().filter_map(|code| rules::find(code)) {
            let found = take(&mut matches, other.code()).unwrap_or(Match { rule: other, score: LEAST, fit: 0.0 });
            matches.insert(1, found);
        }
        return matches;
    }
    // The type of an error alone is asked for on purpose.
    let (asked, types) = words(bounded(message));
    let convincing = |best: &Match| {
        types.len() == asked.len() || CONVINCING.iter().any(|(score, fit)| best.score >= *score && best.fit >= *fit)
    };
    if !matches.first().is_some_and(convincing) {
        matches.clear();
    }
    matches
}

/// Takes the match of a rule out of some.
fn take(matches: &mut Vec<Match>, code: &str) -> Option<Match> {
    let at = matches.iter().position(|found| found.rule.code() == code)?;
    Some(matches.remove(at))
}

/// Whether a message says nothing but that a process ended with a status that no page quotes: the program's own.
fn own_status(message: &str) -> bool {
    let lines = message::telling(bounded(message));
    let (asked, _) = words(&lines.join("\n"));
    let status = |word: &String| word.strip_prefix("status ").is_some_and(|rest| rest.parse::<u32>().is_ok());
    !lines.is_empty()
        && lines.iter().all(|line| message::is_epilogue(line))
        && asked.keys().filter(|word| status(word)).any(|word| word == ANY_FAULT || !PAGES.contains_key(word.as_str()))
}

/// The words in a message that tell what it is about, whatever else it says.
fn sign(message: &str) -> Option<&'static Sign> {
    let text = message::telling(bounded(message)).join("\n").to_lowercase();
    facts::signs().iter().find(|sign| sign.is_in(&text))
}

fn all(message: &str) -> Vec<Match> {
    let lines = message::telling(bounded(message));
    // How a process ended follows from what it said before, if it said something.
    let said: Vec<&str> = lines.iter().map(String::as_str).filter(|line| !message::is_epilogue(line)).collect();
    if said.len() < lines.len() {
        let matches = ranked(&said);
        if matches.first().is_some_and(|best| best.score >= SAYS) {
            return matches;
        }
    }
    ranked(&lines.iter().map(String::as_str).collect::<Vec<_>>())
}

fn ranked(lines: &[&str]) -> Vec<Match> {
    let (message, types) = words(&lines.join("\n"));
    // The type of an error alone is asked for on purpose.
    let least = if types.len() < message.len() { LEAST } else { LEAST / 2.0 };
    // Lambda's own messages are what people come with; where a page of another family quotes one, it is in passing.
    let share = |rule: &Rule| if rule.family() == Family::Lambda { 1.0 } else { 0.5 };
    let each: Vec<Words> = lines.iter().map(|line| words(line).0).collect();
    let places = areas(&lines.join("\n"));
    let found = |quotes: &'static Quotes| {
        let lines: Vec<&Line> = quotes.lines.iter().filter(|line| line.may_be_at(&places)).collect();
        let score = score(&message, &lines) * share(quotes.rule);
        (score >= least).then(|| Match { rule: quotes.rule, score, fit: fit(&each, &lines) })
    };
    let mut matches: Vec<Match> = QUOTES.iter().filter_map(found).collect();
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

/// What a message means that no rule is about, or that a rule alone does not say: none where a rule's page quotes more
/// of it.
pub fn outside(message: &str) -> Option<&'static str> {
    if let Some(sign) = sign(message) {
        return sign.means;
    }
    if own_status(message) {
        return Some(OWN_STATUS);
    }
    if let Some(means) = program::unknown(bounded(message)) {
        return Some(means);
    }
    let telling = message::telling(bounded(message));
    let (asked, _) = words(&telling.join("\n"));
    let each: Vec<Words> = telling.iter().map(|line| words(line).0).collect();
    let all = OUTSIDE.iter().map(|(message, lines)| (message.means, lines.iter().collect::<Vec<_>>()));
    let alike = all.filter(|(_, lines)| fit(&each, lines) >= OUTSIDE_FIT);
    let scores = alike.map(|(means, lines)| (score(&asked, &lines), means));
    let (best, means) = scores.max_by(|(a, _), (b, _)| a.total_cmp(b))?;
    let rules = search(message).iter().map(|found| found.score).fold(SAYS, f64::max);
    (best * NEAR > rules).then_some(means)
}

/// The beginning of a message, which is all that is looked at of one without an end.
fn bounded(message: &str) -> &str {
    let end = message.char_indices().map(|(at, _)| at).take_while(|at| *at <= LONGEST).last().unwrap_or_default();
    if message.len() > LONGEST { message.get(..end).unwrap_or_default() } else { message }
}

/// Whether the first of some matches is surely what is meant.
pub fn clear(matches: &[Match]) -> bool {
    match matches {
        [] => false,
        [first] => first.is_certain(),
        [first, second, ..] => first.is_certain() && second.score < first.score * 0.75,
    }
}

/// How rare a word is on the pages.
fn rare(word: &str) -> Option<f64> {
    let all = u32::try_from(QUOTES.len()).unwrap_or(u32::MAX);
    PAGES.get(word).map(|pages| (1.0 + f64::from(all) / f64::from(*pages)).ln())
}

/// For each shared word the best of the lines it is quoted in: how rare it is, and how much of the line, or of the
/// message, is shared.
fn score<'a>(message: &Words, lines: &[&'a Line]) -> f64 {
    // Words that no page quotes are the message's own affair; that there are many says that it is about more.
    let asked: f64 = message.iter().map(|(word, own)| own * rare(word).unwrap_or(UNKNOWN)).sum();
    let mut best: BTreeMap<&'a str, f64> = BTreeMap::new();
    for Line { words: line, types, weight, .. } in lines {
        let worth = |(word, own): (&'a String, &f64)| Some((word.as_str(), rare(word)? * own.min(*message.get(word)?)));
        let due = |word: &String| message.contains_key(word) || !types.contains(word);
        let whole: f64 =
            line.iter().filter(|(word, _)| due(word)).map(|(word, own)| own * rare(word).unwrap_or_default()).sum();
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

/// How alike a line of a message and a quote are at best: the share of both that they have in common, from 0 to 1.
fn fit(message: &[Words], lines: &[&Line]) -> f64 {
    let pairs = message.iter().flat_map(|own| lines.iter().map(move |line| (own, line)));
    let alike = pairs.map(|(own, Line { words: quote, types, .. })| {
        let asked: f64 = own.iter().map(|(word, weight)| weight * rare(word).unwrap_or(UNKNOWN)).sum();
        let due = |word: &String| own.contains_key(word) || !types.contains(word);
        let worth = |(word, weight): (&String, &f64)| weight * rare(word).unwrap_or_default();
        let whole: f64 = quote.iter().filter(|(word, _)| due(word)).map(worth).sum();
        let shared: f64 =
            quote.iter().filter_map(|(word, weight)| Some(rare(word)? * weight.min(*own.get(word)?))).sum();
        let fit = (shared / asked.max(f64::MIN_POSITIVE) * shared / whole.max(f64::MIN_POSITIVE)).sqrt();
        let tells = |word: &String| {
            word.len() >= LONG_TYPE
                && own.contains_key(word)
                && PAGES.get(word.as_str()).is_some_and(|pages| *pages <= 4)
        };
        if types.iter().any(tells) { fit.max(SAME_TYPE) } else { fit }
    });
    alike.fold(0.0, f64::max)
}

impl Line {
    /// Whether a message with paths in some areas may say the same: a fault of /tmp is not one of the task root.
    fn may_be_at(&self, places: &BTreeSet<Area>) -> bool {
        self.areas.is_empty() || places.is_empty() || !self.areas.is_disjoint(places)
    }
}

/// What a page would quote for every name that its rule has a table of.
fn listed(code: &str) -> Vec<String> {
    let not_found = |name: &str| format!("{name}: command not found");
    match code {
        "LL801" => program::MANAGERS.iter().copied().map(not_found).collect(),
        "LL803" => facts::absent_tools().map(not_found).collect(),
        _ => Vec::new(),
    }
}

/// The lines of a page's `text` blocks, and what stands between backticks and is long enough to be a message.
fn quotes(body: &str) -> Vec<Line> {
    let (mut lines, mut prose, mut fence) = (Vec::new(), String::new(), None);
    for line in body.lines() {
        match (line.strip_prefix("```"), fence) {
            (Some(_), Some(_)) => fence = None,
            (Some(kind), None) => fence = Some(kind),
            (None, Some("text")) => lines.push(Line::new(line, 1.0)),
            (None, Some(_)) => {}
            (None, None) => prose.extend([line, "\n"]),
        }
    }
    let inline = prose.split('`').skip(1).step_by(2).map(|text| Line::new(text, INLINE));
    lines.extend(inline.filter(|line| line.words.len() >= 4));
    lines.retain(|line| !line.words.is_empty());
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_is_taken() {
        for text in ["", "'", "é’…", "/", &"ü'".repeat(50_000), "the of and"] {
            assert!(search(text).is_empty(), "{text:.20}");
        }
    }
}
