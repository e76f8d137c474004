//! What a registry must do badly for long before one sees it: silence.

use super::{Client, Desk, Reference, Settings};
use crate::image::Remote;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A registry that stops after these bytes, each time that it is asked.
fn silent(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        let mut held = Vec::new();
        for mut stream in listener.incoming().flatten() {
            let mut head = [0; 4096];
            let read = stream.read(&mut head).unwrap_or(0);
            let probe = head[..read].starts_with(b"GET /v2/ ");
            let _ = stream.write_all(if probe { b"HTTP/1.1 200 x\r\ncontent-length: 0\r\n\r\n" } else { answer });
            held.push(stream);
        }
    });
    host
}

fn opened(answer: &'static [u8]) -> String {
    let short = Duration::from_millis(200);
    let settings = Settings { silence: short, connect: short, ..Settings::default() };
    let client = Arc::new(Client::new(settings, Desk::new(|_| None, |_| None)).unwrap());
    let host = silent(answer);
    let Some(Reference::Registry(repository)) = Reference::bare(&format!("{host}/orders:1.4")) else { panic!() };
    let start = Instant::now();
    let said = match client.open(&repository) {
        Ok(image) => format!("{:?}", image.failure()),
        Err(error) => error.to_string(),
    };
    assert!(start.elapsed() < Duration::from_secs(10));
    said.replace(&host, "HOST")
}

#[test]
fn silence_ends() {
    assert!(opened(b"").starts_with("HOST: no answer within"), "{}", opened(b""));
    let half = opened(b"HTTP/1.1 200 x\r\ncontent-length: 100\r\n\r\n{\"a\":");
    assert!(half.starts_with("HOST: its answer was cut off"), "{half}");
    let noise = opened(b"\x00\x01\x02\r\n\r\n");
    assert!(noise.starts_with("HOST: it does not answer in HTTP"), "{noise}");
}
