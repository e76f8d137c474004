//! The words of a message or a quote: what weighs, what belongs together, and what is another project's own.

use std::collections::{BTreeMap, BTreeSet};

/// What a word of a path or a name in quotes weighs beside another.
const NAME: f64 = 0.2;

/// Words and pairs of words, with their weights.
pub(super) type Words = BTreeMap<String, f64>;

/// The words of a text with their weights, its pairs of neighbours where both weigh full, and which of all these name
/// the type of an error.
pub(super) fn words(text: &str) -> (Words, Vec<String>) {
    let mut sequence: Vec<(String, f64, usize)> = Vec::new();
    let (mut last, mut types) = (String::new(), Vec::new());
    // Only words of one phrase are neighbours. The type of an error is a separate phrase: some formats have it
    // before the message, others after it.
    let mut phrase = 0;
    for raw in text.replace('’', "'").split_whitespace() {
        let token = class_name(raw.trim_matches(is_mark));
        if is_hash(token) {
            last.clear();
            continue;
        }
        let is_type = is_type(token);
        let weight = if is_path(token) || (is_quoted(raw) && !is_type) { NAME } else { 1.0 };
        phrase += usize::from(is_type);
        for word in pieces(token) {
            if word.bytes().all(|b| b.is_ascii_digit()) {
                // The one number that tells: exit status 142, Errno 30.
                if last == "status" || last == "errno" {
                    sequence.push((format!("{last} {word}"), 1.0, phrase));
                }
            } else if word.chars().count() > 1 {
                for word in written_out(&word.to_lowercase()) {
                    word.clone_into(&mut last);
                    sequence.push((last.clone(), weight, phrase));
                    types.extend(is_type.then(|| last.clone()));
                }
            }
        }
        phrase += usize::from(is_type);
    }
    let mut words = Words::new();
    for pair in sequence.windows(2) {
        if let [(first, 1.0, before), (second, 1.0, after)] = pair
            && before == after
        {
            words.insert(format!("{first} {second}"), 1.0);
        }
    }
    types.extend(types.windows(2).map(|pair| pair.join(" ")).collect::<Vec<_>>());
    for (word, weight, _) in sequence {
        let slot = words.entry(word).or_default();
        *slot = slot.max(weight);
    }
    (words, types)
}

/// `doesn't` as `does` and `not`: people write it either way.
fn written_out(word: &str) -> impl Iterator<Item = &str> {
    let (word, not) = match word {
        "can't" | "cannot" => ("can", Some("not")),
        _ => word.strip_suffix("n't").map_or((word, None), |word| (word, Some("not"))),
    };
    std::iter::once(word).chain(not)
}

/// What stands around a word.
fn is_mark(c: char) -> bool {
    "'\"`[](){}<>,:;.“”‘’…|".contains(c)
}

/// The name of an error's type or code: `Runtime.ExitError`, `InvalidImage(SizeLimitExceeded`.
fn is_type(token: &str) -> bool {
    let name = token.bytes().all(|b| b.is_ascii_alphabetic() || b == b'.' || b == b'(');
    let humps = token.as_bytes().windows(2).filter(|pair| matches!(pair, [b'a'..=b'z', b'A'..=b'Z'])).count();
    name && (humps > 0 || token.starts_with("Runtime."))
}

/// `OutOfMemoryError` of `java.lang.OutOfMemoryError`: the packages that a type is in tell nothing.
fn class_name(token: &str) -> &str {
    let packages = token.starts_with(|c: char| c.is_ascii_lowercase()) && is_type(token);
    token.rsplit('.').next().filter(|name| packages && is_type(name)).unwrap_or(token)
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

/// A part of the file system that messages about different faults name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Area {
    Tmp,
    Home,
    Extensions,
    Runtime,
    Task,
    Other,
}

/// The areas that the paths of a text are in. A file name without a folder is the project's own.
pub(super) fn areas(text: &str) -> BTreeSet<Area> {
    let paths = text.split(|c: char| c.is_whitespace() || is_mark(c)).filter(|token| token.starts_with('/'));
    let of = |path: &str| {
        const KNOWN: &[(&str, Area)] = &[
            ("/tmp/", Area::Tmp),
            ("/home/", Area::Home),
            ("/root/", Area::Home),
            ("/opt/extensions/", Area::Extensions),
            ("/var/runtime/", Area::Runtime),
            ("/var/task/", Area::Task),
        ];
        KNOWN.iter().find(|(folder, _)| path.starts_with(folder)).map_or(Area::Other, |(_, area)| *area)
    };
    let bare = text.split_whitespace().filter(|token| is_quoted(token) && token.contains('.') && !token.contains('/'));
    paths.map(of).chain(bare.map(|_| Area::Other)).collect()
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
        let (found, types) = words("fork/exec /app/main: [Errno 13] can't 0123456789abcdef 'orders' Runtime.ExitError");
        let names: Vec<&str> =
            found.iter().filter(|(_, weight)| **weight < 1.0).map(|(word, _)| word.as_str()).collect();
        assert_eq!(names, ["app", "main", "orders"]);
        assert_eq!(types, ["runtime", "exiterror", "runtime exiterror"]);
        for word in ["fork", "fork exec", "errno 13", "can not"] {
            assert!(found.contains_key(word), "{word}: {found:?}");
        }
    }
}
