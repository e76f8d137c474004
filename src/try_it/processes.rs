//! The processes of the sandbox: started without a shell, their output read and bounded, reaped when they end.

use super::shared::{Ended, Shared};
use super::spec::What;
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions};
use std::collections::{BTreeMap, VecDeque};
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A line of a log is cut at this length in bytes.
const LINE_BYTES: u64 = 256 * 1024;
/// How long the end of processes that were killed is waited for.
const KILLING: Duration = Duration::from_secs(2);

/// What to start.
pub(super) struct Program<'a> {
    /// `runtime`, or the name of an extension.
    pub(super) who: &'a str,
    pub(super) words: &'a [String],
    pub(super) folder: &'a str,
    pub(super) environment: &'a BTreeMap<String, String>,
}

/// Starts a program. An error is the message that Lambda's own starter, which is written in Go, would give.
pub(super) fn start(shared: &Arc<Shared>, program: &Program<'_>, log_bytes: usize) -> Result<(), String> {
    let Some(word) = program.words.first() else { return Err("no program to start".to_owned()) };
    let said = |error: &io::Error| format!("fork/exec {word}: {}", go_text(error));
    // A folder that cannot be entered is reported as such: the start itself would call the program missing.
    std::env::set_current_dir(program.folder).map_err(|error| said(&error))?;
    let file = find(word, program.environment)?;
    let mut command = Command::new(&file);
    command.arg0(word).args(program.words.get(1..).unwrap_or_default()).env_clear().envs(program.environment);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    // Who reaps must find it in the table, however soon it ends.
    let mut state = shared.lock();
    let mut child = command.spawn().map_err(|error| said(&error))?;
    let number = i32::try_from(child.id()).unwrap_or_default();
    // Where memory runs out, the function ends before the process that looks after it.
    let _ = std::fs::write(format!("/proc/{number}/oom_score_adj"), "500");
    state.running.insert(number, program.who.to_owned());
    let streams: [Option<Box<dyn Read + Send>>; 2] = [
        child.stdout.take().map(|stream| Box::new(stream) as Box<dyn Read + Send>),
        child.stderr.take().map(|stream| Box::new(stream) as Box<dyn Read + Send>),
    ];
    for stream in streams.into_iter().flatten() {
        state.open_logs += 1;
        let (shared, who) = (Arc::clone(shared), program.who.to_owned());
        std::thread::spawn(move || {
            log(stream, &shared, &who, log_bytes);
            shared.change(|state| state.open_logs -= 1);
        });
    }
    drop(state);
    shared.changed.notify_all();
    Ok(())
}

/// The file of a program: a bare word is looked up on PATH, as Go does.
fn find(word: &str, environment: &BTreeMap<String, String>) -> Result<String, String> {
    if word.contains('/') {
        return Ok(word.to_owned());
    }
    let folders = environment.get("PATH").map(String::as_str).unwrap_or_default();
    for folder in folders.split(':') {
        let file = if folder.is_empty() { format!("./{word}") } else { format!("{folder}/{word}") };
        let runnable = |found: std::fs::Metadata| found.is_file() && found.mode() & 0o111 != 0;
        if std::fs::metadata(&file).is_ok_and(runnable) {
            // Without a slash it would be looked up once more, by other rules.
            return Ok(if file.contains('/') { file } else { format!("./{file}") });
        }
    }
    Err(format!("exec: \"{word}\": executable file not found in $PATH"))
}

/// Whether a folder can be a working directory, as Lambda looks before it starts anything.
pub(super) fn is_folder(path: &str) -> bool {
    Path::new(path).is_dir()
}

/// An error in the words of Go.
fn go_text(error: &io::Error) -> String {
    match error.raw_os_error().map(Errno::from_raw_os_error) {
        Some(Errno::NOENT) => "no such file or directory".to_owned(),
        Some(Errno::ACCESS) => "permission denied".to_owned(),
        Some(Errno::NOEXEC) => "exec format error".to_owned(),
        Some(Errno::NOTDIR) => "not a directory".to_owned(),
        Some(Errno::LOOP) => "too many levels of symbolic links".to_owned(),
        Some(Errno::TOOBIG) => "argument list too long".to_owned(),
        Some(Errno::PERM) => "operation not permitted".to_owned(),
        _ => {
            let said = error.to_string();
            said.rsplit_once(" (os error").map_or(said.as_str(), |(text, _)| text).to_lowercase()
        }
    }
}

/// Reads a stream to its end, always: a function whose output is not read would stop. The first lines are told as they come, of
/// the others the last bytes are.
fn log(stream: impl Read, shared: &Shared, who: &str, most: usize) {
    let mut stream = BufReader::new(stream);
    let (mut room, mut tail, mut left_out) = (most / 2, VecDeque::new(), 0_u64);
    loop {
        let mut line = Vec::new();
        match stream.by_ref().take(LINE_BYTES).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => break,
            Ok(_) => {}
        }
        if tail.is_empty() && left_out == 0 && line.len() <= room {
            room -= line.len();
            let line = String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']).to_owned();
            shared.tell(What::Log { who: who.to_owned(), line });
            continue;
        }
        room = 0;
        tail.extend(line);
        let over = tail.len().saturating_sub(most / 2);
        left_out += over as u64;
        tail.drain(..over);
    }
    if !tail.is_empty() {
        let tail: Vec<u8> = tail.into();
        let tail = String::from_utf8_lossy(&tail).into_owned();
        shared.tell(What::LogCut { who: who.to_owned(), bytes: left_out, tail });
    }
}

/// Reaps every process of the sandbox that ends, for as long as this one lives.
pub(super) fn reap(shared: Arc<Shared>) {
    std::thread::spawn(move || {
        loop {
            match rustix::process::wait(WaitOptions::empty()) {
                Ok(Some((pid, status))) => {
                    let ended = Ended { code: status.exit_status(), signal: status.terminating_signal() };
                    shared.change(|state| {
                        // What others have started and left behind is of no interest here.
                        if let Some(who) = state.running.remove(&pid.as_raw_nonzero().get()) {
                            state.ended.push((who, ended));
                        }
                    });
                }
                // There is no process to wait for yet.
                _ => {
                    let state = shared.lock();
                    if state.running.is_empty() {
                        drop(shared.wait(state, Duration::from_millis(200)));
                    }
                }
            }
        }
    });
}

/// Sends a signal to a process by its name, and to the group that it leads.
pub(super) fn signal(shared: &Shared, who: &str, signal: Signal) {
    let numbers: Vec<i32> =
        shared.lock().running.iter().filter(|(_, known)| *known == who).map(|(number, _)| *number).collect();
    for pid in numbers.into_iter().filter_map(Pid::from_raw) {
        let _ = rustix::process::kill_process_group(pid, signal);
    }
}

/// Ends everything in the sandbox but this process.
pub(super) fn end_all() {
    // The group of number 1 stands for every process there is, but the first itself.
    let _ = rustix::process::kill_process_group(Pid::INIT, Signal::KILL);
}

/// The same, and waits until nothing of it is left.
pub(super) fn kill_all(shared: &Shared) {
    end_all();
    let end = Instant::now() + KILLING;
    let mut state = shared.lock();
    while (!state.running.is_empty() || state.open_logs > 0) && Instant::now() < end {
        state = shared.wait(state, Duration::from_millis(20));
    }
    state.ended.clear();
    state.over_memory = None;
}
