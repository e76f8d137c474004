//! Variables in a word, expanded as BuildKit's shell lexer does, with a third value for what is not known.

use crate::meter::{self, Work};

/// Where variables come from.
pub trait Scope {
    /// What is known of a variable.
    fn get(&self, name: &str) -> Var;
}

/// What is known of a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Var {
    /// It has this value.
    Value(String),
    /// It is known not to be set.
    Unset,
    /// It may have any value.
    Unknown,
}

/// A word with its variables expanded and its quotes taken off.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expansion {
    /// The text; `None` if an unknown variable is in it.
    pub value: Option<String>,
    /// The text before the first unknown variable.
    pub prefix: String,
    /// The text after the last unknown variable.
    pub suffix: String,
    /// Variables that were asked for and have a value, in order.
    pub used: Vec<String>,
    /// Variables that were asked for and are not set, in order.
    pub unset: Vec<String>,
}

/// Why BuildKit would refuse a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpandError(pub String);

/// `${a:-${b:-…}}` may go this deep.
const MAX_DEPTH: usize = 64;
/// An expansion longer than this, in bytes, counts as unknown: values can double with every line.
const MAX_LENGTH: usize = 64 * 1024;
/// `${x#pattern}` is tried on values up to this length, in bytes.
const MAX_MATCHED: usize = 4096;

/// Expands a word: BuildKit's `ProcessWord`.
pub fn word(text: &str, escape: char, scope: &dyn Scope) -> Result<Expansion, ExpandError> {
    if !text.contains(['$', '\'', '"', escape]) {
        return Ok(Pieces::known(text).finish());
    }
    Ok(run(text, escape, scope)?.0.finish())
}

/// Expands a text and parts it at blanks that stand outside quotes or come from variables: BuildKit's
/// `ProcessWords`.
pub fn words(text: &str, escape: char, scope: &dyn Scope) -> Result<Vec<String>, ExpandError> {
    let (_, words) = run(text, escape, scope)?;
    Ok(words.list)
}

fn run(text: &str, escape: char, scope: &dyn Scope) -> Result<(Pieces, Words), ExpandError> {
    let mut lexer = Lexer { chars: text.chars().peekable(), escape, scope, depth: 0, asked: Pieces::default() };
    let mut words = Words::default();
    let mut pieces = lexer.until(None, false, &mut words)?;
    words.end();
    pieces.used = lexer.asked.used;
    pieces.unset = lexer.asked.unset;
    Ok((pieces, words))
}

/// A text that grows, and what in it is not known.
#[derive(Default)]
struct Pieces {
    text: String,
    /// Where in `text` the first and the last unknown part stand.
    unknown: Option<(usize, usize)>,
    used: Vec<String>,
    unset: Vec<String>,
}

impl Pieces {
    fn known(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    fn unknown() -> Self {
        Self { unknown: Some((0, 0)), ..Self::default() }
    }

    fn push(&mut self, c: char) {
        self.text.push(c);
    }

    fn append(&mut self, other: &Self) {
        let base = self.text.len();
        if base + other.text.len() > MAX_LENGTH {
            self.unknown = Some((self.unknown.map_or(base, |(first, _)| first), base));
            return;
        }
        self.text.push_str(&other.text);
        if let Some((first, last)) = other.unknown {
            self.unknown = Some((self.unknown.map_or(base + first, |(old, _)| old), base + last));
        }
    }

    fn value(&self) -> Option<&str> {
        self.unknown.is_none().then_some(self.text.as_str())
    }

    fn finish(self) -> Expansion {
        let (first, last) = self.unknown.unwrap_or((self.text.len(), 0));
        Expansion {
            prefix: self.text[..first].to_owned(),
            suffix: self.text[last..].to_owned(),
            value: self.unknown.is_none().then_some(self.text),
            used: self.used,
            unset: self.unset,
        }
    }
}

/// Words as they are parted while the text grows.
#[derive(Default)]
struct Words {
    list: Vec<String>,
    word: String,
    started: bool,
}

impl Words {
    fn character(&mut self, c: char) {
        if c.is_whitespace() {
            self.end();
        } else {
            self.word.push(c);
            self.started = true;
        }
    }

    fn raw(&mut self, text: &str) {
        self.word.push_str(text);
        self.started = true;
    }

    fn string(&mut self, text: &str) {
        text.chars().for_each(|c| self.character(c));
    }

