//! A client for tests: it answers what the server asks, and makes edits as an editor would.

use crate::support::internals::server::serve;
use lsp_server::{Connection, Message, Notification, Request, RequestId, Response};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::thread::JoinHandle;
use std::time::Duration;

/// Pages and facts are judged as of this day.
pub const TODAY: &str = "2026-11-24";

/// What a client can do.
pub fn abilities(pull: bool, utf8: bool) -> Value {
    let mut abilities = json!({
        "general": {"positionEncodings": if utf8 { json!(["utf-16", "utf-8"]) } else { json!(["utf-16"]) }},
        "textDocument": {
            "publishDiagnostics": {
                "relatedInformation": true, "codeDescriptionSupport": true, "tagSupport": {"valueSet": [1, 2]},
            },
            "codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": []}}},
            "hover": {"contentFormat": ["markdown", "plaintext"]},
            "completion": {"completionItem": {"tagSupport": {"valueSet": [1]}}},
        },
        "workspace": {
            "workspaceEdit": {"documentChanges": true, "resourceOperations": ["create"]},
            "configuration": true,
            "workspaceFolders": true,
            "didChangeWatchedFiles": {"dynamicRegistration": true},
        },
    });
    if pull {
        abilities["textDocument"]["diagnostic"] = json!({});
    }
    abilities
}

/// The address of a path, as most clients spell it.
pub fn uri(path: &Path) -> String {
    format!("file://{}", path.display()).replace(' ', "%20")
}

/// A client and its server.
pub struct Editor {
    connection: Connection,
    server: JoinHandle<u8>,
    next: i32,
    pull: bool,
    pub utf8: bool,
    /// What the server was answered at the start.
    pub capabilities: Value,
    /// The settings that the server is told when it asks.
    pub settings: Value,
    pub texts: BTreeMap<String, String>,
    versions: BTreeMap<String, i32>,
    /// Everything that the server has sent unasked: methods and parameters.
    pub heard: Vec<(String, Value)>,
}

impl Editor {
    /// A client with one folder that sends diagnostics unasked in UTF-16.
    pub fn plain(root: &Path) -> Self {
        Self::new(&abilities(false, false), &json!({"today": TODAY, "shellcheck": "off"}), &[root])
    }

    pub fn new(abilities: &Value, options: &Value, roots: &[&Path]) -> Self {
        let (client, server) = Connection::memory();
        let pull = abilities.pointer("/textDocument/diagnostic").is_some();
        let mut editor = Self {
            connection: client,
            server: std::thread::spawn(move || serve(&server)),
            next: 0,
            pull,
            utf8: false,
            capabilities: Value::Null,
            settings: Value::Null,
            texts: BTreeMap::new(),
            versions: BTreeMap::new(),
            heard: Vec::new(),
        };
        let folders: Vec<Value> = roots.iter().map(|root| json!({"uri": uri(root), "name": "w"})).collect();
        let params = json!({
            "processId": null, "rootUri": null, "capabilities": abilities,
            "initializationOptions": options, "workspaceFolders": folders,
        });
        editor.capabilities = editor.request("initialize", params)["capabilities"].take();
        editor.utf8 = editor.capabilities["positionEncoding"] == "utf-8";
        editor.notify("initialized", json!({}));
        editor
    }

    pub fn notify(&self, method: &str, params: Value) {
        let notification = Notification { method: method.to_owned(), params };
        self.connection.sender.send(notification.into()).unwrap();
    }

    /// Sends a request, and what it is answered.
    pub fn ask(&mut self, method: &str, params: Value) -> Result<Value, i32> {
        self.next += 1;
        let id = RequestId::from(self.next);
        let request = Request { id: id.clone(), method: method.to_owned(), params };
        self.connection.sender.send(request.into()).unwrap();
        loop {
            if let Some(response) = self.hear().filter(|response| response.id == id) {
                return response.response_result.map_err(|error| error.code);
            }
        }
    }

    pub fn request(&mut self, method: &str, params: Value) -> Value {
        self.ask(method, params).unwrap_or_else(|code| panic!("{method}: {code}"))
    }

    /// Takes the next message; a response is handed back.
    fn hear(&mut self) -> Option<Response> {
        let message = self.connection.receiver.recv_timeout(Duration::from_secs(20)).expect("the server is silent");
        match message {
            Message::Response(response) => return Some(response),
            Message::Notification(Notification { method, params }) => self.heard.push((method, params)),
            Message::Request(Request { id, method, params }) => {
                let result = match method.as_str() {
                    "workspace/configuration" => {
                        params["items"].as_array().unwrap().iter().map(|_| self.settings.clone()).collect()
                    }
                    _ => Value::Null,
                };
                self.heard.push((method, params));
                let response = Response { id, response_result: Ok(result) };
                self.connection.sender.send(response.into()).unwrap();
            }
        }
        None
    }

