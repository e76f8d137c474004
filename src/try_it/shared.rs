//! What the threads of the sandbox's first process share: the states of the APIs, the processes, and the way to tell
//! lamblint what happens.

use super::exchange::Exchange;
use super::spec::{Happening, What};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ended {
    pub(super) code: Option<i32>,
    pub(super) signal: Option<i32>,
}

/// What changes.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) exchange: Exchange,
    /// Names of the processes that run, by their numbers.
    pub(super) running: BTreeMap<i32, String>,
    /// Processes that have ended, and of which nothing has been told yet.
    pub(super) ended: Vec<(String, Ended)>,
    /// What the processes had when they had too much memory, in MB.
    pub(super) over_memory: Option<u64>,
    /// The most that they had, in MB.
    pub(super) most_mb: u64,
    /// Streams that are still read.
    pub(super) open_logs: usize,
}

/// All that the threads share.
#[derive(Debug)]
pub(super) struct Shared {
    state: Mutex<State>,
    /// Told of every change.
    pub(super) changed: Condvar,
    since: Mutex<Instant>,
    ids: AtomicU64,
    /// The handler, as extensions are told it.
    pub(super) handler: String,
}

impl Shared {
    pub(super) fn new(handler: &str) -> Self {
        Self {
            state: Mutex::default(),
            changed: Condvar::new(),
            since: Mutex::new(Instant::now()),
            ids: AtomicU64::new(0),
            handler: handler.to_owned(),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state, and wakes who waits for that.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let done = change(&mut self.lock());
        self.changed.notify_all();
        done
    }

    /// Waits for a change, or for a while.
    pub(super) fn wait<'a>(&self, state: MutexGuard<'a, State>, most: Duration) -> MutexGuard<'a, State> {
        self.changed.wait_timeout(state, most).unwrap_or_else(PoisonError::into_inner).0
    }

    /// Counts time from now on.
    pub(super) fn begin(&self) {
        *self.since.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// Tells lamblint. Lines do not mix: standard output is locked while one is written.
    pub(super) fn tell(&self, what: What) {
        let since = *self.since.lock().unwrap_or_else(PoisonError::into_inner);
        tell(&Happening { ms: rounded(since.elapsed()), what });
    }

    /// An id as requests have it, and as there is no other.
    pub(super) fn id(&self) -> String {
        let number = self.ids.fetch_add(1, Ordering::Relaxed);
        let hash = Sha256::digest(format!("{} {number}", now_ms()));
        let digits = crate::hex::of(&hash[..16]);
        let parts = [digits.get(..8), digits.get(8..12), digits.get(12..16), digits.get(16..20), digits.get(20..)];
        parts.into_iter().flatten().collect::<Vec<_>>().join("-")
    }
}

/// Milliseconds with one digit after the point.
pub(super) fn rounded(time: Duration) -> f64 {
    (time.as_secs_f64() * 10_000.0).round() / 10.0
}

/// Milliseconds since 1970.
pub(super) fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or_default()
}

/// Writes a line for lamblint to standard output.
pub(super) fn tell(happening: &Happening) {
    if let Ok(line) = serde_json::to_string(happening) {
        let mut out = std::io::stdout().lock();
        let _ = out.write_all((line + "\n").as_bytes()).and_then(|()| out.flush());
    }
}
