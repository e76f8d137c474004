//! Code actions: the fixes of findings, all safe fixes at once, and three ways to ignore a finding.

use super::client::Client;
use super::documents::{Document, Documents, Kind};
use super::look::{Held, Judged};
use super::{diagnostics, ignore, ignore_config};
use crate::diagnostic::{Diagnostic, Edit};
use crate::fix;
use crate::page::Family;
use crate::source::Span;
use gen_lsp_types as lsp;
use gen_lsp_types::{CodeAction, CodeActionKind, DocumentChange, Position, Range, TextEdit, WorkspaceEdit};
use std::collections::HashMap;
use std::path::Path;

/// The kind of the action that makes all safe fixes.
pub const FIX_ALL: &str = "source.fixAll.lamblint";
/// Maximum number of findings that actions are offered for: each that is to be ignored is tried.
const MAX_FINDINGS: usize = 50;

/// What actions are made of.
pub struct Scene<'a> {
    pub document: &'a Document,
    pub documents: &'a Documents,
    pub held: &'a Held,
    pub judged: &'a Judged,
    pub client: &'a Client,
    /// The folder of the workspace that the document is in.
    pub root: Option<&'a Path>,
}

/// The actions for a range, as far as the client wants them.
pub fn all(scene: &Scene<'_>, range: Range, only: Option<&[CodeActionKind]>) -> Vec<CodeAction> {
    if !scene.client.code_actions {
        return Vec::new();
    }
    let wants = |kind: &str| {
        let within = |wanted: &CodeActionKind| {
            let wanted = String::from(wanted.clone());
            kind == wanted || kind.strip_prefix(&wanted).is_some_and(|rest| wanted.is_empty() || rest.starts_with('.'))
        };
        only.is_none_or(|only| only.iter().any(within))
    };
    let mut actions = Vec::new();
    if wants("quickfix") {
        // The cursor may stand anywhere on the line of a finding.
        let line = |at: Position| scene.document.text.line(at.line as usize);
        let end = scene.document.text.as_str().len();
        let [first, last] = [range.start, range.end].map(|at| line(at).unwrap_or(Span::new(end, end)));
        let span = first.join(last);
        let touched = |finding: &&Diagnostic| {
            let place = scene.judged.place(finding).map(|label| label.span);
            place.is_some_and(|place| place.start <= span.end && span.start <= place.end)
        };
        let findings = || scene.judged.findings.iter().filter(touched).take(MAX_FINDINGS);
        actions.extend(findings().filter_map(|finding| fix_of(scene, finding)));
        for finding in findings() {
            ignoring(scene, finding, &mut actions);
        }
    }
    if wants(FIX_ALL) {
        actions.extend(fix_all(scene));
    }
    actions
}

/// The fix of one finding.
fn fix_of(scene: &Scene<'_>, finding: &Diagnostic) -> Option<CodeAction> {
    let fix = finding.fix.as_ref().filter(|_| scene.document.kind == Kind::Dockerfile)?;
    let unsure = if fix.safe { "" } else { " (may change what works)" };
    let text = &scene.document.text;
    let edit = |edit: &Edit| text_edit(text.range(Span::new(edit.start, edit.end)), edit.text.clone());
    let edits = fix.edits.iter().map(edit).collect();
    let action = quick(scene, finding, format!("{}: {}{unsure}", finding.code, fix.title), own(scene, edits));
    Some(CodeAction { is_preferred: Some(fix.safe), ..action })
}

/// The ways to ignore a finding.
fn ignoring(scene: &Scene<'_>, finding: &Diagnostic, actions: &mut Vec<CodeAction>) {
    let code = finding.code;
    let mut add = |title: String, edit: WorkspaceEdit| {
        let action = quick(scene, finding, title, edit);
        // What several findings of a rule would be offered is offered once, for all of them.
        match actions.iter_mut().find(|known| known.title == action.title && known.edit == action.edit) {
            Some(known) => known.diagnostics.get_or_insert_default().extend(action.diagnostics.unwrap_or_default()),
            None => actions.push(action),
        }
    };
    let ways = [(ignore::Reach::Here, "here"), (ignore::Reach::File, "in this file")];
    for (reach, name) in ways {
        if let Some(insert) = ignore::insertion(scene, finding, reach) {
            add(format!("{code}: ignore {name}"), with_reason(scene, &insert));
        }
    }
    // What ShellCheck says is also lamblint's to ignore; a code that no family has is none.
    let known = Family::of(code) != Family::Buildkit || crate::rules::find(code).is_some();
    if let Some(edit) = scene
        .document
        .path
        .as_deref()
        .filter(|_| known)
        .and_then(|path| ignore_config::edit(scene.documents, scene.client, scene.root, path, code))
    {
        add(format!("{code}: ignore in {}", crate::config::FILE_NAME), edit);
    }
}

