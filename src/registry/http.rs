//! One request and where it is redirected to, with a line about what went wrong.

use super::proxy::{Exceptions, Proxy};
use super::reference::is_host;
use super::url::{self, Url};
use crate::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use ureq::http::{HeaderMap, Response, StatusCode, header};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig};
use ureq::{Agent, Body};

/// How registries are reached.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Hosts that are asked without TLS.
    pub plain_http: Vec<String>,
    /// A file with certificates of authorities that are trusted besides those of the system.
    pub ca_file: Option<PathBuf>,
    /// How long a connection may take.
    pub connect: Duration,
    /// How long a host may be silent.
    pub silence: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        let (connect, silence) = (Duration::from_secs(10), Duration::from_secs(30));
        Self { plain_http: Vec::new(), ca_file: None, connect, silence }
    }
}

/// Redirects that are followed.
const MAX_REDIRECTS: usize = 5;

/// What asks.
pub(super) struct Http {
    settings: Settings,
    /// Without a proxy.
    direct: Route,
    /// By the proxy for requests with TLS, and by the one for those without.
    by_proxy: [Option<Route>; 2],
    exceptions: Exceptions,
}

/// One way to hosts.
struct Route {
    /// One with the certificates of the system, and before it one with the user's own.
    agents: Vec<Agent>,
    proxy: Option<Proxy>,
}

/// An answer, and the host that gave it in the end.
pub(super) struct Answer {
    pub(super) response: Response<Body>,
    pub(super) from: Url,
}

/// Why there is no answer, and whether to ask again.
pub(super) struct Failure {
    pub(super) error: Error,
    pub(super) passing: bool,
    /// Whether nothing has come from the host.
    is_silent: bool,
}

impl Failure {
    fn new(error: Error) -> Self {
        Self { error, passing: false, is_silent: false }
    }
}

/// What is asked besides the address.
#[derive(Clone, Copy, Default)]
pub(super) struct Ask<'a> {
    pub(super) accept: &'a str,
    /// Sent to the host that is asked, and to no other.
    pub(super) authorization: Option<&'a str>,
    /// From which byte on.
    pub(super) from: u64,
    /// A form, to be posted.
    pub(super) form: Option<&'a str>,
}

impl Http {
    /// `variable` gives the variables of the environment, which may name proxies.
    pub(super) fn new(settings: Settings, variable: &dyn Fn(&str) -> Option<String>) -> Result<Self, Error> {
        for host in &settings.plain_http {
            if !is_host(host) {
                return Err(Error::new(format!("--plain-http {host}: it takes a host such as registry.example:5000")));
            }
        }
        let own = settings.ca_file.as_deref().map(certificates).transpose()?.map(Arc::new);
        let route = |proxy: Option<Proxy>| {
            let roots = own.iter().map(|own| RootCerts::Specific(Arc::clone(own))).chain([RootCerts::PlatformVerifier]);
            let agents = roots.map(|roots| agent(&settings, roots, proxy.as_ref())).collect();
            Route { agents, proxy }
        };
        let by = |https| Ok::<_, Error>(Proxy::find(https, variable)?.map(|proxy| route(Some(proxy))));
        let (direct, by_proxy) = (route(None), [by(true)?, by(false)?]);
        Ok(Self { settings, direct, by_proxy, exceptions: Exceptions::read(variable) })
    }

    fn route(&self, url: &Url) -> &Route {
        let by_proxy = self.by_proxy[usize::from(!url.https)].as_ref();
        by_proxy.filter(|_| !self.exceptions.has(url)).unwrap_or(&self.direct)
    }

    /// Where a registry answers. Without TLS only this machine is asked, and hosts that the user names.
    pub(super) fn base(&self, host: &str) -> Result<Url, Error> {
        let plain = Url { https: false, host: host.to_ascii_lowercase(), path: "/v2/".to_owned() };
        let tls = Url { https: true, ..plain.clone() };
        if self.may_be_plain(host) && !url::is_loopback(host) {
            return Ok(plain);
        }
        if !url::is_loopback(host) {
            return Ok(tls);
        }
        // A server with TLS says to a request without it that it is a bad one, or something else than HTTP.
        match self.once(&plain, Ask { accept: "*/*", ..Ask::default() }) {
            Ok(response) if response.status() != StatusCode::BAD_REQUEST => Ok(plain),
            Err(failure) if failure.is_silent => Err(failure.error),
            _ => Ok(tls),
        }
    }

