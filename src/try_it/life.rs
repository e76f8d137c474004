//! The life of a function in its sandbox: extensions and runtime start, events are worked on, all is shut down. The order
//! and the limits are those of the runtime interface emulator, `rapid/handlers.go` and `rapid/shutdown.go`.

use super::cgroup::kernel_mb;
use super::exchange::{EXTENSIONS, Runtime};
use super::memory::Meter;
use super::processes::{self, Program};
use super::shared::{Shared, State, now_ms, rounded};
use super::spec::{Phase, Spec, Status, What};
use super::texts;
use rustix::process::Signal;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a shutdown may take in all, where extensions are told of it.
const SHUTDOWN: Duration = Duration::from_secs(2);
/// The part of that which the runtime gets.
const SHARE_OF_RUNTIME: f64 = 0.3;
/// How long a runtime that has said why it fails may take to end.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// How often a limit is looked at where nothing changes.
const LOOK: Duration = Duration::from_millis(20);

/// Why a part of the life ended early.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Failed {
    TimedOut,
    /// With Lambda's type of the error.
    Otherwise(String),
}

impl Failed {
    /// The reason that extensions are told.
    fn reason(&self) -> &'static str {
        match self {
            Self::TimedOut => "timeout",
            Self::Otherwise(_) => "failure",
        }
    }
}

/// A function in its sandbox.
pub(super) struct Life<'a> {
    pub(super) spec: &'a Spec,
    pub(super) shared: &'a Arc<Shared>,
    pub(super) meter: &'a Meter,
}

