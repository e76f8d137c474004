//! Reading a command line by its program's row in `rules/facts/commands.toml`: which words are operands, and what the
//! program hands on to be run. RUN, ENTRYPOINT, CMD and the start of a saved image are all read here.

use crate::facts::{self, Command, CommandKind};

/// A word of a command line.
pub trait CommandWord {
    /// Its text; `None` if only running the command can tell it.
    fn text(&self) -> Option<&str>;

    /// Whether it is a flag, also where its text is unknown: `--target=$X`.
    fn is_flag(&self) -> bool {
        self.text().is_some_and(|text| text.starts_with('-'))
    }
}

impl CommandWord for str {
    fn text(&self) -> Option<&str> {
        Some(self)
    }
}

impl<W: CommandWord + ?Sized> CommandWord for &W {
    fn text(&self) -> Option<&str> {
        (*self).text()
    }

    fn is_flag(&self) -> bool {
        (*self).is_flag()
    }
}

/// What a program hands on, by the index of the word that begins it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Handed {
    /// Nothing: it does its work itself.
    #[default]
    Nothing,
    /// Another command, which begins at this word.
    Command(usize),
    /// A shell script: the text of this word.
    Script(usize),
    /// A file that a shell or an interpreter reads.
    File(usize),
    /// A module of an interpreter's language.
    Module(usize),
    /// Code in an interpreter's language: the text of this word.
    Inline(usize),
    /// What comes on standard input.
    Input,
    /// Something that the command line does not show: a script of package.json, words that `xargs` reads.
    Hidden,
}

/// A command line as its row reads it.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// The row; `None` for a program that has none.
    pub row: Option<&'static Command>,
    /// The indices of its operands: neither flags nor their values. The verb is among them.
    pub operands: Vec<usize>,
    /// How many of the operands are the verb.
    pub verb: usize,
    /// What it hands on.
    pub handed: Handed,
}

/// The last part of a path.
fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Maximum number of commands that hand on to one another.
const MAX_DEPTH: usize = 16;

/// Reads a command line whose first word is the program.
pub fn read<W: CommandWord>(words: &[W]) -> Reading {
    let unknown = Reading { row: None, operands: Vec::new(), verb: 0, handed: Handed::Hidden };
    let Some(name) = words.first().and_then(CommandWord::text) else { return unknown };
    let name = file_name(name);
    // `npx playwright@1.49`: a launcher takes the version after the name.
    let name = name.split_once('@').map_or(name, |(bare, _)| if bare.is_empty() { name } else { bare });
    let rows = || facts::commands(name);
    let general = rows().find(|row| row.verb.is_empty() && row.flag.is_empty());
    let shared: &[&str] = general.map_or(&[], |row| &row.values);
    let parted = operands(words, &[shared]);
    // The flags of a wrapper stand in front of what it executes: `command gem install x -v 1` asks nothing.
    let wraps = general.is_some_and(|row| row.kind == CommandKind::Wrapper);
    let own = parted.first().filter(|_| wraps).and_then(|first| words.get(..*first)).unwrap_or(words);
    let (verb, row) = match row_for(words, own, rows(), shared, &parted) {
        Some((verb, row)) => (verb, row),
        None => match general {
            Some(row) => (0, row),
            None => return Reading { row: None, operands: parted, verb: 0, handed: Handed::Nothing },
        },
    };
    let operands = match row.values.is_empty() || general.is_some_and(|general| std::ptr::eq(general, row)) {
        true => parted,
        false => operands(words, &[shared, &row.values]),
    };
    let handed = handed(words, row, verb);
    Reading { row: Some(row), operands, verb, handed }
}

