//! The proxies that the environment names, as Docker's own tools take them: one for requests with TLS, one for those
//! without, and none for this machine and for what `NO_PROXY` lists.

use super::url::{self, Url};
use crate::error::Error;
use std::net::IpAddr;
use ureq::ProxyProtocol;

/// A proxy. What people are shown of it is its host: the rest may hold a password.
#[derive(Clone, Debug)]
pub(super) struct Proxy {
    pub(super) proxy: ureq::Proxy,
    /// The variable that names it.
    pub(super) variable: String,
}

impl Proxy {
    /// The proxy for requests with or without TLS.
    pub(super) fn find(https: bool, variable: &dyn Fn(&str) -> Option<String>) -> Result<Option<Self>, Error> {
        let names = if https { ["HTTPS_PROXY", "https_proxy"] } else { ["HTTP_PROXY", "http_proxy"] };
        for name in names.into_iter().chain(["ALL_PROXY", "all_proxy"]) {
            let Some(value) = variable(name).filter(|value| !value.trim().is_empty()) else { continue };
            let Ok(proxy) = ureq::Proxy::new(value.trim()) else {
                return Err(Error::new(format!("{name}: it takes an address such as http://proxy.example:3128")));
            };
            if !matches!(proxy.protocol(), ProxyProtocol::Http | ProxyProtocol::Https) {
                return Err(Error::new(format!(
                    "{name}: it names a proxy of SOCKS, and only http:// and https:// are used"
                )));
            }
            return Ok(Some(Self { proxy, variable: name.to_owned() }));
        }
        Ok(None)
    }

    /// What is said of a proxy: its host and port, and what names it.
    pub(super) fn called(&self) -> String {
        format!("the proxy {}:{} of {}", self.proxy.host(), self.proxy.port(), self.variable)
    }
}

/// The hosts that are asked without a proxy.
#[derive(Clone, Debug, Default)]
pub(super) struct Exceptions(Vec<String>);

impl Exceptions {
    pub(super) fn read(variable: &dyn Fn(&str) -> Option<String>) -> Self {
        let list = variable("NO_PROXY").filter(|list| !list.is_empty()).or_else(|| variable("no_proxy"));
        let list = list.unwrap_or_default().to_ascii_lowercase();
        Self(list.split(',').map(str::trim).filter(|entry| !entry.is_empty()).map(str::to_owned).collect())
    }

    /// Whether a host is asked without a proxy: it is this machine, or it, a domain that it is in, or its network is listed.
    pub(super) fn has(&self, url: &Url) -> bool {
        url::is_loopback(&url.host) || self.0.iter().any(|entry| fits(entry, &url.host))
    }
}

fn fits(entry: &str, host: &str) -> bool {
    let name = url::name(host);
    if entry == "*" || entry == host {
        return true;
    }
    if let Ok(address) = name.parse::<IpAddr>() {
        return entry == name || is_in_network(entry, address);
    }
    let domain = entry.strip_prefix('*').unwrap_or(entry);
    let domain = domain.strip_prefix('.').unwrap_or(domain);
    name.strip_suffix(domain).is_some_and(|front| !domain.is_empty() && (front.is_empty() || front.ends_with('.')))
}

/// Whether an address is in a network such as `10.0.0.0/8`.
fn is_in_network(network: &str, address: IpAddr) -> bool {
    let Some((first, bits)) = network.split_once('/') else { return false };
    let (Ok(first), Ok(bits)) = (first.parse::<IpAddr>(), bits.parse::<u32>()) else { return false };
    match (first, address) {
        (IpAddr::V4(first), IpAddr::V4(address)) => {
            let mask = u32::MAX.checked_shl(32_u32.saturating_sub(bits)).unwrap_or(0);
            bits <= 32 && first.to_bits() & mask == address.to_bits() & mask
        }
        (IpAddr::V6(first), IpAddr::V6(address)) => {
            let mask = u128::MAX.checked_shl(128_u32.saturating_sub(bits)).unwrap_or(0);
            bits <= 128 && first.to_bits() & mask == address.to_bits() & mask
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set<'v>(variables: &'v [(&str, &str)]) -> impl Fn(&str) -> Option<String> + 'v {
        move |name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
    }

    #[test]
    fn each_kind_of_request_has_its_own() {
        let variables = [("HTTPS_PROXY", "http://u:geheim@a.e:3128"), ("http_proxy", "b.e:80"), ("ALL_PROXY", "c.e:1")];
        let called = |https| Proxy::find(https, &set(&variables)).unwrap().unwrap().called();
        assert_eq!(called(true), "the proxy a.e:3128 of HTTPS_PROXY");
        assert_eq!(called(false), "the proxy b.e:80 of http_proxy");
        let all = Proxy::find(true, &set(&variables[2..])).unwrap().unwrap().called();
        assert_eq!(all, "the proxy c.e:1 of ALL_PROXY");
        assert!(Proxy::find(true, &set(&[("HTTP_PROXY", "b.e:80"), ("HTTPS_PROXY", " ")])).unwrap().is_none());
        for value in ["socks5://u:geheim@a.e:1", "ftp://geheim@a.e", "http://"] {
            let error = Proxy::find(true, &set(&[("HTTPS_PROXY", value)])).unwrap_err().to_string();
            assert!(error.starts_with("HTTPS_PROXY: it ") && !error.contains("geheim"), "{error}");
        }
    }

    #[test]
    fn exceptions() {
        let list =
            Exceptions::read(&set(&[("NO_PROXY", "a.e, .b.e,*.c.e,10.0.0.0/8,1.2.3.4,d.e:5000,fd00::/8,::2,x/y")]));
        let has = |host: &str| list.has(&Url { https: true, host: host.to_owned(), path: String::new() });
        for host in [
            "a.e",
            "x.a.e:443",
            "b.e",
            "x.b.e",
            "y.c.e",
            "10.1.2.3:5000",
            "1.2.3.4:80",
            "d.e:5000",
            "[fd00::1]:80",
            "[::2]",
            "localhost:1",
            "127.0.0.1",
        ] {
            assert!(has(host), "{host}");
        }
        for host in ["aa.e", "a.e.x", "11.1.2.3", "1.2.3.40", "d.e", "[fe00::1]", "c"] {
            assert!(!has(host), "{host}");
        }
        let all = Exceptions::read(&set(&[("NO_PROXY", ""), ("no_proxy", "*")]));
        assert!(all.has(&Url { https: true, host: "a.e".to_owned(), path: String::new() }));
    }
}