    fn end(&mut self) {
        if std::mem::take(&mut self.started) {
            self.list.push(std::mem::take(&mut self.word));
        }
    }
}

struct Lexer<'a> {
    chars: std::iter::Peekable<std::str::Chars<'a>>,
    escape: char,
    scope: &'a dyn Scope,
    depth: usize,
    asked: Pieces,
}

impl Lexer<'_> {
    /// Reads up to the stop character, which is taken, or to the end. `raw` keeps escapes for patterns.
    fn until(&mut self, stop: Option<char>, raw: bool, words: &mut Words) -> Result<Pieces, ExpandError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(ExpandError("variables are nested too deep".into()));
        }
        let mut out = Pieces::default();
        while let Some(&c) = self.chars.peek() {
            if Some(c) == stop {
                self.chars.next();
                self.depth -= 1;
                return Ok(out);
            }
            match c {
                '\'' => {
                    let quoted = self.single()?;
                    words.raw(&quoted);
                    out.append(&Pieces::known(quoted));
                }
                '"' => {
                    let quoted = self.double()?;
                    words.raw(&quoted.text);
                    out.append(&quoted);
                }
                '$' => {
                    let value = self.dollar()?;
                    words.string(&value.text);
                    out.append(&value);
                }
                _ => {
                    self.chars.next();
                    if c == self.escape {
                        if raw {
                            out.push(c);
                        }
                        let Some(next) = self.chars.next() else { break };
                        out.push(next);
                        words.raw(next.encode_utf8(&mut [0; 4]));
                    } else {
                        out.push(c);
                        words.character(c);
                    }
                }
            }
        }
        match stop {
            Some(stop) => Err(ExpandError(format!("unexpected end of statement while looking for matching {stop}"))),
            None => {
                self.depth -= 1;
                Ok(out)
            }
        }
    }

    fn single(&mut self) -> Result<String, ExpandError> {
        self.chars.next();
        let mut text = String::new();
        for c in self.chars.by_ref() {
            if c == '\'' {
                return Ok(text);
            }
            text.push(c);
        }
        Err(ExpandError("unexpected end of statement while looking for matching single-quote".into()))
    }

    fn double(&mut self) -> Result<Pieces, ExpandError> {
        self.chars.next();
        let mut out = Pieces::default();
        while let Some(&c) = self.chars.peek() {
            match c {
                '"' => {
                    self.chars.next();
                    return Ok(out);
                }
                '$' => {
                    let value = self.dollar()?;
                    out.append(&value);
                }
                _ => {
                    self.chars.next();
                    if c == self.escape {
                        match self.chars.next() {
                            None => break,
                            Some(next) if next == '"' || next == '$' || next == self.escape => out.push(next),
                            Some(next) => {
                                out.push(c);
                                out.push(next);
                            }
                        }
                    } else {
                        out.push(c);
                    }
                }
            }
        }
        Err(ExpandError("unexpected end of statement while looking for matching double-quote".into()))
    }

    fn name(&mut self) -> String {
        let mut name = String::new();
        let digits = self.chars.peek().is_some_and(char::is_ascii_digit);
        while let Some(&c) = self.chars.peek() {
            if name.is_empty() && "@*#?-$!".contains(c) {
                self.chars.next();
                return c.to_string();
            }
            let fits = if digits { c.is_ascii_digit() } else { c.is_alphanumeric() || c == '_' };
            if !fits {
                break;
            }
            name.push(c);
            self.chars.next();
        }
        name
    }

    fn get(&mut self, name: &str) -> Var {
        // Every value is copied, and a line can name one ten thousand times.
        let var = match self.scope.get(name) {
            Var::Value(value) if !meter::take(Work::Expansion, value.len() as u64) => Var::Unknown,
            var => var,
        };
        match var {
            Var::Value(_) => self.asked.used.push(name.to_owned()),
            Var::Unset => self.asked.unset.push(name.to_owned()),
            Var::Unknown => {}
        }
        var
    }

    fn plain(&mut self, name: &str) -> Pieces {
        match self.get(name) {
            Var::Value(value) => Pieces::known(value),
            Var::Unset => Pieces::default(),
            Var::Unknown => Pieces::unknown(),
        }
    }

    fn dollar(&mut self) -> Result<Pieces, ExpandError> {
        self.chars.next();
        if self.chars.peek() != Some(&'{') {
            let name = self.name();
            return Ok(if name.is_empty() { Pieces::known("$") } else { self.plain(&name) });
        }
        self.chars.next();
        match self.chars.peek() {
            None => return Err(ExpandError("syntax error: missing '}'".into())),
            Some('{' | '}' | ':') => return Err(ExpandError("syntax error: bad substitution".into())),
            Some(_) => {}
        }
        let name = self.name();
        let missing = || ExpandError("syntax error: missing '}'".into());
        match self.chars.next() {
            None => Err(missing()),
            Some('}') => Ok(self.plain(&name)),
            Some('/') => self.substitute(&name),
            Some(':') => {
                let operator = self.chars.next().ok_or_else(missing)?;
                self.modify(&name, operator, true)
            }
            Some(operator) => self.modify(&name, operator, false),
        }
    }

    fn modify(&mut self, name: &str, operator: char, null_is_unset: bool) -> Result<Pieces, ExpandError> {
        if !"+-?#%".contains(operator) || (null_is_unset && "#%".contains(operator)) {
            let colon = if null_is_unset { ":" } else { "" };
            return Err(ExpandError(format!("unsupported modifier ({colon}{operator}) in substitution")));
        }
        let raw = matches!(operator, '#' | '%');
        let word = self.until(Some('}'), raw, &mut Words::default()).map_err(|error| {
            if self.chars.peek().is_none() { ExpandError("syntax error: missing '}'".into()) } else { error }
        })?;
        let var = self.get(name);
        if var == Var::Unknown {
            return Ok(Pieces::unknown());
        }
        let value = match var {
            Var::Value(value) => Some(value),
            _ => None,
        };
        let there = value.as_ref().is_some_and(|value| !(null_is_unset && value.is_empty()));
        match operator {
            '-' if !there => Ok(word),
            '+' if !there => Ok(Pieces::default()),
            '+' => Ok(word),
            '?' if !there => {
                let empty = if value.is_some() { "is not allowed to be empty" } else { "is not allowed to be unset" };
                let message = if word.text.is_empty() { empty } else { &word.text };
                Err(ExpandError(format!("{name}: {message}")))
            }
            '#' | '%' => {
                let value = value.unwrap_or_default();
                Ok(word
                    .value()
                    .and_then(|pattern| trim(&value, pattern, operator))
                    .map_or_else(Pieces::unknown, Pieces::known))
            }
            _ => Ok(Pieces::known(value.unwrap_or_default())),
        }
    }

    fn substitute(&mut self, name: &str) -> Result<Pieces, ExpandError> {
        let all = self.chars.next_if_eq(&'/').is_some();
        let pattern = self.until(Some('/'), true, &mut Words::default())?;
        let replacement = self.until(Some('}'), true, &mut Words::default())?;
        let value = match self.get(name) {
            Var::Unknown => return Ok(Pieces::unknown()),
            Var::Unset => String::new(),
            Var::Value(value) => value,
        };
        let (Some(pattern), Some(replacement)) = (pattern.value(), replacement.value()) else {
            return Ok(Pieces::unknown());
        };
        Ok(replace(&value, pattern, replacement, all).map_or_else(Pieces::unknown, Pieces::known))
    }
}

