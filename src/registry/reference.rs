//! What a user names: an image in a registry, or one that Docker or Podman has.

use crate::error::Error;
use std::fmt;

/// An image that is not in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    /// In a registry.
    Registry(Repository),
    /// What an engine on this machine calls by this name.
    Engine(Engine, String),
}

/// A program that runs containers and has images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Docker.
    Docker,
    /// Podman.
    Podman,
}

impl Engine {
    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Docker => "Docker",
            Self::Podman => "Podman",
        }
    }
}

/// An image in a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    /// The host as it is written, with a port if it has one: `docker.io`, `localhost:5000`.
    pub host: String,
    /// The name of the repository there: `library/python`.
    pub name: String,
    /// A tag or a digest.
    pub version: Version,
}

/// Which image of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Version {
    /// The one that a tag is on.
    Tag(String),
    /// The one of this digest.
    Digest(String),
    /// The one of this digest, which a tag was on when it was asked for. It is called by the tag.
    Pinned(String, String),
}

impl Version {
    /// The tag or the digest.
    pub fn text(&self) -> &str {
        match self {
            Self::Tag(text) | Self::Digest(text) | Self::Pinned(_, text) => text,
        }
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.version {
            Version::Tag(tag) | Version::Pinned(tag, _) => write!(f, "{}/{}:{tag}", self.host, self.name),
            Version::Digest(digest) => write!(f, "{}/{}@{digest}", self.host, self.name),
        }
    }
}

impl Reference {
    /// What begins with `registry:`, `docker:` or `podman:`; `None` if it begins otherwise.
    pub fn of_scheme(text: &str) -> Option<Result<Self, Error>> {
        let (scheme, rest) = text.split_once(':')?;
        let rest = rest.strip_prefix("//").unwrap_or(rest);
        let engine = match scheme {
            "registry" => return Some(Repository::read(rest).map(Self::Registry).map_err(|why| refused(text, &why))),
            "docker" => Engine::Docker,
            "podman" => Engine::Podman,
            _ => return None,
        };
        let right = !rest.is_empty() && rest.len() <= MAX_NAME && rest.bytes().all(is_name_byte);
        Some(if right {
            Ok(Self::Engine(engine, rest.to_owned()))
        } else {
            Err(refused(text, "the name or the id of an image should follow, such as orders:1.4"))
        })
    }

    /// What is no file and can only be a registry's: its first part is a host with a dot or a port, or `localhost`.
    pub fn bare(text: &str) -> Option<Self> {
        let (host, _) = text.split_once('/')?;
        let named = host.contains('.') || host.contains(':') || host == "localhost";
        Repository::read(text).ok().filter(|_| named).map(Self::Registry)
    }
}

/// Bytes of a name: no tool makes longer ones.
const MAX_NAME: usize = 1024;

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"._-/:@".contains(&byte)
}

fn refused(text: &str, why: &str) -> Error {
    Error::new(format!("{text}: {why}"))
}

impl Repository {
    /// Reads `host[:port]/name[:tag][@digest]`.
    pub fn read(text: &str) -> Result<Self, String> {
        const NO_HOST: &str = "a registry's image begins with its host, such as registry:docker.io/library/python:3.13";
        let (host, rest) = text.split_once('/').ok_or(NO_HOST)?;
        if !(host.contains('.') || host.contains(':') || host == "localhost") || !is_host(host) {
            return Err(NO_HOST.to_owned());
        }
        let (rest, digest) = match rest.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (rest, None),
        };
        let (name, tag) = match rest.rsplit_once(':') {
            Some((name, tag)) => (name, Some(tag)),
            None => (rest, None),
        };
        if !is_repository(name) {
            return Err(format!("`{name}` is not the name of a repository: lower-case letters, digits, ., _, - and /"));
        }
        if let Some(tag) = tag.filter(|tag| !is_tag(tag)) {
            return Err(format!("`{tag}` is not a tag"));
        }
        let version = match (digest, tag) {
            (Some(digest), _) if is_digest(digest) => Version::Digest(digest.to_owned()),
            (Some(digest), _) => return Err(format!("`{digest}` is not a sha256 or sha512 digest")),
            (None, tag) => Version::Tag(tag.unwrap_or("latest").to_owned()),
        };
        let docker_hub = ["docker.io", "index.docker.io"].contains(&host);
        let official = docker_hub && !name.contains('/');
        let host = if docker_hub { "docker.io" } else { host }.to_owned();
        Ok(Self { host, name: if official { format!("library/{name}") } else { name.to_owned() }, version })
    }

    /// Reads `host[:port]/name[:tag]@digest`, and remembers the tag.
    #[cfg(feature = "registry")]
    pub fn pinned(text: &str) -> Option<Self> {
        let (named, _) = text.split_once('@')?;
        let read = Self::read(text).ok()?;
        let Version::Digest(digest) = &read.version else { return None };
        let (_, last) = named.rsplit_once('/')?;
        let tag = last.split_once(':').map(|(_, tag)| tag.to_owned());
        let version = tag.map_or(read.version.clone(), |tag| Version::Pinned(tag, digest.clone()));
        Some(Self { version, ..read })
    }

    /// The same image by what its tag leads to: `host/name:tag@digest`.
    #[cfg(feature = "registry")]
    pub fn with_digest(&self, digest: &str) -> String {
        match &self.version {
            Version::Digest(own) => format!("{}/{}@{own}", self.host, self.name),
            Version::Tag(tag) | Version::Pinned(tag, _) => format!("{}/{}:{tag}@{digest}", self.host, self.name),
        }
    }

    /// Where the registry answers.
    pub fn api_host(&self) -> &str {
        if self.host == "docker.io" { "registry-1.docker.io" } else { &self.host }
    }
}

