//! Where a comment goes that ignores a finding. It is tried before it is offered: what is offered makes that finding go
//! away, with those of its rule that the comment is about, and nothing else.

use super::actions::Scene;
use super::documents::Kind;
use super::look;
use crate::check;
use crate::diagnostic::Diagnostic;
use crate::dockerfile::{Dockerfile, Instruction};
use crate::rules::{self, Check};
use crate::source::Span;
use std::collections::BTreeMap;
use std::rc::Rc;

/// What a comment is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The instruction, or the entry of a template.
    Here,
    /// The file.
    File,
}

/// A text to be inserted at a byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Insertion {
    pub at: usize,
    pub text: String,
    /// Whether it is a comment of its own, and not a code for one that is there.
    pub is_new: bool,
}

impl Reach {
    fn verb(self) -> &'static str {
        match self {
            Self::Here => "ignore=",
            Self::File => "ignore-file=",
        }
    }
}

/// The comment that ignores a finding; `None` if none can.
pub fn insertion(scene: &Scene<'_>, finding: &Diagnostic, reach: Reach) -> Option<Insertion> {
    // A comment cannot ignore what is said of comments.
    if rules::find(finding.code).is_some_and(|rule| matches!(rule.check, Check::Suppression(_))) {
        return None;
    }
    let text = scene.document.text.as_str();
    match scene.document.kind {
        Kind::Dockerfile => {
            let dockerfile = Dockerfile::read(text.as_bytes());
            let places = finding.labels.iter().filter(|label| label.doc == scene.judged.own).map(|label| label.span);
            let candidates: Vec<Insertion> = match reach {
                // The first place is tried first: the comment stands where the finding is shown.
                Reach::Here => places.filter_map(|place| above(&dockerfile, text, place, finding.code)).collect(),
                Reach::File => vec![at_head(&dockerfile, text, finding.code)],
            };
            candidates.into_iter().find(|insertion| silences_it_alone(scene, finding, insertion))
        }
        Kind::Template => in_template(scene, finding, reach),
        Kind::Config | Kind::Other => None,
    }
}

/// Above the instruction that a place is in, below what stands above it.
fn above(dockerfile: &Dockerfile, text: &str, place: Span, code: &str) -> Option<Insertion> {
    let holds =
        |instruction: &&Instruction| instruction.span.start <= place.start && place.start <= instruction.span.end;
    // Where two touch, a place is the beginning of the second.
    let at = dockerfile.instructions.iter().rposition(|instruction| holds(&instruction))?;
    let instruction = dockerfile.instructions.get(at)?;
    let before = at.checked_sub(1).and_then(|at| dockerfile.instructions.get(at)).map_or(0, |before| before.span.end);
    let mut about = dockerfile
        .comments
        .iter()
        .filter(|comment| before <= comment.span.start && comment.span.start <= instruction.span.end);
    let joined = about.find_map(|comment| join(text, comment.span, Reach::Here, code));
    joined.or_else(|| Some(line_above(text, instruction.span.start, Reach::Here, code)))
}

/// At the head of the file, below the directives that must come first.
fn at_head(dockerfile: &Dockerfile, text: &str, code: &str) -> Insertion {
    let joined = dockerfile.comments.iter().find_map(|comment| join(text, comment.span, Reach::File, code));
    joined.unwrap_or_else(|| {
        let behind = dockerfile.directives.iter().map(|directive| directive.span.end).max();
        let mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let at = behind
            .map_or(mark, |end| memchr::memchr(b'\n', &text.as_bytes()[end..]).map_or(text.len(), |n| end + n + 1));
        line_above(text, at, Reach::File, code)
    })
}

/// A comment on a line of its own above the one that a byte is in.
fn line_above(text: &str, at: usize, reach: Reach, code: &str) -> Insertion {
    let start = memchr::memrchr(b'\n', &text.as_bytes()[..at]).map_or(0, |end| end + 1);
    let start = if start == 0 && text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { start };
    let lead = &text[start..at.max(start)];
    let indent = if lead.trim().is_empty() { lead } else { "" };
    // The line ends as the others do.
    let end = if text[start..].lines().next().is_some() && ends_with_cr(text) { "\r\n" } else { "\n" };
    // A file whose last line has no end gets one.
    let open = if start == text.len() && !text.is_empty() && !text.ends_with('\n') { end } else { "" };
    Insertion { at: start, text: format!("{open}{indent}# lamblint: {}{code}{end}", reach.verb()), is_new: true }
}

fn ends_with_cr(text: &str) -> bool {
    memchr::memchr(b'\n', text.as_bytes()).is_some_and(|end| text[..end].ends_with('\r'))
}

