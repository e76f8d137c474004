//! One logical instruction to one typed [`Instruction`], as BuildKit's line parsers and instruction checks
//! decide it.

use super::blank::is_separator;
use super::scan::{self, Logical};
use super::words::{json_strings, pieces, value_words};
use super::{Command, Copy, Dockerfile, Fault, Flag, From, Instruction, Kind, Pair, Text, Word};
use crate::source::{Source, Span};
use crate::suggest;

/// Docker's instructions, for suggestions.
const KEYWORDS: &[&str] = &[
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
];

/// `true` if a word is one of Docker's instructions.
pub(super) fn is_keyword(word: &str) -> bool {
    KEYWORDS.iter().any(|keyword| keyword.eq_ignore_ascii_case(word))
}

impl Dockerfile {
    /// Reads a Dockerfile. Never fails: what Docker would refuse is in `faults` and in
    /// [`Kind::Unreadable`].
    pub fn read(bytes: impl Into<Vec<u8>>) -> Self {
        let source = Source::new(bytes);
        let scanned = scan::scan(&source);
        let reader = Reader { escape: scanned.escape };
        let mut faults = scanned.faults;
        let instructions: Vec<Instruction> =
            scanned.logical.into_iter().map(|logical| reader.instruction(logical)).collect();
        let first = instructions.iter().position(|i| i.keyword.text.eq_ignore_ascii_case("from"));
        for early in &instructions[..first.unwrap_or(0)] {
            if !matches!(early.kind, Kind::Arg(_) | Kind::Unreadable(_)) {
                let message = format!("{} before the first FROM", early.keyword.text.to_ascii_uppercase());
                faults.push(Fault { span: early.span, message });
            }
        }
        let Scanned { escape, directives, comments } =
            Scanned { escape: scanned.escape, directives: scanned.directives, comments: scanned.comments };
        Self { source, escape, directives, comments, instructions, faults }
    }
}

/// What of the scan goes into the file as it is.
struct Scanned {
    escape: char,
    directives: Vec<super::Directive>,
    comments: Vec<super::Comment>,
}

struct Reader {
    escape: char,
}

/// Why an instruction cannot be read, and where.
type Refused = (Span, String);

impl Reader {
    fn instruction(&self, logical: Logical) -> Instruction {
        let Logical { text, span, heredocs, gap, fault } = logical;
        let (keyword, rest) = keyword(&text);
        let (flags, rest) = flags(&rest);
        let upper = keyword.text.to_ascii_uppercase();
        let mut instruction =
            Instruction { keyword, span, flags, rest, heredocs, gap, kind: Kind::Stopsignal(Word::default()) };
        let kind = match fault {
            Some(fault) => Err((fault.span, fault.message)),
            None => check_flags(&upper, &instruction.flags).and_then(|()| self.kind(&upper, &instruction)),
        };
        instruction.kind = kind.unwrap_or_else(|(span, message)| Kind::Unreadable(Fault { span, message }));
        instruction
    }

    fn kind(&self, keyword: &str, instruction: &Instruction) -> Result<Kind, Refused> {
        let rest = &instruction.rest;
        let refuse = |message: &str| Err((instruction.span, message.to_owned()));
        let needs_one = || refuse(&format!("{keyword} requires at least one argument"));
        match keyword {
            "FROM" => from(instruction),
            "RUN" if rest.text.is_empty() => needs_one(),
            "RUN" => Ok(Kind::Run(command(rest))),
            "CMD" => Ok(Kind::Cmd(command(rest))),
            "ENTRYPOINT" => Ok(Kind::Entrypoint(command(rest))),
            "SHELL" => match json_strings(rest) {
                None => refuse("SHELL requires the arguments to be in JSON form"),
                Some(words) if words.is_empty() => needs_one(),
                Some(words) => Ok(Kind::Shell(words)),
            },
            "ENV" => {
                let (pairs, legacy) = self.pairs(keyword, instruction, true)?;
                Ok(Kind::Env { pairs, legacy })
            }
            "LABEL" => Ok(Kind::Label(self.pairs(keyword, instruction, false)?.0)),
            "ARG" => self.arg(instruction),
            "COPY" => Ok(Kind::Copy(copy(keyword, instruction)?)),
            "ADD" => Ok(Kind::Add(copy(keyword, instruction)?)),
            "WORKDIR" | "USER" | "STOPSIGNAL" | "MAINTAINER" => {
                if rest.text.is_empty() {
                    return refuse(&format!("{keyword} requires exactly one argument"));
                }
                let word = Word { text: rest.text.clone(), span: rest.span };
                Ok(match keyword {
                    "WORKDIR" => Kind::Workdir(word),
                    "USER" => Kind::User(word),
                    "STOPSIGNAL" => Kind::Stopsignal(word),
                    _ => Kind::Maintainer(word),
                })
            }
            "EXPOSE" => match pieces(rest) {
                words if words.is_empty() => needs_one(),
                words => Ok(Kind::Expose(words)),
            },
            "VOLUME" => match json_strings(rest).unwrap_or_else(|| pieces(rest)) {
                words if words.is_empty() => needs_one(),
                words if words.iter().any(|word| word.text.is_empty()) => {
                    refuse("VOLUME specified can not be an empty string")
                }
                words => Ok(Kind::Volume(words)),
            },
            "HEALTHCHECK" => healthcheck(instruction),
            "ONBUILD" => self.onbuild(instruction),
            _ => Err((instruction.keyword.span, unknown(&instruction.keyword.text))),
        }
    }

