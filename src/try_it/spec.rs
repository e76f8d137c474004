//! What the sandbox is told, and what it tells: JSON that passes between lamblint and its own helper processes.

use super::cgroup::Limited;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How long a line from the sandbox may be, in bytes: an answer of 6 MiB, each byte of which JSON may escape.
pub const LINE_BYTES: u64 = 64 * 1024 * 1024;

/// All that the sandbox needs to know.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Spec {
    /// The folder that holds the unpacked image.
    pub root: String,
    /// The folder that goes with it, removed if lamblint itself is gone.
    pub temporary: Option<String>,
    /// Whether a user without privileges starts it, in a user namespace.
    pub rootless: bool,
    /// Whether it has the network of the host.
    pub host_network: bool,
    /// What holds the limit of memory.
    pub limited: Limited,
    /// The folder of its cgroup, if it has one.
    pub cgroup: String,
    /// ENTRYPOINT and CMD in one.
    pub program: Vec<String>,
    /// Where it starts.
    pub folder: String,
    /// Variables of the runtime, those of Lambda among them.
    pub environment: BTreeMap<String, String>,
    /// Variables of extensions.
    pub extension_environment: BTreeMap<String, String>,
    /// The handler, as extensions are told it.
    pub handler: String,
    /// Files of `/opt/extensions`.
    pub extensions: Vec<String>,
    /// Size of `/tmp` in MB.
    pub tmp_mb: u64,
    /// Memory in MB.
    pub memory_mb: u64,
    /// Seconds for the start.
    pub init_seconds: u64,
    /// Seconds for an invocation.
    pub seconds: u64,
    /// The events, one invocation each.
    pub events: Vec<String>,
    /// Bytes of log that are kept of each stream.
    pub log_bytes: usize,
}

/// Something that happened in the sandbox.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Happening {
    /// Milliseconds since the sandbox was ready.
    pub ms: f64,
    /// What it was.
    #[serde(flatten)]
    pub what: What,
}

/// What can happen in the sandbox.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum What {
    /// The sandbox is as it should be.
    Ready {
        /// Conditions that differ from Lambda's.
        differs: Vec<String>,
        /// What holds the limit of memory.
        limited: Limited,
    },
    /// Nothing can be tried here.
    Cannot {
        /// Why.
        why: String,
    },
    /// A process was started.
    Start {
        /// `runtime`, or the name of an extension.
        who: String,
        /// Its program and arguments.
        program: Vec<String>,
        /// The folder that it starts in.
        folder: String,
    },
    /// A process could not be started.
    LaunchError {
        /// `runtime`, or the name of an extension.
        who: String,
        /// Lambda's type of the error.
        kind: String,
        /// What Lambda would say.
        message: String,
    },
    /// An extension has registered.
    Registered {
        /// Its name.
        extension: String,
        /// What it wants to be told.
        events: Vec<String>,
    },
    /// The runtime has asked for its first event, and all extensions for theirs.
    InitDone {
        /// Milliseconds since this start began.
        took: f64,
    },
    /// A start has failed. Lambda writes a line to the log.
    InitReport {
        /// `init`, or `invoke` where it is made again inside an invocation.
        phase: Phase,
        /// How it failed.
        status: Status,
        /// Lambda's type of the error, if it is one.
        kind: Option<String>,
        /// Milliseconds since this start began.
        took: f64,
    },
    /// The function said that it could not start.
    InitError {
        /// `runtime`, or the name of an extension.
        who: String,
        /// The type that it gave.
        kind: String,
        /// What it said, as it came.
        body: String,
    },
    /// An event was handed over.
    Invoke {
        /// Which one, counted from 1.
        number: usize,
        /// The request's id.
        id: String,
    },
    /// An answer came.
    Answer {
        /// The request's number.
        number: usize,
        /// Milliseconds since the event was handed over.
        took: f64,
        /// The answer itself.
        #[serde(flatten)]
        answer: Answer,
    },
    /// A process ended by itself.
    Exit {
        /// `runtime`, or the name of an extension.
        who: String,
        /// Its exit code.
        code: Option<i32>,
        /// The signal that ended it.
        signal: Option<i32>,
    },
    /// A limit passed.
    TimedOut {
        /// `init`, or `invoke`.
        phase: Phase,
        /// The limit in seconds.
        seconds: u64,
    },
    /// The processes had more memory than the function, and were ended.
    OverMemory {
        /// What they had, in MB.
        mb: u64,
    },
    /// A request that the API refuses.
    Refused {
        /// Method and path.
        request: String,
        /// The status.
        status: u16,
        /// The type of the error.
        kind: String,
    },
    /// Extensions are told that it ends.
    Shutdown {
        /// The reason that they are given.
        reason: String,
    },
    /// A line of the log.
    Log {
        /// `runtime`, or the name of an extension.
        who: String,
        /// The line.
        line: String,
    },
    /// The end of the log of a stream that was too long to be shown whole.
    LogCut {
        /// `runtime`, or the name of an extension.
        who: String,
        /// Bytes that are left out.
        bytes: u64,
        /// What came last.
        tail: String,
    },
    /// All is over.
    End {
        /// The most memory that the processes had together, of what cannot be taken away from them, in MB.
        most_mb: u64,
    },
}

/// A part of a sandbox's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Extensions start.
    Extension,
    /// The runtime starts.
    Init,
    /// An event is worked on.
    Invoke,
}

/// How a start failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It was not done in time.
    Timeout,
    /// It ended, or said that it cannot start.
    Error,
}

/// An answer to an event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Whether it is one that the function calls an error.
    pub error: bool,
    /// The type of that error.
    pub kind: String,
    /// The answer itself.
    pub body: String,
    /// Whether it came as a stream.
    pub streamed: bool,
    /// Its type of content.
    pub content: String,
}
