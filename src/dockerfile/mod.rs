//! Dockerfiles as Docker reads them: bytes in, typed instructions with exact spans out.
//!
//! Reading never fails. What Docker would refuse is kept as [`Kind::Unreadable`] with the reason, and
//! costs that one instruction, never the file.

mod blank;
pub mod expand;
mod foreign;
mod parse;
mod scan;
mod words;

pub use foreign::{Foreign, may_be_foreign};
pub use words::json_text;

use crate::source::{Source, Span};

/// A Dockerfile that has been read.
#[derive(Clone, Debug, Default)]
pub struct Dockerfile {
    /// The bytes, and their lines.
    pub source: Source,
    /// The escape character: `\` unless `# escape=` says `` ` ``.
    pub escape: char,
    /// `# syntax=`, `# escape=` and `# check=` at the head.
    pub directives: Vec<Directive>,
    /// Every comment, inside continuations too, in order.
    pub comments: Vec<Comment>,
    /// The instructions in order.
    pub instructions: Vec<Instruction>,
    /// Faults of the file that belong to no instruction (a directive given twice, a bad escape).
    pub faults: Vec<Fault>,
}

/// A parser directive, `# name=value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    /// Lower-case name.
    pub name: String,
    /// The value, blanks trimmed.
    pub value: String,
    /// The whole line.
    pub span: Span,
}

/// A comment line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// From `#` to the end of the line.
    pub span: Span,
    /// The text after `#`, blanks trimmed.
    pub text: String,
}

/// Something that Docker refuses, in Docker's words as far as they help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub span: Span,
    /// What is wrong: lower case, no full stop.
    pub message: String,
}

/// A piece of text and where it stands, exactly as written (no variable expanded, no quote taken off)
/// unless the owner says otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word {
    /// The text.
    pub text: String,
    /// Its bytes in the file, quotes included.
    pub span: Span,
}

/// A text made of several pieces of the file (lines joined at continuations), with a way back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_field_names, reason = "the text of a text")]
pub struct Text {
    /// The text as Docker joins it.
    pub text: String,
    /// From its first to its last byte in the file.
    pub span: Span,
    /// Pairs (offset in `text`, offset in the file), ascending: each piece runs up to the next.
    pub map: Vec<(usize, usize)>,
}

impl Text {
    /// The bytes of the file that a range of the text came from.
    pub fn locate(&self, start: usize, end: usize) -> Span {
        let from = self.offset(start);
        let to = if end > start { self.offset(end - 1) + 1 } else { from };
        Span::new(from, to)
    }

    /// Where a byte of the file stands in the text; `None` if the text does not hold it.
    pub fn map_back(&self, at: usize) -> Option<usize> {
        if self.map.is_empty() {
            return at.checked_sub(self.span.start).filter(|at| *at < self.text.len());
        }
        let piece = self.map.iter().rev().find(|(_, file)| *file <= at)?;
        Some(piece.0 + (at - piece.1)).filter(|at| *at < self.text.len())
    }

    fn offset(&self, at: usize) -> usize {
        let piece = self.map.partition_point(|&(text, _)| text <= at);
        match piece.checked_sub(1).and_then(|index| self.map.get(index)) {
            Some(&(text, file)) => file + (at - text),
            None => self.span.start + at,
        }
    }
}

/// One instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// The keyword as written, `cmd` stays `cmd`.
    pub keyword: Word,
    /// From the keyword to the end of the last line, here-documents included.
    pub span: Span,
    /// Builder flags (`--from=x`) in order.
    pub flags: Vec<Flag>,
    /// The rest after keyword and flags, as Docker joins it.
    pub rest: Text,
    /// Here-documents in order.
    pub heredocs: Vec<Heredoc>,
    /// Blank lines inside its continuations, which BuildKit warns of.
    pub gap: Option<Gap>,
    /// What it says.
    pub kind: Kind,
}

impl Instruction {
    /// Whether the word at a place is the mark of one of its here-documents.
    pub fn marks_heredoc(&self, span: Span) -> bool {
        self.heredocs.binary_search_by_key(&span, |heredoc| heredoc.span).is_ok()
    }

    /// The value of a flag; of the last one where it is given more than once.
    pub fn flag(&self, name: &str) -> Option<&Flag> {
        self.flags.iter().rev().find(|flag| flag.name == name)
    }
}

/// Blank lines between the lines of one instruction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gap {
    /// The blank lines, line ends included.
    pub lines: Vec<Span>,
    /// The line that the continuations end on, which is where BuildKit reports them.
    pub last: Span,
}

/// A builder flag such as `--chmod=755` or `--link`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// The name without dashes.
    pub name: String,
    /// The value after `=`, if there is one.
    pub value: Option<Word>,
    /// The whole flag.
    pub span: Span,
}

/// A here-document, `<<EOF` … `EOF`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heredoc {
    /// The delimiter without quotes.
    pub name: String,
    /// Whether variables in the body are expanded (the delimiter is not quoted).
    pub expand: bool,
    /// Whether leading tabs are taken off (`<<-`).
    pub chomp: bool,
    /// The file descriptor, 0 if none is written.
    pub descriptor: u32,
    /// The body, tabs taken off where `chomp` says so.
    pub body: Text,
    /// The `<<EOF` word.
    pub span: Span,
}

/// The arguments of RUN, CMD and ENTRYPOINT.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// A JSON array of strings: run as it is. Elements are unescaped, spans include the quotes.
    Exec(Vec<Word>),
    /// Anything else: given to the stage's shell. This holds the text after keyword and flags.
    Shell(Text),
}

/// `KEY=value` of ENV, LABEL and ARG.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The key as written.
    pub key: Word,
    /// The value as written, quotes and escapes included; `None` for `ARG NAME`.
    pub value: Option<Word>,
}

/// COPY and ADD.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    /// The sources; here-documents stand among them as `<<EOF`.
    pub sources: Vec<Word>,
    /// The destination.
    pub destination: Word,
    /// Whether the JSON form was used.
    pub json: bool,
}

/// FROM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct From {
    /// The image or stage, variables not expanded.
    pub image: Word,
    /// The `AS` keyword and the stage's name as written.
    pub name: Option<(Word, Word)>,
}

/// What an instruction says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are Docker's own instructions")]
pub enum Kind {
    From(From),
    Run(Command),
    Cmd(Command),
    Entrypoint(Command),
    Shell(Vec<Word>),
    Env {
        pairs: Vec<Pair>,
        /// `ENV KEY value`.
        legacy: bool,
    },
    Label(Vec<Pair>),
    Arg(Vec<Pair>),
    Copy(Copy),
    Add(Copy),
    Workdir(Word),
    User(Word),
    Expose(Vec<Word>),
    Volume(Vec<Word>),
    Stopsignal(Word),
    Maintainer(Word),
    /// `HEALTHCHECK NONE` is `None`.
    Healthcheck(Option<Command>),
    Onbuild(Box<Instruction>),
    /// Docker would refuse it.
    Unreadable(Fault),
}
