//! The few addresses that a registry gives: where a blob is, and where a token comes from.

use super::reference::is_host;
use std::fmt;
use std::net::IpAddr;

/// An address. What people are shown of it is its host: the rest may hold a signature.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Url {
    pub(super) https: bool,
    /// With the port, if one is written.
    pub(super) host: String,
    /// Path and query, from the slash on.
    pub(super) path: String,
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.host)
    }
}

/// Bytes of an address: presigned ones have about two thousand.
const MAX_LENGTH: usize = 16 * 1024;

impl Url {
    /// Reads an absolute address without user information.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let https = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (host, path) = rest.split_at(end);
        let path = path.split('#').next().unwrap_or_default();
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        let right = text.len() <= MAX_LENGTH && is_host(host) && path.bytes().all(|byte| byte.is_ascii_graphic());
        right.then(|| Self { https, host: host.to_ascii_lowercase(), path })
    }

    /// Where a `Location` leads from here.
    pub(super) fn join(&self, location: &str) -> Option<Self> {
        if location.contains("://") && !location.starts_with('/') {
            return Self::read(location);
        }
        let scheme = if self.https { "https" } else { "http" };
        if let Some(rest) = location.strip_prefix("//") {
            return Self::read(&format!("{scheme}://{rest}"));
        }
        if location.starts_with('/') {
            return Self::read(&format!("{scheme}://{}{location}", self.host));
        }
        let path = self.path.split('?').next().unwrap_or_default();
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        Self::read(&format!("{scheme}://{}{folder}/{location}", self.host))
    }

    /// The whole address, to be sent.
    pub(super) fn text(&self) -> String {
        format!("{}://{}{}", if self.https { "https" } else { "http" }, self.host, self.path)
    }

    /// Whether credentials for one of both may go to the other.
    pub(super) fn is_same_origin(&self, other: &Self) -> bool {
        let port = |url: &Self| match port(&url.host) {
            Some(port) => port.to_owned(),
            None => if url.https { "443" } else { "80" }.to_owned(),
        };
        self.https == other.https && name(&self.host) == name(&other.host) && port(self) == port(other)
    }
}

/// A host without its port.
pub(super) fn name(host: &str) -> &str {
    match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => host.split_once(':').map_or(host, |(name, _)| name),
    }
}

fn port(host: &str) -> Option<&str> {
    match host.rsplit_once(']') {
        Some((_, rest)) => rest.strip_prefix(':'),
        None => host.split_once(':').map(|(_, port)| port),
    }
}

/// Whether a host is this machine by its name.
pub(super) fn is_loopback(host: &str) -> bool {
    let name = name(host);
    name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Whether a host is an address that only machines nearby answer at: one that a registry elsewhere has no reason to name.
pub(super) fn is_nearby(host: &str) -> bool {
    let name = name(host);
    let v4 = |address: std::net::Ipv4Addr| {
        address.is_private()
            || address.is_loopback()
            || address.is_link_local()
            || address.is_unspecified()
            || address.is_broadcast()
            // Shared by carriers: 100.64.0.0/10.
            || (address.octets()[0] == 100 && address.octets()[1] & 0xc0 == 64)
    };
    match name.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => v4(address),
        Ok(IpAddr::V6(address)) => {
            address.to_ipv4_mapped().is_some_and(v4)
                || address.is_loopback()
                || address.is_unspecified()
                || address.is_unique_local()
                || address.is_unicast_link_local()
        }
        // Digits and dots alone are an address in one of its older spellings.
        Err(_) => {
            name == "localhost"
                || name.ends_with(".localhost")
                || name.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
                || name.starts_with("0x")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(from: &str, to: &str) -> Option<String> {
        Url::read(from).unwrap().join(to).map(|url| url.text())
    }

    #[test]
    fn a_location_is_read_from_where_it_stands() {
        let from = "https://h.e:5000/v2/a/blobs/x?q";
        for (to, wanted) in [
            ("/z?a=1#f", "https://h.e:5000/z?a=1"),
            ("y", "https://h.e:5000/v2/a/blobs/y"),
            ("//o.e/y", "https://o.e/y"),
            ("http://o.e", "http://o.e/"),
            ("HTTPS://O.e?x", "https://o.e/?x"),
        ] {
            assert_eq!(joined(from, to).as_deref(), Some(wanted), "{to}");
        }
        for wrong in ["ftp://o.e/x", "https://u:p@o.e/x", "https:///x", "https://o.e/a b", "https://o.e/\r\nX: y"] {
            assert_eq!(joined(from, wrong), None, "{wrong}");
        }
    }

    #[test]
    fn origins() {
        let same = |a: &str, b: &str| Url::read(a).unwrap().is_same_origin(&Url::read(b).unwrap());
        assert!(same("https://h.e/a", "https://H.e:443/b"));
        assert!(!same("https://h.e/a", "http://h.e/a"));
        assert!(!same("https://h.e/a", "https://h.e:444/a"));
        assert!(!same("https://h.e/a", "https://h.e.x/a"));
    }

    #[test]
    fn addresses_nearby() {
        for host in [
            "127.0.0.1",
            "10.0.0.1:80",
            "169.254.169.254",
            "[::1]:80",
            "[fd00::1]",
            "[::ffff:10.0.0.1]",
            "localhost",
            "a.localhost",
            "2130706433",
            "0x7f000001",
            "100.64.0.1",
            "0.0.0.0",
        ] {
            assert!(is_nearby(host), "{host}");
        }
        for host in ["auth.docker.io", "8.8.8.8", "[2600::1]", "100.128.0.1"] {
            assert!(!is_nearby(host), "{host}");
        }
    }
}