/// A shell pattern: `*`, `?` and characters; an escape makes the next one plain.
fn pattern(text: &str) -> Vec<Glob> {
    let mut globs = Vec::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        globs.push(match c {
            '*' => Glob::Many,
            '?' => Glob::One,
            '\\' => Glob::Char(chars.next().unwrap_or('\\')),
            c => Glob::Char(c),
        });
    }
    globs
}

#[derive(Clone, Copy, PartialEq)]
enum Glob {
    Many,
    One,
    Char(char),
}

/// The lengths, in characters, of all prefixes of `text` that a pattern matches, shortest first; `None` where trying it
/// costs too much.
fn matches(globs: &[Glob], text: &[char]) -> Option<Vec<usize>> {
    if !meter::take(Work::Expansion, (globs.len() * (text.len() + 1)) as u64) {
        return None;
    }
    let mut reach = vec![false; text.len() + 1];
    reach[0] = true;
    for glob in globs {
        let mut next = vec![false; text.len() + 1];
        let mut any = false;
        for at in 0..=text.len() {
            any |= reach[at];
            next[at] = match glob {
                Glob::Many => any,
                Glob::One => at > 0 && reach[at - 1],
                Glob::Char(c) => at > 0 && reach[at - 1] && text[at - 1] == *c,
            };
        }
        reach = next;
    }
    Some((0..=text.len()).filter(|&at| reach[at]).collect())
}

