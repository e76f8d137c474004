//! What a trial has shown, what Lambda would say, and which rule explains it.

use super::plan::{Asked, Plan};
use super::spec::{Answer, Happening, Phase, What};
use super::texts;
use super::trial::Trial;
use crate::diagnostic::{Diagnostic, Severity};
use crate::explain;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What a trial has shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It starts, and answers every event.
    Answers,
    /// It does not start, or an event gets no answer or an error.
    Fails,
    /// It takes too long.
    Timeout,
    /// It fails, and a condition may be the reason that Lambda does not have.
    Unsure,
    /// Nothing was started.
    NotTried,
}

/// Why it fails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// In which part of its life.
    pub phase: Phase,
    /// Lambda's type of the error, or the function's own.
    #[serde(rename = "type")]
    pub kind: String,
    /// The message.
    pub message: String,
}

/// A rule that explains a failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explained {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// What `check` says of this image, if it does.
    pub finding: Option<String>,
}

/// What `check` says of the same image.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CheckSays {
    /// Codes of its errors.
    pub errors: BTreeSet<String>,
    /// Codes of its warnings.
    pub warnings: BTreeSet<String>,
    /// Whether it says that the function does not start, and it answers.
    pub disagrees: bool,
}

/// Under which conditions it was started.
#[derive(Clone, Debug, Serialize)]
pub struct Conditions {
    /// Number of the user.
    pub user: u32,
    /// Number of the group.
    pub group: u32,
    /// Whether the root can be written to: never.
    pub read_only: bool,
    /// `none`, or `host`.
    pub network: &'static str,
    /// Whether it was done without root.
    pub user_namespace: bool,
    /// Memory in MB.
    pub memory_mb: u64,
    /// Size of `/tmp` in MB.
    pub tmp_mb: u64,
    /// Seconds for an invocation.
    pub timeout: u64,
    /// Seconds for the start.
    pub init_timeout: u64,
    /// ENTRYPOINT and CMD in one.
    pub program: Vec<String>,
    /// Where it starts.
    pub folder: String,
}

/// All that is reported of a trial.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// The archive, as the user named it.
    pub image: String,
    /// The name of the image in it.
    pub name: Option<String>,
    /// The verdict.
    pub verdict: Verdict,
    /// Why nothing could be tried, or why it is not certain.
    pub why: Option<String>,
    /// Why it fails.
    pub error: Option<Failure>,
    /// What who calls the function on Lambda would get.
    pub as_lambda: Option<Value>,
    /// The rules that explain it.
    pub explained_by: Vec<Explained>,
    /// What `check` says of the same image.
    pub check: CheckSays,
    /// Milliseconds of the start; none if it did not come to its end.
    pub init_ms: Option<f64>,
    /// Milliseconds of each answer.
    pub invoke_ms: Vec<f64>,
    /// The answers.
    pub answers: Vec<Answer>,
    /// The most memory that its processes had together, in MB.
    pub most_memory_mb: Option<u64>,
    /// Paths outside `/tmp` that it tried to write to, as its log says.
    pub outside_tmp: BTreeSet<String>,
    /// Milliseconds that unpacking took.
    pub unpack_ms: f64,
    /// Files that were unpacked.
    pub files: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// What happened, in order.
    pub timeline: Vec<Happening>,
    /// Under which conditions.
    pub conditions: Conditions,
    /// What is not as on Lambda.
    pub differs: Vec<String>,
}

