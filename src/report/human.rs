//! For people: miette draws the text with its underlines.

use super::safe::hidden;
use super::{Run, Style, plain};
use crate::check::{Checked, Outcome};
use crate::diagnostic::{Diagnostic, DocumentId, Label, Severity};
use crate::source::{Source, Span};
use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan,
    SpanContents,
};
use std::fmt::{self, Write};

/// Columns of a source line that are shown; longer lines are cut around the underline.
const WIDEST: usize = 180;
/// Lines of a long span that are shown.
const TALLEST: usize = 6;

pub(super) fn render(run: &Run<'_>, style: &Style) -> String {
    let theme = match (style.unicode, style.color) {
        (true, true) => GraphicalTheme::unicode(),
        (true, false) => GraphicalTheme::unicode_nocolor(),
        (false, true) => GraphicalTheme { characters: miette::ThemeCharacters::ascii(), ..GraphicalTheme::unicode() },
        (false, false) => GraphicalTheme::none(),
    };
    let handler = GraphicalReportHandler::new_themed(theme).with_width(style.width.max(40)).with_links(style.links);
    let mut text = String::new();
    for (checked, diagnostic) in run.diagnostics() {
        for shown in views(checked, diagnostic, style) {
            if handler.render_report(&mut text, &shown).is_err() {
                let _ = writeln!(text, "{}: {}", plain(&diagnostic.path), plain(&diagnostic.message));
            }
        }
        text.push('\n');
    }
    if !style.quiet {
        text.push_str(&summary(run));
    }
    text
}

fn summary(run: &Run<'_>) -> String {
    let checked = run.checked;
    let plural = |count: usize, one: &str| if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") };
    let files = checked.iter().filter(|checked| matches!(checked.outcome, Outcome::Dockerfile { .. })).count();
    let images = checked.iter().filter(|checked| checked.image().is_some()).count();
    let functions = checked.iter().map(|checked| checked.functions().len()).sum();
    let scripts = checked.iter().filter(|checked| checked.is_script()).count();
    let counted = [(files, "Dockerfile"), (images, "image"), (functions, "function"), (scripts, "script")];
    let mut subjects: Vec<String> =
        counted.into_iter().filter(|(count, _)| *count > 0).map(|(count, one)| plural(count, one)).collect();
    if subjects.is_empty() {
        subjects.push(plural(0, "Dockerfile"));
    }
    let [errors, warnings, infos] = super::counts(checked);
    let named = [(errors, "error"), (warnings, "warning"), (infos, "info")];
    let found: Vec<String> =
        named.into_iter().filter(|(count, _)| *count > 0).map(|(c, name)| plural(c, name)).collect();
    let found = if found.is_empty() { "no problems".into() } else { found.join(", ") };
    let suppressed: usize = checked.iter().map(|checked| checked.suppressed.len()).sum();
    let known: usize = checked.iter().map(|checked| checked.known).sum();
    let counted = [(suppressed, "ignored by comments"), (known, "in the baseline")];
    let left_out: Vec<String> =
        counted.into_iter().filter(|(count, _)| *count > 0).map(|(count, why)| format!("{count} {why}")).collect();
    let ignored = if left_out.is_empty() { String::new() } else { format!(" ({})", left_out.join(", ")) };
    let unseen = match run.unreadable.len() {
        0 => String::new(),
        count => format!("; {count} could not be looked at"),
    };
    format!("{found} in {}{ignored}{unseen}\n", subjects.join(" and "))
}

/// One view a document that has labels; the first carries message and help.
fn views<'a>(checked: &'a Checked, diagnostic: &'a Diagnostic, style: &Style) -> Vec<View<'a>> {
    let mut docs: Vec<DocumentId> = Vec::new();
    for label in &diagnostic.labels {
        if !docs.contains(&label.doc) {
            docs.push(label.doc);
        }
    }
    let last = docs.len().saturating_sub(1);
    let view = |(at, doc): (usize, DocumentId)| {
        let labels: Vec<&Label> = diagnostic.labels.iter().filter(|label| label.doc == doc).collect();
        let source = checked.sources.get(&doc)?;
        let path = labels.first().map_or(diagnostic.path.as_str(), |label| label.path.as_str());
        let name = match doc {
            doc if doc.is_text() => plain(path),
            doc => format!("{} ({})", plain(path), super::json::document(doc)),
        };
        let message = if at == 0 { plain(&diagnostic.message) } else { "and here".into() };
        let help = (at == last).then(|| diagnostic.help.as_deref().map(plain)).flatten();
        let url = (style.links && at == 0).then(|| diagnostic.url.clone());
        let code = (at == 0).then_some((diagnostic.code, diagnostic.name));
        Some(View {
            severity: diagnostic.severity,
            code,
            message,
            help,
            url,
            text: Excerpt::new(source, &labels, name),
        })
    };
    docs.into_iter().enumerate().filter_map(view).collect()
}

/// What miette prints.
struct View<'a> {
    severity: Severity,
    code: Option<(&'a str, &'a str)>,
    message: String,
    help: Option<String>,
    url: Option<String>,
    text: Excerpt,
}

impl fmt::Debug for View<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Display for View<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for View<'_> {}

