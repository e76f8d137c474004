//! Lines to logical instructions, exactly as BuildKit's parser joins them.
//!
//! A logical line remembers where each of its bytes came from, so that every word of an instruction has a
//! span in the file, however many continuations it runs over.

use super::blank;
use super::{Comment, Directive, Fault, Gap, Heredoc, Text};
use crate::source::{Source, Span};

/// BuildKit refuses a physical line that is longer, in bytes.
const MAX_LINE: usize = 65_535;

/// Instructions that are read of a file; ten thousand times as many as real ones have.
const MAX_INSTRUCTIONS: usize = 100_000;
/// Comments that are kept of a file.
const MAX_COMMENTS: usize = 200_000;

/// One instruction, not yet read: its text with continuations joined, and its here-documents.
#[derive(Debug)]
pub(super) struct Logical {
    pub(super) text: Text,
    pub(super) span: Span,
    pub(super) heredocs: Vec<Heredoc>,
    pub(super) gap: Option<Gap>,
    pub(super) fault: Option<Fault>,
}

/// All that the lines of a file say.
#[derive(Debug, Default)]
pub(super) struct Scanned {
    pub(super) escape: char,
    pub(super) directives: Vec<Directive>,
    pub(super) comments: Vec<Comment>,
    pub(super) logical: Vec<Logical>,
    pub(super) faults: Vec<Fault>,
}

/// Bytes of the file joined to one text, with the way back.
#[derive(Default)]
pub(super) struct Joiner {
    bytes: Vec<u8>,
    map: Vec<(usize, usize)>,
}

impl Joiner {
    pub(super) fn push(&mut self, source: &Source, span: Span) {
        if !span.is_empty() {
            self.map.push((self.bytes.len(), span.start));
            self.bytes.extend_from_slice(source.get(span));
        }
    }

    /// Bytes that are not UTF-8 become one replacement character each, and the map follows.
    pub(super) fn finish(self, empty: usize) -> Text {
        let end = self.map.last().map_or(empty, |&(text, file)| file + (self.bytes.len() - text));
        let span = Span::new(self.map.first().map_or(empty, |&(_, file)| file), end);
        match String::from_utf8(self.bytes) {
            Ok(text) => Text { text, span, map: self.map },
            Err(error) => lossy(error.as_bytes(), &self.map, span),
        }
    }
}

fn lossy(bytes: &[u8], map: &[(usize, usize)], span: Span) -> Text {
    let mut out = Text { text: String::with_capacity(bytes.len()), span, map: Vec::new() };
    let file = |at: usize| {
        let piece = map.partition_point(|&(text, _)| text <= at).saturating_sub(1);
        map.get(piece).map_or(span.start, |&(text, file)| file + (at - text))
    };
    let mut at = 0;
    for chunk in bytes.utf8_chunks() {
        let valid = chunk.valid();
        if !valid.is_empty() {
            // The pieces that begin inside this run keep their own entries.
            out.map.push((out.text.len(), file(at)));
            let inside = map.iter().filter(|&&(text, _)| text > at && text < at + valid.len());
            let base = out.text.len();
            out.map.extend(inside.map(|&(text, file)| (base + text - at, file)));
            out.text.push_str(valid);
            at += valid.len();
        }
        for _ in chunk.invalid() {
            out.map.push((out.text.len(), file(at)));
            out.text.push('\u{fffd}');
            at += 1;
        }
    }
    out
}

/// Reads the lines of a file.
pub(super) fn scan(source: &Source) -> Scanned {
    let mut scanner = Scanner { source, line: 0, out: Scanned { escape: '\\', ..Scanned::default() }, head: true };
    while scanner.line < scanner.count() {
        if scanner.out.logical.len() == MAX_INSTRUCTIONS {
            let span = source.line(scanner.line + 1);
            let message = format!("over {MAX_INSTRUCTIONS} instructions; the rest is not read");
            scanner.out.faults.push(Fault { span, message });
            break;
        }
        scanner.instruction();
    }
    scanner.out
}

struct Scanner<'a> {
    source: &'a Source,
    /// The next line to read, counted from 0.
    line: usize,
    out: Scanned,
    /// Whether directives may still come.
    head: bool,
}

