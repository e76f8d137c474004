//! Credential helpers: programs that the user's configuration names, and the one that ECR needs.

use super::credentials::Credentials;
use crate::programs::Running;
use serde_json::Value;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// How long a helper may take.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Bytes that an answer may have.
const MAX_ANSWER: u64 = 1024 * 1024;

/// What a helper says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// These.
    Found(Credentials),
    /// It has none for this host.
    NotFound,
    /// Why it could not say.
    Failed(String),
}

/// Whether a name from a file may be a helper's: it becomes a part of a program's name.
pub(super) fn is_name(name: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=64).contains(&name.len()) && name.bytes().all(inside)
}

/// Asks a helper for the credentials of a server.
pub(super) fn ask(program: &Path, server: &str) -> Answer {
    ask_within(program, server, TIMEOUT)
}

fn ask_within(program: &Path, server: &str, timeout: Duration) -> Answer {
    let failed = |why: &str| Answer::Failed(format!("{}: {why}", program.display()));
    let mut command = Command::new(program);
    command.arg("get").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut running = match Running::start(&mut command) {
        Ok(running) => running,
        Err(error) => return failed(&crate::error::why(&error)),
    };
    if let Some(mut input) = running.child.stdin.take() {
        // A helper that does not read it may answer, or fail.
        let _ = input.write_all(server.as_bytes());
    }
    let Some(output) = running.child.stdout.take() else { return failed("it has no output") };
    let (sender, receiver) = mpsc::channel();
    let deadline = Instant::now() + timeout;
    // Reading ends when the helper does, which is when `running` is dropped at the latest.
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = output.take(MAX_ANSWER + 1).read_to_end(&mut bytes);
        let _ = sender.send(read.map(|_| bytes));
    });
    let late = || failed(&format!("no answer within {} seconds", timeout.as_secs()));
    let bytes = match receiver.recv_timeout(timeout) {
        Ok(Ok(bytes)) if bytes.len() as u64 <= MAX_ANSWER => bytes,
        Ok(Ok(_)) => return failed("its answer has no end"),
        Ok(Err(error)) => return failed(&crate::error::why(&error)),
        Err(_) => return late(),
    };
    let status = loop {
        match running.child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if Instant::now() >= deadline => return late(),
            Ok(None) => std::thread::sleep(Duration::from_millis(2)),
            Err(error) => return failed(&crate::error::why(&error)),
        }
    };
    if status.success() {
        return answered(&bytes).unwrap_or_else(|| failed("its answer is no JSON with Username and Secret"));
    }
    let said = String::from_utf8_lossy(&bytes);
    if said.contains("credentials not found") {
        return Answer::NotFound;
    }
    // What a helper prints may hold a secret: of its words, none is repeated.
    failed(&match status.code() {
        Some(code) => format!("it ended with exit code {code}"),
        None => "it crashed".to_owned(),
    })
}

fn answered(bytes: &[u8]) -> Option<Answer> {
    let value: Value = serde_json::from_slice(bytes).ok()?;
    let (user, secret) = (value["Username"].as_str()?, value["Secret"].as_str()?);
    Some(Answer::Found(if user == "<token>" {
        Credentials::Identity(secret.to_owned())
    } else {
        Credentials::Password { user: user.to_owned(), password: secret.to_owned() }
    }))
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn asked(script: &str) -> Answer {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("docker-credential-x");
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        let mut answer = ask_within(&path, "h.e", Duration::from_secs(2));
        if let Answer::Failed(why) = &mut answer {
            *why = why.rsplit(": ").next().unwrap_or_default().to_owned();
        }
        answer
    }

    #[test]
    fn answers() {
        let password = Credentials::Password { user: "u".into(), password: "h.e".into() };
        assert_eq!(
            asked("read s; printf '{\"ServerURL\":\"%s\",\"Username\":\"u\",\"Secret\":\"%s\"}' $s $s"),
            Answer::Found(password)
        );
        let token = "echo '{\"Username\":\"<token>\",\"Secret\":\"t\"}'";
        assert_eq!(asked(token), Answer::Found(Credentials::Identity("t".into())));
        assert_eq!(asked("echo credentials not found in native keychain; exit 1"), Answer::NotFound);
        let failed = |why: &str| Answer::Failed(why.to_owned());
        assert_eq!(asked("echo secret; exit 3"), failed("it ended with exit code 3"));
        assert_eq!(asked("echo {}"), failed("its answer is no JSON with Username and Secret"));
        assert_eq!(asked("yes"), failed("its answer has no end"));
        assert_eq!(asked("sleep 60"), failed("no answer within 2 seconds"));
        assert_eq!(asked("kill -9 $$"), failed("it crashed"));
    }

    #[test]
    fn names() {
        assert!(is_name("ecr-login") && is_name("osxkeychain") && is_name("a.b_c"));
        for name in ["", "../x", "a/b", "a b", "a;b", "a\\b", "a\0", &"a".repeat(65)] {
            assert!(!is_name(name), "{name}");
        }
    }
}