    /// `KEY=value` pairs of ENV and LABEL, or the old `KEY the rest` of ENV and LABEL.
    fn pairs(&self, keyword: &str, instruction: &Instruction, env: bool) -> Result<(Vec<Pair>, bool), Refused> {
        let rest = &instruction.rest;
        let words = value_words(rest, self.escape);
        let Some(first) = words.first() else {
            return Err((instruction.span, format!("{keyword} requires at least one argument")));
        };
        if !first.text.contains('=') {
            let end = rest.text.find(is_separator).unwrap_or(rest.text.len());
            let value = rest.text[end..].trim_start_matches(is_separator);
            if value.is_empty() {
                return Err((instruction.span, format!("{keyword} must have two arguments")));
            }
            let start = rest.text.len() - value.len();
            let key = Word { text: rest.text[..end].to_owned(), span: rest.locate(0, end) };
            let value = Word { text: value.to_owned(), span: rest.locate(start, rest.text.len()) };
            return Ok((vec![Pair { key, value: Some(value) }], env));
        }
        let mut pairs = Vec::new();
        for word in &words {
            let Some((key, _)) = word.text.split_once('=') else {
                let message = format!("can't find = in `{}`: it must be of the form name=value", word.text);
                return Err((word.span, message));
            };
            if key.is_empty() {
                return Err((word.span, format!("{keyword} names can not be blank")));
            }
            pairs.push(split(word));
        }
        Ok((pairs, false))
    }

    fn arg(&self, instruction: &Instruction) -> Result<Kind, Refused> {
        let words = value_words(&instruction.rest, self.escape);
        if words.is_empty() {
            return Err((instruction.span, "ARG requires at least one argument".into()));
        }
        if let Some(word) = words.iter().find(|word| word.text.starts_with('=')) {
            return Err((word.span, "ARG names can not be blank".into()));
        }
        Ok(Kind::Arg(words.iter().map(split).collect()))
    }

    fn onbuild(&self, instruction: &Instruction) -> Result<Kind, Refused> {
        let rest = instruction.rest.clone();
        if rest.text.is_empty() {
            return Err((instruction.span, "ONBUILD requires at least one argument".into()));
        }
        let span = Span::new(rest.span.start, instruction.span.end);
        let heredocs = instruction.heredocs.clone();
        // One level only, so this cannot go deep: a trigger that is ONBUILD itself is refused unread.
        let (word, _) = keyword(&rest);
        match word.text.to_ascii_uppercase().as_str() {
            "ONBUILD" => Err((word.span, "chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed".into())),
            name @ ("FROM" | "MAINTAINER") => Err((word.span, format!("{name} isn't allowed as an ONBUILD trigger"))),
            _ => {
                let trigger = self.instruction(Logical { text: rest, span, heredocs, gap: None, fault: None });
                Ok(Kind::Onbuild(Box::new(trigger)))
            }
        }
    }
}

