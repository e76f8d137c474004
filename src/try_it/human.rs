//! An outcome for people: what happened, line by line, and what it means.

use super::outcome::{Outcome, Verdict};
use super::spec::{Phase, Status, What};
use crate::page::HOME;
use crate::report::plain;
use std::fmt::Write;

/// Characters of an answer or of a line of the log that are shown.
const SHOWN: usize = 400;
/// Lines of the log that are shown; of a longer one the first and the last.
const LINES: usize = 60;

impl Outcome {
    /// The outcome as text.
    pub fn human(&self) -> String {
        let mut text = plain(&self.image);
        if let Some(name) = &self.name {
            let _ = write!(text, " {}", plain(name));
        }
        let _ = writeln!(text, ": {}", self.headline());
        if self.files > 0 {
            let (size, seconds) = (crate::size::show(self.bytes), self.unpack_ms / 1000.0);
            line(&mut text, 0.0, &format!("unpacked {size} in {} files ({seconds:.1} s)", self.files));
        }
        let logged = self.timeline.iter().filter(|one| matches!(one.what, What::Log { .. })).count();
        let mut number = 0;
        for happening in &self.timeline {
            if matches!(happening.what, What::Log { .. }) {
                number += 1;
                let skipped = number > LINES / 2 && number + LINES / 2 <= logged;
                if skipped {
                    if number == LINES / 2 + 1 {
                        let _ = writeln!(text, "             … {} lines", logged - LINES / 2 * 2);
                    }
                    continue;
                }
            }
            if let Some(what) = self.told(&happening.what) {
                line(&mut text, happening.ms, &what);
            }
        }
        self.conclusion(&mut text);
        text
    }

    fn headline(&self) -> String {
        let init = self.init_ms.is_some();
        match (self.verdict, &self.why) {
            (Verdict::Answers, _) => "it answers".to_owned(),
            (Verdict::Fails, _) if !init => "it does not start".to_owned(),
            (Verdict::Fails, _) if self.answers.iter().any(|answer| answer.error) => {
                "it starts, and the function fails".to_owned()
            }
            (Verdict::Fails, _) if !self.answers.is_empty() => "it answers, and then ends".to_owned(),
            (Verdict::Fails, _) => "it starts, and does not answer".to_owned(),
            (Verdict::Timeout, _) if !init => "it does not start in time".to_owned(),
            (Verdict::Timeout, _) => "it does not answer in time".to_owned(),
            (Verdict::Unsure, why) => {
                format!("it fails here, and perhaps not on Lambda: {}", why.as_deref().unwrap_or_default())
            }
            (Verdict::NotTried, why) => format!("not tried: {}", plain(why.as_deref().unwrap_or_default())),
        }
    }

