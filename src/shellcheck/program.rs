//! Asking the program: few processes for many scripts, as many at a time as there are processors, and never for
//! longer than a user waits.

use super::response::{self, Comment};
use super::{Results, Script};
use crate::programs::{self, Running};
use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// ShellCheck where it is installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    path: PathBuf,
}

/// Why ShellCheck has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure(pub String);

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

/// Maximum number of scripts for one process.
const BATCH: usize = 50;
/// Maximum number of processes at a time, on any machine.
const MAX_PROCESSES: usize = 16;
/// Maximum number of scripts in a run; a thousand times as many as a repository has.
const MAX_SCRIPTS: usize = 20_000;
/// Maximum length of an answer in bytes.
const LONGEST: u64 = 64 * 1024 * 1024;

impl Program {
    /// The program of a path.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The first `shellcheck` in the folders of PATH.
    pub fn find() -> Option<Self> {
        programs::find("shellcheck").map(Self::at)
    }

    /// Asks about scripts; the same text twice is asked once, and more than 20,000 are too many to ask about. Every
    /// process is gone when this returns, also one that takes longer than `patience`, which is a failure of all.
    pub fn ask<'s>(
        &self,
        scripts: impl IntoIterator<Item = &'s Script>,
        patience: Duration,
    ) -> Result<Results, Failure> {
        let texts: BTreeSet<&str> = scripts.into_iter().map(|script| script.text.as_str()).collect();
        let texts: Vec<&str> = texts.into_iter().take(MAX_SCRIPTS).collect();
        if texts.is_empty() {
            return Ok(Results::default());
        }
        let failed = |error: std::io::Error| Failure(format!("{}: {}", self.path.display(), crate::error::why(&error)));
        let folder = tempfile::tempdir().map_err(failed)?;
        for (at, text) in texts.iter().enumerate() {
            std::fs::write(folder.path().join(at.to_string()), text).map_err(failed)?;
        }
        let workers = std::thread::available_parallelism().map_or(1, usize::from).min(MAX_PROCESSES);
        let size = texts.len().div_ceil(workers).min(BATCH);
        let batches: Vec<Vec<usize>> =
            (0..texts.len()).collect::<Vec<_>>().chunks(size).map(<[usize]>::to_vec).collect();
        let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
        std::thread::scope(|scope| {
            for _ in 0..workers.min(batches.len()) {
                scope.spawn(|| {
                    while let Some(batch) = batches.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let said = self.process(folder.path(), batch, patience);
                        let stop = said.is_err();
                        if let Ok(mut done) = done.lock() {
                            done.push(said);
                        }
                        if stop {
                            // Fails at once: without one answer there is no result.
                            next.store(batches.len(), Ordering::Relaxed);
                        }
                    }
                });
            }
        });
        let mut answers: HashMap<String, Vec<Comment>> =
            texts.iter().map(|text| ((*text).to_owned(), Vec::new())).collect();
        for remarks in done.into_inner().unwrap_or_default() {
            for remark in remarks? {
                let text = remark.file.parse::<usize>().ok().and_then(|at| texts.get(at));
                let Some(said) = text.and_then(|text| answers.get_mut(*text)) else {
                    return Err(self.failure("it answers about a file that it was not asked about"));
                };
                said.push(remark);
            }
        }
        Ok(Results::new(answers))
    }

    /// One process for some of the scripts.
    fn process(&self, folder: &Path, batch: &[usize], patience: Duration) -> Result<Vec<Comment>, Failure> {
        let deadline = Instant::now() + patience;
        let failed = |error: std::io::Error| self.failure(&error.to_string());
        let first = batch.first().copied().unwrap_or_default();
        let (out, err) = (folder.join(format!("{first}.out")), folder.join(format!("{first}.err")));
        let mut command = Command::new(&self.path);
        command
            .args(["--norc", "--format=json1", "--severity=style"])
            .args(batch.iter().map(usize::to_string))
            .current_dir(folder)
            // What it says is to be the same on every desk.
            .env_remove("SHELLCHECK_OPTS")
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::null())
            .stdout(File::create(&out).map_err(failed)?)
            .stderr(File::create(&err).map_err(failed)?);
        let mut running = Running::start(&mut command).map_err(failed)?;
        let size = |path: &Path| std::fs::metadata(path).map_or(0, |metadata| metadata.len());
        let status = wait(&mut running.child, || size(&out) + size(&err) > LONGEST, deadline);
        // It is no longer waited for.
        drop(running);
        match status.and_then(|status| status.code()) {
            // 1 is for remarks.
            Some(0 | 1) => {}
            Some(code) => {
                let said = start_of(&err);
                return Err(self.failure(&format!("it ended with exit code {code}: {said}")));
            }
            None if status.is_some() => return Err(self.failure("it crashed")),
            None if Instant::now() >= deadline => {
                return Err(self.failure(&format!("no answer within {} seconds", patience.as_secs())));
            }
            None => return Err(self.failure("its answer has no end")),
        }
        let answer = std::fs::read_to_string(&out).map_err(failed)?;
        response::read(&answer).map_err(|why| self.failure(&format!("its answer is not ShellCheck JSON: {why}")))
    }

    fn failure(&self, why: &str) -> Failure {
        Failure(format!("{}: {why}", self.path.display()))
    }
}

/// Waits for the end; `None` where it does not come in time, or not before something else is wrong.
fn wait(child: &mut Child, wrong: impl Fn() -> bool, deadline: Instant) -> Option<ExitStatus> {
    let mut pause = Duration::from_micros(500);
    loop {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status);
        }
        if Instant::now() >= deadline || wrong() {
            return None;
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(10));
    }
}

/// The first line that was written to a file.
fn start_of(path: &Path) -> String {
    let mut bytes = Vec::new();
    let _ = File::open(path).and_then(|file| file.take(300).read_to_end(&mut bytes));
    String::from_utf8_lossy(&bytes).lines().next().unwrap_or_default().to_owned()
}