/// The row of a program that is about its flags, which are among the first words, or its verb, and how many operands the
/// verb takes up.
fn row_for<W: CommandWord>(
    words: &[W],
    own: &[W],
    rows: impl Iterator<Item = &'static Command>,
    shared: &[&str],
    parted: &[usize],
) -> Option<(usize, &'static Command)> {
    let has = |flags: &[&str]| own.iter().skip(1).filter_map(CommandWord::text).any(|text| is_flag(text, flags));
    let mut longest: Option<(usize, &'static Command)> = None;
    for row in rows {
        if !row.flag.is_empty() {
            if has(&row.flag) {
                return Some((0, row));
            }
        } else if !row.verb.is_empty() {
            let own = (!row.values.is_empty()).then(|| operands(words, &[shared, &row.values]));
            let parted = own.as_deref().unwrap_or(parted);
            let length = row.verb.iter().filter_map(|verb| verb_length(words, parted, verb)).max();
            if let Some(length) = length
                && longest.is_none_or(|(longest, _)| length > longest)
            {
                longest = Some((length, row));
            }
        }
    }
    longest
}

/// How many operands a verb takes up, where the operands begin with it.
fn verb_length<W: CommandWord>(words: &[W], operands: &[usize], verb: &str) -> Option<usize> {
    let text = |at: usize| operands.get(at).and_then(|at| words.get(*at)).and_then(CommandWord::text);
    if verb.is_empty() {
        return operands.is_empty().then_some(0);
    }
    // Most rows are about another verb.
    if !verb.starts_with(text(0)?) {
        return None;
    }
    let parts = verb.split(' ');
    let length = parts.clone().count();
    parts.enumerate().all(|(at, part)| text(at) == Some(part)).then_some(length)
}

/// Whether a word is one of some flags, alone or with `=value`.
fn is_flag(text: &str, flags: &[&str]) -> bool {
    let name = text.split_once('=').map_or(text, |(name, _)| name);
    flags.contains(&name) || flags.contains(&text)
}

/// The words that are neither flags nor values of flags. Behind `--` all are.
fn operands<W: CommandWord>(words: &[W], values: &[&[&str]]) -> Vec<usize> {
    let mut operands = Vec::new();
    let mut at = 1;
    while at < words.len() {
        match words[at].text() {
            Some("--") => {
                operands.extend(at + 1..words.len());
                break;
            }
            Some(text) if text.len() > 1 && (text.starts_with('-') || text.starts_with('+')) => {
                if values.iter().any(|values| values.contains(&text)) {
                    at += 1;
                }
            }
            None if words[at].is_flag() => {}
            _ => operands.push(at),
        }
        at += 1;
    }
    operands
}

fn handed<W: CommandWord>(words: &[W], row: &Command, verb: usize) -> Handed {
    match row.kind {
        CommandKind::Wrapper | CommandKind::Launcher => wrapped(words, row, verb),
        CommandKind::Shell => shell(words, row),
        CommandKind::Interpreter => interpreted(words, row, verb),
        CommandKind::Tool | CommandKind::Manager => Handed::Nothing,
    }
}

/// Where the command begins that a wrapper or a launcher executes.
fn wrapped<W: CommandWord>(words: &[W], row: &Command, verb: usize) -> Handed {
    let text = |at: usize| words.get(at).and_then(CommandWord::text);
    let last = |at: usize| if at < words.len() { Handed::Command(at) } else { Handed::Nothing };
    if row.own {
        return Handed::Hidden;
    }
    if !row.after.is_empty() {
        let at = (1..words.len()).find(|at| text(*at).is_some_and(|text| row.after.contains(&text)));
        return at.map_or(Handed::Hidden, |at| last(at + 1));
    }
    if let Some(behind) = &row.behind {
        let at = (1..words.len()).find(|at| text(*at) == Some(behind));
        return at.map_or(Handed::Hidden, |at| last(at + 1));
    }
    let (mut skip, mut at) = (row.skip + verb + usize::from(row.keyword.is_some()), 1);
    while at < words.len() {
        let Some(word) = text(at) else {
            // An unknown word among those that are skipped is one of them.
            if skip == 0 {
                return if row.assigns { Handed::Hidden } else { Handed::Command(at) };
            }
            (skip, at) = (skip - 1, at + 1);
            continue;
        };
        if word == "--" {
            return last(at + 1);
        }
        if row.split.contains(&word) && at + 1 < words.len() {
            return Handed::Script(at + 1);
        }
        if row.inline.contains(&word) && at + 1 < words.len() {
            return Handed::Script(at + 1);
        }
        if row.module.contains(&word) && at + 1 < words.len() {
            return Handed::Module(at + 1);
        }
        if word.starts_with('-') {
            at += if row.values.contains(&word) { 2 } else { 1 };
        } else if skip > 0 {
            (skip, at) = (skip - 1, at + 1);
        } else if row.assigns && word.contains('=') {
            at += 1;
        } else {
            return Handed::Command(at);
        }
    }
    // `xargs` alone runs echo; `time` alone nothing.
    Handed::Nothing
}

/// What a shell reads: the text after `-c`, a file, or standard input.
fn shell<W: CommandWord>(words: &[W], row: &Command) -> Handed {
    let mut at = 1;
    while at < words.len() {
        let Some(word) = words[at].text() else { return Handed::File(at) };
        let cluster = word.starts_with('-') && !word.starts_with("--") && word.len() > 1;
        if word == "--" {
            at += 1;
            return if at < words.len() { Handed::File(at) } else { Handed::Input };
        }
        if cluster && word.ends_with('c') {
            // `sh -c -e 'script'`: the script is the first word after that is not a flag.
            let script = (at + 1..words.len()).find(|at| words[*at].text().is_none_or(|word| !word.starts_with('-')));
            return script.map_or(Handed::Nothing, Handed::Script);
        }
        if cluster && word.ends_with('s') {
            return Handed::Input;
        }
        if word.starts_with(['-', '+']) && word.len() > 1 {
            let takes = row.values.contains(&word) || (cluster && word.ends_with('o'));
            at += if takes { 2 } else { 1 };
            continue;
        }
        return Handed::File(at);
    }
    Handed::Input
}

/// What an interpreter runs: a module, code, a file, or standard input.
fn interpreted<W: CommandWord>(words: &[W], row: &Command, verb: usize) -> Handed {
    let (mut skip, mut at) = (verb, 1);
    let among = |flags: &[&str], word: &str| flags.contains(&word);
    while at < words.len() {
        let Some(word) = words[at].text() else { return Handed::File(at) };
        let next = |handed: fn(usize) -> Handed| if at + 1 < words.len() { handed(at + 1) } else { Handed::Hidden };
        if among(&row.version, word) || among(&row.serves, word) {
            return Handed::Nothing;
        }
        if among(&row.module, word) {
            return next(Handed::Module);
        }
        if among(&row.inline, word) {
            return next(Handed::Inline);
        }
        if among(&row.main, word) {
            return next(Handed::File);
        }
        if word == "-" {
            return Handed::Input;
        }
        if word.starts_with('-') {
            at += if among(&row.values, word) { 2 } else { 1 };
        } else if skip > 0 {
            (skip, at) = (skip - 1, at + 1);
        } else {
            return Handed::File(at);
        }
    }
    Handed::Input
}

/// The word at which the command begins that is after all wrappers, from a first word on; `None` if only running it
/// can tell. What a launcher executes is not looked for: it is a separate command.
pub fn behind_wrappers<W: CommandWord>(words: &[W]) -> Option<usize> {
    let mut first = 0;
    for _ in 0..MAX_DEPTH {
        words.get(first).and_then(CommandWord::text)?;
        let rest = words.get(first..)?;
        let reading = read(rest);
        match (reading.row, reading.handed) {
            (Some(row), Handed::Command(at)) if row.is_transparent_wrapper() => first += at,
            _ => return Some(first),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Handed, behind_wrappers, read};

    fn handed(line: &str) -> Handed {
        read(&line.split(' ').collect::<Vec<_>>()).handed
    }

    fn operands(line: &str) -> Vec<String> {
        let words: Vec<&str> = line.split(' ').collect();
        let reading = read(&words);
        reading.operands.iter().skip(reading.verb).map(|at| words[*at].to_owned()).collect()
    }

    #[test]
    fn wrappers_hand_on() {
        for (line, at) in [
            ("tini -- app", 2),
            ("tini -g app x", 2),
            ("env A=b -u C app", 4),
            ("timeout -k 5 600 pip install x", 4),
            ("sudo -u root chmod 644 /x", 3),
            ("nice -n 5 app", 3),
            ("gosu app gunicorn", 2),
            ("uv run --with x app.py", 4),
            ("npx -y aws-lambda-ric app.handler", 2),
            ("chamber exec svc -- gunicorn", 4),
            ("newrelic-admin run-program python app.py", 2),
            ("xargs -n 1 chmod 644", 3),
        ] {
            assert_eq!(handed(line), Handed::Command(at), "{line}");
        }
        assert_eq!(handed("npm start"), Handed::Hidden);
        assert_eq!(behind_wrappers(&["sudo", "timeout", "600", "nice", "pip"]), Some(4));
        assert_eq!(behind_wrappers(&["command", "-v", "yum"]), Some(0));
        assert_eq!(behind_wrappers(&["command", "gem", "install", "rake", "-v", "13"]), Some(1));
    }

    #[test]
    fn shells_and_interpreters() {
        assert_eq!(handed("bash -euxo pipefail -c x"), Handed::Script(4));
        assert_eq!(handed("sh -lc x"), Handed::Script(2));
        assert_eq!(handed("bash /fix.sh a"), Handed::File(1));
        assert_eq!(handed("bash"), Handed::Input);
        assert_eq!(handed("python3.12 -X dev -u app.py"), Handed::File(4));
        assert_eq!(handed("python -m awslambdaric app.handler"), Handed::Module(2));
        assert_eq!(handed("node --enable-source-maps -r x index.js"), Handed::File(4));
        assert_eq!(handed("java -cp /a:/b com.example.App"), Handed::File(3));
        assert_eq!(handed("java -jar app.jar"), Handed::File(2));
        assert_eq!(handed("node -e x"), Handed::Inline(2));
        assert_eq!(handed("python --version"), Handed::Nothing);
    }

    #[test]
    fn values_are_those_of_the_program() {
        assert_eq!(operands("pip install -v awslambdaric"), ["awslambdaric"]);
        assert_eq!(operands("npm install -f aws-lambda-ric"), ["aws-lambda-ric"]);
        assert_eq!(operands("uv pip install -r a.txt x"), ["x"]);
        assert_eq!(operands("apk add -t .build gcc"), ["gcc"]);
        assert_eq!(operands("gem install rake -v 13"), ["rake"]);
        assert_eq!(operands("dnf --setopt x=1 install -y gcc"), ["gcc"]);
    }
}
