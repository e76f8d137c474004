//! Images that Docker or Podman has on this machine: what `docker save` gives, from the engine's socket.

use super::reference::Engine;
use crate::error::Error;
use std::ffi::OsString;
use std::io::Read;

/// The archive of an image, as the engine streams it. `variable` gives the variables of the environment.
#[cfg(unix)]
pub fn save(engine: Engine, image: &str, variable: &dyn Fn(&str) -> Option<OsString>) -> Result<impl Read, Error> {
    let socket = unix::socket(engine, variable)?;
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
    use std::ffi::OsString;
    use std::io::{BufRead, BufReader, Read, Write};
    use std::os::unix::net::UnixStream;
    use std::path::{Path, PathBuf};
    use std::time::Duration;

    /// How long an engine may be silent: an old one writes all of an image to its disk before it sends the first byte.
    const SILENCE: Duration = Duration::from_secs(300);
    /// Bytes of an answer's head.
    const MAX_HEAD: u64 = 64 * 1024;
    /// Bytes of an error that are read.
    const MAX_ERROR: u64 = 8 * 1024;

    /// Where an engine listens: where its variable says, or where one of its installations does.
    pub(super) fn socket(engine: Engine, variable: &dyn Fn(&str) -> Option<OsString>) -> Result<PathBuf, Error> {
        let path = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let (setting, program) = match engine {
            Engine::Docker => ("DOCKER_HOST", "docker"),
            Engine::Podman => ("CONTAINER_HOST", "podman"),
        };
        if let Some(host) = variable(setting).filter(|value| !value.is_empty()) {
            let host = host.to_string_lossy().into_owned();
            return host.strip_prefix("unix://").map(PathBuf::from).ok_or_else(|| {
                let scheme = host.split("://").next().unwrap_or_default();
                Error::new(format!(
                    "{setting} begins with {scheme}, and only unix:// is read; `{program} save IMAGE | lamblint -` does the same"
                ))
            });
        }
        let run = path("XDG_RUNTIME_DIR");
        let home = path("HOME");
        let places: Vec<Option<PathBuf>> = match engine {
            Engine::Docker => vec![
                Some(PathBuf::from("/var/run/docker.sock")),
                run.map(|run| run.join("docker.sock")),
                home.map(|home| home.join(".docker/run/docker.sock")),
            ],
            Engine::Podman => {
                vec![run.map(|run| run.join("podman/podman.sock")), Some(PathBuf::from("/run/podman/podman.sock"))]
            }
        };
        places.into_iter().flatten().find(|path| path.exists()).ok_or_else(|| {
            let start = match engine {
                Engine::Docker => "start Docker",
                Engine::Podman => "`systemctl --user start podman.socket` makes one",
            };
            Error::new(format!("no socket of {} was found; {start}, or name it in {setting}", engine.name()))
        })
    }

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
        let mut left = answer.take(MAX_HEAD);
        let mut line = Vec::new();
        left.read_until(b'\n', &mut line)?;
        let text = String::from_utf8_lossy(&line).into_owned();
        let status = text.strip_prefix("HTTP/1.").and_then(|rest| rest.split(' ').nth(1)?.trim().parse().ok());
        loop {
            line.clear();
            left.read_until(b'\n', &mut line)?;
            let header = String::from_utf8_lossy(&line).trim().to_ascii_lowercase();
            if header.starts_with("transfer-encoding:") && header.contains("chunked") {
                return Ok(None);
            }
            if header.is_empty() {
                return Ok(status.filter(|_| !line.is_empty()));
            }
        }
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
        fn sockets() {
            let folder = tempfile::tempdir().unwrap();
            let run = folder.path().join("podman");
            std::fs::create_dir(&run).unwrap();
            std::fs::write(run.join("podman.sock"), "").unwrap();
            let set = |name: &'static str, value: OsString| move |asked: &str| (asked == name).then(|| value.clone());
            let found = |engine, variable: &dyn Fn(&str) -> Option<OsString>| {
                socket(engine, variable).map(|path| path.display().to_string()).map_err(|error| error.to_string())
            };
            assert_eq!(found(Engine::Docker, &set("DOCKER_HOST", "unix:///x.sock".into())), Ok("/x.sock".into()));
            let tcp = found(Engine::Docker, &set("DOCKER_HOST", "tcp://user:secret@h:1".into())).unwrap_err();
            assert!(tcp.starts_with("DOCKER_HOST begins with tcp") && !tcp.contains("secret"), "{tcp}");
            let podman = found(Engine::Podman, &set("XDG_RUNTIME_DIR", folder.path().into()));
            assert_eq!(podman, Ok(run.join("podman.sock").display().to_string()));
            assert!(
                ask(Engine::Podman, &folder.path().join("none"), "x")
                    .unwrap_err()
                    .to_string()
                    .ends_with("is it running?")
            );
        }
    }
}
