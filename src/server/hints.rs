//! What is shown between the words of a Dockerfile: when a base is deprecated, and what Lambda starts.

use super::actions::Scene;
use super::documents::Kind;
use crate::check::launches;
use crate::dockerfile::Dockerfile;
use crate::launch::{Build, Parent};
use crate::launched::{From, Launched, Shown};
use crate::report::plain;
use crate::source::Span;
use gen_lsp_types::{InlayHint, Range};
use serde_json::to_string;

/// Maximum length of a hint in characters.
const MAX_SHOWN: usize = 120;

/// The hints of a range.
pub fn all(scene: &Scene<'_>, range: Range) -> Vec<InlayHint> {
    if scene.document.kind != Kind::Dockerfile || scene.held.error.is_some() || scene.held.excluded {
        return Vec::new();
    }
    let text = scene.document.text.as_str();
    let dockerfile = Dockerfile::read(text.as_bytes());
    let build = Build::new(&dockerfile, &scene.held.options);
    let mut hints: Vec<(usize, String)> = Vec::new();
    for stage in &build.stages {
        let Parent::Image(base) = &stage.parent else { continue };
        if let Some(day) = base.runtime.and_then(|runtime| runtime.deprecation) {
            let past = if day <= scene.held.options.today { "since" } else { "from" };
            hints.push((stage.from.span.end, format!("deprecated {past} {day}")));
        }
    }
    let last = build
        .target
        .and_then(|target| build.stages.get(target))
        .map(|stage| stage.steps.last().map_or(stage.from.span.end, |step| step.instruction.span.end));
    if let Some(last) = last.filter(|_| scene.judged.lambda) {
        let name = scene.document.name();
        let subject = scene.held.subject(&name, scene.document, text.as_bytes());
        let mut started: Vec<String> =
            launches::of_dockerfile(&subject, &scene.held.options).iter().filter_map(started).collect();
        started.dedup();
        // Functions that start differently are a table, and not a word behind a line.
        if let [one] = started.as_slice() {
            hints.push((last, one.clone()));
        }
    }
    let wanted = scene.document.text.span(range);
    let inside = hints.into_iter().filter(|(at, _)| wanted.start <= *at && *at <= wanted.end);
    inside.map(|(at, label)| hint(scene, at, &label)).collect()
}

fn hint(scene: &Scene<'_>, at: usize, label: &str) -> InlayHint {
    let text = scene.document.text.as_str();
    let line = scene.document.text.line(scene.document.text.line_of(at.min(text.len()))).unwrap_or_default();
    // Behind the line, also where an instruction ends with a here-document.
    let end = line.start + text[line.start..line.end].trim_end().len();
    let at = if at == line.start && at > 0 { at - 1 } else { end };
    let label: String = plain(label).chars().take(MAX_SHOWN).collect();
    InlayHint {
        position: scene.document.text.position(Span::new(at, at).start),
        label: label.into(),
        kind: None,
        text_edits: None,
        tooltip: None,
        padding_left: Some(true),
        padding_right: None,
        data: None,
    }
}

/// `starts /lambda-entrypoint.sh app.handler · /var/task · x86_64`; `None` if a part of what starts is not known.
fn started(launched: &Launched) -> Option<String> {
    let words = |shown: &Shown<Vec<String>>| match shown.from {
        From::Unknown => None,
        _ => Some(shown.value.clone().unwrap_or_default()),
    };
    let words = [words(&launched.entrypoint)?, words(&launched.command)?].concat();
    if words.is_empty() {
        return None;
    }
    let quoted = |word: &String| {
        let bare = !word.is_empty() && !word.contains(|c: char| c.is_whitespace() || c.is_control() || c == '"');
        if bare { word.clone() } else { to_string(word).unwrap_or_default() }
    };
    let mut parts = vec![format!("starts {}", words.iter().map(quoted).collect::<Vec<_>>().join(" "))];
    match launched.working_directory.from {
        From::Unknown => {}
        From::Unset => parts.push("/".to_owned()),
        _ => parts.extend(launched.working_directory.value.clone()),
    }
    parts.extend(launched.architecture.value.clone());
    Some(parts.join(" · "))
}
