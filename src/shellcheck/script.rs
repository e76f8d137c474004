//! What ShellCheck is asked: the scripts of a build, each with a head that tells it what holds around it.
//!
//! A script is the text that the shell gets: continuations joined, comment lines between them gone, here-documents
//! after it. In front of it stand a `#!` line, the comments that are meant for ShellCheck, and the variables that
//! ARG, ENV and the base bring.

use super::Comment;
use super::dialect::Reader;
use crate::dockerfile::{Command, Dockerfile, Heredoc, Instruction, Kind, Text};
use crate::launch::{Build, Written};
use crate::options::Options;
use crate::selection::Preset;
use crate::shell;
use crate::source::Span;
use std::collections::BTreeSet;

/// A script as ShellCheck is given it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// All of it, the head too.
    pub text: String,
    /// Length of the head in bytes.
    head: usize,
    /// What stands after the head, with the way back to the file.
    body: Text,
    /// Whether the shell is known, so that what it lacks can be said.
    pub(super) portable: bool,
}

/// Maximum length of a script and of the part of a file that is searched: longer ones are generated.
const MAX_SCRIPT: usize = 64 * 1024;
const LOOKED_INTO: usize = 256 * 1024;
/// Maximum number of scripts in one file: files with more are generated.
const MAX_SCRIPTS: usize = 1_000;

/// Variables that Docker passes on by itself.
#[rustfmt::skip]
const PROXIES: &[&str] = &[
    "HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "FTP_PROXY", "ftp_proxy", "NO_PROXY", "no_proxy",
    "ALL_PROXY", "all_proxy",
];

/// The scripts of the RUN instructions of a build, those behind ONBUILD too.
pub fn scripts(build: &Build<'_>, options: &Options) -> Vec<Script> {
    let strict = options.preset == Preset::Hadolint;
    let mut scripts = Vec::new();
    for written in build.written() {
        if let Kind::Run(Command::Shell(rest)) = &written.step.instruction.kind
            && written.whole.start < LOOKED_INTO
            && scripts.len() < MAX_SCRIPTS
        {
            scripts.extend(of_run(build, &written, rest, strict));
        }
    }
    scripts
}

fn of_run(build: &Build<'_>, written: &Written<'_, '_>, rest: &Text, strict: bool) -> Vec<Script> {
    let heredocs = &written.step.instruction.heredocs;
    let around = Around { build, written, strict };
    let own = || Reader::of_step(&around);
    let scripts = match heredocs.as_slice() {
        // `RUN <<EOF`: the document is the script, and may say itself who reads it.
        [heredoc] if heredoc.span == rest.span => {
            let (reader, body) = match heredoc.body.text.strip_prefix("#!") {
                Some(line) => {
                    let line = line.lines().next().unwrap_or_default();
                    (Reader::of_words(&around, line.split_whitespace()), behind_first_line(&heredoc.body))
                }
                None => (own(), heredoc.body.clone()),
            };
            vec![reader.map(|reader| around.script(&reader, body))]
        }
        heredocs => {
            let outer = own()
                .filter(|_| !starts_foreign(rest))
                .map(|reader| around.script(&reader, with_heredocs(rest, heredocs)));
            let inner = given(rest, heredocs).and_then(|(words, heredoc)| {
                let reader = Reader::of_words(&around, words.iter().map(String::as_str))?;
                Some(around.script(&reader, heredoc.body.clone()))
            });
            vec![outer, inner]
        }
    };
    scripts.into_iter().flatten().filter(|script| script.text.len() < MAX_SCRIPT).collect()
}

/// Whether the text is one for Windows: `RUN powershell -Command …`.
fn starts_foreign(rest: &Text) -> bool {
    let first = rest.text.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
    matches!(first.strip_suffix(".exe").unwrap_or(&first), "powershell" | "pwsh" | "cmd" | "setx")
}

/// The words of `RUN bash -e <<'EOF'` and the document, where bash reads it just as it stands there.
fn given<'h>(rest: &Text, heredocs: &'h [Heredoc]) -> Option<(Vec<String>, &'h Heredoc)> {
    let [heredoc] = heredocs else { return None };
    if heredoc.expand && heredoc.body.text.contains(['$', '`', '\\']) {
        return None;
    }
    let commands = shell::commands(&rest.text);
    let [command] = commands.as_slice() else { return None };
    let (_, program) = command.program()?;
    let at = command.words.iter().position(|word| word == program)?;
    let words: Option<Vec<String>> = command.words.get(at..)?.iter().map(|word| word.text.clone()).collect();
    let words = words.filter(|_| !command.piped && !command.quoted)?;
    // A script of its own, in an argument or a file, leaves the document to be its input.
    let is_input = words.iter().skip(1).any(|word| !word.starts_with('-') || word == "-c" || word.ends_with('c'));
    (!is_input).then_some((words, heredoc))
}

/// What holds around a script.
pub(super) struct Around<'a> {
    pub(super) build: &'a Build<'a>,
    pub(super) written: &'a Written<'a, 'a>,
    /// Whether all is to be as hadolint has it.
    pub(super) strict: bool,
}

