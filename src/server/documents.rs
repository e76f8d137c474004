//! The documents that the client has open: their texts, what kind of file each is, and what was found in it.

use super::look::{Held, Judged};
use super::position::Text;
use super::uri;
use crate::discover::{is_candidate, is_dockerfile};
use crate::shellcheck::Results;
use crate::source::Unit;
use gen_lsp_types::TextDocumentContentChangeEvent;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

/// What a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A Dockerfile.
    Dockerfile,
    /// What may be a template.
    Template,
    /// `lamblint.toml`.
    Config,
    /// Nothing that lamblint checks.
    Other,
}

/// One open document.
#[derive(Debug)]
pub struct Document {
    /// Its address as the client spells it.
    pub uri: String,
    /// Its path; `None` for what is no file.
    pub path: Option<PathBuf>,
    pub kind: Kind,
    pub version: i32,
    pub text: Text,
    /// What holds for it, and since when.
    pub held: Option<(Instant, Rc<Held>)>,
    /// What was found in this version.
    pub judged: Option<Rc<Judged>>,
    /// What ShellCheck has said of its scripts, this version's or older ones.
    pub answers: Option<Arc<Results>>,
    /// Whether the client has not been told yet what was found.
    pub untold: bool,
    unit: Unit,
}

impl Document {
    pub fn new(uri: String, language: &str, version: i32, text: String, unit: Unit) -> Self {
        let path = uri::to_path(&uri);
        let kind = kind_of(path.as_deref(), &uri, language);
        let text = Text::new(text, unit);
        Self { uri, path, kind, version, text, held: None, judged: None, answers: None, untold: true, unit }
    }

    /// Takes a new version. Clients are asked for the whole text, and some send a part.
    pub fn change(&mut self, version: i32, changes: Vec<TextDocumentContentChangeEvent>) {
        for change in changes {
            let text = match change {
                TextDocumentContentChangeEvent::TextDocumentContentChangeWholeDocument(whole) => whole.text,
                TextDocumentContentChangeEvent::TextDocumentContentChangePartial(part) => {
                    let span = self.text.span(part.range);
                    let text = self.text.as_str();
                    [&text[..span.start], &part.text, &text[span.end..]].concat()
                }
            };
            self.text = Text::new(text, self.unit);
        }
        (self.version, self.judged, self.untold) = (version, None, true);
    }

    /// Forgets what was found, and with it what held: a file beside it has changed.
    pub fn forget(&mut self) {
        (self.held, self.judged, self.untold) = (None, None, true);
    }

    /// The name that findings call it.
    pub fn name(&self) -> String {
        self.path.as_ref().map_or_else(|| self.uri.clone(), |path| path.display().to_string())
    }
}

fn kind_of(path: Option<&Path>, uri: &str, language: &str) -> Kind {
    // `git:/a/Dockerfile?…` has no path, and its name tells what it is.
    let named = uri.split(['?', '#']).next().unwrap_or(uri);
    let name = path.and_then(Path::file_name).map_or_else(
        || named.rsplit(['/', ':']).next().unwrap_or(named).to_owned(),
        |name| name.to_string_lossy().into_owned(),
    );
    let language = language.to_ascii_lowercase();
    if name == crate::config::FILE_NAME {
        Kind::Config
    } else if language.contains("docker") || language.contains("containerfile") || is_dockerfile(&name) {
        Kind::Dockerfile
    } else if is_candidate(&name) || name.ends_with(".json") {
        Kind::Template
    } else {
        Kind::Other
    }
}

/// All open documents.
#[derive(Debug, Default)]
pub struct Documents(BTreeMap<String, Document>);

impl Documents {
    pub fn open(&mut self, document: Document) {
        self.0.insert(document.uri.clone(), document);
    }

    pub fn close(&mut self, uri: &str) -> Option<Document> {
        self.0.remove(uri)
    }

    pub fn get(&self, uri: &str) -> Option<&Document> {
        self.0.get(uri)
    }

    pub fn get_mut(&mut self, uri: &str) -> Option<&mut Document> {
        self.0.get_mut(uri)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Document> {
        self.0.values()
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Document> {
        self.0.values_mut()
    }

    /// The document of a path.
    pub fn at(&self, path: &Path) -> Option<&Document> {
        self.0.values().find(|document| document.path.as_deref() == Some(path))
    }

    /// The address of a path: the client's own, where it is open.
    pub fn uri_of(&self, path: &Path) -> String {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
        self.at(&path).map_or_else(|| uri::of_path(&path), |document| document.uri.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds() {
        let kind = |uri: &str, language: &str| kind_of(uri::to_path(uri).as_deref(), uri, language);
        assert_eq!(kind("file:///a/Dockerfile.dev", "plaintext"), Kind::Dockerfile);
        assert_eq!(kind("untitled:Untitled-1", "dockerfile"), Kind::Dockerfile);
        assert_eq!(kind("git:/a/Dockerfile?%7B%22ref%22%3A%22~%22%7D", ""), Kind::Dockerfile);
        assert_eq!(kind("file:///a/template.yaml", "yaml"), Kind::Template);
        assert_eq!(kind("file:///a/lamblint.toml", "toml"), Kind::Config);
        assert_eq!(kind("file:///a/Cargo.toml", "toml"), Kind::Other);
        assert_eq!(kind("untitled:Untitled-2", "yaml"), Kind::Other);
    }
}
