//! The Runtime API and the Extensions API as states: what a request does, and which requests are refused.
//!
//! As in the runtime interface emulator, `internal/lambda/core/states.go` and `rapi/handler`.

use super::spec::Answer;
use std::collections::VecDeque;

/// The longest answer that Lambda takes, in bytes, but for one that is streamed.
pub(super) const ANSWER_BYTES: u64 = 6 * 1024 * 1024 + 100;
/// The most extensions that a function may have.
pub(super) const EXTENSIONS: usize = 10;

/// Where the runtime is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Runtime {
    /// It starts.
    #[default]
    Started,
    /// It has said that it cannot start.
    InitError,
    /// It waits for an event.
    Ready,
    /// It works on an event.
    Running,
    /// It has answered.
    ResponseSent,
}

impl Runtime {
    fn name(self) -> &'static str {
        match self {
            Self::Started => "Started",
            Self::InitError => "InitError",
            Self::Ready => "Ready",
            Self::Running => "Running",
            Self::ResponseSent => "ResponseSent",
        }
    }
}

/// An event that is worked on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Invocation {
    pub(super) id: String,
    pub(super) event: String,
    /// When it must have been answered, in milliseconds since 1970.
    pub(super) deadline_ms: u64,
    /// Whether the runtime has it.
    given: bool,
    pub(super) answer: Option<Answer>,
}

/// An extension that has registered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Extension {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) events: Vec<String>,
    /// Whether it is a thread of the runtime and no process of its own.
    pub(super) internal: bool,
    /// Whether it waits for an event.
    pub(super) ready: bool,
    /// Whether it has asked for one at least once.
    pub(super) was_ready: bool,
    queue: VecDeque<String>,
    /// What it says is wrong.
    pub(super) error: Option<(String, String)>,
}

/// A request that is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) kind: &'static str,
    pub(super) message: String,
}

fn refuse<T>(status: u16, kind: &'static str, message: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal { status, kind, message: message.into() })
}

/// All that the two APIs know.
#[derive(Clone, Debug, Default)]
pub(super) struct Exchange {
    pub(super) runtime: Runtime,
    pub(super) invocation: Option<Invocation>,
    pub(super) extensions: Vec<Extension>,
    /// Names of the extensions that were started from files.
    pub(super) started: Vec<String>,
    /// Whether extensions may no longer register.
    pub(super) closed: bool,
    /// What the runtime has said of its failed start: type and body.
    pub(super) init_error: Option<(String, String)>,
    /// Which start this is: who waits since an earlier one gets nothing any more.
    pub(super) generation: u64,
}

impl Exchange {
    /// Begins a new start: nothing of the last one counts.
    pub(super) fn reset(&mut self) {
        *self = Self { generation: self.generation + 1, ..Self::default() };
    }

    /// The runtime asks for an event.
    pub(super) fn next(&mut self) -> Result<(), Refusal> {
        match self.runtime {
            Runtime::Started | Runtime::ResponseSent | Runtime::Ready => self.runtime = Runtime::Ready,
            // As in the emulator: it gets the same event once more.
            Runtime::Running => {}
            Runtime::InitError => return self.wrong_state("Ready"),
        }
        Ok(())
    }

    /// The event for the runtime that waits, if there is one.
    pub(super) fn hand_over(&mut self) -> Option<Invocation> {
        let running = self.runtime == Runtime::Running;
        let invocation = self.invocation.as_mut().filter(|one| running || !one.given)?;
        if !running && self.runtime != Runtime::Ready {
            return None;
        }
        invocation.given = true;
        self.runtime = Runtime::Running;
        Some(invocation.clone())
    }

    fn wrong_state<T>(&self, to: &str) -> Result<T, Refusal> {
        let from = self.runtime.name();
        let message =
            format!("State transition from {from} to {to} failed for runtime. Error: State transition is not allowed");
        refuse(403, "InvalidStateTransition", message)
    }

    /// The runtime answers an event, or says that the handler has failed.
    pub(super) fn answer(&mut self, id: &str, answer: Answer, length: u64) -> Result<(), Refusal> {
        if self.runtime != Runtime::Running {
            let to = if answer.error { "InvocationErrorResponse" } else { "InvocationResponse" };
            return self.wrong_state(to);
        }
        let Some(invocation) = self.invocation.as_mut().filter(|invocation| invocation.id == id) else {
            return refuse(400, "InvalidRequestID", "Invalid request ID");
        };
        let too_long = length > ANSWER_BYTES && !answer.streamed && !answer.error;
        self.runtime = Runtime::ResponseSent;
        if too_long {
            let message = format!(
                "Response payload size ({length} bytes) exceeded maximum allowed payload size ({ANSWER_BYTES} bytes)."
            );
            let kind = "Function.ResponseSizeTooLarge".to_owned();
            invocation.answer = Some(Answer { error: true, kind, body: message, ..Answer::default() });
            return refuse(
                413,
                "RequestEntityTooLarge",
                format!("Exceeded maximum allowed payload size ({ANSWER_BYTES} bytes)."),
            );
        }
        invocation.answer = Some(answer);
        Ok(())
    }

