//! The HTTP side of the two APIs: a thread for each connection, and the paths that clients ask for.

use super::exchange::{ARN, Invocation, Refusal, TRACE};
use super::http::{self, Request};
use super::shared::Shared;
use super::spec::{Answer, What};
use super::streams;
use serde_json::json;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Connections that are open at once: a runtime and ten extensions have a few each.
const CONNECTIONS: usize = 128;
/// How often a client that waits is looked after, whether it still does.
const LOOK: Duration = Duration::from_millis(50);
/// How long a client may take to send the rest of a request.
const SENDING: Duration = Duration::from_secs(60);

/// A connection that is read with a buffer and written without one.
struct Connection(BufReader<TcpStream>);

impl Read for Connection {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl BufRead for Connection {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.0.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.0.consume(amount);
    }
}

impl Write for Connection {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.0.get_mut().write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.get_mut().flush()
    }
}

impl Connection {
    /// Whether the other side still waits for an answer.
    fn waits(&self) -> bool {
        let stream = self.0.get_ref();
        if stream.set_nonblocking(true).is_err() {
            return false;
        }
        let ended = matches!(stream.peek(&mut [0]), Ok(0));
        let broken = matches!(stream.take_error(), Ok(Some(_)));
        stream.set_nonblocking(false).is_ok() && !ended && !broken
    }
}

/// Serves until the process ends.
pub(super) fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let open = Arc::new(AtomicUsize::new(0));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            if open.fetch_add(1, Ordering::Relaxed) >= CONNECTIONS {
                open.fetch_sub(1, Ordering::Relaxed);
                continue;
            }
            let (shared, done) = (Arc::clone(&shared), Arc::clone(&open));
            std::thread::spawn(move || {
                let _ = connection(stream, &shared);
                done.fetch_sub(1, Ordering::Relaxed);
            });
        }
    });
}

fn connection(stream: TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut connection = Connection(BufReader::new(stream));
    loop {
        // Between requests a client may be silent for as long as it likes.
        connection.0.get_ref().set_read_timeout(None)?;
        if connection.fill_buf()?.is_empty() {
            return Ok(());
        }
        connection.0.get_ref().set_read_timeout(Some(SENDING))?;
        let Some(request) = http::read(&mut connection)? else { return Ok(()) };
        let keep = request.keep;
        if !one(&request, &mut connection, shared)? || !keep {
            return Ok(());
        }
    }
}

/// Answers one request; `false` where the client is gone.
fn one(request: &Request, connection: &mut Connection, shared: &Shared) -> io::Result<bool> {
    let Request { method, path, keep, .. } = request;
    let ok = |connection: &mut Connection| http::answer(connection, 202, JSON, b"{\"status\":\"OK\"}\n", *keep);
    let body = || String::from_utf8_lossy(&request.body).into_owned();
    let id = request.header("lambda-extension-identifier");
    let done = match (method.as_str(), path.as_str()) {
        ("GET", "/2018-06-01/ping") => {
            http::answer(connection, 200, &[], b"pong", *keep)?;
            return Ok(true);
        }
        ("GET", "/2018-06-01/runtime/invocation/next") => match shared.change(|state| state.exchange.next()) {
            Ok(()) => {
                let event = wait(connection, shared, |state| state.exchange.hand_over());
                let Some(event) = event else { return Ok(false) };
                hand_over(connection, &event, *keep)?;
                return Ok(true);
            }
            Err(refusal) => Err(refusal),
        },
        ("POST", "/2018-06-01/runtime/init/error") => {
            let kind = request.header("lambda-runtime-function-error-type");
            shared.change(|state| state.exchange.init_error(kind, body()))
        }
        ("POST", "/2020-01-01/extension/register") => match register(request, shared) {
            Ok((id, text)) => {
                let headers = [JSON[0], ("Lambda-Extension-Identifier", id.as_str())];
                http::answer(connection, 200, &headers, text.as_bytes(), *keep)?;
                return Ok(true);
            }
            Err(refusal) => Err(refusal),
        },
        ("GET", "/2020-01-01/extension/event/next") => match shared.change(|state| state.exchange.extension_next(id)) {
            Ok(()) => {
                let event = wait(connection, shared, |state| state.exchange.extension_event(id));
                let Some(event) = event else { return Ok(false) };
                let number = shared.id();
                let headers = [JSON[0], ("Lambda-Extension-Event-Identifier", number.as_str())];
                http::answer(connection, 200, &headers, event.as_bytes(), *keep)?;
                return Ok(true);
            }
            Err(refusal) => Err(refusal),
        },
        ("POST", "/2020-01-01/extension/init/error" | "/2020-01-01/extension/exit/error") => {
            let kind = request.header("lambda-extension-function-error-type");
            shared.change(|state| state.exchange.extension_error(id, kind, body()))
        }
        ("PUT", "/2020-08-15/logs" | "/2022-07-01/telemetry") => {
            let name = if path.ends_with("logs") { "Logs" } else { "Telemetry" };
            let text = json!({"errorMessage": format!("{name} API is not supported"), "errorType": format!("{name}.NotSupported")});
            http::answer(connection, 202, JSON, text.to_string().as_bytes(), *keep)?;
            return Ok(true);
        }
        _ => answered(request, shared),
    };
    match done {
        Ok(()) => ok(connection)?,
        Err(refusal) => {
            shared.tell(What::Refused {
                request: format!("{method} {path}").chars().take(200).collect(),
                status: refusal.status,
                kind: refusal.kind.to_owned(),
            });
            let text = json!({"errorMessage": refusal.message, "errorType": refusal.kind});
            http::answer(connection, refusal.status, JSON, text.to_string().as_bytes(), *keep)?;
        }
    }
    Ok(true)
}

