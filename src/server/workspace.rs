//! The folders of the workspace, and the settings for each.

use super::documents::Documents;
use super::look::Around;
use super::settings::Settings;
use super::uri;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The folders and the settings of a client.
#[derive(Debug, Default)]
pub struct Workspace {
    /// What the client has said when it connected; the others are laid over it.
    initial: Settings,
    /// The settings for no folder.
    settings: Settings,
    /// The folders by their addresses, with their settings.
    folders: BTreeMap<String, (Option<PathBuf>, Settings)>,
}

impl Workspace {
    /// Reads the parameters of `initialize`; also what is wrong with its settings.
    pub fn of(params: &Value) -> (Self, Vec<String>) {
        let mut initial = Settings::default();
        let wrong = params.get("initializationOptions").map(|options| initial.read(options)).unwrap_or_default();
        let mut workspace = Self { settings: initial.clone(), initial, folders: BTreeMap::new() };
        let named = params.get("workspaceFolders").and_then(Value::as_array).into_iter().flatten();
        let mut folders: Vec<&str> = named.filter_map(|folder| folder.get("uri")?.as_str()).collect();
        if folders.is_empty() {
            folders.extend(params.get("rootUri").and_then(Value::as_str));
        }
        folders.into_iter().for_each(|uri| workspace.add(uri));
        (workspace, wrong)
    }

    fn add(&mut self, uri: &str) {
        self.folders.insert(uri.to_owned(), (uri::to_path(uri), self.settings.clone()));
    }

    /// Takes an event of `workspace/didChangeWorkspaceFolders`.
    pub fn change(&mut self, event: &Value) {
        let uris = |key: &str| {
            let list = event.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
            list.iter().filter_map(|folder| folder.get("uri")?.as_str().map(str::to_owned)).collect::<Vec<_>>()
        };
        for uri in uris("removed") {
            self.folders.remove(&uri);
        }
        uris("added").iter().for_each(|uri| self.add(uri));
    }

    /// The addresses of the folders.
    pub fn folders(&self) -> impl Iterator<Item = &String> {
        self.folders.keys()
    }

    /// Takes settings: those of a folder, or of all. Says what is wrong with them.
    pub fn configure(&mut self, folder: Option<&str>, value: &Value) -> Vec<String> {
        let mut settings = self.initial.clone();
        let wrong = settings.read(value);
        match folder {
            Some(uri) => {
                if let Some((_, known)) = self.folders.get_mut(uri) {
                    *known = settings;
                }
            }
            None => {
                self.folders.values_mut().for_each(|(_, known)| known.clone_from(&settings));
                self.settings = settings;
            }
        }
        wrong
    }

    /// The innermost folder that a path is in.
    fn folder(&self, path: Option<&Path>) -> Option<(&Path, &Settings)> {
        let path = path?;
        let all = self.folders.values().filter_map(|(folder, settings)| Some((folder.as_deref()?, settings)));
        all.filter(|(folder, _)| path.starts_with(folder)).max_by_key(|(folder, _)| folder.components().count())
    }

    /// The innermost folder that a path is in.
    pub fn root(&self, path: Option<&Path>) -> Option<&Path> {
        self.folder(path).map(|(folder, _)| folder)
    }

    /// The settings for a path.
    pub fn settings(&self, path: Option<&Path>) -> &Settings {
        self.folder(path).map_or(&self.settings, |(_, settings)| settings)
    }

    /// What there is around a document of a path.
    pub fn around(&self, path: Option<&Path>, documents: &Documents) -> Around<'_> {
        let text = |document: &super::documents::Document| {
            Some((document.path.clone()?, document.text.as_str().as_bytes().to_vec()))
        };
        Around {
            settings: self.settings(path),
            root: self.root(path),
            texts: documents.iter().filter_map(text).collect(),
        }
    }
}