    /// The runtime says that it cannot start.
    pub(super) fn init_error(&mut self, kind: &str, body: String) -> Result<(), Refusal> {
        if self.runtime != Runtime::Started {
            return self.wrong_state("InitError");
        }
        self.runtime = Runtime::InitError;
        self.init_error = Some((kind.to_owned(), body));
        Ok(())
    }

    /// An extension registers; the id that it gets.
    pub(super) fn register(&mut self, name: &str, events: Vec<String>, id: String) -> Result<String, Refusal> {
        if name.is_empty() {
            return refuse(403, "Extension.InvalidExtensionName", "Empty extension name");
        }
        let internal = !self.started.iter().any(|started| started == name);
        let allowed: &[&str] = if internal { &["INVOKE"] } else { &["INVOKE", "SHUTDOWN"] };
        if let Some(event) = events.iter().find(|event| !allowed.contains(&event.as_str())) {
            return refuse(403, "Extension.InvalidEventType", format!("{event}: Invalid event type"));
        }
        if self.extensions.iter().any(|known| known.name == name) {
            return refuse(403, "Extension.InvalidExtensionState", "Extension with this name already registered");
        }
        if internal && self.closed {
            return refuse(403, "Extension.RegistrationClosed", "Extension registration closed already");
        }
        if self.extensions.len() >= EXTENSIONS {
            return refuse(403, "Extension.TooManyExtensions", format!("Extension limit ({EXTENSIONS}) reached"));
        }
        self.extensions.push(Extension {
            id: id.clone(),
            name: name.to_owned(),
            events,
            internal,
            ..Extension::default()
        });
        Ok(id)
    }

    fn extension(&mut self, id: &str) -> Result<&mut Extension, Refusal> {
        if id.is_empty() {
            return refuse(403, "Extension.MissingExtensionIdentifier", "Missing Lambda-Extension-Identifier header");
        }
        match self.extensions.iter_mut().find(|extension| extension.id == id) {
            Some(extension) => Ok(extension),
            None => refuse(403, "Extension.UnknownExtensionIdentifier", "Unknown extension"),
        }
    }

    /// An extension asks for an event.
    pub(super) fn extension_next(&mut self, id: &str) -> Result<(), Refusal> {
        let extension = self.extension(id)?;
        (extension.ready, extension.was_ready) = (true, true);
        Ok(())
    }

    /// The event for an extension that waits, if there is one.
    pub(super) fn extension_event(&mut self, id: &str) -> Option<String> {
        let extension = self.extension(id).ok()?;
        let event = extension.queue.pop_front()?;
        extension.ready = false;
        Some(event)
    }

    /// An extension says that it cannot start or go on.
    pub(super) fn extension_error(&mut self, id: &str, kind: &str, body: String) -> Result<(), Refusal> {
        if kind.is_empty() {
            let message = "Missing Lambda-Extension-Function-Error-Type header";
            return refuse(403, "Extension.MissingHeader", message);
        }
        let extension = self.extension(id)?;
        extension.error.get_or_insert_with(|| (kind.to_owned(), body));
        Ok(())
    }

    /// Hands an event out to the runtime and to the extensions that want to be told.
    pub(super) fn invoke(&mut self, id: &str, event: &str, deadline_ms: u64) {
        let told = serde_json::json!({
            "eventType": "INVOKE",
            "deadlineMs": deadline_ms,
            "requestId": id,
            "invokedFunctionArn": ARN,
            "tracing": {"type": "X-Amzn-Trace-Id", "value": TRACE},
        });
        self.tell("INVOKE", &told.to_string());
        let (id, event) = (id.to_owned(), event.to_owned());
        self.invocation = Some(Invocation { id, event, deadline_ms, given: false, answer: None });
    }

    /// Puts an event for all extensions that want it.
    pub(super) fn tell(&mut self, event: &str, text: &str) {
        for extension in self.extensions.iter_mut().filter(|extension| extension.events.iter().any(|one| one == event))
        {
            extension.queue.push_back(text.to_owned());
        }
    }

    /// Whether the event has been answered, and all who were told of it ask for the next.
    pub(super) fn is_done(&self) -> bool {
        let told = |extension: &&Extension| extension.events.iter().any(|event| event == "INVOKE");
        let answered = self.invocation.as_ref().is_some_and(|invocation| invocation.answer.is_some());
        let waits = |extension: &Extension| extension.ready && extension.queue.is_empty();
        answered && self.runtime == Runtime::Ready && self.extensions.iter().filter(told).all(waits)
    }

    /// Whether every extension that was started from a file has registered.
    pub(super) fn all_registered(&self) -> bool {
        self.started.iter().all(|name| self.extensions.iter().any(|extension| extension.name == *name))
    }

    /// Whether every extension has asked for its first event.
    pub(super) fn all_were_ready(&self) -> bool {
        self.extensions.iter().all(|extension| extension.was_ready)
    }
}

/// The name of the function in an ARN: AWS is not asked, so the account is that of its examples.
pub(super) const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:function";
/// A trace that is not sampled.
pub(super) const TRACE: &str = "Root=1-00000000-000000000000000000000000;Parent=0000000000000000;Sampled=0";

#[cfg(test)]
mod tests;
