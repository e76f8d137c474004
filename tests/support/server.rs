//! A registry for tests: what it answers is written down, and what it was asked is kept.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What was asked.
#[derive(Clone, Debug, Default)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Request {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

/// What is answered.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// The connection ends after this many bytes of the body.
    pub cut: Option<usize>,
    /// How long it takes before the body comes.
    pub pause: Duration,
}

impl Reply {
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, body: body.into(), ..Self::default() }
    }

    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// A server that runs until the test ends.
#[derive(Clone)]
pub struct Server {
    /// `127.0.0.1:PORT`.
    pub host: String,
    seen: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    pub fn start(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self { host: listener.local_addr().unwrap().to_string(), seen: Arc::default() };
        let (seen, answer) = (Arc::clone(&server.seen), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (seen, answer) = (Arc::clone(&seen), Arc::clone(&answer));
                std::thread::spawn(move || serve(&stream, &seen, &*answer));
            }
        });
        server
    }

    /// What was asked so far.
    pub fn seen(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }

    /// How often a path with this end was asked for.
    pub fn count(&self, end: &str) -> usize {
        self.seen().iter().filter(|request| request.path.ends_with(end)).count()
    }
}

fn serve(stream: &TcpStream, seen: &Mutex<Vec<Request>>, answer: &dyn Fn(&Request) -> Reply) {
    let mut reader = BufReader::new(stream);
    let mut writer = stream;
    while let Some(request) = read(&mut reader) {
        seen.lock().unwrap().push(request.clone());
        let reply = answer(&request);
        let mut head = format!("HTTP/1.1 {} x\r\n", reply.status);
        let sized = reply.headers.iter().any(|(name, _)| name == "content-length");
        if !sized {
            head.extend(["content-length: ", &reply.body.len().to_string(), "\r\n"]);
        }
        reply.headers.iter().for_each(|(name, value)| head.extend([name, ": ", value, "\r\n"]));
        let body = &reply.body[..reply.cut.unwrap_or(reply.body.len()).min(reply.body.len())];
        let sent = writer.write_all(format!("{head}\r\n").as_bytes()).and_then(|()| {
            std::thread::sleep(reply.pause);
            writer.write_all(body)
        });
        if sent.is_err() || reply.cut.is_some() {
            let _ = stream.shutdown(std::net::Shutdown::Both);
            return;
        }
    }
}

fn read(reader: &mut impl BufRead) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let mut words = line.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut request = Request { method, path, ..Request::default() };
    loop {
        line.clear();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        request.headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = request.header("content-length").parse().unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    request.body = String::from_utf8_lossy(&body).into_owned();
    Some(request)
}

/// The blobs of an OCI layout in a tar file, and the descriptor of its image.
#[derive(Clone)]
pub struct Blobs {
    pub blobs: Arc<BTreeMap<String, Vec<u8>>>,
    pub root: serde_json::Value,
}

impl Blobs {
    pub fn of(archive: &Path) -> Self {
        let (mut blobs, mut root) = (BTreeMap::new(), serde_json::Value::Null);
        for entry in tar::Archive::new(std::fs::File::open(archive).unwrap()).entries().unwrap() {
            let mut entry = entry.unwrap();
            let path = entry.path().unwrap().display().to_string();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            if path == "index.json" {
                root = serde_json::from_slice::<serde_json::Value>(&bytes).unwrap()["manifests"][0].clone();
            } else if let Some(hex) = path.strip_prefix("blobs/sha256/") {
                blobs.insert(format!("sha256:{hex}"), bytes);
            }
        }
        Self { blobs: Arc::new(blobs), root }
    }

    /// The digest of what the tag leads to.
    pub fn digest(&self) -> &str {
        self.root["digest"].as_str().unwrap()
    }

    pub fn json(&self, digest: &str) -> serde_json::Value {
        serde_json::from_slice(&self.blobs[digest]).unwrap()
    }

    /// What a registry answers that has this image as `team/orders:1.4`.
    pub fn answer(&self, request: &Request) -> Reply {
        let path = request.path.as_str();
        if path == "/v2/" {
            return Reply::new(200, "{}");
        }
        let unknown =
            |code: &str| Reply::new(404, format!("{{\"errors\":[{{\"code\":\"{code}\",\"message\":\"x\"}}]}}"));
        let Some(rest) = path.strip_prefix("/v2/team/orders/") else { return unknown("NAME_UNKNOWN") };
        let (kind, name) = rest.split_once('/').unwrap_or((rest, ""));
        let digest = if kind == "manifests" && name == "1.4" { self.digest() } else { name };
        let Some(bytes) = self.blobs.get(digest) else { return unknown("MANIFEST_UNKNOWN") };
        let is_document =
            serde_json::from_slice::<serde_json::Value>(bytes).is_ok_and(|value| value["schemaVersion"] == 2);
        if (kind == "manifests") != is_document {
            return unknown("BLOB_UNKNOWN");
        }
        if kind == "manifests" {
            let own = serde_json::from_slice::<serde_json::Value>(bytes).unwrap()["mediaType"].clone();
            let kind = own.as_str().or(self.root["mediaType"].as_str()).unwrap_or_default().to_owned();
            return Reply::new(200, bytes.clone()).with("content-type", &kind);
        }
        ranged(request, bytes)
    }
}

/// Bytes, from where they are asked for.
pub fn ranged(request: &Request, bytes: &[u8]) -> Reply {
    let range = request.header("range").strip_prefix("bytes=").and_then(|range| range.strip_suffix('-'));
    match range.and_then(|start| start.parse::<usize>().ok()) {
        Some(start) => {
            let range = format!("bytes {start}-{}/{}", bytes.len() - 1, bytes.len());
            Reply::new(206, &bytes[start..]).with("content-range", &range)
        }
        None => Reply::new(200, bytes),
    }
}