/// A code for the list of a comment that is there.
fn join(text: &str, comment: Span, reach: Reach, code: &str) -> Option<Insertion> {
    let line = text.get(comment.start..comment.end)?;
    let order = line.trim_start_matches('#').trim_start().strip_prefix("lamblint:")?.trim_start();
    let list = order.strip_prefix(reach.verb())?;
    let codes = list.split(" -- ").next()?.trim_end();
    let start = comment.end - list.len();
    (!codes.is_empty()).then(|| Insertion { at: start + codes.len(), text: format!(",{code}"), is_new: false })
}

/// In a template: above the line, if the language has such comments.
fn in_template(scene: &Scene<'_>, finding: &Diagnostic, reach: Reach) -> Option<Insertion> {
    let (text, place) = (scene.document.text.as_str(), scene.judged.place(finding)?.span);
    let name = scene.document.path.as_deref()?.file_name()?.to_string_lossy().into_owned();
    if name.ends_with(".json") || text.trim_start().starts_with('{') {
        return None;
    }
    let file = scene.held.template.as_ref()?.files.iter().find(|file| file.doc == scene.judged.own)?;
    let joined = file.comments.iter().find_map(|comment| {
        let about = reach == Reach::File || (comment.target.start <= place.start && place.start <= comment.target.end);
        join(text, comment.span, reach, finding.code).filter(|_| about)
    });
    let at = if reach == Reach::File { 0 } else { place.start };
    let line = memchr::memrchr(b'\n', &text.as_bytes()[..at]).map_or(0, |end| end + 1);
    let indent = text[line..].len() - text[line..].trim_start_matches([' ', '\t']).len();
    let insertion = joined.unwrap_or_else(|| line_above(text, (line + indent).min(at.max(line)), reach, finding.code));
    silences_it_alone(scene, finding, &insertion).then_some(insertion)
}

/// Tries an insertion: the finding must go, with no other than those of its rule, and none may come.
fn silences_it_alone(scene: &Scene<'_>, finding: &Diagnostic, insertion: &Insertion) -> bool {
    let text = scene.document.text.as_str();
    let new = [&text[..insertion.at], &insertion.text, &text[insertion.at..]].concat();
    let after = match scene.document.kind {
        Kind::Template => return template_after(scene, finding, &new),
        _ => {
            let name = scene.document.name();
            check::subject(&scene.held.subject(&name, scene.document, new.as_bytes()), &scene.held.options).diagnostics
        }
    };
    only_less(&scene.judged.findings, &after, finding)
}

fn template_after(scene: &Scene<'_>, finding: &Diagnostic, new: &str) -> bool {
    let Some(template) = &scene.held.template else { return false };
    let Some(own) = template.files.iter().position(|file| file.doc == scene.judged.own) else { return false };
    let text = |at: usize, source: &[u8]| if at == own { new.as_bytes().to_vec() } else { source.to_vec() };
    let files = template.files.iter().enumerate();
    let files: Vec<_> = files.map(|(at, file)| (file.path.clone(), text(at, file.source.bytes()))).collect();
    let first = template.files.iter().map(|file| file.doc).min();
    let Some(crate::diagnostic::DocumentId::File(first)) = first else { return false };
    let Ok(Some(mut read)) = crate::template::read(&template.path, files, first) else { return false };
    // Where images are built does not change with a comment.
    for (function, known) in read.functions.iter_mut().zip(&template.functions) {
        function.located = known.located.clone();
    }
    let deployed = |push: &crate::template::Push| {
        template.pushes.iter().any(|known| known.deployed && known.place.doc == push.place.doc)
    };
    read.pushes.retain(deployed);
    read.pushes.iter_mut().for_each(|push| push.deployed = true);
    let after = look::of_template(scene.held, &Rc::new(read), scene.judged.own);
    only_less(&scene.judged.findings, &after, finding)
}

/// Whether all that is gone is of the rule, and the finding is among it.
fn only_less(before: &[Diagnostic], after: &[Diagnostic], finding: &Diagnostic) -> bool {
    let counts = |all: &[Diagnostic]| {
        let mut counts: BTreeMap<(&'static str, String), usize> = BTreeMap::new();
        all.iter().for_each(|one| *counts.entry((one.code, one.message.clone())).or_default() += 1);
        counts
    };
    let (mut was, is) = (counts(before), counts(after));
    let key = (finding.code, finding.message.clone());
    let gone = is.get(&key).copied().unwrap_or_default() < was.get(&key).copied().unwrap_or_default();
    // Line numbers in messages move with the line that is inserted; rules do not name them.
    let no_new = is.iter().all(|(key, count)| was.get(key).is_some_and(|before| count <= before));
    was.retain(|(code, _), _| *code != finding.code);
    gone && no_new && was.iter().all(|(key, count)| is.get(key) == Some(count))
}