    /// Whether a host may be asked without TLS.
    pub(super) fn may_be_plain(&self, host: &str) -> bool {
        url::is_loopback(host) || self.settings.plain_http.iter().any(|plain| plain.eq_ignore_ascii_case(host))
    }

    /// Asks, and follows redirects: without authorization as soon as one leads to another host.
    pub(super) fn ask(&self, url: &Url, ask: Ask<'_>) -> Result<Answer, Failure> {
        let mut at = url.clone();
        let mut through: Option<String> = None;
        for _ in 0..=MAX_REDIRECTS {
            let own = at.is_same_origin(url);
            let sent = Ask { authorization: ask.authorization.filter(|_| own), ..ask };
            let response = self.once(&at, sent).map_err(|failure| match &through {
                Some(first) => {
                    Failure { error: Error::new(format!("{first} redirects to {}", failure.error)), ..failure }
                }
                None => failure,
            })?;
            if !response.status().is_redirection() || ask.form.is_some() {
                return Ok(Answer { response, from: at });
            }
            let refused = |why: &str| Failure::new(Error::new(format!("{}: it redirects {why}", at.host)));
            let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
            let next = location.and_then(|location| at.join(location)).ok_or_else(|| refused("to no address"))?;
            if at.https && !next.https {
                return Err(refused(&format!("to {} without TLS", next.host)));
            }
            if url::is_nearby(&next.host) && !url::is_nearby(&url.host) {
                return Err(refused(&format!("to the private address {}", next.host)));
            }
            through.get_or_insert_with(|| url.host.clone());
            at = next;
        }
        Err(Failure::new(Error::new(format!("{}: over {MAX_REDIRECTS} redirects", url.host))))
    }

    fn once(&self, url: &Url, ask: Ask<'_>) -> Result<Response<Body>, Failure> {
        let (mut last, route) = (None, self.route(url));
        for agent in &route.agents {
            match send(agent, url, ask) {
                Ok(response) => return Ok(response),
                // The system may know the authority that the user's file does not have.
                Err(error) if is_unknown_authority(&error) => last = Some(error),
                Err(error) => {
                    last = Some(error);
                    break;
                }
            }
        }
        Err(last.map_or_else(
            || Failure::new(Error::new(format!("{}: it was not asked", url.host))),
            |error| self.failure(url, route.proxy.as_ref(), &error),
        ))
    }

    fn failure(&self, url: &Url, proxy: Option<&Proxy>, error: &ureq::Error) -> Failure {
        let host = &url.host;
        let silence = self.settings.silence.as_secs();
        if let Some(why) = proxy.and_then(|proxy| of_proxy(proxy, url, error)) {
            return Failure::new(Error::new(format!("{host}: {why}")));
        }
        let (why, passing) = match error {
            error if is_unknown_host(error) => {
                ("no such host; is its name right, and is there a network?".to_owned(), false)
            }
            ureq::Error::Timeout(_) => {
                (format!("no answer within {silence} seconds; does a firewall or a proxy stop it?"), true)
            }
            _ if is_unknown_authority(error) => (
                "its certificate is of an authority that is not known here; --ca-file or SSL_CERT_FILE names the \
                  authority's certificate"
                    .to_owned(),
                false,
            ),
            _ if speaks_no_tls(error) => (format!("it does not speak TLS; --plain-http {host} asks it without"), false),
            ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
                ("connection refused; is the registry running, and is the port right?".to_owned(), false)
            }
            ureq::Error::Io(error) if is_certificate(error) => {
                (format!("its certificate is refused: {}", crate::error::why(error)), false)
            }
            ureq::Error::Io(error) => (crate::error::why(error), true),
            ureq::Error::Protocol(_) | ureq::Error::LargeResponseHeader(..) => {
                ("it does not answer in HTTP".to_owned(), false)
            }
            ureq::Error::ConnectionFailed => ("it cannot be reached".to_owned(), false),
            _ => ("the request failed".to_owned(), false),
        };
        let is_silent = match error {
            ureq::Error::Io(error) => error.kind() == std::io::ErrorKind::ConnectionRefused,
            error => {
                matches!(error, ureq::Error::HostNotFound | ureq::Error::Timeout(_) | ureq::Error::ConnectionFailed)
            }
        };
        Failure { error: Error::new(format!("{host}: {why}")), passing, is_silent }
    }
}