/// An insertion; if the client can, with the cursor where the reason belongs.
fn with_reason(scene: &Scene<'_>, insert: &ignore::Insertion) -> WorkspaceEdit {
    let at = scene.document.text.position(insert.at);
    let range = Range { start: at, end: at };
    let Some((before, after)) = insert.text.split_once('\n').filter(|_| scene.client.snippet_edits && insert.is_new)
    else {
        return own(scene, vec![text_edit(range, insert.text.clone())]);
    };
    let escaped = |text: &str| text.replace('\\', "\\\\").replace('$', "\\$").replace('}', "\\}");
    let value = format!("{} -- ${{0:why}}\n{}", escaped(before), escaped(after));
    let snippet = lsp::SnippetTextEdit { range, snippet: lsp::StringValue { value }, annotation_id: None };
    changes(vec![versioned(scene, vec![snippet.into()])])
}

/// One edit that makes all safe fixes, as `lamblint --fix` does; `None` if it would change nothing.
fn fix_all(scene: &Scene<'_>) -> Option<CodeAction> {
    let Scene { document, held, judged, .. } = scene;
    let fixable = |finding: &Diagnostic| finding.fix.as_ref().is_some_and(|fix| fix.safe);
    if document.kind != Kind::Dockerfile || !judged.findings.iter().any(fixable) {
        return None;
    }
    let old = document.text.as_str();
    let name = document.name();
    let fixed = fix::apply(&held.subject(&name, document, old.as_bytes()), &held.options, false);
    let new = String::from_utf8(fixed.bytes).ok().filter(|new| new != old)?;
    Some(CodeAction {
        title: "Fix all that is safe to fix (lamblint)".into(),
        kind: Some(FIX_ALL.to_owned().into()),
        edit: Some(own(scene, line_edits(scene, old, &new))),
        ..CodeAction::default()
    })
}

/// The lines that differ, as edits.
fn line_edits(scene: &Scene<'_>, old: &str, new: &str) -> Vec<TextEdit> {
    let diff = similar::TextDiff::from_lines(old, new);
    let starts = |lines: &[&str]| {
        let ends = lines.iter().scan(0, |at, line| {
            *at += line.len();
            Some(*at)
        });
        std::iter::once(0).chain(ends).collect::<Vec<usize>>()
    };
    let lines = |side: Vec<&str>| starts(&side);
    let old_starts = lines(diff.iter_old_slices().collect());
    let new_starts = lines(diff.iter_new_slices().collect());
    let at = |starts: &[usize], range: std::ops::Range<usize>| {
        let of = |line: usize| starts.get(line).copied().unwrap_or_default();
        Span::new(of(range.start), of(range.end))
    };
    let changed = diff.ops().iter().filter(|op| op.tag() != similar::DiffTag::Equal);
    let edit = |op: &similar::DiffOp| {
        let (from, to) = (at(&old_starts, op.old_range()), at(&new_starts, op.new_range()));
        text_edit(scene.document.text.range(from), new[to.start..to.end].to_owned())
    };
    changed.map(edit).collect()
}

fn quick(scene: &Scene<'_>, finding: &Diagnostic, title: String, edit: WorkspaceEdit) -> CodeAction {
    let Scene { document, documents, judged, client, .. } = scene;
    CodeAction {
        title,
        kind: Some(CodeActionKind::QuickFix),
        diagnostics: diagnostics::one(finding, judged, document, documents, client).map(|one| vec![one]),
        edit: Some(edit),
        ..CodeAction::default()
    }
}

pub fn text_edit(range: Range, new_text: String) -> TextEdit {
    TextEdit { range, new_text }
}

/// Edits of the document itself.
fn own(scene: &Scene<'_>, edits: Vec<TextEdit>) -> WorkspaceEdit {
    if scene.client.versioned_edits {
        return changes(vec![versioned(scene, edits.into_iter().map(Into::into).collect())]);
    }
    let changes = HashMap::from([(scene.document.uri.as_str().into(), edits)]);
    WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() }
}

fn versioned(scene: &Scene<'_>, edits: Vec<lsp::Edit>) -> DocumentChange {
    edits_of(&scene.document.uri, Some(scene.document.version), edits)
}

/// Edits of a document.
pub fn edits_of(uri: &str, version: Option<i32>, edits: Vec<lsp::Edit>) -> DocumentChange {
    let text_document_identifier = lsp::TextDocumentIdentifier { uri: uri.into() };
    let text_document = lsp::OptionalVersionedTextDocumentIdentifier { version, text_document_identifier };
    lsp::TextDocumentEdit { text_document, edits }.into()
}

pub fn changes(changes: Vec<DocumentChange>) -> WorkspaceEdit {
    WorkspaceEdit { document_changes: Some(changes), ..WorkspaceEdit::default() }
}