/// The flags at the beginning of the arguments, and what comes after them.
fn flags(text: &Text) -> (Vec<Flag>, Text) {
    let mut flags = Vec::new();
    let mut at = 0;
    loop {
        let rest = &text.text[at..];
        let start = at + (rest.len() - rest.trim_start().len());
        if !text.text[start..].starts_with("--") {
            return (flags, cut(text, start));
        }
        let (end, word) = flag_word(&text.text, start);
        if word == "--" {
            let rest = &text.text[end..];
            return (flags, cut(text, end + (rest.len() - rest.trim_start().len())));
        }
        let span = text.locate(start, end);
        let (name, value) = match word[2..].split_once('=') {
            Some((name, value)) => {
                let from = text.text[start..end].find('=').map_or(end, |equals| start + equals + 1);
                (name, Some(Word { text: value.to_owned(), span: text.locate(from, end) }))
            }
            None => (&word[2..], None),
        };
        flags.push(Flag { name: name.to_owned(), value, span });
        at = end;
    }
}

/// The first word and the trimmed rest.
fn keyword(text: &Text) -> (Word, Text) {
    let start = text.text.len() - text.text.trim_start().len();
    let trimmed = text.text[start..].trim_end();
    let end = start + trimmed.find(is_separator).unwrap_or(trimmed.len());
    let word = Word { text: text.text[start..end].to_owned(), span: text.locate(start, end) };
    let rest = &text.text[end..];
    (word, cut(text, end + (rest.len() - rest.trim_start().len())))
}

/// The text from an offset on, its end trimmed, with its own map.
fn cut(text: &Text, start: usize) -> Text {
    let end = text.text.trim_end().len().max(start);
    let inside = text.map.iter().filter(|&&(at, _)| at > start && at < end);
    let span = text.locate(start, end);
    let mut map = vec![(0, span.start)];
    map.extend(inside.map(|&(at, file)| (at - start, file)));
    Text { text: text.text[start..end].to_owned(), span, map }
}

/// A flag's end, and the flag with its quotes and escapes taken off.
fn flag_word(text: &str, start: usize) -> (usize, String) {
    let mut word = String::new();
    let mut quote: Option<char> = None;
    let mut chars = text[start..].char_indices();
    while let Some((at, c)) = chars.next() {
        match quote {
            _ if c == '\\' => word.extend(chars.next().map(|(_, next)| next)),
            Some(q) if c == q => quote = None,
            Some(_) => word.push(c),
            None if c.is_whitespace() => return (start + at, word),
            None if c == '\'' || c == '"' => quote = Some(c),
            None => word.push(c),
        }
    }
    (text.len(), word)
}

/// Flags by instruction; `true` = takes a value, and those that may come more than once.
fn known_flags(keyword: &str) -> &'static [(&'static str, bool)] {
    match keyword {
        "FROM" => &[("platform", true)],
        "RUN" => &[("mount", true), ("network", true), ("security", true), ("device", true)],
        "COPY" => {
            &[("from", true), ("chown", true), ("chmod", true), ("link", false), ("parents", false), ("exclude", true)]
        }
        "ADD" => &[
            ("chown", true),
            ("chmod", true),
            ("link", false),
            ("keep-git-dir", false),
            ("checksum", true),
            ("exclude", true),
            ("unpack", false),
        ],
        "HEALTHCHECK" => &[
            ("interval", true),
            ("timeout", true),
            ("start-period", true),
            ("start-interval", true),
            ("retries", true),
        ],
        _ => &[],
    }
}

fn check_flags(keyword: &str, flags: &[Flag]) -> Result<(), Refused> {
    if !KEYWORDS.contains(&keyword) {
        return Ok(());
    }
    for (index, flag) in flags.iter().enumerate() {
        let known = known_flags(keyword);
        let Some((name, takes_value)) = known.iter().find(|(name, _)| *name == flag.name) else {
            let near = suggest::nearest(&flag.name, known.iter().map(|(name, _)| *name));
            let hint = near.map(|near| format!(" (did you mean --{near}?)")).unwrap_or_default();
            return Err((flag.span, format!("unknown flag: --{}{hint}", flag.name)));
        };
        let bool_value = flag.value.as_ref().map(|value| value.text.to_ascii_lowercase());
        match (takes_value, bool_value.as_deref()) {
            (true, None) => return Err((flag.span, format!("missing a value on flag: --{name}"))),
            (false, Some(value)) if value != "true" && value != "false" => {
                return Err((flag.span, format!("expecting boolean value for flag --{name}, not `{value}`")));
            }
            _ => {}
        }
        let many = matches!(*name, "mount" | "exclude" | "device");
        if !many && flags[..index].iter().any(|earlier| earlier.name == flag.name) {
            return Err((flag.span, format!("duplicate flag specified: --{name}")));
        }
    }
    Ok(())
}

