//! The JSON contract, `schemas/output.json`: one document a run.

use super::{Run, Unreadable};
use crate::check::{Checked, FunctionOutcome, Outcome};
use crate::diagnostic::{Diagnostic, DocumentId, Label};
use serde_json::{Value, json};

pub(super) fn render(run: &Run<'_>) -> String {
    let checked = run.checked;
    let diagnostics: Vec<Value> = run.diagnostics().map(|(_, one)| diagnostic(one)).collect();
    let [errors, warnings, infos] = super::counts(checked);
    let suppressed: usize = checked.iter().map(|checked| checked.suppressed.len()).sum();
    let known: usize = checked.iter().map(|checked| checked.known).sum();
    let document = json!({
        "schema": 1,
        "diagnostics": diagnostics,
        "subjects": checked.iter().flat_map(subjects).collect::<Vec<_>>(),
        "unreadable": run.unreadable.iter().map(unreadable).collect::<Vec<_>>(),
        "summary": {"errors": errors, "warnings": warnings, "infos": infos, "suppressed": suppressed, "known": known},
    });
    format!("{document:#}\n")
}

pub(crate) fn diagnostic(diagnostic: &Diagnostic) -> Value {
    let first = diagnostic.labels.first();
    json!({
        "code": diagnostic.code,
        "name": diagnostic.name,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "help": diagnostic.help,
        "path": diagnostic.path,
        "start": first.map(|label| label.start),
        "end": first.map(|label| label.end),
        "labels": diagnostic.labels.iter().map(label).collect::<Vec<_>>(),
        "fix": diagnostic.fix,
        "url": diagnostic.url,
    })
}

pub(super) fn unreadable(unreadable: &Unreadable) -> Value {
    json!({"path": unreadable.path, "error": unreadable.message})
}

fn label(label: &Label) -> Value {
    let mut value = json!({"path": label.path, "start": label.start, "end": label.end, "text": label.text});
    if !label.doc.is_text() {
        value["document"] = document(label.doc).into();
        value["pointer"] = label.pointer.clone().into();
    }
    value
}

/// `config`, `manifest`, `index`, `archive` or `layer:3`, layers counted from 1.
pub(super) fn document(doc: DocumentId) -> String {
    match doc {
        DocumentId::Dockerfile => "dockerfile".into(),
        DocumentId::Archive => "archive".into(),
        DocumentId::Index => "index".into(),
        DocumentId::Manifest => "manifest".into(),
        DocumentId::Config => "config".into(),
        DocumentId::Layer(at) => format!("layer:{}", at + 1),
        DocumentId::File(_) => "file".into(),
    }
}

/// One Dockerfile, one image, each function of a template, or a script that pushes images.
fn subjects(checked: &Checked) -> Vec<Value> {
    match &checked.outcome {
        Outcome::Dockerfile { .. } => vec![subject(checked, "dockerfile")],
        Outcome::Image(_) => vec![subject(checked, "image")],
        Outcome::Template(_) if checked.is_script() => vec![subject(checked, "script")],
        Outcome::Template(functions) => functions.iter().map(|function| of_function(checked, function)).collect(),
    }
}

fn of_function(checked: &Checked, function: &FunctionOutcome) -> Value {
    let mut value = subject(checked, "function");
    value["path"] = function.template.as_str().into();
    value["name"] = function.name.as_str().into();
    value["template"] = function.template.as_str().into();
    value["dockerfile"] = function.dockerfile.as_deref().into();
    value["image"] = function.image.as_deref().into();
    value
}

fn subject(checked: &Checked, kind: &str) -> Value {
    let image = checked.image();
    json!({
        "path": checked.path,
        "kind": kind,
        "unpacked_bytes": image.and_then(|image| image.unpacked_bytes),
        "flattened_bytes": image.and_then(|image| image.flattened_bytes),
        "layers": image.map(|image| image.layers),
        "verified_layers": image.map(|image| image.verified_layers),
        "files": image.and_then(|image| image.files),
        "not_asked": image.and_then(|image| image.not_asked.as_ref()),
    })
}