/// Whether a text is a domain name, an IPv4 address or an IPv6 address in brackets, with or without a port.
pub fn is_host(text: &str) -> bool {
    let (name, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, rest)) => {
            if address.parse::<std::net::Ipv6Addr>().is_err() {
                return false;
            }
            return rest.is_empty() || rest.strip_prefix(':').is_some_and(is_port);
        }
        None => text.split_once(':').map_or((text, None), |(name, port)| (name, Some(port))),
    };
    let label = |label: &str| {
        let inside = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        !label.is_empty() && label.len() <= 63 && label.bytes().all(inside) && !label.starts_with('-')
    };
    name.len() <= 253 && name.split('.').all(label) && port.is_none_or(is_port)
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok_and(|port| port > 0)
}

fn is_repository(name: &str) -> bool {
    let part = |part: &str| {
        let edge = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        let inside = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
        edge(part.bytes().next()) && edge(part.bytes().last()) && part.bytes().all(inside) && !part.contains("..")
    };
    name.len() <= 255 && name.split('/').all(part)
}

fn is_tag(tag: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=128).contains(&tag.len()) && tag.bytes().all(inside) && !tag.starts_with(['.', '-'])
}

/// Whether a text is a digest whose bytes can be compared.
pub fn is_digest(text: &str) -> bool {
    let hexadecimal = |hex: &str| hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    match text.split_once(':') {
        Some(("sha256", hex)) => hex.len() == 64 && hexadecimal(hex),
        Some(("sha512", hex)) => hex.len() == 128 && hexadecimal(hex),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    fn bare(text: &str) -> Option<String> {
        match Reference::bare(text)? {
            Reference::Registry(repository) => Some(format!("{} {}", repository.api_host(), repository)),
            Reference::Engine(..) => None,
        }
    }

    #[test]
    fn hosts_with_a_dot_a_port_or_localhost_are_registries() {
        let same = |text: &str| {
            assert_eq!(bare(text).as_deref(), Some(&*format!("{} {text}", text.split_once('/').unwrap().0)));
        };
        same("123456789012.dkr.ecr.eu-west-1.amazonaws.com/orders:1.4");
        same("localhost:5000/team/orders:1.4");
        same("localhost/a__b/c-d:v1");
        same("[::1]:5000/orders:x");
        same(&format!("host.example/orders@{DIGEST}"));
        let hub = |name: &str| Some(format!("registry-1.docker.io docker.io/{name}"));
        assert_eq!(bare("docker.io/python"), hub("library/python:latest"));
        assert_eq!(bare("index.docker.io/team/python:3"), hub("team/python:3"));
        assert_eq!(bare(&format!("h.e/o:1.4@{DIGEST}")), Some(format!("h.e h.e/o@{DIGEST}")));
    }

    #[test]
    #[cfg(feature = "registry")]
    fn a_tag_and_what_it_leads_to() {
        let tagged = Repository::read("docker.io/python:3").unwrap();
        let text = tagged.with_digest(DIGEST);
        assert_eq!(text, format!("docker.io/library/python:3@{DIGEST}"));
        let pinned = Repository::pinned(&text).unwrap();
        assert_eq!((pinned.to_string(), pinned.version.text()), (tagged.to_string(), DIGEST));
        assert_eq!(pinned.with_digest("x"), format!("docker.io/library/python:3@{DIGEST}").replace(DIGEST, "x"));
        let bare = Repository::pinned(&format!("h.e:5000/o@{DIGEST}")).unwrap();
        assert_eq!(
            (&bare.version, bare.with_digest("x")),
            (&Version::Digest(DIGEST.into()), format!("h.e:5000/o@{DIGEST}"))
        );
        for none in ["h.e/o:1", "h.e/o@sha256:12", "o@", "../x@y", ""] {
            assert_eq!(Repository::pinned(none), None, "{none}");
        }
    }

    #[test]
    fn paths_are_none() {
        for path in [
            "image.tar",
            "build/image.tar",
            "./image.tar",
            "../image.tar",
            ".build/image",
            "a.b/Dockerfile",
            "/a.b/c",
            "a..b/c",
            "-a.b/c",
            "a.b/",
            "a.b//c",
            "a.b/c:",
            "a.b/c@sha256:12",
            "a.b:0/c",
            "a.b:99999/c",
            "a.b/c:t:u",
            "a.b/c d",
            "a.b/.c",
            "host.example",
            "library/python:3.13",
            "C:\\images\\a.tar",
            "[::g]:1/a",
            "",
        ] {
            assert_eq!(bare(path), None, "{path}");
        }
    }

    #[test]
    fn schemes_are_said() {
        let read = |text: &str| Reference::of_scheme(text).map(|read| read.map_err(|error| error.to_string()));
        let engine = |engine, name: &str| Some(Ok(Reference::Engine(engine, name.to_owned())));
        assert_eq!(read("docker:orders:1.4"), engine(Engine::Docker, "orders:1.4"));
        assert_eq!(read("podman://localhost/orders"), engine(Engine::Podman, "localhost/orders"));
        assert!(matches!(read("registry:localhost:5000/orders"), Some(Ok(Reference::Registry(_)))));
        assert_eq!(read("orders:1.4"), None);
        assert_eq!(read("host:5000/orders"), None);
        for wrong in ["docker:", "docker:a b", "podman:a\nb", "registry:orders:1.4", "registry:a/b", "registry:h.e/B"] {
            let said = read(wrong).unwrap().unwrap_err();
            assert!(said.starts_with(wrong), "{said}");
        }
    }
}
