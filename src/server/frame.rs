//! Messages on standard input and output, each behind a header with its length. A header that is not one ends the
//! server; a message that is not JSON costs that message.

use lsp_server::{Connection, Message};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::thread;

/// Maximum length of a message, in bytes: a Dockerfile has 16 MB at most, and escapes may double it.
const MAX_MESSAGE: usize = 64 * 1024 * 1024;
/// Maximum length of a header, in bytes.
const MAX_HEADER: u64 = 4096;

/// What was read of a stream.
#[derive(Debug)]
pub enum Frame {
    /// A message.
    Message(Message),
    /// A message that cannot be understood, and why.
    Garbage(String),
    /// The stream has ended between two messages.
    End,
}

/// Reads one message. An error if the stream can no longer be followed.
pub fn read(from: &mut impl BufRead) -> io::Result<Frame> {
    let Some(length) = header(from)? else { return Ok(Frame::End) };
    let mut bytes = Vec::new();
    from.take(length as u64).read_to_end(&mut bytes)?;
    if bytes.len() < length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(match serde_json::from_slice(&bytes) {
        Ok(message) => Frame::Message(message),
        Err(error) => Frame::Garbage(error.to_string()),
    })
}

/// The length that a header says; `None` at the end of the stream.
fn header(from: &mut impl BufRead) -> io::Result<Option<usize>> {
    let wrong = |why: &str| io::Error::new(io::ErrorKind::InvalidData, why.to_owned());
    let (mut length, mut left, mut first) = (None, MAX_HEADER, true);
    loop {
        let mut line = Vec::new();
        from.take(left).read_until(b'\n', &mut line)?;
        left -= line.len() as u64;
        match line.as_slice() {
            [] if first => return Ok(None),
            b"\r\n" | b"\n" => break,
            _ => first = false,
        }
        let line = std::str::from_utf8(&line).ok().and_then(|line| line.strip_suffix('\n'));
        let (name, value) = line.and_then(|line| line.split_once(':')).ok_or_else(|| wrong("not a header"))?;
        if name.eq_ignore_ascii_case("Content-Length") {
            let known = value.trim().parse().ok().filter(|length| *length <= MAX_MESSAGE);
            length = Some(known.ok_or_else(|| wrong("no length that a message may have"))?);
        }
    }
    length.map(Some).ok_or_else(|| wrong("a header without a length"))
}

/// A connection over standard input and output. It ends with standard input, or with what is no message.
pub fn stdio() -> Stdio {
    let (server, client) = Connection::memory();
    let Connection { sender, receiver } = client;
    thread::spawn(move || {
        let mut stdin = BufReader::new(io::stdin());
        loop {
            match read(&mut stdin) {
                Ok(Frame::Message(message)) => {
                    let last = matches!(&message, Message::Notification(exit) if exit.method == "exit");
                    if sender.send(message).is_err() || last {
                        break;
                    }
                }
                Ok(Frame::Garbage(why)) => complain(&format!("a message was not understood: {why}")),
                Ok(Frame::End) => break,
                Err(error) => {
                    complain(&format!("standard input: {error}"));
                    break;
                }
            }
        }
    });
    let writer = thread::spawn(move || {
        let mut stdout = io::stdout().lock();
        for message in receiver {
            if message.write(&mut stdout).is_err() {
                break;
            }
        }
    });
    Stdio { connection: server, writer }
}

/// The connection, and the thread that writes.
pub struct Stdio {
    /// What the server reads and writes.
    pub connection: Connection,
    writer: thread::JoinHandle<()>,
}

impl Stdio {
    /// Waits until all is written.
    pub fn close(self) {
        drop(self.connection);
        // A thread that has failed has written what it could.
        let _ = self.writer.join();
    }
}

/// Clients show what a server writes on standard error.
fn complain(why: &str) {
    let _ = writeln!(io::stderr(), "lamblint: {}", why.chars().take(200).collect::<String>().escape_debug());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8]) -> Vec<String> {
        let mut from = bytes;
        let mut said = Vec::new();
        loop {
            match read(&mut from) {
                Ok(Frame::Message(message)) => said.push(serde_json::to_string(&message).unwrap()),
                Ok(Frame::Garbage(_)) => said.push("garbage".into()),
                Ok(Frame::End) => return said,
                Err(error) => {
                    said.push(error.to_string());
                    return said;
                }
            }
        }
    }

    #[test]
    fn frames() {
        let exit = r#"{"method":"exit"}"#;
        let good = format!("Content-Length: 17\r\n\r\n{exit}");
        assert_eq!(all(good.as_bytes()), [exit]);
        assert_eq!(all(format!("content-length:17\nX: y\n\n{exit}").as_bytes()), [exit]);
        assert_eq!(all(format!("Content-Length: 2\r\n\r\n[]{good}").as_bytes()), ["garbage", exit]);
        assert_eq!(all(b""), [""; 0]);
        for bad in [
            "hello\r\n",
            "Content-Length: 99999999999\r\n\r\n",
            "Content-Length: -1\r\n\r\n",
            "X: y\r\n\r\n{}",
            "Content-Length: 18\r\n\r\n{}",
            "Content-Length: 17",
            &"x".repeat(9000),
        ] {
            assert_eq!(all(bad.as_bytes()).len(), 1, "{bad}");
        }
    }
}