fn agent(settings: &Settings, roots: RootCerts, proxy: Option<&Proxy>) -> Agent {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .user_agent(concat!("lamblint/", env!("CARGO_PKG_VERSION")))
        .timeout_connect(Some(settings.connect))
        .timeout_resolve(Some(settings.connect))
        .timeout_recv_response(Some(settings.silence))
        .timeout_per_read(Some(settings.silence))
        .timeout_per_write(Some(settings.silence))
        .max_response_header_size(64 * 1024)
        .max_idle_connections_per_host(8)
        .proxy(proxy.map(|proxy| proxy.proxy.clone()))
        .tls_config(TlsConfig::builder().root_certs(roots).build())
        .build();
    Agent::new_with_config(config)
}

/// What is wrong with the proxy that should have led to a host, if it is what has failed.
fn of_proxy(proxy: &Proxy, url: &Url, error: &ureq::Error) -> Option<String> {
    let (called, name) = (proxy.called(), url::name(&url.host));
    Some(match error {
        ureq::Error::ConnectProxyFailed(why) if why.contains(" 407") => {
            format!("{called} does not take the user and password that stand there (407)")
        }
        ureq::Error::ConnectProxyFailed(_) => {
            format!("{called} does not let it through; NO_PROXY={name} asks it without a proxy")
        }
        // The only host that is connected to is the proxy.
        ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
            format!("{called} refuses the connection; is it running, and is the port right?")
        }
        error if is_unknown_host(error) => format!("{called} is no host that is known here; is its name right?"),
        ureq::Error::ConnectionFailed | ureq::Error::Timeout(ureq::Timeout::Connect) => {
            format!("{called} cannot be reached; is its address right, and is there a network?")
        }
        _ => return None,
    })
}

fn send(agent: &Agent, url: &Url, ask: Ask<'_>) -> Result<Response<Body>, ureq::Error> {
    if let Some(form) = ask.form {
        let request = agent.post(url.text()).header(header::ACCEPT, ask.accept);
        return request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").send(form);
    }
    let mut request = agent.get(url.text()).header(header::ACCEPT, ask.accept);
    if let Some(authorization) = ask.authorization {
        request = request.header(header::AUTHORIZATION, authorization);
    }
    if ask.from > 0 {
        request = request.header(header::RANGE, format!("bytes={}-", ask.from));
    }
    request.call()
}

fn certificates(file: &std::path::Path) -> Result<Vec<Certificate<'static>>, Error> {
    const MAX_FILE: u64 = 16 * 1024 * 1024;
    let bytes = crate::source::read_file(file, MAX_FILE)?;
    let certificate = |item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(certificate),
        _ => None,
    };
    let all: Vec<Certificate<'static>> = ureq::tls::parse_pem(&bytes).filter_map(certificate).collect();
    if all.is_empty() {
        return Err(Error::new(format!("{}: --ca-file names it, and it holds no certificate in PEM", file.display())));
    }
    Ok(all)
}

fn is_unknown_host(error: &ureq::Error) -> bool {
    matches!(error, ureq::Error::HostNotFound) || error.to_string().contains("failed to lookup address")
}

fn is_unknown_authority(error: &ureq::Error) -> bool {
    let text = error.to_string();
    text.contains("UnknownIssuer") || text.contains("CaUsedAsEndEntity") || text.contains("unknown issuer")
}

fn is_certificate(error: &std::io::Error) -> bool {
    error.to_string().contains("certificate")
}

/// Whether what came in the place of a handshake was no TLS.
fn speaks_no_tls(error: &ureq::Error) -> bool {
    let text = error.to_string();
    text.contains("InvalidContentType") || text.contains("corrupt message")
}

/// A header as text.
pub(super) fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
