//! lamblint's side of the sandbox: starts the helper, and reads what happens.

use super::spec::{Happening, LINE_BYTES, Spec, What};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

/// Bytes of what the helper says besides: it says something only if it has failed.
const SAID: u64 = 4096;

/// Runs a sandbox to its end, or to a limit, and gives everything that happens to `each`.
pub(super) fn run(spec: &Spec, limit: Duration, each: &mut dyn FnMut(Happening)) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("the sandbox: {}", crate::error::why(&error));
    let mut command = Command::new("/proc/self/exe");
    // In a group of its own, so that it outlives an interrupt at the terminal and clears up.
    command.arg(super::OUTER).env_clear().process_group(0);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(failed)?;
    let (Some(mut stdin), Some(stdout), Some(stderr)) = (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err("the sandbox has no pipes".to_owned());
    };
    let line = serde_json::to_string(spec).map_err(|error| error.to_string())? + "\n";
    let (sender, receiver) = mpsc::sync_channel(64);
    let reader = std::thread::spawn(move || {
        let mut stdout = BufReader::new(stdout);
        loop {
            let mut line = Vec::new();
            let read = stdout.by_ref().take(LINE_BYTES).read_until(b'\n', &mut line);
            if !read.is_ok_and(|bytes| bytes > 0) {
                return;
            }
            if let Ok(happening) = serde_json::from_slice::<Happening>(&line)
                && sender.send(happening).is_err()
            {
                return;
            }
        }
    });
    let said = std::thread::spawn(move || {
        let mut said = Vec::new();
        let mut stderr = stderr;
        let _ = stderr.by_ref().take(SAID).read_to_end(&mut said);
        let _ = std::io::copy(&mut stderr, &mut std::io::sink());
        String::from_utf8_lossy(&said).trim().to_owned()
    });
    // The pipe stays open until the end: if lamblint is killed, the helper sees it closed.
    let written = stdin.write_all(line.as_bytes());
    let end = Instant::now() + limit;
    let mut ended = false;
    let over = loop {
        match receiver.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok(happening) => {
                ended |= matches!(happening.what, What::End { .. } | What::Cannot { .. });
                each(happening);
            }
            Err(RecvTimeoutError::Timeout) => break true,
            Err(RecvTimeoutError::Disconnected) => break false,
        }
    };
    drop(stdin);
    drop(receiver);
    let status = child.wait().map_err(failed)?;
    let _ = reader.join();
    let said = said.join().unwrap_or_default();
    if over {
        return Err("the sandbox did not end in time, and was ended".to_owned());
    }
    if !ended {
        written.map_err(failed)?;
        let said = if said.is_empty() { status.to_string() } else { said };
        return Err(format!("the sandbox ended without a word: {said}"));
    }
    Ok(())
}