impl Life<'_> {
    /// Lives it from the start to the end.
    pub(super) fn run(&self) {
        let limit = Duration::from_secs(self.spec.init_seconds);
        let mut alive = self.init(Phase::Init, Instant::now() + limit, self.spec.init_seconds);
        for (at, event) in self.spec.events.iter().enumerate() {
            if let Err(failed) = &alive {
                self.reset(failed.reason());
            }
            let end = Instant::now() + Duration::from_secs(self.spec.seconds);
            if alive.is_err() {
                // Lambda starts it once more, inside the invocation and its limit.
                alive = self.init(Phase::Invoke, end, self.spec.seconds);
            }
            if alive.is_err() {
                // It does not start, and it would not for the next event.
                break;
            }
            alive = self.invoke(at + 1, event, end);
        }
        self.reset(alive.as_ref().map_or_else(Failed::reason, |()| "spindown"));
    }

    /// Waits until something holds, or a process ends, or the limit passes.
    fn until(&self, end: Instant, done: impl Fn(&State) -> bool) -> Result<(), Failed> {
        let mut state = self.shared.lock();
        loop {
            // What a process has said counts before its end.
            if done(&state) {
                return Ok(());
            }
            if let Some(mb) = state.over_memory.take() {
                drop(state);
                return Err(self.over_memory(mb));
            }
            if let Some((who, ended)) = state.ended.pop() {
                drop(state);
                if ended.signal == Some(Signal::KILL.as_raw()) && self.meter.kernel_has_ended() {
                    return Err(self.over_memory(kernel_mb(self.spec.memory_mb, self.spec.tmp_mb)));
                }
                let kind = if who == "runtime" { "Runtime.ExitError" } else { "Extension.Crash" };
                self.shared.tell(What::Exit { who, code: ended.code, signal: ended.signal });
                return Err(Failed::Otherwise(kind.to_owned()));
            }
            if Instant::now() >= end {
                return Err(Failed::TimedOut);
            }
            state = self.shared.wait(state, LOOK);
        }
    }

    fn over_memory(&self, mb: u64) -> Failed {
        self.shared.tell(What::OverMemory { mb });
        Failed::Otherwise("Runtime.OutOfMemory".to_owned())
    }

    /// Starts extensions and runtime.
    fn init(&self, phase: Phase, end: Instant, seconds: u64) -> Result<(), Failed> {
        let begin = Instant::now();
        self.shared.change(|state| state.exchange.reset());
        let done = self.extensions(end).map_err(|failed| (failed, Phase::Extension));
        let done = done.and_then(|()| self.runtime(end).map_err(|failed| (failed, Phase::Init)));
        match done {
            Ok(()) => {
                self.shared.tell(What::InitDone { took: rounded(begin.elapsed()) });
                Ok(())
            }
            Err((failed, part)) => {
                let (status, kind) = match &failed {
                    Failed::TimedOut => {
                        self.shared.tell(What::TimedOut { phase: part, seconds });
                        (Status::Timeout, None)
                    }
                    Failed::Otherwise(kind) => (Status::Error, Some(kind.clone())),
                };
                self.shared.tell(What::InitReport { phase, status, kind, took: rounded(begin.elapsed()) });
                Err(failed)
            }
        }
    }

    /// Starts the extensions, and waits until each has registered: before that the runtime is not started.
    fn extensions(&self, end: Instant) -> Result<(), Failed> {
        let error = |who: &str, message: String| {
            let kind = "Extension.LaunchError".to_owned();
            self.shared.tell(What::LaunchError { who: who.to_owned(), kind: kind.clone(), message });
            Failed::Otherwise(kind)
        };
        for (at, name) in self.spec.extensions.iter().enumerate() {
            if at >= EXTENSIONS {
                return Err(error(name, "too many extensions".to_owned()));
            }
            self.shared.change(|state| state.exchange.started.push(name.clone()));
            let words = [format!("/opt/extensions/{name}")];
            let environment = &self.spec.extension_environment;
            let program = Program { who: name, words: &words, folder: "/", environment };
            self.start(&program).map_err(|message| error(name, message))?;
        }
        let failed = |state: &State| state.exchange.extensions.iter().any(|extension| extension.error.is_some());
        self.until(end, |state| state.exchange.all_registered() || failed(state))?;
        self.fail_of_extension()
    }

    /// An error where an extension has said that it fails.
    fn fail_of_extension(&self) -> Result<(), Failed> {
        let state = self.shared.lock();
        let said = state.exchange.extensions.iter().find_map(|one| Some((one.name.clone(), one.error.clone()?)));
        drop(state);
        match said {
            Some((who, (kind, body))) => {
                let reported = texts::reported(&who, &kind);
                self.shared.tell(What::InitError { who, kind, body });
                Err(Failed::Otherwise(reported))
            }
            None => Ok(()),
        }
    }

    fn start(&self, program: &Program<'_>) -> Result<(), String> {
        let (who, words) = (program.who.to_owned(), program.words.to_vec());
        self.shared.tell(What::Start { who, program: words, folder: program.folder.to_owned() });
        processes::start(self.shared, program, self.spec.log_bytes)
    }

    /// Starts the runtime, and waits until it and the extensions ask for an event.
    fn runtime(&self, end: Instant) -> Result<(), Failed> {
        let spec = self.spec;
        let error = |kind: &str, message: String| {
            self.shared.tell(What::LaunchError { who: "runtime".to_owned(), kind: kind.to_owned(), message });
            Failed::Otherwise(kind.to_owned())
        };
        if spec.program.is_empty() {
            return Err(error("Runtime.InvalidEntrypoint", "neither ENTRYPOINT nor CMD is set".to_owned()));
        }
        if !processes::is_folder(&spec.folder) {
            let message = format!("the working directory doesn't exist: {}", spec.folder);
            return Err(error("Runtime.InvalidWorkingDir", message));
        }
        let program =
            Program { who: "runtime", words: &spec.program, folder: &spec.folder, environment: &spec.environment };
        self.start(&program).map_err(|message| error("Runtime.InvalidEntrypoint", message))?;
        self.until(end, |state| state.exchange.runtime == Runtime::Ready || state.exchange.init_error.is_some())?;
        let said = self.shared.lock().exchange.init_error.clone();
        if let Some((kind, body)) = said {
            let reported = texts::reported("runtime", &kind);
            self.shared.tell(What::InitError { who: "runtime".to_owned(), kind, body });
            let _ = self.until(end.min(Instant::now() + LAST_WORDS), |_| false);
            return Err(Failed::Otherwise(reported));
        }
        self.shared.change(|state| state.exchange.closed = true);
        let failed = |state: &State| state.exchange.extensions.iter().any(|extension| extension.error.is_some());
        self.until(end, |state| state.exchange.all_were_ready() || failed(state))?;
        self.fail_of_extension()
    }

    /// Hands an event over, and waits for its answer and until all ask for the next.
    fn invoke(&self, number: usize, event: &str, end: Instant) -> Result<(), Failed> {
        let id = self.shared.id();
        let begin = Instant::now();
        let left = end.saturating_duration_since(begin);
        let deadline = now_ms() + u64::try_from(left.as_millis()).unwrap_or_default();
        self.shared.tell(What::Invoke { number, id: id.clone() });
        self.shared.change(|state| state.exchange.invoke(&id, event, deadline));
        let answer = |state: &State| state.exchange.invocation.as_ref().and_then(|one| one.answer.clone());
        let mut done = self.until(end, |state| answer(state).is_some());
        // The answer may have come just before the process ended.
        let said = answer(&self.shared.lock());
        if let Some(answer) = said {
            self.shared.tell(What::Answer { number, took: rounded(begin.elapsed()), answer });
            if done.is_ok() {
                done = self.until(end, |state| state.exchange.is_done());
            }
        }
        if done == Err(Failed::TimedOut) {
            self.shared.tell(What::TimedOut { phase: Phase::Invoke, seconds: self.spec.seconds });
        }
        done
    }

    /// Ends all that runs. Only where there are extensions anything gets time for it.
    fn reset(&self, reason: &str) {
        let begin = Instant::now();
        let running = |who: &str| self.shared.lock().running.values().any(|known| known == who);
        let extensions: Vec<(String, bool)> = {
            let state = self.shared.lock();
            let told = |name: &String| {
                let registered = state.exchange.extensions.iter().find(|extension| extension.name == *name);
                registered.is_some_and(|one| one.events.iter().any(|event| event == "SHUTDOWN"))
            };
            state.exchange.started.iter().map(|name| (name.clone(), told(name))).collect()
        };
        let any = extensions.iter().any(|(name, _)| running(name));
        if any {
            processes::signal(self.shared, "runtime", Signal::TERM);
            self.pause(begin + SHUTDOWN.mul_f64(SHARE_OF_RUNTIME), || !running("runtime"));
            processes::signal(self.shared, "runtime", Signal::KILL);
            for (name, _) in extensions.iter().filter(|(_, told)| !told) {
                processes::signal(self.shared, name, Signal::KILL);
            }
            if extensions.iter().any(|(_, told)| *told) {
                self.shared.tell(What::Shutdown { reason: reason.to_owned() });
                let deadline = now_ms() + u64::try_from(SHUTDOWN.as_millis()).unwrap_or_default();
                let told =
                    serde_json::json!({"eventType": "SHUTDOWN", "shutdownReason": reason, "deadlineMs": deadline});
                self.shared.change(|state| state.exchange.tell("SHUTDOWN", &told.to_string()));
                let left = || extensions.iter().any(|(name, told)| *told && running(name));
                self.pause(begin + SHUTDOWN, || !left());
            }
        }
        // Processes end before the API does: clients that find it closed may ask for ever.
        processes::kill_all(self.shared);
        self.shared.change(|state| state.exchange.reset());
    }

    fn pause(&self, end: Instant, done: impl Fn() -> bool) {
        while !done() && Instant::now() < end {
            drop(self.shared.wait(self.shared.lock(), Duration::from_millis(5)));
        }
    }
}
