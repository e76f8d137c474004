//! Images that Docker or Podman has on this machine: what `docker save` gives, from the engine's socket.

use super::reference::Engine;
use crate::error::Error;
use std::ffi::OsString;
use std::io::Read;

/// The archive of an image, as the engine streams it. `variable` gives the variables of the environment.
#[cfg(unix)]
pub fn save(engine: Engine, image: &str, variable: &dyn Fn(&str) -> Option<OsString>) -> Result<impl Read, Error> {
    let socket = super::socket::find(engine, variable)?;
    unix::ask(engine, &socket, image)
}

/// The same where there are no such sockets.
#[cfg(not(unix))]
pub fn save(engine: Engine, image: &str, _: &dyn Fn(&str) -> Option<OsString>) -> Result<impl Read, Error> {
    let program = engine.name().to_lowercase();
    Err::<std::io::Empty, _>(Error::new(format!(
        "{program}:{image}: the socket of {} is only read on Unix; `{program} save {image} | lamblint -` does the same",
        engine.name()
    )))
}

#[cfg(unix)]
mod unix {
    use super::{Engine, Error};
    use std::io::{BufRead, BufReader, Read, Write};
    use std::os::unix::net::UnixStream;
    use std::path::Path;
    use std::time::Duration;

    /// How long an engine may be silent: an old one writes all of an image to its disk before it sends the first byte.
    const SILENCE: Duration = Duration::from_secs(300);
    /// Bytes of an answer's head.
    const MAX_HEAD: u64 = 64 * 1024;
    /// Headers of it.
    const MAX_HEADERS: usize = 64;
    /// Bytes of an error that are read.
    const MAX_ERROR: u64 = 8 * 1024;

    /// Asks for an image. In HTTP/1.0 an answer comes in one piece, and ends with the connection.
    pub(super) fn ask(engine: Engine, socket: &Path, image: &str) -> Result<BufReader<UnixStream>, Error> {
        let fail = |error: std::io::Error| {
            let why = crate::error::why(&error);
            let help = match error.kind() {
                std::io::ErrorKind::PermissionDenied => "; who may use it is in its group, often `docker`",
                std::io::ErrorKind::NotFound | std::io::ErrorKind::ConnectionRefused => "; is it running?",
                _ => "",
            };
            Error::new(format!("{} at {}: {why}{help}", engine.name(), socket.display()))
        };
        let mut stream = UnixStream::connect(socket).map_err(fail)?;
        stream.set_read_timeout(Some(SILENCE)).map_err(fail)?;
        stream.set_write_timeout(Some(SILENCE)).map_err(fail)?;
        let request = format!("GET /images/{image}/get HTTP/1.0\r\nHost: localhost\r\n\r\n");
        stream.write_all(request.as_bytes()).map_err(fail)?;
        let mut answer = BufReader::new(stream);
        let status = head(&mut answer).map_err(fail)?;
        let name = engine.name();
        match status {
            Some(200) => Ok(answer),
            Some(404) => {
                let program = name.to_lowercase();
                Err(Error::new(format!("{name} has no image {image}; `{program} images` lists them")))
            }
            Some(status) => Err(Error::new(format!("{name} does not give {image} ({status}){}", message(&mut answer)))),
            None => Err(Error::new(format!("{name} at {}: it does not answer in HTTP", socket.display()))),
        }
    }

    /// Reads an answer's head: its status, if it is one whose body ends with the connection.
    fn head(answer: &mut impl BufRead) -> std::io::Result<Option<u16>> {
        let (mut left, mut bytes) = (answer.take(MAX_HEAD), Vec::new());
        while left.read_until(b'\n', &mut bytes)? > 0 && !bytes.ends_with(b"\n\r\n") && !bytes.ends_with(b"\n\n") {}
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut parsed = httparse::Response::new(&mut headers);
        if !parsed.parse(&bytes).is_ok_and(|read| read.is_complete()) {
            return Ok(None);
        }
        let is_chunked = parsed.headers.iter().any(|header| header.name.eq_ignore_ascii_case("transfer-encoding"));
        Ok(parsed.code.filter(|_| !is_chunked))
    }

    /// What the engine says of a failure.
    fn message(answer: &mut impl Read) -> String {
        let mut bytes = Vec::new();
        let _ = answer.take(MAX_ERROR).read_to_end(&mut bytes);
        let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let text = value["message"].as_str().unwrap_or_default().lines().next().unwrap_or_default();
        if text.is_empty() { String::new() } else { format!(": {}", text.chars().take(200).collect::<String>()) }
    }

    #[cfg(test)]
    mod tests {
        use super::*;
        use std::os::unix::net::UnixListener;

        /// What is asked and what is said where an engine answers like this.
        fn asked(answer: &'static [u8]) -> (String, Result<Vec<u8>, String>) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("x.sock");
            let listener = UnixListener::bind(&path).unwrap();
            let server = std::thread::spawn(move || {
                let (mut stream, _) = listener.accept().unwrap();
                let mut line = String::new();
                BufReader::new(&stream).read_line(&mut line).unwrap();
                stream.write_all(answer).unwrap();
                line
            });
            let result = ask(Engine::Docker, &path, "team/orders:1.4").map(|mut stream| {
                let mut bytes = Vec::new();
                stream.read_to_end(&mut bytes).unwrap();
                bytes
            });
            (
                server.join().unwrap(),
                result.map_err(|error| error.to_string().replace(&path.display().to_string(), "S")),
            )
        }

        #[test]
        fn answers() {
            let (line, body) = asked(b"HTTP/1.0 200 OK\r\nContent-Type: application/x-tar\r\n\r\nbytes");
            assert_eq!((line.as_str(), body), ("GET /images/team/orders:1.4/get HTTP/1.0\r\n", Ok(b"bytes".to_vec())));
            let said = |answer| asked(answer).1.unwrap_err();
            assert_eq!(
                said(b"HTTP/1.0 404 Not Found\r\n\r\n{}"),
                "Docker has no image team/orders:1.4; `docker images` lists them"
            );
            let broken = b"HTTP/1.1 500 Internal Server Error\r\n\r\n{\"message\":\"no space\\nleft\"}";
            assert_eq!(said(broken), "Docker does not give team/orders:1.4 (500): no space");
            for odd in [
                &b""[..],
                b"SSH-2.0\r\n\r\n",
                b"HTTP/1.1 200 OK\r\n",
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            ] {
                assert_eq!(said(odd), "Docker at S: it does not answer in HTTP");
            }
        }

        #[test]
        fn nothing_listens() {
            let folder = tempfile::tempdir().unwrap();
            let error = ask(Engine::Podman, &folder.path().join("none"), "x").unwrap_err().to_string();
            assert!(error.ends_with("is it running?"), "{error}");
        }
    }
}
