//! What a trial has shown, what Lambda would say, and which rule explains it.

mod compare;
mod judge;

use super::cgroup::Limited;
use super::plan::{Asked, Plan};
use super::spec::{Answer, Happening, Phase};
use super::trial::Trial;
use crate::diagnostic::{Diagnostic, Severity};
use serde::Serialize;
use serde_json::Value;
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
    /// What holds that limit; none if nothing was started.
    pub memory_limited: Option<Limited>,
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
    /// Milliseconds of the first start that came to its end; none if none did.
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
                memory_limited: trial.limited,
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
}