impl Around<'_> {
    /// A script with its head.
    fn script(&self, reader: &Reader, body: Text) -> Script {
        let mut text = format!("{}\n", reader.shebang);
        for order in self.orders().chain(leading_orders(&body)) {
            text.push_str("# ");
            text.push_str(order);
            text.push('\n');
        }
        // One line, and one value for all: a number without blanks, which is no reason to ask for quotes.
        text.push_str("export");
        for name in self.variables().into_iter().filter(|name| is_name(name)) {
            text.push(' ');
            text.push_str(name);
            text.push_str("=1");
        }
        text.push('\n');
        let head = text.len();
        text.push_str(&body.text);
        text.push('\n');
        Script { text, head, body, portable: reader.known }
    }

    /// The variables that are set when it runs.
    fn variables(&self) -> BTreeSet<&str> {
        let Written { step, onbuild, .. } = self.written;
        let mut names: BTreeSet<&str> = PROXIES.iter().copied().collect();
        if !(*onbuild && self.strict) {
            names.extend(step.state.env.keys().map(String::as_str));
        }
        if *onbuild && !self.strict {
            // An ARG is gone in the later build, but what ONBUILD itself sets before is there.
            for trigger in &step.state.onbuild {
                if let Kind::Arg(pairs) | Kind::Env { pairs, .. } = &trigger.kind {
                    names.extend(pairs.iter().map(|pair| pair.key.text.as_str()));
                }
            }
        } else if !*onbuild {
            names.extend(step.state.args.keys().map(String::as_str));
        }
        // A secret may come as a variable.
        names.extend(step.mounts().flat_map(|mount| mount.split(',')).filter_map(|part| part.strip_prefix("env=")));
        // Every shell has it, and ShellCheck knows what it means.
        names.remove("PATH");
        names
    }

    /// Comments for ShellCheck, right above the instruction or between its lines.
    fn orders(&self) -> impl Iterator<Item = &str> {
        let Dockerfile { instructions, comments, .. } = self.build.dockerfile;
        let whole = self.written.whole;
        let before = instructions.partition_point(|other: &Instruction| other.span.end <= whole.start);
        let from = before.checked_sub(1).and_then(|at| instructions.get(at)).map_or(0, |other| other.span.end);
        let first = comments.partition_point(|comment| comment.span.start < from);
        let here = comments.iter().skip(first).take_while(move |comment| comment.span.start < whole.end);
        here.map(|comment| comment.text.as_str()).filter(|text| text.starts_with("shellcheck "))
    }
}

/// Comments for ShellCheck at the beginning of a script, which hold for all of it.
fn leading_orders(body: &Text) -> impl Iterator<Item = &str> {
    let comments = body.text.lines().map(str::trim).take_while(|line| line.is_empty() || line.starts_with('#'));
    comments.map(|line| line.trim_start_matches('#').trim()).filter(|text| text.starts_with("shellcheck "))
}

/// Whether a shell could have a variable of that name.
fn is_name(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// A script and its here-documents, as the shell reads them one after the other.
fn with_heredocs(rest: &Text, heredocs: &[Heredoc]) -> Text {
    let mut all = rest.clone();
    for heredoc in heredocs {
        let Heredoc { body, name, .. } = heredoc;
        if !all.text.ends_with('\n') {
            all.text.push('\n');
        }
        let shift = all.text.len();
        all.map.push((shift, body.span.start));
        all.map.extend(body.map.iter().map(|&(at, file)| (shift + at, file)));
        all.text.push_str(&body.text);
        all.map.push((all.text.len(), body.span.end));
        all.text.push_str(name);
        all.text.push('\n');
        all.span = all.span.join(body.span);
    }
    all
}

fn behind_first_line(body: &Text) -> Text {
    let from = body.text.find('\n').map_or(body.text.len(), |at| at + 1);
    let start = body.locate(from, from).start;
    let inside = body.map.iter().filter(|&&(at, _)| at > from).map(|&(at, file)| (at - from, file));
    let map = std::iter::once((0, start)).chain(inside).collect();
    Text { text: body.text[from..].to_owned(), span: Span::new(start, body.span.end.max(start)), map }
}

impl Script {
    /// The script itself.
    pub(super) fn body(&self) -> &str {
        &self.body.text
    }

    /// Where in the file a remark points; `None` if it is on the head, which is not in the file.
    pub(super) fn place(&self, remark: &Comment) -> Option<Span> {
        let from = self.offset(remark.line, remark.column)?;
        let to = self.offset(remark.end_line, remark.end_column).unwrap_or(from).max(from);
        let (from, to) = (from.checked_sub(self.head)?, to.checked_sub(self.head)?);
        let length = self.body.text.len();
        // A remark on a point is shown on the character there.
        let width = self.body.text.get(from..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        let (from, to) = (from.min(length), to.max(from + width).min(length));
        Some(self.body.locate(from, to))
    }

    /// The byte of a line and a column.
    fn offset(&self, line: usize, column: usize) -> Option<usize> {
        let mut start = 0;
        for _ in 1..line {
            start += self.text.get(start..)?.find('\n')? + 1;
        }
        let rest = self.text.get(start..)?;
        let end = rest.find('\n').unwrap_or(rest.len());
        let skipped = rest.get(..end)?.char_indices().nth(column.saturating_sub(1)).map_or(end, |(at, _)| at);
        Some(start + skipped)
    }
}