impl Scanner<'_> {
    /// A file's last line end does not begin another line.
    fn count(&self) -> usize {
        let lines = self.source.line_count();
        let last = self.source.line(lines);
        if last.is_empty() && last.start == self.source.bytes().len() { lines - 1 } else { lines }
    }

    /// The next line without its end, and without a byte order mark.
    fn next(&mut self) -> Span {
        let mut span = self.source.line(self.line + 1);
        while span.end > span.start && matches!(self.source.bytes()[span.end - 1], b'\r') {
            span.end -= 1;
        }
        if self.line == 0 && self.source.get(span).starts_with(b"\xef\xbb\xbf") {
            span.start += 3;
        }
        self.line += 1;
        if span.len() > MAX_LINE {
            let message = format!("a line of {} bytes: Docker takes {MAX_LINE} at most", span.len());
            self.out.faults.push(Fault { span: Span::new(span.start, span.start + 1), message });
        }
        span
    }

    fn instruction(&mut self) {
        let whole = self.next();
        let span = Span::new(whole.start + blank::leading(self.source.get(whole)), whole.end);
        if span.is_empty() {
            // A blank line ends the head, as any line that is not a directive does.
            self.head = false;
            return;
        }
        if self.source.get(span).starts_with(b"#") {
            self.comment(span);
            return;
        }
        self.head = false;
        self.logical(span);
    }

    fn comment(&mut self, span: Span) {
        let text = self.source.text(Span::new(span.start + 1, span.end)).trim().to_owned();
        if self.head {
            match directive(&text) {
                Some((name, value)) => self.directive(name, value, span),
                None => self.head = false,
            }
        }
        self.keep(Comment { span, text });
    }

    fn keep(&mut self, comment: Comment) {
        if self.out.comments.len() < MAX_COMMENTS {
            self.out.comments.push(comment);
        }
    }

    fn directive(&mut self, name: String, value: String, span: Span) {
        if self.out.directives.iter().any(|directive| directive.name == name) {
            self.out.faults.push(Fault { span, message: format!("only one {name} parser directive can be used") });
        }
        if name == "escape" {
            match value.as_str() {
                "\\" => self.out.escape = '\\',
                "`" => self.out.escape = '`',
                _ => {
                    let message = format!("invalid escape `{value}`: it must be ` or \\");
                    self.out.faults.push(Fault { span, message });
                }
            }
        }
        self.out.directives.push(Directive { name, value, span });
    }

    fn logical(&mut self, first: Span) {
        let mut joiner = Joiner::default();
        let (kept, mut ended) = self.continuation(first);
        // A line that is nothing but the escape character goes on to the next.
        joiner.push(self.source, kept);
        let mut last = first;
        let mut blank = Vec::new();
        while !ended && self.line < self.count() {
            let line = self.next();
            let bytes = self.source.get(line);
            let skip = blank::leading(bytes);
            if skip == bytes.len() {
                let next = self.source.line(self.line + 1).start;
                let end = if self.line < self.source.line_count() { next } else { line.end };
                blank.push(Span::new(line.start, end));
                continue;
            }
            if bytes[skip] == b'#' {
                let span = Span::new(line.start + skip, line.end);
                let text = self.source.text(Span::new(span.start + 1, span.end)).trim().to_owned();
                self.keep(Comment { span, text });
                continue;
            }
            last = line;
            let (kept, end) = self.continuation(line);
            joiner.push(self.source, kept);
            ended = end;
        }
        // A line of nothing but the escape, with nothing after it, is an instruction of no name, as BuildKit sees it.
        let text = joiner.finish(first.start);
        let gap = (!blank.is_empty()).then(|| Gap { lines: blank, last: self.source.line(self.line) });
        let span = Span::new(first.start, last.end);
        let mut logical = Logical { span, text, heredocs: Vec::new(), gap, fault: None };
        self.heredocs(&mut logical);
        self.out.logical.push(logical);
    }

    /// The line without its continuation, and whether the instruction ends here.
    fn continuation(&self, span: Span) -> (Span, bool) {
        let bytes = self.source.get(span);
        let kept = bytes.len() - bytes.iter().rev().take_while(|b| matches!(b, b' ' | b'\t')).count();
        let escape = self.out.escape as u8;
        let ends = kept > 0 && bytes[kept - 1] == escape && (kept < 2 || bytes[kept - 2] != escape);
        if ends { (Span::new(span.start, span.start + kept - 1), false) } else { (span, true) }
    }

    fn heredocs(&mut self, logical: &mut Logical) {
        let text = &logical.text.text;
        if !text.contains("<<") || !takes_heredocs(text) {
            return;
        }
        for mut heredoc in heredoc_words(&logical.text, self.out.escape) {
            let mut joiner = Joiner::default();
            let mut terminated = false;
            let start = self.source.line(self.line + 1).start;
            while self.line < self.count() {
                let line = self.next();
                let bytes = self.source.get(line);
                let tabs = if heredoc.chomp { bytes.iter().take_while(|b| **b == b'\t').count() } else { 0 };
                logical.span.end = line.end;
                if &bytes[tabs..] == heredoc.name.as_bytes() {
                    terminated = true;
                    break;
                }
                let end = self.source.line(self.line + 1).start.max(line.end);
                let end = if self.line < self.source.line_count() { end } else { self.source.bytes().len() };
                joiner.push(self.source, Span::new(line.start + tabs, end));
            }
            heredoc.body = joiner.finish(start.min(self.source.bytes().len()));
            if !terminated {
                let message = format!("unterminated heredoc: no line is {}", heredoc.name);
                logical.fault = Some(Fault { span: heredoc.span, message });
            }
            logical.heredocs.push(heredoc);
        }
    }
}

