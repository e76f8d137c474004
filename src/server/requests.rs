//! What each message of the client does.

use super::actions::{self, FIX_ALL, Scene};
use super::documents::{Document, Kind};
use super::look::{self, Held, Judged};
use super::settings::AskShellcheck;
use super::{Asked, Client, QUIET, Server, completion, diagnostics, hints, hover, links};
use crate::guard;
use crate::shellcheck;
use crate::source::Unit;
use gen_lsp_types as lsp;
use lsp_server::{ErrorCode, Notification, Request, RequestId, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::rc::Rc;
use std::time::{Duration, Instant};

/// What holds for a document is looked up again after this: not every client watches files.
const HOLDS: Duration = Duration::from_secs(2);

/// The answer to `initialize`.
pub fn initialize_result(client: &Client) -> Value {
    let encoding = match client.unit {
        Unit::Utf8 => "utf-8",
        Unit::Utf16 => "utf-16",
    };
    let mut capabilities = json!({
        "positionEncoding": encoding,
        "textDocumentSync": {"openClose": true, "change": 1, "save": {"includeText": false}},
        "codeActionProvider": {"codeActionKinds": ["quickfix", FIX_ALL]},
        "hoverProvider": true,
        "inlayHintProvider": true,
        "completionProvider": {"triggerCharacters": completion::TRIGGERS},
        "documentLinkProvider": {},
        "workspace": {"workspaceFolders": {"supported": true, "changeNotifications": true}},
    });
    if client.pulls {
        let provider = json!({"identifier": "lamblint", "interFileDependencies": true, "workspaceDiagnostics": false});
        capabilities["diagnosticProvider"] = provider;
    }
    json!({"capabilities": capabilities, "serverInfo": {"name": "lamblint", "version": env!("CARGO_PKG_VERSION")}})
}

/// A document with what was found in it.
struct Known {
    held: Rc<Held>,
    judged: Rc<Judged>,
}

impl Server<'_> {
    pub(super) fn notified(&mut self, Notification { method, params }: Notification) {
        match method.as_str() {
            "initialized" => self.initialized(),
            "textDocument/didOpen" => {
                let Some(lsp::DidOpenTextDocumentParams { text_document: it }) = self.read(&method, params) else {
                    return;
                };
                let language = String::from(it.language_id);
                let document = Document::new(it.uri.0.clone(), &language, it.version, it.text, self.client.unit);
                self.documents.open(document);
                self.touched(&it.uri.0, true);
            }
            "textDocument/didChange" => {
                let Some(lsp::DidChangeTextDocumentParams { text_document: it, content_changes }) =
                    self.read(&method, params)
                else {
                    return;
                };
                // A document that is not open has no text to change.
                if let Some(document) = self.documents.get_mut(&it.text_document_identifier.uri.0) {
                    document.change(it.version, content_changes);
                    self.touched(&it.text_document_identifier.uri.0, false);
                }
            }
            "textDocument/didSave" => {
                let Some(lsp::DidSaveTextDocumentParams { text_document: it, .. }) = self.read(&method, params) else {
                    return;
                };
                self.documents.iter_mut().for_each(Document::forget);
                self.ask_shellcheck(&it.uri.0);
            }
            "textDocument/didClose" => {
                let Some(lsp::DidCloseTextDocumentParams { text_document: it }) = self.read(&method, params) else {
                    return;
                };
                if self.documents.close(&it.uri.0).is_some() && !self.client.pulls {
                    let params = lsp::PublishDiagnosticsParams { uri: it.uri, version: None, diagnostics: Vec::new() };
                    self.notify("textDocument/publishDiagnostics", params);
                }
            }
            "workspace/didChangeWatchedFiles" => self.due = Some(Instant::now() + QUIET),
            "workspace/didChangeWorkspaceFolders" => {
                self.workspace.change(params.get("event").unwrap_or(&Value::Null));
                self.reconfigure();
            }
            "workspace/didChangeConfiguration" => {
                if self.client.configures {
                    self.reconfigure();
                } else if let Some(settings) = params.get("settings").filter(|settings| settings.is_object()) {
                    let wrong = self.workspace.configure(None, settings);
                    self.settled(&wrong);
                }
            }
            _ => {}
        }
    }

    fn initialized(&mut self) {
        if self.client.watches {
            let watch = |glob: &str, kind: u32| json!({"globPattern": glob, "kind": kind});
            let watchers = [
                watch("**/{lamblint.toml,.hadolint.yaml,.hadolint.yml,.dockerignore,*.dockerignore}", 7),
                // What a build context gains and loses decides what COPY finds.
                watch("**/*", 5),
            ];
            let registration = json!({"registrations": [{
                "id": "watch", "method": "workspace/didChangeWatchedFiles", "registerOptions": {"watchers": watchers},
            }]});
            self.ask("client/registerCapability", registration, Asked::Other);
        }
        self.reconfigure();
    }

    /// Asks for the client's settings.
    fn reconfigure(&mut self) {
        if !self.client.configures {
            self.settled(&[]);
            return;
        }
        let folders: Vec<String> = self.workspace.folders().cloned().collect();
        let of_folders = folders.iter().map(|uri| json!({"section": "lamblint", "scopeUri": uri}));
        let items: Vec<Value> = std::iter::once(json!({"section": "lamblint"})).chain(of_folders).collect();
        self.ask("workspace/configuration", json!({"items": items}), Asked::Settings(folders));
    }

    pub(super) fn answered(&mut self, Response { id, response_result }: Response) {
        let (Some(Asked::Settings(folders)), Ok(Value::Array(settings))) = (self.asked.remove(&id), response_result)
        else {
            return;
        };
        let folders = std::iter::once(None).chain(folders.iter().map(|uri| Some(uri.as_str())));
        let mut wrong: Vec<String> = Vec::new();
        for (folder, value) in folders.zip(&settings) {
            let said = self.workspace.configure(folder, value);
            wrong.extend(said.into_iter().filter(|why| !wrong.contains(why)).collect::<Vec<_>>());
        }
        self.settled(&wrong);
    }

    /// Checks all documents again, since their settings may be others.
    fn settled(&mut self, wrong: &[String]) {
        wrong.iter().for_each(|why| self.log(why));
        let open = self.documents.iter().next().is_some();
        self.documents.iter_mut().for_each(Document::forget);
        if open {
            self.refresh();
        }
    }

    /// A document has another text: what depends on it is checked again, too.
    fn touched(&mut self, uri: &str, opened: bool) {
        let Some(document) = self.documents.get(uri) else { return };
        let (kind, path) = (document.kind, document.path.clone());
        if kind == Kind::Template {
            let depends = |other: &&mut Document| other.uri == uri || other.kind == Kind::Dockerfile;
            self.documents.iter_mut().filter(depends).for_each(Document::forget);
        } else if kind == Kind::Dockerfile {
            // What it is deployed as may be wrong by what it says.
            let depends = |other: &&mut Document| other.kind == Kind::Template;
            self.documents.iter_mut().filter(depends).for_each(Document::forget);
        }
        let when = self.workspace.settings(path.as_deref()).shellcheck;
        if when == AskShellcheck::Change || (opened && when == AskShellcheck::Save) {
            self.ask_shellcheck(uri);
        }
    }

    fn ask_shellcheck(&mut self, uri: &str) {
        let Some(document) = self.documents.get(uri).filter(|document| document.kind == Kind::Dockerfile) else {
            return;
        };
        let settings = self.workspace.settings(document.path.as_deref());
        if settings.shellcheck == AskShellcheck::Off || !settings.trusted {
            return;
        }
        let Some(Known { held, .. }) = self.known(uri) else { return };
        let Some(document) = self.documents.get(uri).filter(|_| held.shellcheck) else { return };
        let text = document.text.as_str();
        let scripts = guard::caught(|| shellcheck::scripts_of(text.as_bytes(), &held.options));
        match scripts {
            Ok(scripts) if !scripts.is_empty() => self.asking.ask(uri, scripts),
            _ => {}
        }
    }

    /// What was found in the version of a document that is open, checked if it has not been.
    fn known(&mut self, uri: &str) -> Option<Known> {
        let document = self.documents.get(uri)?;
        let commanded = crate::discover::deployed::has_command(document.text.as_str().as_bytes());
        let fresh = |(since, held): &(Instant, Rc<Held>)| {
            since.elapsed() < HOLDS && held.commanded == commanded && document.kind == Kind::Dockerfile
        };
        if let (Some((_, held)), Some(judged)) = (&document.held, &document.judged) {
            return Some(Known { held: Rc::clone(held), judged: Rc::clone(judged) });
        }
        let held = document.held.as_ref().filter(|held| fresh(held)).map(|(_, held)| Rc::clone(held));
        let looked = guard::caught(|| {
            let around = || self.workspace.around(document.path.as_deref(), &self.documents);
            let held = held.unwrap_or_else(|| Rc::new(Held::of(document, around())));
            let judged = look::judge(document, &held);
            (held, judged)
        });
        let (held, mut judged) = looked.unwrap_or_else(|why| {
            self.log(&format!("{}: {why}", document.name()));
            (Rc::default(), Judged::default())
        });
        self.serial += 1;
        judged.serial = self.serial;
        let judged = Rc::new(judged);
        let document = self.documents.get_mut(uri)?;
        let since = document.held.as_ref().filter(|(_, known)| Rc::ptr_eq(known, &held)).map(|(since, _)| *since);
        document.held = Some((since.unwrap_or_else(Instant::now), Rc::clone(&held)));
        document.judged = Some(Rc::clone(&judged));
        Some(Known { held, judged })
    }

    /// Sends what was found in documents of which the client does not know it yet, unless it asks for that itself.
    pub(super) fn tell(&mut self) {
        if self.client.pulls {
            return;
        }
        let untold: Vec<String> =
            self.documents.iter().filter(|document| document.untold).map(|document| document.uri.clone()).collect();
        for uri in untold {
            let Some(Known { judged, .. }) = self.known(&uri) else { continue };
            let Some(document) = self.documents.get(&uri) else { continue };
            let diagnostics = diagnostics::all(&judged, document, &self.documents, &self.client);
            let params = lsp::PublishDiagnosticsParams {
                uri: uri.as_str().into(),
                version: Some(document.version),
                diagnostics,
            };
            self.notify("textDocument/publishDiagnostics", params);
            if let Some(document) = self.documents.get_mut(&uri) {
                document.untold = false;
            }
        }
    }

    pub(super) fn requested(&mut self, Request { id, method, params }: Request) {
        match method.as_str() {
            "shutdown" => {
                self.down = true;
                self.respond(id, Value::Null);
            }
            "textDocument/diagnostic" => {
                if let Some(params) = self.params(&id, params) {
                    let report = self.pulled(&params);
                    self.respond(id, report);
                }
            }
            "textDocument/codeAction" => {
                if let Some(params) = self.params::<lsp::CodeActionParams>(&id, params) {
                    let only = params.context.only.as_deref();
                    let actions =
                        self.with_scene(&params.text_document.uri.0, |scene| actions::all(scene, params.range, only));
                    self.respond(id, actions.unwrap_or_default());
                }
            }
            "textDocument/hover" => {
                if let Some(params) = self.params::<lsp::HoverParams>(&id, params) {
                    let place = params.text_document_position_params;
                    let said = self.with_scene(&place.text_document.uri.0, |scene| hover::at(scene, place.position));
                    self.respond(id, said.flatten());
                }
            }
            "textDocument/inlayHint" => {
                if let Some(params) = self.params::<lsp::InlayHintParams>(&id, params) {
                    let uri = &params.text_document.uri.0;
                    let path = self.documents.get(uri).and_then(|document| document.path.as_deref());
                    let wanted = self.workspace.settings(path).hints;
                    let found = self.with_scene(uri, |scene| hints::all(scene, params.range)).filter(|_| wanted);
                    self.respond(id, found.unwrap_or_default());
                }
            }
            "textDocument/completion" => {
                if let Some(params) = self.params::<lsp::CompletionParams>(&id, params) {
                    let place = params.text_document_position_params;
                    let uri = &place.text_document.uri.0;
                    let found = self.with_scene(uri, |scene| completion::at(scene, place.position));
                    self.respond(id, found.unwrap_or_default());
                }
            }
            "textDocument/documentLink" => {
                if let Some(params) = self.params::<lsp::DocumentLinkParams>(&id, params) {
                    let found = self.with_scene(&params.text_document.uri.0, links::all);
                    self.respond(id, found.unwrap_or_default());
                }
            }
            _ => self.refuse(id, ErrorCode::MethodNotFound, &format!("{method} is not served")),
        }
    }

    /// The parameters of a notification; one that cannot be understood has no effect.
    fn read<T: DeserializeOwned>(&self, method: &str, params: Value) -> Option<T> {
        serde_json::from_value(params).map_err(|error| self.log(&format!("{method}: {error}"))).ok()
    }

    /// The parameters of a request; one that cannot be understood is refused.
    fn params<T: DeserializeOwned>(&self, id: &RequestId, params: Value) -> Option<T> {
        let refuse = |error: serde_json::Error| self.refuse(id.clone(), ErrorCode::InvalidParams, &error.to_string());
        serde_json::from_value(params).map_err(refuse).ok()
    }

    fn pulled(&mut self, params: &lsp::DocumentDiagnosticParams) -> Value {
        let uri = &params.text_document.uri.0;
        let Some(Known { judged, .. }) = self.known(uri) else { return json!({"kind": "full", "items": []}) };
        let result_id = judged.serial.to_string();
        if params.previous_result_id.as_ref() == Some(&result_id) {
            return json!({"kind": "unchanged", "resultId": result_id});
        }
        let items =
            self.documents.get(uri).map(|document| diagnostics::all(&judged, document, &self.documents, &self.client));
        json!({"kind": "full", "resultId": result_id, "items": items.unwrap_or_default()})
    }

    /// Asks about a document; a fault of lamblint costs the answer, and is logged.
    fn with_scene<T>(&mut self, uri: &str, ask: impl FnOnce(&Scene<'_>) -> T) -> Option<T> {
        let Known { held, judged } = self.known(uri)?;
        let document = self.documents.get(uri)?;
        let root = self.workspace.root(document.path.as_deref());
        let (documents, client) = (&self.documents, &self.client);
        let scene = Scene { document, documents, held: &held, judged: &judged, client, root };
        guard::caught(|| ask(&scene)).map_err(|why| self.log(&format!("{uri}: {why}"))).ok()
    }
}
