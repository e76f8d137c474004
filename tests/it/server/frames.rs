//! Bytes that are no messages: the reader of frames ends or goes on, and takes no memory that a header merely promises.

use crate::support::internals::server::{Frame, read_frame};
use std::time::{Duration, Instant};

/// Numbers that look random, the same in each run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % below.max(1) as u64) as usize
    }
}

const PARTS: &[&[u8]] = &[
    b"Content-Length: ",
    b"content-length:",
    b"Content-Type: application/vscode-jsonrpc; charset=utf-8\r\n",
    b"\r\n",
    b"\n",
    b"\r\n\r\n",
    b"17",
    b"0",
    b"-1",
    b"18446744073709551616",
    b"67108864",
    b"{\"method\":\"exit\"}",
    b"{\"id\":1,\"method\":\"initialize\",\"params\":{}}",
    b"[[[[[[[[",
    b"\"\\ud800\"",
    b"\xff\xfe",
    b"\0",
    b": ",
];

/// A stream of frames, some of them right, changed here and there.
fn stream(dice: &mut Dice, last: &[u8]) -> Vec<u8> {
    let mut bytes = if dice.roll(3) == 0 { last.to_vec() } else { Vec::new() };
    for _ in 0..dice.roll(12) {
        if dice.roll(3) == 0 {
            let body = PARTS[11 + dice.roll(4)];
            bytes.extend_from_slice(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes());
            bytes.extend_from_slice(body);
        } else {
            bytes.extend_from_slice(PARTS[dice.roll(PARTS.len())]);
        }
    }
    for _ in 0..dice.roll(4) {
        let at = dice.roll(bytes.len());
        match dice.roll(4) {
            0 if at < bytes.len() => bytes[at] = dice.roll(256) as u8,
            1 if at < bytes.len() => drop(bytes.remove(at)),
            2 => bytes.insert(at, dice.roll(256) as u8),
            _ => bytes.truncate(at),
        }
    }
    bytes.truncate(4096);
    bytes
}

/// Reads a stream to its end; how many messages it has.
fn read(bytes: &[u8]) -> usize {
    let mut from = bytes;
    let mut count = 0;
    loop {
        let before = from.len();
        match read_frame(&mut from) {
            Ok(Frame::Message(_) | Frame::Garbage(_)) => count += 1,
            Ok(Frame::End) => {
                assert!(from.is_empty(), "an end that is none: {bytes:?}");
                return count;
            }
            Err(_) => return count,
        }
        assert!(from.len() < before, "it does not go on: {bytes:?}");
    }
}

fn fuzz(time: Duration, seed: u64) -> (usize, usize) {
    let (mut dice, mut last, mut streams, mut messages) = (Dice(seed), Vec::new(), 0, 0);
    let until = Instant::now() + time;
    while Instant::now() < until {
        for _ in 0..1_000 {
            last = stream(&mut dice, &last);
            messages += read(&last);
            streams += 1;
        }
    }
    (streams, messages)
}

#[test]
fn any_bytes_end_or_are_messages() {
    let (streams, messages) = fuzz(Duration::from_millis(300), 0x1234_5678_9abc_def1);
    assert!(messages > 0 && streams >= 1_000, "{streams} streams, {messages} messages");
}

#[test]
#[ignore = "takes as many seconds as LAMBLINT_FUZZ_SECONDS says"]
fn any_bytes_for_long() {
    let seconds = std::env::var("LAMBLINT_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(60);
    let seed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos() as u64 | 1;
    let (streams, messages) = fuzz(Duration::from_secs(seconds), seed);
    println!("{seconds} s, seed {seed}: {streams} streams, {messages} messages");
}
