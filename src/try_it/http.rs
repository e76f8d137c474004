//! As much of HTTP/1.1 as clients of the Runtime API use: requests read with bounds, chunked bodies and their trailers.

use std::io::{self, BufRead, Read, Write};

/// The head of a request, in bytes.
const HEAD_BYTES: usize = 64 * 1024;
/// Headers of a request, or trailers.
const HEADERS: usize = 64;
/// What is kept of a body, in bytes: what Lambda takes as an answer, and one byte that tells that there is more.
const KEPT_BYTES: usize = 6 * 1024 * 1024 + 101;
/// A line in a chunked body, in bytes: a trailer may hold a whole stack trace.
const LINE_BYTES: u64 = 1024 * 1024;

/// A request.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    /// Names in lower case.
    pub(super) headers: Vec<(String, String)>,
    /// The body, or its first bytes.
    pub(super) body: Vec<u8>,
    /// Bytes of all of it.
    pub(super) length: u64,
    /// What came after a chunked body.
    pub(super) trailers: Vec<(String, String)>,
    /// Whether the connection is used again.
    pub(super) keep: bool,
}

impl Request {
    /// A header, or an empty text.
    pub(super) fn header(&self, name: &str) -> &str {
        value(&self.headers, name)
    }

    /// A trailer, or an empty text.
    pub(super) fn trailer(&self, name: &str) -> &str {
        value(&self.trailers, name)
    }
}

fn value<'a>(all: &'a [(String, String)], name: &str) -> &'a str {
    all.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
}

