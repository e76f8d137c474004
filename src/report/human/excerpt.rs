//! The lines around labels, made safe and short.

use crate::diagnostic::Label;
use crate::report::{plain, safe::hidden};
use crate::source::{Source, Span};
use miette::{LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

/// Columns of a source line that are shown at most; longer lines are cut around the underline.
const MAX_COLUMNS: usize = 180;
/// Least columns of a source line that are shown.
const MIN_COLUMNS: usize = 30;
/// Columns of the frame around a line's number, and of the dots after a line that is cut.
const NUMBER_FRAME: usize = 8;
/// Columns of the frame between an underline and its label.
const LABEL_FRAME: usize = 1;
/// Least columns that a label is wrapped in.
const MIN_LABEL: usize = 16;
/// Lines of a long span that are shown.
const MAX_LINES: usize = 6;

/// The lines around some labels, made safe and short: miette itself reads the whole document for each label,
/// panics at columns over 65,535 and prints control bytes as they are.
pub(super) struct Excerpt {
    name: String,
    pub(super) labels: Vec<LabeledSpan>,
    /// Where each label begins: its offset in `text`, and its line and column in the document.
    starts: Vec<(usize, usize, usize)>,
    /// Columns that lines are drawn in, numbers left out.
    columns: usize,
    /// Runs of neighbouring lines: number of the first, and the text.
    text: String,
    /// (offset in `text`, line number in the document) of every line kept.
    lines: Vec<(usize, usize)>,
}

impl Excerpt {
    pub(super) fn new(source: &Source, labels: &[&Label], name: String, width: usize) -> Self {
        let mut wanted: Vec<usize> = Vec::new();
        let last = source.line_count();
        for label in labels {
            let (first, end) = (label.start.line, label.end.line.min(label.start.line + MAX_LINES - 1));
            wanted.extend(first.saturating_sub(1).max(1)..=(end + 1).min(last));
        }
        wanted.sort_unstable();
        wanted.dedup();
        let numbers = wanted.last().map_or(1, |line| line.to_string().len()) + NUMBER_FRAME;
        let columns = width.saturating_sub(numbers).clamp(MIN_COLUMNS, MAX_COLUMNS);
        let mut excerpt =
            Self { name, labels: Vec::new(), starts: Vec::new(), columns, text: String::new(), lines: Vec::new() };
        for line in wanted {
            let span = source.line(line);
            let starts = labels.iter().filter(|label| label.start.line == line).map(|label| label.start.offset);
            let from = window(source, span, starts.min(), columns);
            excerpt.lines.push((excerpt.text.len(), line));
            let (text, map) = clean(source, from, span.end, columns);
            for (at, label) in labels.iter().enumerate() {
                excerpt.label(label, at == 0, line, from, &map);
            }
            excerpt.text.push_str(&text);
            excerpt.text.push('\n');
        }
        excerpt
    }

    /// Puts a label where its first line is; the line's text is about to be added.
    fn label(&mut self, label: &Label, primary: bool, line: usize, from: usize, map: &[(usize, usize)]) {
        if label.start.line != line {
            return;
        }
        let at = |offset: usize| {
            let index = map.partition_point(|&(file, _)| file <= offset.max(from)).saturating_sub(1);
            map.get(index).map_or(0, |&(_, text)| text)
        };
        let base = self.text.len();
        let (start, end) = (at(label.span.start), at(label.span.end).max(at(label.span.start)));
        let length = if label.span.end > label.span.start { (end - start).max(1) } else { 0 };
        let room = self.columns.saturating_sub(start + length / 2 + LABEL_FRAME).max(MIN_LABEL);
        let text = (!label.text.is_empty()).then(|| textwrap::fill(&plain(&label.text), room));
        self.starts.push((base + start, label.start.line, label.start.column));
        let drawn = if primary {
            LabeledSpan::new_primary_with_span(text, (base + start, length))
        } else {
            LabeledSpan::new(text, base + start, length)
        };
        self.labels.push(drawn);
    }
}

/// Where to begin a line so that its underline is in sight.
fn window(source: &Source, line: Span, start: Option<usize>, columns: usize) -> usize {
    let start = start.unwrap_or(line.start);
    if start - line.start < columns / 2 {
        return line.start;
    }
    let mut from = start - columns / 4;
    // Not in the middle of a character.
    while from > line.start && source.bytes().get(from).is_some_and(|byte| byte & 0xc0 == 0x80) {
        from -= 1;
    }
    from
}

/// A line's text without hidden characters, cut where it is too wide, and where each byte went.
fn clean(source: &Source, from: usize, end: usize, most: usize) -> (String, Vec<(usize, usize)>) {
    let mut text = String::new();
    let mut map = Vec::new();
    let mut at = from;
    let mut columns = 0;
    for chunk in source.get(Span::new(from, end)).utf8_chunks() {
        let invalid = chunk.invalid().iter().map(|_| '\u{fffd}');
        let sizes = chunk.valid().chars().map(|c| (c, c.len_utf8())).chain(invalid.map(|c| (c, 1)));
        for (c, size) in sizes {
            if columns >= most {
                map.push((at, text.len()));
                text.push_str(" ...");
                return (text, map);
            }
            map.push((at, text.len()));
            text.push(if c == '\t' {
                ' '
            } else if hidden(c) {
                '\u{fffd}'
            } else {
                c
            });
            at += size;
            columns += 1;
        }
    }
    map.push((at, text.len()));
    (text, map)
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let offset = span.offset();
        let line_of = |offset: usize| self.lines.partition_point(|&(start, _)| start <= offset).saturating_sub(1);
        let first = line_of(span.offset());
        let last = line_of(span.offset() + span.len().saturating_sub(1));
        // Context goes no further than lines that stand together in the document.
        let together = |a: usize, b: usize| match (self.lines.get(a), self.lines.get(b)) {
            (Some((_, a)), Some((_, b))) => a + 1 == *b,
            _ => false,
        };
        let mut from = first;
        while from > 0 && first - from < before && together(from - 1, from) {
            from -= 1;
        }
        let mut to = last;
        while to - last < after && together(to, to + 1) {
            to += 1;
        }
        let (start, number) = self.lines.get(from).copied().ok_or(MietteError::OutOfBounds)?;
        let end = self.lines.get(to + 1).map_or(self.text.len(), |(start, _)| *start);
        let data = &self.text.as_bytes()[start..end];
        let span = SourceSpan::new(start.into(), end - start);
        // Without context it is the place in the header that is asked for.
        let place = self.starts.iter().find(|(at, ..)| before == 0 && after == 0 && *at == offset);
        let (line, column) = place.map_or((number, 1), |&(_, line, column)| (line, column));
        let (line, column) = (line - 1, column.saturating_sub(1));
        Ok(Box::new(MietteSpanContents::new_named(self.name.clone(), data, span, line, column, to - from + 1)))
    }
}