fn unknown(keyword: &str) -> String {
    if keyword.is_empty() {
        return "unknown instruction: a line goes on, and nothing comes".to_owned();
    }
    let near = suggest::nearest(&keyword.to_ascii_uppercase(), KEYWORDS.iter().copied());
    let hint = near.map(|near| format!(" (did you mean {near}?)")).unwrap_or_default();
    let shown: String = keyword.chars().take(60).collect();
    format!("unknown instruction: {shown}{hint}")
}

fn command(rest: &Text) -> Command {
    json_strings(rest).map_or_else(|| Command::Shell(rest.clone()), Command::Exec)
}

fn from(instruction: &Instruction) -> Result<Kind, Refused> {
    let words = pieces(&instruction.rest);
    let name = match words.as_slice() {
        [_] => None,
        [_, keyword, name] if keyword.text.eq_ignore_ascii_case("as") => {
            let lower = name.text.to_ascii_lowercase();
            let plain = lower.starts_with(|c: char| c.is_ascii_lowercase())
                && lower.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c));
            if !plain {
                let why = "name can't start with a number or contain symbols";
                return Err((name.span, format!("invalid name for build stage: `{}`, {why}", name.text)));
            }
            Some((keyword.clone(), name.clone()))
        }
        _ => return Err((instruction.span, "FROM requires either one or three arguments".into())),
    };
    let image = words.into_iter().next().unwrap_or_default();
    Ok(Kind::From(From { image, name }))
}

fn copy(keyword: &str, instruction: &Instruction) -> Result<Copy, Refused> {
    let list = json_strings(&instruction.rest);
    let json = list.is_some();
    let mut words = list.unwrap_or_else(|| pieces(&instruction.rest));
    match words.pop() {
        Some(destination) if !words.is_empty() => {
            if instruction.marks_heredoc(destination.span) {
                return Err((destination.span, format!("{keyword} cannot accept a heredoc as a destination")));
            }
            if destination.text.is_empty() || words.iter().any(|word| word.text.is_empty()) && json {
                return Err((instruction.span, format!("{keyword} has an empty source or destination")));
            }
            Ok(Copy { sources: words, destination, json })
        }
        _ => {
            let message = format!("{keyword} requires at least two arguments, a source and a destination");
            Err((instruction.span, message))
        }
    }
}

fn healthcheck(instruction: &Instruction) -> Result<Kind, Refused> {
    let rest = &instruction.rest;
    let (kind, arguments) = keyword(rest);
    match kind.text.to_ascii_uppercase().as_str() {
        "" => Err((instruction.span, "HEALTHCHECK requires at least one argument".into())),
        "NONE" if !arguments.text.is_empty() => Err((arguments.span, "HEALTHCHECK NONE takes no arguments".into())),
        "NONE" => Ok(Kind::Healthcheck(None)),
        "CMD" if arguments.text.is_empty() => Err((instruction.span, "missing command after HEALTHCHECK CMD".into())),
        "CMD" => match command(&arguments) {
            Command::Exec(words) if words.is_empty() => {
                Err((instruction.span, "missing command after HEALTHCHECK CMD".into()))
            }
            command => Ok(Kind::Healthcheck(Some(command))),
        },
        other => Err((kind.span, format!("unknown type `{other}` in HEALTHCHECK (try CMD)"))),
    }
}

/// A word at its first `=`.
fn split(word: &Word) -> Pair {
    let Some((key, value)) = word.text.split_once('=') else {
        return Pair { key: word.clone(), value: None };
    };
    // Words that run over a continuation keep a span that covers it; the split is exact for all others.
    let at = (word.span.start + key.len()).min(word.span.end);
    let key = Word { text: key.to_owned(), span: Span::new(word.span.start, at) };
    let value = Word { text: value.to_owned(), span: Span::new((at + 1).min(word.span.end), word.span.end) };
    Pair { key, value: Some(value) }
}