/// Reads the next request; `None` where the other side has ended the connection.
pub(super) fn read(stream: &mut (impl BufRead + Write)) -> io::Result<Option<Request>> {
    let Some(head) = head(stream)? else { return Ok(None) };
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut parsed = httparse::Request::new(&mut headers);
    parsed.parse(&head).map_err(io::Error::other)?;
    let version = parsed.version.unwrap_or(1);
    let mut request = Request {
        method: parsed.method.unwrap_or_default().to_owned(),
        path: path_of(parsed.path.unwrap_or_default()),
        headers: listed(parsed.headers),
        ..Request::default()
    };
    let connection = request.header("connection").to_ascii_lowercase();
    request.keep = if version == 0 { connection.contains("keep-alive") } else { !connection.contains("close") };
    if request.header("expect").eq_ignore_ascii_case("100-continue") {
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    if request.header("transfer-encoding").to_ascii_lowercase().contains("chunked") {
        request.trailers = chunked(stream, &mut request.body, &mut request.length)?;
    } else {
        let length = request.header("content-length").trim();
        request.length = if length.is_empty() { 0 } else { length.parse().map_err(io::Error::other)? };
        exactly(stream, request.length, &mut request.body)?;
    }
    Ok(Some(request))
}

/// Answers a request.
pub(super) fn answer(
    stream: &mut impl Write,
    status: u16,
    headers: &[(&str, &str)],
    body: &[u8],
    keep: bool,
) -> io::Result<()> {
    let reason = match status {
        200 => "OK",
        202 => "Accepted",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        413 => "Request Entity Too Large",
        _ => "Internal Server Error",
    };
    let mut head = format!("HTTP/1.1 {status} {reason}\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
        head.extend([name, ": ", &value.replace(['\r', '\n'], " "), "\r\n"]);
    }
    if !keep {
        head.push_str("Connection: close\r\n");
    }
    head.push_str("\r\n");
    stream.write_all(&[head.as_bytes(), body].concat())?;
    stream.flush()
}

/// The bytes of a head, up to its empty line.
fn head(stream: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut head = Vec::new();
    loop {
        let before = head.len();
        stream.by_ref().take((HEAD_BYTES - before) as u64).read_until(b'\n', &mut head)?;
        match &head[before..] {
            [] if head.is_empty() => return Ok(None),
            // An empty line in front of a request is to be passed over.
            b"\r\n" | b"\n" if before == 0 => head.clear(),
            b"\r\n" | b"\n" => return Ok(Some(head)),
            [.., b'\n'] => {}
            _ if head.len() >= HEAD_BYTES => return Err(too_long("the head of a request")),
            _ => return Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

/// The path of a target: a proxy's form names the host too.
fn path_of(target: &str) -> String {
    let path = target.strip_prefix("http://").and_then(|rest| rest.find('/').map(|at| &rest[at..])).unwrap_or(target);
    path.split('?').next().unwrap_or_default().to_owned()
}

fn listed(headers: &[httparse::Header<'_>]) -> Vec<(String, String)> {
    let one = |header: &httparse::Header<'_>| {
        (header.name.to_ascii_lowercase(), String::from_utf8_lossy(header.value).into_owned())
    };
    headers.iter().map(one).collect()
}

/// Reads bytes of a body, and keeps them while there is room.
fn exactly(stream: &mut impl BufRead, length: u64, body: &mut Vec<u8>) -> io::Result<()> {
    let room = (KEPT_BYTES - body.len()) as u64;
    let kept = stream.by_ref().take(length.min(room)).read_to_end(body)? as u64;
    let passed = io::copy(&mut stream.by_ref().take(length - kept), &mut io::sink())?;
    if kept + passed < length { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
}

/// Reads a chunked body, and returns its trailers.
fn chunked(stream: &mut impl BufRead, body: &mut Vec<u8>, all: &mut u64) -> io::Result<Vec<(String, String)>> {
    loop {
        let line = line(stream)?;
        let digits = line.split(';').next().unwrap_or_default().trim();
        let length = u64::from_str_radix(digits, 16).map_err(io::Error::other)?;
        if length == 0 {
            return trailers(stream);
        }
        *all = all.checked_add(length).ok_or_else(|| too_long("the body of a request"))?;
        exactly(stream, length, body)?;
        if !self::line(stream)?.is_empty() {
            return Err(io::Error::other("a chunk is longer than it says"));
        }
    }
}

fn trailers(stream: &mut impl BufRead) -> io::Result<Vec<(String, String)>> {
    let mut trailers = Vec::new();
    loop {
        let line = line(stream)?;
        if line.is_empty() {
            return Ok(trailers);
        }
        if trailers.len() >= HEADERS {
            return Err(too_long("the list of trailers"));
        }
        if let Some((name, value)) = line.split_once(':') {
            trailers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
}

/// A line without its end.
fn line(stream: &mut impl BufRead) -> io::Result<String> {
    let mut line = Vec::new();
    stream.take(LINE_BYTES).read_until(b'\n', &mut line)?;
    match line.strip_suffix(b"\n") {
        Some(line) => Ok(String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line)).into_owned()),
        None => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

fn too_long(what: &str) -> io::Error {
    io::Error::other(format!("{what} is too long"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A connection on which these bytes come in.
    struct Wire(io::Cursor<Vec<u8>>, Vec<u8>);

    impl Read for Wire {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0.read(buffer)
        }
    }

    impl BufRead for Wire {
        fn fill_buf(&mut self) -> io::Result<&[u8]> {
            self.0.fill_buf()
        }

        fn consume(&mut self, amount: usize) {
            self.0.consume(amount);
        }
    }

    impl Write for Wire {
        fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
            self.1.write(buffer)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn wire(text: &str) -> Wire {
        Wire(io::Cursor::new(text.as_bytes().to_vec()), Vec::new())
    }

    #[test]
    fn requests_follow_one_another() {
        let mut wire = wire(
            "GET /a?b HTTP/1.1\r\nHost: x\r\n\r\n\r\nPOST /c HTTP/1.1\r\nCONTENT-length: 3\r\n\r\nabcGET http://h:1/d \
             HTTP/1.0\r\n\r\n",
        );
        let first = read(&mut wire).unwrap().unwrap();
        assert_eq!((first.method.as_str(), first.path.as_str(), first.keep), ("GET", "/a", true));
        let second = read(&mut wire).unwrap().unwrap();
        assert_eq!((second.path.as_str(), second.body.as_slice()), ("/c", &b"abc"[..]));
        let third = read(&mut wire).unwrap().unwrap();
        assert_eq!((third.path.as_str(), third.keep), ("/d", false));
        assert_eq!(read(&mut wire).unwrap(), None);
    }

    #[test]
    fn a_stream_has_trailers() {
        let mut wire = wire(
            "POST /r HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTrailer: Lambda-Runtime-Function-Error-Type\r\n\r\n5;x=1\r\n\
             hello\r\n1\r\n!\r\n0\r\nLambda-Runtime-Function-Error-Type: Boom\r\n\r\n",
        );
        let request = read(&mut wire).unwrap().unwrap();
        assert_eq!((request.body.as_slice(), request.length), (&b"hello!"[..], 6));
        assert_eq!(request.trailer("lambda-runtime-function-error-type"), "Boom");
    }

    #[test]
    fn what_waits_for_a_word_gets_it() {
        let mut wire = wire("POST /r HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx");
        assert!(read(&mut wire).unwrap().is_some());
        assert_eq!(wire.1, b"HTTP/1.1 100 Continue\r\n\r\n");
    }

    #[test]
    fn what_is_cut_off_or_endless_is_an_error() {
        for bad in [
            "GET /a HTTP/1.1\r\nHost",
            "POST /a HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc",
            "POST /a HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
            "POST /a HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
            "POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
            "POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n",
            "nonsense\r\n\r\n",
        ] {
            assert!(read(&mut wire(bad)).is_err(), "{bad}");
        }
        assert!(read(&mut wire(&format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(HEAD_BYTES)))).is_err());
    }
}