    /// What happened, in a line; `None` for what needs no saying.
    fn told(&self, what: &What) -> Option<String> {
        let conditions = &self.conditions;
        let of = |who: &str| if who == "runtime" { String::new() } else { format!("extension {}: ", plain(who)) };
        Some(match what {
            What::Start { who, program, folder } if who == "runtime" => {
                let (user, group, memory) = (conditions.user, conditions.group, conditions.memory_mb);
                let program = plain(&program.join(" "));
                format!("start: {program}  in {}, as {user}:{group}, {memory} MB", plain(folder))
            }
            What::Start { who, .. } => format!("{}start", of(who)),
            What::LaunchError { who, kind, message } => format!("{}{kind}: {}", of(who), plain(message)),
            What::Registered { extension, events } => {
                format!("{}registered for {}", of(extension), events.join(" and "))
            }
            What::InitDone { .. } => "ready".to_owned(),
            What::InitReport { phase, status, kind, took } => report(*phase, *status, kind.as_deref(), *took),
            What::InitError { who, kind, body } => {
                let (kind, message) = super::texts::of_body(kind, body);
                format!("{}the runtime says: {}: {}", of(who), plain(&kind), short(&message))
            }
            What::Invoke { number, .. } => format!("event {number}"),
            What::Answer { took, answer, .. } => {
                let streamed = if answer.streamed { " as a stream" } else { "" };
                let kind = if answer.error { "an error" } else { "an answer" };
                format!("{kind}{streamed} after {took} ms: {}", short(&answer.body))
            }
            What::Exit { who, code, signal } => super::texts::of_exit(who, *code, *signal),
            What::TimedOut { phase, seconds } => {
                let what = if *phase == Phase::Invoke { "the event" } else { "the start" };
                format!("{what} took over {seconds} s")
            }
            What::OverMemory { mb } => format!("{mb} MB of memory, over {} MB: ended", conditions.memory_mb),
            What::Refused { request, status, kind } => format!("{} refused: {status} {kind}", plain(request)),
            What::Shutdown { reason } => format!("shutdown: {reason}"),
            What::Log { line, .. } => format!("| {}", short(line)),
            What::LogCut { bytes, tail, .. } => {
                let last = tail.lines().last().unwrap_or_default();
                format!("| … {bytes} bytes left out … {}", short(last))
            }
            What::Ready { .. } | What::Cannot { .. } | What::End { .. } => return None,
        })
    }

    fn conclusion(&self, text: &mut String) {
        if let Some(answer) = &self.as_lambda {
            let _ = writeln!(text, "  on Lambda: {}", short(&answer.to_string()));
        }
        for path in &self.outside_tmp {
            let _ = writeln!(text, "  written outside /tmp: {}", plain(path));
        }
        for rule in &self.explained_by {
            match &rule.finding {
                Some(finding) => {
                    let _ = writeln!(text, "  explained by {} {}: {}", rule.code, rule.name, plain(finding));
                }
                None => {
                    let _ = writeln!(text, "  explained by {} {}", rule.code, rule.name);
                }
            }
        }
        let codes = self.check.errors.iter().cloned().collect::<Vec<_>>().join(", ");
        if self.check.disagrees {
            let _ = writeln!(
                text,
                "  they disagree: `lamblint check` has an error ({codes}), and it answers here; please report it at {HOME}/issues"
            );
        } else if self.error.is_some() && self.explained_by.is_empty() && self.verdict != Verdict::Unsure {
            let own = self.answers.iter().any(|answer| answer.error);
            if !codes.is_empty() {
                let _ = writeln!(text, "  `lamblint check` has errors too ({codes}); none is known to be the reason");
            } else if own {
                let _ = writeln!(text, "  the function was called: an event that it expects may be missing (--event)");
            } else {
                let _ = writeln!(text, "  no rule explains this; please report it at {HOME}/issues");
            }
        }
        if self.verdict != Verdict::NotTried {
            let _ = writeln!(
                text,
                "  not as on Lambda: {}",
                self.differs.iter().map(|one| plain(one)).collect::<Vec<_>>().join("; ")
            );
        }
    }
}

/// A failed start as Lambda's log has it.
fn report(phase: Phase, status: Status, kind: Option<&str>, took: f64) -> String {
    let phase = if phase == Phase::Invoke { "invoke" } else { "init" };
    let status = if status == Status::Timeout { "timeout" } else { "error" };
    let kind = kind.map(|kind| format!(" Error Type: {}", plain(kind))).unwrap_or_default();
    format!("INIT_REPORT Init Duration: {took:.2} ms Phase: {phase} Status: {status}{kind}")
}

fn line(text: &mut String, ms: f64, what: &str) {
    let _ = writeln!(text, "{ms:>8.0} ms  {what}");
}

/// A text of others, on one line and not too long.
fn short(text: &str) -> String {
    let one: String = text.chars().take(SHOWN).map(|c| if c == '\n' { ' ' } else { c }).collect();
    let dots = if text.chars().nth(SHOWN).is_some() { "…" } else { "" };
    plain(&one) + dots
}
