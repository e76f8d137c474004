//! The verdict of a trial, read off what happened.

use super::{Failure, Outcome, Verdict};
use crate::try_it::plan::Asked;
use crate::try_it::spec::{Happening, Phase, What};
use crate::try_it::texts;
use serde_json::{Value, json};

/// The type of an error where a limit of time has passed.
const TIMED_OUT: &str = "Sandbox.Timedout";

/// Why it fails, as far as the timeline was read.
#[derive(Default)]
struct Reading {
    failure: Option<Failure>,
    /// What the function itself said of it, which is the answer then.
    told: Option<Value>,
    /// The same of the start before.
    before: Option<(Failure, Option<Value>)>,
    /// Whether a start is done, and what happens belongs to an event.
    started: bool,
    /// Whether a start has failed, and no other has begun yet.
    void: bool,
    /// Starts that have failed.
    failed_starts: usize,
}

impl Reading {
    fn read(&mut self, what: &What) {
        match what {
            What::Start { .. } | What::LaunchError { .. } | What::InitDone { .. } => {
                self.begin();
                self.started = matches!(what, What::InitDone { .. });
            }
            What::InitReport { .. } => {
                self.void = true;
                self.failed_starts += 1;
            }
            _ => {}
        }
        if self.failure.is_none()
            && let Some((failure, told)) = self.failure_of(what)
        {
            // The second start has another limit, which a slow machine may pass: what the first one said says more.
            let late = failure.kind == TIMED_OUT && failure.phase != Phase::Invoke;
            let before = self.before.take().filter(|(before, _)| late && before.kind != TIMED_OUT);
            let (failure, told) = before.unwrap_or((failure, told));
            (self.failure, self.told) = (Some(failure), told);
        }
    }

    /// A start that has failed is made again, and then the second one counts: its outcome is what the caller gets.
    fn begin(&mut self) {
        if std::mem::take(&mut self.void) && self.failure.as_ref().is_some_and(|failure| failure.phase != Phase::Invoke)
        {
            self.before = self.failure.take().map(|failure| (failure, self.told.take()));
        }
    }

    fn failure_of(&self, what: &What) -> Option<(Failure, Option<Value>)> {
        let starts = |who: &str| if who == "runtime" { Phase::Init } else { Phase::Extension };
        let phase = |who: &str| if self.started { Phase::Invoke } else { starts(who) };
        let (phase, kind, message, told) = match what {
            What::LaunchError { who, kind, message } => (starts(who), kind.clone(), message.clone(), None),
            What::InitError { who, kind, body } => {
                let (kind, message) = texts::of_body(kind, body);
                (starts(who), kind, message, Some(texts::as_json(body)))
            }
            What::Exit { who, code, signal } => {
                let kind = if who == "runtime" { "Runtime.ExitError" } else { "Extension.Crash" };
                (phase(who), kind.to_owned(), texts::of_exit(who, *code, *signal), None)
            }
            What::OverMemory { mb } => {
                let message = format!("the processes have {mb} MB, over the memory of the function");
                (phase("runtime"), "Runtime.OutOfMemory".to_owned(), message, None)
            }
            What::TimedOut { phase, seconds } => {
                let message = match phase {
                    Phase::Invoke => format!("Task timed out after {seconds}.00 seconds"),
                    _ => format!("the start is not done after {seconds} seconds"),
                };
                (*phase, TIMED_OUT.to_owned(), message, None)
            }
            What::Answer { answer, .. } if answer.error => {
                let (kind, message) = texts::of_body(&answer.kind, &answer.body);
                (Phase::Invoke, kind, message, Some(texts::as_json(&answer.body)))
            }
            _ => return None,
        };
        Some((Failure { phase, kind, message }, told))
    }
}