impl miette::Diagnostic for View<'_> {
    fn code<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        let (code, name) = self.code?;
        // BuildKit's checks have their name for a code.
        let name = if code == name { String::new() } else { format!(" {name}") };
        Some(Box::new(format!("{}[{code}{name}]", self.severity.as_str())))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Info => miette::Severity::Advice,
        })
    }

    fn help<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn url<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        self.url.as_ref().map(|url| Box::new(url) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.text)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.text.labels.iter().cloned()))
    }
}

/// The lines around some labels, made safe and short: miette itself reads the whole document for each label,
/// panics at columns over 65,535 and prints control bytes as they are.
struct Excerpt {
    name: String,
    labels: Vec<LabeledSpan>,
    /// Runs of neighbouring lines: number of the first, and the text.
    text: String,
    /// (offset in `text`, line number in the document) of every line kept.
    lines: Vec<(usize, usize)>,
}

impl Excerpt {
    fn new(source: &Source, labels: &[&Label], name: String) -> Self {
        let mut wanted: Vec<usize> = Vec::new();
        let last = source.line_count();
        for label in labels {
            let (first, end) = (label.start.line, label.end.line.min(label.start.line + TALLEST - 1));
            wanted.extend(first.saturating_sub(1).max(1)..=(end + 1).min(last));
        }
        wanted.sort_unstable();
        wanted.dedup();
        let mut excerpt = Self { name, labels: Vec::new(), text: String::new(), lines: Vec::new() };
        for line in wanted {
            let span = source.line(line);
            let starts = labels.iter().filter(|label| label.start.line == line).map(|label| label.start.offset);
            let from = window(source, span, starts.min());
            excerpt.lines.push((excerpt.text.len(), line));
            let (text, map) = clean(source, from, span.end);
            for label in labels {
                excerpt.label(label, line, from, &map);
            }
            excerpt.text.push_str(&text);
            excerpt.text.push('\n');
        }
        excerpt
    }

    /// Puts a label where its first line is; the line's text is about to be added.
    fn label(&mut self, label: &Label, line: usize, from: usize, map: &[(usize, usize)]) {
        if label.start.line != line {
            return;
        }
        let at = |offset: usize| {
            let index = map.partition_point(|&(file, _)| file <= offset.max(from)).saturating_sub(1);
            map.get(index).map_or(0, |&(_, text)| text)
        };
        let base = self.text.len();
        let (start, end) = (at(label.span.start), at(label.span.end).max(at(label.span.start)));
        let text = (!label.text.is_empty()).then(|| plain(&label.text));
        let length = if label.span.end > label.span.start { (end - start).max(1) } else { 0 };
        self.labels.push(LabeledSpan::new(text, base + start, length));
    }
}

/// Where to begin a line so that its underline is in sight.
fn window(source: &Source, line: Span, start: Option<usize>) -> usize {
    let start = start.unwrap_or(line.start);
    if start - line.start < WIDEST / 2 {
        return line.start;
    }
    let mut from = start - 40;
    // Not in the middle of a character.
    while from > line.start && source.bytes().get(from).is_some_and(|byte| byte & 0xc0 == 0x80) {
        from -= 1;
    }
    from
}

/// A line's text without hidden characters, cut where it is too wide, and where each byte went.
fn clean(source: &Source, from: usize, end: usize) -> (String, Vec<(usize, usize)>) {
    let mut text = String::new();
    let mut map = Vec::new();
    let mut at = from;
    let mut columns = 0;
    for chunk in source.get(Span::new(from, end)).utf8_chunks() {
        let invalid = chunk.invalid().iter().map(|_| '\u{fffd}');
        let sizes = chunk.valid().chars().map(|c| (c, c.len_utf8())).chain(invalid.map(|c| (c, 1)));
        for (c, size) in sizes {
            if columns >= WIDEST {
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
        let column = 0;
        Ok(Box::new(MietteSpanContents::new_named(self.name.clone(), data, span, number - 1, column, to - from + 1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check;
    use crate::options::Options;
    use std::path::Path;

    fn shown(text: &[u8]) -> String {
        let checked = check::dockerfile("Dockerfile", text, &Options::new(jiff::civil::date(2026, 11, 24)));
        let style = Style { color: false, links: false, unicode: false, width: 100, quiet: false };
        render(&Run { checked: &[checked], unreadable: &[], folder: Path::new(""), root: Path::new("") }, &style)
    }

    #[test]
    fn control_bytes_never_reach_the_terminal() {
        let text = shown(b"FROM scratch\nRUNN \x1b[31mred\x07 \xe2\x80\xae\xff\n");
        assert!(!text.contains(['\x1b', '\x07', '\u{202e}']), "{text}");
        assert!(text.contains("LL001"));
    }

    #[test]
    fn long_lines_are_cut_around_the_underline() {
        let long = format!("FROM scratch\nCOPY --{}x a b\n", "y".repeat(60_000));
        let text = shown(long.as_bytes());
        assert!(text.lines().all(|line| line.len() < 70_000));
        let far = format!("FROM scratch\nONBUILD {} RUNN x\n", " ".repeat(60_000));
        assert!(shown(far.as_bytes()).lines().all(|line| line.len() < 400));
    }

    #[test]
    fn the_summary_is_plain_and_true() {
        let clean = shown(b"FROM public.ecr.aws/lambda/python:3.13\nCMD [\"app.handler\"]\n");
        assert_eq!(clean, "no problems in 1 Dockerfile\n");
        assert!(shown(b"").ends_with("1 error in 1 Dockerfile\n"));
    }
}