/// `syntax=…` and the like; a line with an unknown name is a comment.
fn directive(text: &str) -> Option<(String, String)> {
    let (name, value) = text.split_once('=')?;
    let name = name.trim().to_ascii_lowercase();
    matches!(name.as_str(), "syntax" | "escape" | "check").then(|| (name, value.trim().to_owned()))
}

/// RUN, COPY and ADD take here-documents, and ONBUILD does for them.
fn takes_heredocs(text: &str) -> bool {
    let mut words = text.split_whitespace().map(str::to_ascii_uppercase);
    let first = words.next().unwrap_or_default();
    let word = if first == "ONBUILD" { words.next().unwrap_or_default() } else { first };
    matches!(word.as_str(), "RUN" | "COPY" | "ADD")
}

/// The `<<EOF` words of a line. Quotes and escapes part words as the shell does; a word that is not shell
/// text at all yields no here-document.
fn heredoc_words(text: &Text, escape: char) -> Vec<Heredoc> {
    let mut found = Vec::new();
    for (start, end) in shell_words(&text.text, escape) {
        let word = &text.text[start..end];
        let digits = word.bytes().take_while(u8::is_ascii_digit).count();
        let Some(rest) = word[digits..].strip_prefix("<<") else { continue };
        let (chomp, rest) = rest.strip_prefix('-').map_or((false, rest), |rest| (true, rest));
        if rest.is_empty() || rest.starts_with('<') {
            continue;
        }
        let quoted = rest.contains(['\'', '"', escape]);
        let name: String = unquote(rest, escape);
        if name.is_empty() || name.contains(['\n', '<']) {
            continue;
        }
        found.push(Heredoc {
            name,
            expand: !quoted,
            chomp,
            descriptor: word[..digits].parse().unwrap_or(0),
            body: Text::default(),
            span: text.locate(start, end),
        });
    }
    found
}

/// The words of a line as BuildKit's shell lexer parts them, variables left alone; none where a quote is
/// not closed.
fn shell_words(text: &str, escape: char) -> Vec<(usize, usize)> {
    let mut words = Vec::new();
    let mut start = None;
    let mut quote: Option<char> = None;
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match quote {
            Some('\'') if c == '\'' => quote = None,
            Some('"') if c == '"' => quote = None,
            Some('"') if c == escape => {
                chars.next();
            }
            Some(_) => {}
            None if c.is_whitespace() => {
                if let Some(start) = start.take() {
                    words.push((start, at));
                }
            }
            None => {
                start = start.or(Some(at));
                if c == '\'' || c == '"' {
                    quote = Some(c);
                } else if c == escape {
                    chars.next();
                }
            }
        }
    }
    if quote.is_some() {
        return Vec::new();
    }
    if let Some(start) = start {
        words.push((start, text.len()));
    }
    words
}

fn unquote(word: &str, escape: char) -> String {
    let mut out = String::new();
    let mut quote: Option<char> = None;
    let mut chars = word.chars();
    while let Some(c) = chars.next() {
        match quote {
            Some(q) if c == q => quote = None,
            Some('\'') => out.push(c),
            _ if c == escape => out.extend(chars.next()),
            Some(_) => out.push(c),
            None if c == '\'' || c == '"' => quote = Some(c),
            None => out.push(c),
        }
    }
    out
}