/// `${x#p}`, `${x##p}`, `${x%p}`, `${x%%p}`; `None` where the value is too long to try.
fn trim(value: &str, word: &str, operator: char) -> Option<String> {
    if value.len() > MAX_MATCHED || word.len() > MAX_MATCHED {
        return None;
    }
    let (greedy, word) = word.strip_prefix(operator).map_or((false, word), |rest| (true, rest));
    let mut globs = pattern(word);
    let mut chars: Vec<char> = value.chars().collect();
    if operator == '%' {
        globs.reverse();
        chars.reverse();
    }
    let found = matches(&globs, &chars)?;
    let cut = if greedy { found.last() } else { found.first() }.copied().unwrap_or(0);
    let mut kept: Vec<char> = chars.split_off(cut);
    if operator == '%' {
        kept.reverse();
    }
    Some(kept.into_iter().collect())
}

/// `${x/p/r}` and `${x//p/r}`; `None` where the value is too long to try.
fn replace(value: &str, word: &str, replacement: &str, all: bool) -> Option<String> {
    let globs = pattern(word);
    let chars: Vec<char> = value.chars().collect();
    if chars.len().saturating_mul(chars.len()).saturating_mul(globs.len()) > MAX_MATCHED * MAX_MATCHED {
        return None;
    }
    let mut out = String::new();
    let mut at = 0;
    let mut done = false;
    // A pattern that matches nothing at all fits between any two characters, but not right after a match.
    let mut behind = false;
    while at <= chars.len() {
        let found = if done { None } else { matches(&globs, &chars[at..])?.last().copied() };
        match found {
            Some(length) if length > 0 || !behind => {
                out.push_str(replacement);
                done = !all;
                at += length;
                behind = length > 0;
                if length > 0 {
                    continue;
                }
            }
            _ => behind = false,
        }
        out.extend(chars.get(at));
        at += 1;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Known;
    impl Scope for Known {
        fn get(&self, name: &str) -> Var {
            match name {
                "A" => Var::Value("a.b.c".into()),
                "E" => Var::Value(String::new()),
                "U" => Var::Unknown,
                _ => Var::Unset,
            }
        }
    }

    fn expand(text: &str) -> Option<String> {
        word(text, '\\', &Known).unwrap().value
    }

    #[test]
    fn operators() {
        for (text, value) in [
            ("${A}", "a.b.c"),
            ("${X:-d}", "d"),
            ("${E-d}", ""),
            ("${E:-d}", "d"),
            ("${A:+y}", "y"),
            ("${A#*.}", "b.c"),
            ("${A##*.}", "c"),
            ("${A%.*}", "a.b"),
            ("${A%%.*}", "a"),
            ("${A/./-}", "a-b.c"),
            ("${A//./-}", "a-b-c"),
            ("'$A'", "$A"),
            ("\"$A\"", "a.b.c"),
            ("\\$A", "$A"),
            ("$.", "$."),
            ("${X:-${A}}", "a.b.c"),
        ] {
            assert_eq!(expand(text).as_deref(), Some(value), "{text}");
        }
    }

    #[test]
    fn an_unknown_variable_hides_the_value_and_no_more() {
        let expansion = word("img:$U-x", '\\', &Known).unwrap();
        assert_eq!((expansion.value, expansion.prefix.as_str(), expansion.suffix.as_str()), (None, "img:", "-x"));
        assert_eq!(expand("${X:+$U}").as_deref(), Some(""));
    }

    #[test]
    fn what_costs_too_much_is_unknown() {
        struct Long;
        impl Scope for Long {
            fn get(&self, name: &str) -> Var {
                Var::Value(if name == "P" { "*a".repeat(2_000) } else { "a".repeat(4_000) })
            }
        }
        for text in ["$V ", "${V#$P} ", "${V%%$P} ", "${V/$P/x} ", "${V//a/b} "] {
            meter::begin();
            assert!(word(text, '\\', &Long).is_ok());
            // A debug build counts to the end slowly.
            meter::take(Work::Expansion, meter::left(Work::Expansion).saturating_sub(2_000_000));
            let line = text.repeat(1_000);
            while meter::left(Work::Expansion) > 0 {
                assert_eq!(word(&line, '\\', &Long).unwrap().value, None, "{text}");
            }
            assert_eq!(word("$V", '\\', &Long).unwrap().value, None);
        }
        meter::begin();
    }

    #[test]
    fn what_buildkit_refuses() {
        for text in ["'a", "\"a", "${", "${}", "${A", "${A:x}", "${X?gone}", "${A:=x}"] {
            assert!(word(text, '\\', &Known).is_err(), "{text}");
        }
        assert!(word(&"${X:-".repeat(10_000), '\\', &Known).is_err());
    }
}