    /// Waits until the server has sent something of a method that a test wants.
    pub fn until(&mut self, method: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let at = self.heard.iter().rposition(|(heard, params)| heard == method && wanted(params));
            if let Some(at) = at {
                return self.heard[at].1.clone();
            }
            self.hear();
        }
    }

    /// Waits until all that was sent is read.
    pub fn settle(&mut self) {
        let _ = self.ask("no/such", Value::Null);
    }

    pub fn open(&mut self, uri: &str, language: &str, text: &str) {
        self.texts.insert(uri.to_owned(), text.to_owned());
        self.versions.insert(uri.to_owned(), 1);
        let document = json!({"uri": uri, "languageId": language, "version": 1, "text": text});
        self.notify("textDocument/didOpen", json!({"textDocument": document}));
    }

    pub fn change(&mut self, uri: &str, text: &str) {
        self.texts.insert(uri.to_owned(), text.to_owned());
        let version = self.versions.entry(uri.to_owned()).or_default();
        *version += 1;
        let document = json!({"uri": uri, "version": *version});
        let params = json!({"textDocument": document, "contentChanges": [{"text": text}]});
        self.notify("textDocument/didChange", params);
    }

    /// What is shown of the version of a document that is open.
    pub fn diagnostics(&mut self, uri: &str) -> Vec<Value> {
        if self.pull {
            let params = json!({"textDocument": {"uri": uri}});
            return self.request("textDocument/diagnostic", params)["items"].as_array().unwrap().clone();
        }
        let version = self.versions[uri];
        // A document may be checked twice: settings come after it.
        self.settle();
        self.settle();
        let of = |params: &Value| params["uri"] == uri && params["version"] == version;
        self.until("textDocument/publishDiagnostics", of)["diagnostics"].as_array().unwrap().clone()
    }

    /// Waits until these codes are shown: settings and files may come later than a document.
    pub fn expect(&mut self, uri: &str, codes: &[&str]) {
        for _ in 0..200 {
            if self.codes(uri) == codes {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("{uri}: {:?} instead of {codes:?}", self.codes(uri));
    }

    /// The codes of what is shown, sorted.
    pub fn codes(&mut self, uri: &str) -> Vec<String> {
        let mut codes: Vec<String> =
            self.diagnostics(uri).iter().map(|one| one["code"].as_str().unwrap_or("-").to_owned()).collect();
        codes.sort();
        codes
    }

    /// The actions for a range, of a kind.
    pub fn actions(&mut self, uri: &str, range: &Value, kind: &str) -> Vec<Value> {
        let context = json!({"diagnostics": [], "only": [kind]});
        let params = json!({"textDocument": {"uri": uri}, "range": range, "context": context});
        self.request("textDocument/codeAction", params).as_array().unwrap().clone()
    }

    /// The texts after an edit: of documents by their addresses.
    pub fn after(&self, edit: &Value) -> BTreeMap<String, String> {
        let mut texts = self.texts.clone();
        let listed = edit["documentChanges"].as_array().cloned().unwrap_or_default();
        let plain = edit["changes"].as_object().into_iter().flatten();
        let plain = plain.map(|(uri, edits)| json!({"textDocument": {"uri": uri}, "edits": edits}));
        for change in listed.into_iter().chain(plain) {
            if change["kind"] == "create" {
                texts.insert(change["uri"].as_str().unwrap().to_owned(), String::new());
                continue;
            }
            let uri = change["textDocument"]["uri"].as_str().unwrap();
            if let Some(version) = change["textDocument"]["version"].as_i64() {
                assert_eq!(Some(version as i32), self.versions.get(uri).copied(), "an edit of another version");
            }
            let text = texts.entry(uri.to_owned()).or_default();
            let mut edits: Vec<(usize, usize, String)> = Vec::new();
            for edit in change["edits"].as_array().unwrap() {
                let [start, end] = ["start", "end"].map(|end| offset(text, &edit["range"][end], self.utf8));
                edits.push((start, end, edit["newText"].as_str().unwrap().to_owned()));
            }
            edits.sort();
            assert!(edits.windows(2).all(|pair| pair[0].1 <= pair[1].0), "edits overlap");
            for (start, end, new) in edits.into_iter().rev() {
                text.replace_range(start..end, &new);
            }
        }
        texts
    }

    /// Ends the server as a client does; its exit code.
    pub fn quit(mut self) -> u8 {
        assert_eq!(self.request("shutdown", Value::Null), Value::Null);
        self.exit()
    }

    pub fn exit(self) -> u8 {
        self.notify("exit", Value::Null);
        self.server.join().unwrap()
    }

    /// Goes away without a word.
    pub fn vanish(self) -> u8 {
        drop(self.connection);
        self.server.join().unwrap()
    }
}

/// The byte of a place, counted here again without the server's own code.
pub fn offset(text: &str, place: &Value, utf8: bool) -> usize {
    let (line, column) = (place["line"].as_u64().unwrap() as usize, place["character"].as_u64().unwrap() as usize);
    let start = if line == 0 { 0 } else { text.match_indices('\n').nth(line - 1).map_or(text.len(), |(at, _)| at + 1) };
    if utf8 {
        return start + column;
    }
    let mut units = 0;
    for (at, c) in text[start..].char_indices() {
        if units >= column {
            return start + at;
        }
        units += c.len_utf16();
    }
    text.len()
}

/// The text of a range.
pub fn slice<'t>(text: &'t str, range: &Value, utf8: bool) -> &'t str {
    &text[offset(text, &range["start"], utf8)..offset(text, &range["end"], utf8)]
}

/// The whole of any text.
pub fn everything() -> Value {
    json!({"start": {"line": 0, "character": 0}, "end": {"line": 99_999, "character": 0}})
}
