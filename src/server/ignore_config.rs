//! A code for the list `ignore` of the `lamblint.toml` that holds for a path, or a new one.

use super::actions::{changes, edits_of, text_edit};
use super::client::Client;
use super::documents::Documents;
use super::position::Text;
use super::uri;
use crate::config::{FILE_NAME, Layers, hadolint};
use crate::rules;
use crate::source::{Span, read_file};
use gen_lsp_types as lsp;
use gen_lsp_types::{Range, WorkspaceEdit};
use serde::Deserialize;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use toml::Spanned;

/// A longer file is left alone, in bytes.
const MAX_BYTES: u64 = 1024 * 1024;

/// The edit; `None` if no file can take it.
pub fn edit(
    documents: &Documents,
    client: &Client,
    root: Option<&Path>,
    path: &Path,
    code: &str,
) -> Option<WorkspaceEdit> {
    let layers = Layers::of_path(path, &rules::unknown).ok()?;
    let Some(file) = holder(&layers, path) else {
        // Beside a `.hadolint.yaml`, a new file would end what that says.
        if hadolint::upward(path.parent()?).is_some() || !client.creates_files {
            return None;
        }
        return Some(created(&root.or(path.parent())?.join(FILE_NAME), code));
    };
    let open = documents.at(&file);
    let text = match open {
        Some(open) => open.text.clone(),
        None => Text::new(String::from_utf8(read_file(&file, MAX_BYTES).ok()?).ok()?, client.unit),
    };
    let (span, insert) = insertion(text.as_str(), code)?;
    let edit = text_edit(text.range(span), insert);
    let uri = open.map_or_else(|| uri::of_path(&file), |open| open.uri.clone());
    if client.versioned_edits {
        return Some(changes(vec![edits_of(&uri, open.map(|open| open.version), vec![edit.into()])]));
    }
    Some(WorkspaceEdit { changes: Some(HashMap::from([(uri.into(), vec![edit])])), ..WorkspaceEdit::default() })
}

/// The file whose list holds for a path, or else the nearest.
fn holder(layers: &Layers, path: &Path) -> Option<PathBuf> {
    let effective = layers.effective(path);
    let of_list = effective.values.get("ignore").map(|(_, origin)| origin);
    // A list of `[[paths]]` is a choice for a few files.
    let own = of_list.filter(|origin| origin.globs.is_none()).map(|origin| origin.file.clone());
    let nearest = || layers.files().last().map(Path::to_path_buf);
    let file = if of_list.is_some() { own } else { nearest() };
    file.filter(|file| file.file_name().is_some_and(|name| name == FILE_NAME))
}

fn created(file: &Path, code: &str) -> WorkspaceEdit {
    let uri = uri::of_path(file);
    let options = lsp::CreateFileOptions { overwrite: Some(false), ignore_if_exists: Some(true) };
    let create = lsp::CreateFile { uri: uri.as_str().into(), options: Some(options), annotation_id: None };
    let line = text_edit(Range::default(), format!("ignore = [\"{code}\"]\n"));
    changes(vec![create.into(), edits_of(&uri, None, vec![line.into()])])
}

#[derive(Deserialize)]
struct Top {
    ignore: Option<Spanned<Vec<Spanned<String>>>>,
}

/// What to write for which bytes of a `lamblint.toml`.
fn insertion(text: &str, code: &str) -> Option<(Span, String)> {
    let top: Top = toml::from_str(text).ok()?;
    if let Some(list) = top.ignore {
        let at = list.get_ref().last().map_or(list.span().start + 1, |last| last.span().end);
        let comma = if list.get_ref().is_empty() { "" } else { ", " };
        return Some((Span::new(at, at), format!("{comma}\"{code}\"")));
    }
    // A key of the top stands above the first table.
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.trim_start().starts_with('[') {
            break;
        }
        at += line.len();
    }
    let head = &text[..at];
    let at = head.trim_end().len();
    let at = if at == 0 { 0 } else { text[at..].find('\n').map_or(text.len(), |end| at + end + 1) };
    let open = if at > 0 && !text[..at].ends_with('\n') { "\n" } else { "" };
    Some((Span::new(at, at), format!("{open}ignore = [\"{code}\"]\n")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_joins_the_list_or_founds_it() {
        let with = |text: &str| {
            let (span, insert) = insertion(text, "LL203").unwrap();
            [&text[..span.start], &insert, &text[span.end..]].concat()
        };
        let cases = [
            ("", "ignore = [\"LL203\"]\n"),
            ("ignore = []\n", "ignore = [\"LL203\"]\n"),
            ("ignore = [\"LL4\"]", "ignore = [\"LL4\", \"LL203\"]"),
            ("ignore = [\n  'LL4', # why\n]\n", "ignore = [\n  'LL4', \"LL203\", # why\n]\n"),
            ("root = true", "root = true\nignore = [\"LL203\"]\n"),
            ("# a\n\n[[paths]]\nfiles = []\n", "# a\nignore = [\"LL203\"]\n\n[[paths]]\nfiles = []\n"),
            (
                "[[paths]]\nfiles = []\nignore = [\"LL4\"]\n",
                "ignore = [\"LL203\"]\n[[paths]]\nfiles = []\nignore = [\"LL4\"]\n",
            ),
        ];
        for (before, after) in cases {
            assert_eq!(with(before), after);
            assert!(after.parse::<toml::Table>().is_ok(), "{after}");
        }
        assert_eq!(insertion("ignore = [", "LL203"), None);
    }
}