impl Outcome {
    /// Of a trial of an image, beside what `check` says of it.
    pub fn of(image: &str, name: Option<&str>, plan: &Plan, asked: &Asked, trial: Trial, found: &[Diagnostic]) -> Self {
        let mut outcome = Self {
            image: image.to_owned(),
            name: name.map(str::to_owned),
            verdict: Verdict::NotTried,
            why: trial.cannot,
            error: None,
            as_lambda: None,
            explained_by: Vec::new(),
            check: CheckSays::default(),
            init_ms: None,
            invoke_ms: Vec::new(),
            answers: Vec::new(),
            most_memory_mb: None,
            outside_tmp: BTreeSet::new(),
            unpack_ms: trial.unpack_ms,
            files: trial.files,
            bytes: trial.bytes,
            timeline: trial.happenings,
            conditions: Conditions {
                user: super::modes::USER,
                group: super::modes::GROUP,
                read_only: true,
                network: if asked.host_network { "host" } else { "none" },
                user_namespace: trial.rootless,
                memory_mb: plan.memory_mb,
                tmp_mb: plan.tmp_mb,
                timeout: plan.seconds,
                init_timeout: plan.init_seconds,
                program: plan.entrypoint.iter().chain(&plan.command).cloned().collect(),
                folder: plan.folder.clone(),
            },
            differs: trial.differs,
        };
        let codes = |severity| found.iter().filter(move |one| one.severity == severity).map(|one| one.code.to_owned());
        outcome.check.errors = codes(Severity::Error).collect();
        outcome.check.warnings = codes(Severity::Warning).collect();
        if outcome.why.is_none() {
            outcome.judge(asked);
            outcome.compare(asked, found);
        }
        outcome
    }

