//! `lamblint server`: the language server, over standard input and output.
//!
//! One thread reads messages, checks and answers; a check takes less than a millisecond, so that nothing runs beside it but
//! ShellCheck. A document is checked once in each version, when it is asked about or when all that has come in is read: of a
//! hundred changes the last is checked. No image is read, no file is written, nothing is fetched.

mod actions;
mod asking;
mod client;
mod completion;
mod diagnostics;
mod documents;
mod frame;
mod handlers;
mod hints;
mod hover;
mod ignore;
mod ignore_config;
mod links;
mod look;
mod position;
mod requests;
mod settings;
mod uri;
mod words;
mod workspace;

pub use frame::{Frame, read as read_frame};

use asking::Asking;
use client::Client;
use crossbeam_channel::Select;
use documents::Documents;
use lsp_server::{Connection, ErrorCode, Message, Notification, Request, RequestId, Response};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};
use workspace::Workspace;

/// Files come in flocks: documents are checked again when it has been quiet for this long.
const QUIET: Duration = Duration::from_millis(300);

/// Runs the server; the exit code.
pub fn run() -> u8 {
    let stdio = frame::stdio();
    let code = serve(&stdio.connection);
    stdio.close();
    code
}

/// Serves one client until it says `exit` or is gone: 0 after a `shutdown`, 1 without.
pub fn serve(connection: &Connection) -> u8 {
    let Some((id, params)) = await_initialize(connection) else { return 1 };
    let mut server = Server::new(connection, &params);
    server.respond(id, requests::initialize_result(&server.client));
    server.serve()
}

/// The first request that may be answered. Others are refused, and notifications have no effect.
fn await_initialize(connection: &Connection) -> Option<(RequestId, Value)> {
    loop {
        match connection.receiver.recv().ok()? {
            Message::Request(request) if request.method == "initialize" => return Some((request.id, request.params)),
            Message::Request(Request { id, .. }) => {
                let code = ErrorCode::ServerNotInitialized as i32;
                connection.sender.send(Response::new_err(id, code, "not initialized".into()).into()).ok()?;
            }
            Message::Notification(exit) if exit.method == "exit" => return None,
            Message::Notification(_) | Message::Response(_) => {}
        }
    }
}

/// What a request to the client was about.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Asked {
    /// Its settings, for each of these folders, and first for none.
    Settings(Vec<String>),
    /// Something that has no answer that matters.
    Other,
}

struct Server<'a> {
    connection: &'a Connection,
    client: Client,
    workspace: Workspace,
    documents: Documents,
    asking: Asking,
    /// Requests to the client that it has not answered.
    asked: BTreeMap<RequestId, Asked>,
    next_id: i32,
    /// The number of the last check.
    serial: u64,
    /// When documents are checked again because of files that have changed.
    due: Option<Instant>,
    /// `true` behind `shutdown`.
    down: bool,
}

impl<'a> Server<'a> {
    fn new(connection: &'a Connection, params: &Value) -> Self {
        let (workspace, wrong) = Workspace::of(params);
        let server = Self {
            connection,
            client: Client::of(params),
            workspace,
            documents: Documents::default(),
            asking: Asking::default(),
            asked: BTreeMap::new(),
            next_id: 0,
            serial: 0,
            due: None,
            down: false,
        };
        wrong.iter().for_each(|why| server.log(why));
        server
    }

    fn serve(&mut self) -> u8 {
        while let Some(batch) = self.wait() {
            let cancelled: BTreeSet<RequestId> = batch.iter().filter_map(cancelled).collect();
            for message in batch {
                match message {
                    Message::Notification(exit) if exit.method == "exit" => return u8::from(!self.down),
                    Message::Notification(notification) => self.notified(notification),
                    Message::Response(response) => self.answered(response),
                    Message::Request(request) if cancelled.contains(&request.id) => {
                        self.refuse(request.id, ErrorCode::RequestCanceled, "cancelled");
                    }
                    Message::Request(request) if self.down => {
                        self.refuse(request.id, ErrorCode::InvalidRequest, "the server is shut down");
                    }
                    Message::Request(request) => self.requested(request),
                }
            }
            self.tell();
        }
        u8::from(!self.down)
    }

    /// All that has come in, once something has; `None` if the client is gone.
    fn wait(&mut self) -> Option<Vec<Message>> {
        let answers = self.asking.answers().clone();
        loop {
            let mut select = Select::new();
            let of_client = select.recv(&self.connection.receiver);
            select.recv(&answers);
            let ready = match self.due {
                Some(due) => select.select_deadline(due),
                None => Ok(select.select()),
            };
            match ready {
                Err(_) => {
                    self.due = None;
                    self.documents.iter_mut().for_each(documents::Document::forget);
                    self.refresh();
                    self.tell();
                }
                Ok(ready) if ready.index() == of_client => {
                    let first = ready.recv(&self.connection.receiver).ok()?;
                    return Some(std::iter::once(first).chain(self.connection.receiver.try_iter()).collect());
                }
                Ok(ready) => {
                    if let Ok(answer) = ready.recv(&answers) {
                        self.take_answer(answer);
                        self.tell();
                    }
                }
            }
        }
    }

    fn take_answer(&mut self, (uri, answer): asking::Answer) {
        match answer {
            Err(why) => self.log(&format!("ShellCheck was not asked about RUN: {why}")),
            Ok(results) => {
                let Some(document) = self.documents.get_mut(&uri) else { return };
                if document.answers.as_ref() != Some(&results) {
                    (document.answers, document.judged, document.untold) = (Some(results), None, true);
                    self.refresh();
                }
            }
        }
    }

    /// Asks the client to ask again.
    fn refresh(&mut self) {
        if self.client.pulls && self.client.refresh_diagnostics {
            self.ask("workspace/diagnostic/refresh", Value::Null, Asked::Other);
        }
        if self.client.refresh_hints {
            self.ask("workspace/inlayHint/refresh", Value::Null, Asked::Other);
        }
    }

    fn send(&self, message: impl Into<Message>) {
        // A client that is gone is noticed where messages are read.
        let _ = self.connection.sender.send(message.into());
    }

    fn respond(&self, id: RequestId, result: impl serde::Serialize) {
        self.send(Response { id, response_result: Ok(serde_json::to_value(result).unwrap_or_default()) });
    }

    fn refuse(&self, id: RequestId, code: ErrorCode, why: &str) {
        self.send(Response::new_err(id, code as i32, why.to_owned()));
    }

    fn notify(&self, method: &str, params: impl serde::Serialize) {
        let params = serde_json::to_value(params).unwrap_or_default();
        self.send(Notification { method: method.to_owned(), params });
    }

    fn ask(&mut self, method: &str, params: Value, about: Asked) {
        self.next_id += 1;
        let id = RequestId::from(self.next_id);
        self.asked.insert(id.clone(), about);
        self.send(Request { id, method: method.to_owned(), params });
    }

    /// Says something in the client's log.
    fn log(&self, message: &str) {
        let kind = gen_lsp_types::MessageType::Warning;
        let message = crate::report::plain(message);
        self.notify("window/logMessage", gen_lsp_types::LogMessageParams { kind, message });
    }
}

/// The request that a notification cancels.
fn cancelled(message: &Message) -> Option<RequestId> {
    match message {
        Message::Notification(cancel) if cancel.method == "$/cancelRequest" => {
            serde_json::from_value(cancel.params.get("id")?.clone()).ok()
        }
        _ => None,
    }
}