const JSON: &[(&str, &str)] = &[("Content-Type", "application/json")];

/// `…/invocation/ID/response` and `…/error`.
fn answered(request: &Request, shared: &Shared) -> Result<(), Refusal> {
    let rest = request.path.strip_prefix("/2018-06-01/runtime/invocation/").unwrap_or_default();
    let not_found = Refusal { status: 404, kind: "NotFound", message: "404 page not found".to_owned() };
    let Some((id, what)) = rest.split_once('/').filter(|_| request.method == "POST") else { return Err(not_found) };
    let mode = request.header("lambda-runtime-function-response-mode");
    let mut answer = Answer {
        error: what == "error",
        kind: request.header("lambda-runtime-function-error-type").to_owned(),
        body: String::from_utf8_lossy(&request.body).into_owned(),
        streamed: mode.eq_ignore_ascii_case("streaming"),
        content: request.header("content-type").to_owned(),
    };
    match what {
        "response" if !mode.is_empty() && !answer.streamed => {
            answer.error = true;
            "Runtime.InvalidResponseModeHeader".clone_into(&mut answer.kind);
            shared.change(|state| state.exchange.answer(id, answer, request.length))?;
            let message = "Invalid function response mode".to_owned();
            Err(Refusal { status: 400, kind: "InvalidFunctionResponseMode", message })
        }
        "response" => {
            if let Some((kind, told)) = streams::failure(request) {
                answer.error = true;
                answer.kind = kind;
                answer.body = told.unwrap_or(answer.body);
            }
            shared.change(|state| state.exchange.answer(id, answer, request.length))
        }
        "error" => shared.change(|state| state.exchange.answer(id, answer, request.length)),
        _ => Err(not_found),
    }
}

/// The id of a new extension, and what it is told of the function.
fn register(request: &Request, shared: &Shared) -> Result<(String, String), Refusal> {
    let parsed: serde_json::Value = match serde_json::from_slice(&request.body) {
        Ok(parsed) => parsed,
        Err(error) => {
            return Err(Refusal { status: 403, kind: "InvalidRequestFormat", message: error.to_string() });
        }
    };
    let events: Vec<String> = parsed["events"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|event| event.as_str().map(str::to_owned))
        .collect();
    let name = request.header("lambda-extension-name");
    let id = shared.change(|state| {
        let id = state.exchange.register(name, events.clone(), shared.id())?;
        // Told before others see it, so that what follows from it is told after it.
        shared.tell(What::Registered { extension: name.to_owned(), events });
        Ok(id)
    })?;
    let mut text = json!({"functionVersion": "$LATEST", "functionName": "function", "handler": shared.handler});
    if request.header("lambda-extension-accept-feature").split(',').any(|feature| feature.trim() == "accountId") {
        text["accountId"] = "123456789012".into();
    }
    Ok((id, text.to_string()))
}

fn hand_over(connection: &mut Connection, event: &Invocation, keep: bool) -> io::Result<()> {
    let deadline = event.deadline_ms.to_string();
    let headers = [
        ("Content-Type", "application/json"),
        ("Lambda-Runtime-Aws-Request-Id", event.id.as_str()),
        ("Lambda-Runtime-Deadline-Ms", deadline.as_str()),
        ("Lambda-Runtime-Invoked-Function-Arn", ARN),
        ("Lambda-Runtime-Trace-Id", TRACE),
    ];
    http::answer(connection, 200, &headers, event.event.as_bytes(), keep)
}

/// Waits for something to hand over, as long as the client does and the start that it belongs to lasts.
fn wait<T>(
    connection: &Connection,
    shared: &Shared,
    mut take: impl FnMut(&mut super::shared::State) -> Option<T>,
) -> Option<T> {
    let mut state = shared.lock();
    let generation = state.exchange.generation;
    loop {
        if state.exchange.generation != generation || !connection.waits() {
            return None;
        }
        if let Some(taken) = take(&mut state) {
            shared.changed.notify_all();
            return Some(taken);
        }
        state = shared.wait(state, LOOK);
    }
}