    /// Reads the verdict off what happened.
    fn judge(&mut self, asked: &Asked) {
        let (mut failure, mut starts, mut told) = (None, 0, None);
        for happening in &self.timeline {
            let said = match &happening.what {
                What::Start { who, .. } if who == "runtime" => {
                    starts += 1;
                    None
                }
                What::LaunchError { who, kind, message } => Some((phase_of(who), kind.clone(), message.clone(), None)),
                What::InitError { who, kind, body } => {
                    let (kind, message) = texts::of_body(kind, body);
                    Some((phase_of(who), kind, message, Some(texts::as_json(body))))
                }
                What::Exit { who, code, signal } if failure.is_none() => {
                    let kind = if who == "runtime" { "Runtime.ExitError" } else { "Extension.Crash" };
                    let phase = if self.init_ms.is_some() { Phase::Invoke } else { phase_of(who) };
                    Some((phase, kind.to_owned(), texts::of_exit(who, *code, *signal), None))
                }
                What::OverMemory { mb } => {
                    let message = format!("the processes have {mb} MB, over the memory of the function");
                    Some((Phase::Invoke, "Runtime.OutOfMemory".to_owned(), message, None))
                }
                What::TimedOut { phase, seconds } => {
                    let kind = "Sandbox.Timedout".to_owned();
                    let message = match phase {
                        Phase::Invoke => format!("Task timed out after {seconds}.00 seconds"),
                        _ => format!("the start is not done after {seconds} seconds"),
                    };
                    Some((*phase, kind, message, None))
                }
                What::InitDone => {
                    // A start that took too long is made again, and then it counts.
                    failure = None;
                    self.init_ms = Some(happening.ms);
                    None
                }
                What::Answer { took, answer, .. } => {
                    self.invoke_ms.push(*took);
                    self.answers.push(answer.clone());
                    let (kind, message) = texts::of_body(&answer.kind, &answer.body);
                    answer.error.then(|| (Phase::Invoke, kind, message, Some(texts::as_json(&answer.body))))
                }
                What::End { most_mb } => {
                    self.most_memory_mb = Some(*most_mb);
                    None
                }
                What::Log { line, .. } => {
                    self.outside_tmp.extend(texts::written_outside(line));
                    None
                }
                What::LogCut { tail, .. } => {
                    self.outside_tmp.extend(tail.lines().flat_map(texts::written_outside));
                    None
                }
                _ => None,
            };
            if let Some((phase, kind, message, body)) = said
                && failure.is_none()
            {
                failure = Some(Failure { phase, kind, message });
                told = body;
            }
        }
        if starts > 1 && failure.is_none() {
            self.differs.push(
                "the first start took too long, and the second was inside the first invocation, as on Lambda"
                    .to_owned(),
            );
        }
        let answered = self.answers.iter().filter(|answer| !answer.error).count();
        self.verdict = match &failure {
            None if answered == asked.events.len() => Verdict::Answers,
            Some(failure) if failure.kind == "Sandbox.Timedout" => Verdict::Timeout,
            _ => Verdict::Fails,
        };
        let seconds = self.conditions.timeout;
        self.as_lambda = failure.as_ref().map(|failure| told.unwrap_or_else(|| answer_of(failure, seconds)));
        self.error = failure;
        if self.verdict != Verdict::Answers
            && let Some(why) = texts::doubt(&self.text(), asked.host_network)
        {
            self.verdict = Verdict::Unsure;
            self.why = Some(why.to_owned());
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

    /// Holds the verdict against what `check` says. A rule is named only where both mean the same, or `explain` is certain.
    fn compare(&mut self, asked: &Asked, found: &[Diagnostic]) {
        let launch = |code: &str| code.starts_with("LL2") || code.starts_with("LL3");
        let errors: Vec<&Diagnostic> =
            found.iter().filter(|one| one.severity == Severity::Error && launch(one.code)).collect();
        if self.verdict == Verdict::Answers {
            self.check.disagrees = !errors.is_empty() && !asked.overrides();
            return;
        }
        let Some(error) = &self.error else { return };
        let log: Vec<&str> = self.timeline.iter().rev().filter_map(of_log).take(LAST_LINES).collect();
        let log: Vec<&str> = log.into_iter().rev().collect();
        let text = format!("{}: {}\n{}", error.kind, error.message, log.join("\n"));
        let matches = explain::search(&text);
        let explained = |diagnostic: &Diagnostic| Explained {
            code: diagnostic.code.to_owned(),
            name: diagnostic.name.to_owned(),
            finding: Some(diagnostic.message.clone()),
        };
        let means = |one: &&Diagnostic| matches.iter().any(|found| found.rule.code() == one.code);
        let both = |severity| {
            let of = found.iter().filter(move |one| one.severity == severity && launch(one.code));
            of.filter(means).map(explained).collect::<Vec<_>>()
        };
        self.explained_by = both(Severity::Error);
        if self.explained_by.is_empty() {
            self.explained_by = both(Severity::Warning);
        }
        // What takes too long may do so for any reason.
        let certain = self.verdict == Verdict::Fails && self.explained_by.is_empty();
        if let ([only], true) = (errors.as_slice(), certain) {
            self.explained_by.push(explained(only));
        } else if certain && errors.is_empty() && explain::clear(&matches) {
            let first = matches.iter().take(1).map(|found| Explained {
                code: found.rule.code().to_owned(),
                name: found.rule.name().to_owned(),
                finding: None,
            });
            self.explained_by.extend(first);
        }
        let mut seen = BTreeSet::new();
        self.explained_by.retain(|one| seen.insert(one.code.clone()));
    }
}

/// How much of a log is asked about.
const LAST_LINES: usize = 20;

fn of_log(happening: &Happening) -> Option<&str> {
    match &happening.what {
        What::Log { line, .. } => Some(line),
        What::LogCut { tail, .. } => Some(tail),
        _ => None,
    }
}

fn phase_of(who: &str) -> Phase {
    if who == "runtime" { Phase::Init } else { Phase::Extension }
}

/// What who calls the function would get.
fn answer_of(failure: &Failure, seconds: u64) -> Value {
    let message = match failure.kind.as_str() {
        // A start that takes too long is made again inside the first invocation.
        "Sandbox.Timedout" => format!("Task timed out after {seconds}.00 seconds"),
        "Runtime.OutOfMemory" => "Runtime exited with error: signal: killed".to_owned(),
        _ => failure.message.clone(),
    };
    json!({"errorType": failure.kind, "errorMessage": format!("RequestId: … Error: {message}")})
}