impl Outcome {
    /// Reads the verdict off what happened.
    pub(super) fn judge(&mut self, asked: &Asked) {
        let timeline = std::mem::take(&mut self.timeline);
        let mut reading = Reading::default();
        for Happening { what, .. } in &timeline {
            self.note(what);
            reading.read(what);
        }
        self.timeline = timeline;
        if reading.failed_starts > 0 && reading.failure.is_none() {
            self.differs.push(
                "the first start failed, and the second was inside the first invocation, as on Lambda".to_owned(),
            );
        }
        let answered = self.answers.iter().filter(|answer| !answer.error).count();
        self.verdict = match &reading.failure {
            None if answered == asked.events.len() => Verdict::Answers,
            Some(failure) if failure.kind == TIMED_OUT => Verdict::Timeout,
            _ => Verdict::Fails,
        };
        let (seconds, told) = (self.conditions.timeout, reading.told);
        self.as_lambda = reading.failure.as_ref().map(|failure| told.unwrap_or_else(|| answer_of(failure, seconds)));
        self.error = reading.failure;
        if self.verdict != Verdict::Answers
            && let Some(why) = texts::doubt(&self.text(), asked.host_network)
        {
            self.verdict = Verdict::Unsure;
            self.why = Some(why.to_owned());
        }
    }

    /// Takes down what is reported whatever the verdict.
    fn note(&mut self, what: &What) {
        match what {
            What::InitDone { took } => drop(self.init_ms.get_or_insert(*took)),
            What::Answer { took, answer, .. } => {
                self.invoke_ms.push(*took);
                self.answers.push(answer.clone());
            }
            What::End { most_mb } => self.most_memory_mb = Some(*most_mb),
            What::Log { line, .. } => self.outside_tmp.extend(texts::written_outside(line)),
            What::LogCut { tail, .. } => self.outside_tmp.extend(tail.lines().flat_map(texts::written_outside)),
            _ => {}
        }
    }

    /// All that was said: the error, and the log.
    fn text(&self) -> String {
        let mut text =
            self.error.as_ref().map(|error| format!("{} {}\n", error.kind, error.message)).unwrap_or_default();
        for happening in &self.timeline {
            match &happening.what {
                What::Log { line, .. } => text.extend([line, "\n"]),
                What::LogCut { tail, .. } => text.extend([tail, "\n"]),
                _ => {}
            }
        }
        text
    }
}

/// What who calls the function would get.
fn answer_of(failure: &Failure, seconds: u64) -> Value {
    let message = match failure.kind.as_str() {
        // A start that takes too long is made again inside the first invocation.
        TIMED_OUT => format!("Task timed out after {seconds}.00 seconds"),
        "Runtime.OutOfMemory" => "Runtime exited with error: signal: killed".to_owned(),
        _ => failure.message.clone(),
    };
    json!({"errorType": failure.kind, "errorMessage": format!("RequestId: … Error: {message}")})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::try_it::spec::Status;

    fn start() -> What {
        What::Start { who: "runtime".into(), program: vec!["/f".into()], folder: "/".into() }
    }

    fn report(phase: Phase, status: Status) -> What {
        What::InitReport { phase, status, kind: None, took: 1.0 }
    }

    fn exit(code: i32) -> What {
        What::Exit { who: "runtime".into(), code: Some(code), signal: None }
    }

    fn read(all: &[What]) -> (Option<Phase>, String) {
        let mut reading = Reading::default();
        all.iter().for_each(|what| reading.read(what));
        (reading.failure.as_ref().map(|one| one.phase), reading.failure.map(|one| one.message).unwrap_or_default())
    }

    #[test]
    fn of_two_starts_the_second_counts() {
        let late = || What::TimedOut { phase: Phase::Init, seconds: 10 };
        let done = || What::InitDone { took: 1.0 };
        let first = [start(), late(), report(Phase::Init, Status::Timeout)];
        let and = |more: Vec<What>| read(&first.iter().cloned().chain(more).collect::<Vec<_>>());
        assert_eq!(and(vec![start(), done()]), (None, String::new()));
        let said = "Runtime exited with error: exit status 3".to_owned();
        assert_eq!(
            and(vec![start(), exit(3), report(Phase::Invoke, Status::Error)]),
            (Some(Phase::Init), said.clone())
        );
        // A limit that only the second start has passed hides nothing.
        let again = vec![start(), exit(3), report(Phase::Init, Status::Error), start(), late()];
        assert_eq!(read(&again), (Some(Phase::Init), said.clone()));
        // What is not tried again stays: the first start is what is known.
        assert_eq!(and(vec![]).0, Some(Phase::Init));
        assert_eq!(read(&[start(), done(), exit(3), start(), done()]), (Some(Phase::Invoke), said));
    }
}
