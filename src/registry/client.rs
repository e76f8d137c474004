//! A registry as a reader needs it: logged in, patient where it says "too many", resumed where it is cut.

use super::body::Blob;
use super::challenge::{self, Challenge};
use super::credentials::{self, Credentials, Desk, Lookup};
use super::gate::{Gate, Permit};
use super::http::{Answer, Ask, Failure, Http, Settings, text};
use super::reference::Repository;
use super::url::{self, Url};
use crate::error::Error;
use crate::percent;
use percent_encoding::utf8_percent_encode;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use ureq::http::StatusCode;

/// How often the same is asked again where the registry says "later".
const TRIES: u32 = 5;
/// The longest that one answer lets wait.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// Bytes of a token server's answer.
const MAX_TOKEN: u64 = 1024 * 1024;
/// Bytes of an error's text.
const MAX_ERROR: u64 = 8 * 1024;

/// What a run knows of registries: connections, logins, and how fast each may be asked.
pub struct Client {
    http: Http,
    desk: Desk,
    hosts: Mutex<BTreeMap<String, Arc<Host>>>,
    warnings: Mutex<BTreeSet<String>>,
}

/// One registry.
pub(super) struct Host {
    base: Url,
    gate: Arc<Gate>,
    /// How each repository was logged in to.
    logins: Mutex<BTreeMap<String, Login>>,
}

#[derive(Clone, Default)]
struct Login {
    authorization: Option<String>,
    /// How often it was logged in.
    times: u32,
    /// Whether credentials were sent.
    known: bool,
    hint: Option<String>,
}

/// A part of a repository, or that it is not there.
pub(super) enum Part {
    Found(Answer, Permit),
    NotFound(String),
}

impl Client {
    /// A client that has asked nothing yet.
    pub fn new(settings: Settings, desk: Desk) -> Result<Self, Error> {
        let http = Http::new(settings, &|name| desk.text(name))?;
        Ok(Self { http, desk, hosts: Mutex::default(), warnings: Mutex::default() })
    }

    /// What registries wanted their users to know, once each.
    pub fn warnings(&self) -> Vec<String> {
        lock(&self.warnings).iter().cloned().collect()
    }

    /// The host that a repository is on.
    pub(super) fn host(&self, repository: &Repository) -> Result<Arc<Host>, Error> {
        let name = repository.api_host();
        let mut hosts = lock(&self.hosts);
        if let Some(host) = hosts.get(name) {
            return Ok(Arc::clone(host));
        }
        let host = Arc::new(Host { base: self.http.base(name)?, gate: Arc::default(), logins: Mutex::default() });
        hosts.insert(name.to_owned(), Arc::clone(&host));
        Ok(host)
    }

    /// Asks for a part of a repository, from a byte on.
    pub(super) fn part(
        &self,
        host: &Host,
        repository: &Repository,
        path: &str,
        accept: &str,
        from: u64,
    ) -> Result<Part, Error> {
        let url = Url { path: format!("{}{}/{path}", host.base.path, repository.name), ..host.base.clone() };
        let (mut tries, mut logins) = (0, 0);
        loop {
            let login = lock(&host.logins).get(&repository.name).cloned().unwrap_or_default();
            let permit = host.gate.enter();
            let ask = Ask { accept, authorization: login.authorization.as_deref(), from, form: None };
            let wait = match self.http.ask(&url, ask) {
                Err(Failure { passing: true, .. }) if tries < 2 => pause(tries, None),
                Err(failure) => return Err(failure.error),
                Ok(answer) => {
                    self.note_warnings(&answer);
                    let status = answer.response.status();
                    let own = answer.from.is_same_origin(&url);
                    match status {
                        StatusCode::OK | StatusCode::PARTIAL_CONTENT => {
                            host.gate.faster();
                            return Ok(Part::Found(answer, permit));
                        }
                        StatusCode::UNAUTHORIZED if own && logins < 2 => {
                            drop(permit);
                            self.log_in(host, repository, login.times, &answer)?;
                            logins += 1;
                            continue;
                        }
                        StatusCode::NOT_FOUND => return Ok(Part::NotFound(code_of(answer))),
                        status if is_later(status) && tries < TRIES => {
                            host.gate.slower();
                            pause(tries, text(answer.response.headers(), "retry-after"))
                        }
                        status => return Err(refusal(repository, answer, status, &login)),
                    }
                }
            };
            drop(permit);
            tries += 1;
            std::thread::sleep(wait);
        }
    }

    /// A document of a repository and its content type, at most as long as said; `None` if it is not there.
    pub(super) fn document(
        &self,
        host: &Host,
        repository: &Repository,
        path: &str,
        accept: &str,
        most: u64,
    ) -> Result<Result<(Vec<u8>, String), String>, Error> {
        let mut cut = None;
        for _ in 0..=2 {
            let (answer, _permit) = match self.part(host, repository, path, accept, 0)? {
                Part::Found(answer, permit) => (answer, permit),
                Part::NotFound(why) => return Ok(Err(why)),
            };
            let kind = text(answer.response.headers(), "content-type").unwrap_or_default();
            let kind = kind.split(';').next().unwrap_or_default().trim().to_owned();
            let mut bytes = Vec::new();
            match answer.response.into_body().into_reader().take(most + 1).read_to_end(&mut bytes) {
                Ok(_) if bytes.len() as u64 > most => {
                    let host = &answer.from.host;
                    return Err(Error::new(format!(
                        "{host}: its answer has over {most} bytes, too long for a document"
                    )));
                }
                Ok(_) => return Ok(Ok((bytes, kind))),
                Err(error) => {
                    let (host, why) = (&answer.from.host, crate::error::why(&error));
                    cut = Some(format!(
                        "{host}: its answer was cut off 3 times: {why}; try again, or ask who runs the registry"
                    ));
                }
            }
        }
        Err(Error::new(cut.unwrap_or_default()))
    }

    /// A blob as a stream that goes on where it was cut; `None` if it is not there.
    pub(super) fn blob<'c>(
        &'c self,
        host: &Arc<Host>,
        repository: &'c Repository,
        digest: &str,
        size: Option<u64>,
    ) -> Result<Option<Blob<'c>>, Error> {
        Blob::open(self, Arc::clone(host), repository, digest, size)
    }

    /// Logs in to a repository, unless another thread has done so since `times`.
    fn log_in(&self, host: &Host, repository: &Repository, times: u32, answer: &Answer) -> Result<(), Error> {
        let mut logins = lock(&host.logins);
        let login = logins.entry(repository.name.clone()).or_default();
        if login.times > times {
            return Ok(());
        }
        let headers = answer.response.headers().get_all("www-authenticate");
        let challenges = challenge::read(headers.iter().filter_map(|value| value.to_str().ok()));
        let Lookup { credentials, hint } = credentials::find(&self.desk, &repository.host, &repository.name)?;
        let bearer = challenges.iter().find(|challenge| matches!(challenge, Challenge::Bearer { .. }));
        let authorization = match (bearer.or(challenges.first()), &credentials) {
            (Some(Challenge::Bearer { realm, service, scope }), credentials) => {
                let scope = scope.clone().unwrap_or_else(|| format!("repository:{}:pull", repository.name));
                let wanted = Wanted { realm, service: service.as_deref(), scope: &scope };
                Some(self.token(host, repository, &wanted, credentials.as_ref())?)
            }
            (Some(Challenge::Basic), Some(credentials)) => credentials.basic(),
            _ => None,
        };
        let refused = authorization.is_none();
        *login = Login { authorization, times: times + 1, known: credentials.is_some(), hint };
        if refused {
            return Err(unauthorized(repository, login));
        }
        Ok(())
    }

    /// A token for a repository, as the value of `Authorization`.
    fn token(
        &self,
        host: &Host,
        repository: &Repository,
        wanted: &Wanted<'_>,
        credentials: Option<&Credentials>,
    ) -> Result<String, Error> {
        let realm = self.realm(host, wanted.realm)?;
        let service = wanted.service.map(|service| ("service", service));
        let fields: Vec<(&str, &str)> = service.into_iter().chain([("scope", wanted.scope)]).collect();
        if let Some(Credentials::Identity(token)) = credentials {
            let more = [("grant_type", "refresh_token"), ("client_id", "lamblint"), ("refresh_token", token)];
            let form = encoded(&fields.iter().copied().chain(more).collect::<Vec<_>>());
            let answer =
                self.ask_for_token(&realm, Ask { accept: "application/json", form: Some(&form), ..Ask::default() })?;
            // Older servers give tokens by GET alone.
            if ![StatusCode::NOT_FOUND, StatusCode::METHOD_NOT_ALLOWED].contains(&answer.response.status()) {
                return read_token(repository, answer, true);
            }
        }
        let basic = credentials.and_then(Credentials::basic);
        let between = if realm.path.contains('?') { '&' } else { '?' };
        let url = Url { path: format!("{}{between}{}", realm.path, encoded(&fields)), ..realm };
        let ask = Ask { accept: "application/json", authorization: basic.as_deref(), ..Ask::default() };
        read_token(repository, self.ask_for_token(&url, ask)?, basic.is_some())
    }

    fn ask_for_token(&self, url: &Url, ask: Ask<'_>) -> Result<Answer, Error> {
        let mut tries = 0;
        loop {
            let wait = match self.http.ask(url, ask) {
                Ok(answer) if is_later(answer.response.status()) && tries < TRIES => {
                    pause(tries, text(answer.response.headers(), "retry-after"))
                }
                Ok(answer) => return Ok(answer),
                Err(failure) if failure.passing && tries < 2 => pause(tries, None),
                Err(failure) => return Err(failure.error),
            };
            tries += 1;
            std::thread::sleep(wait);
        }
    }

    /// Where tokens come from, if a password may be sent there.
    fn realm(&self, host: &Host, realm: &str) -> Result<Url, Error> {
        let from = &host.base.host;
        let refused = |why: &str| Error::new(format!("{from}: it wants a token from {why}, which is not asked"));
        let url = Url::read(realm).ok_or_else(|| refused("what is no address"))?;
        let both_here = url::is_loopback(&url.host) && url::is_loopback(from);
        if url::is_nearby(&url.host) && url::name(&url.host) != url::name(from) && !both_here {
            return Err(refused(&format!("the private address {}", url.host)));
        }
        if !url.https && !self.http.may_be_plain(&url.host) {
            return Err(refused(&format!("{} without TLS", url.host)));
        }
        Ok(url)
    }

    fn note_warnings(&self, answer: &Answer) {
        let host = &answer.from.host;
        for value in answer.response.headers().get_all("warning").iter().take(8).filter_map(|value| value.to_str().ok())
        {
            // 299 - "text"
            let said = value.strip_prefix("299 ").and_then(|rest| rest.split_once('"')).map(|(_, text)| text);
            if let Some(said) = said.map(|said| said.trim_end_matches('"')) {
                let said: String = said.chars().take(200).collect();
                lock(&self.warnings).insert(format!("{host} warns: {said}"));
            }
        }
    }
}

/// What a token is for.
struct Wanted<'a> {
    realm: &'a str,
    service: Option<&'a str>,
    scope: &'a str,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether an answer means that the same may be asked later.
fn is_later(status: StatusCode) -> bool {
    matches!(status.as_u16(), 429 | 500 | 502 | 503 | 504)
}

/// How long to wait before the next try: as `Retry-After` says, or twice as long each time.
fn pause(tries: u32, retry_after: Option<&str>) -> Duration {
    let said = retry_after.map(str::trim).and_then(|text| match text.parse::<u64>() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => {
            let at = jiff::fmt::rfc2822::parse(text).ok()?;
            let seconds = at.timestamp().as_second().saturating_sub(jiff::Timestamp::now().as_second());
            Some(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
        }
    });
    said.unwrap_or(Duration::from_millis(250) * 2_u32.pow(tries.min(8))).min(LONGEST_WAIT)
}

/// The kind of an error that a registry names, such as `MANIFEST_UNKNOWN`. Of its other words none is repeated.
fn code_of(answer: Answer) -> String {
    let mut bytes = Vec::new();
    let _ = answer.response.into_body().into_reader().take(MAX_ERROR).read_to_end(&mut bytes);
    let value: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let code = value["errors"][0]["code"].as_str().unwrap_or_default();
    let is_code = |code: &&str| code.len() <= 40 && code.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    Some(code).filter(is_code).unwrap_or_default().to_owned()
}

fn unauthorized(repository: &Repository, login: &Login) -> Error {
    let host = &repository.host;
    Error::new(match (&login.hint, login.known) {
        (Some(hint), _) => format!("{host}: {} cannot be read without a login (401); {hint}", repository.name),
        (None, true) => {
            format!(
                "{host}: it refuses the credentials that were found for it (401); `docker login {host}` renews them"
            )
        }
        (None, false) => format!("{host}: it asks for a login in a way that is not known here (401)"),
    })
}

fn refusal(repository: &Repository, answer: Answer, status: StatusCode, login: &Login) -> Error {
    let from = answer.from.host.clone();
    let own = from == repository.api_host().to_ascii_lowercase();
    let name = &repository.name;
    let code = code_of(answer);
    let code = if code.is_empty() { String::new() } else { format!(" {code}") };
    Error::new(match status.as_u16() {
        401 if own => return unauthorized(repository, login),
        403 if own => format!("{from}: no permission to pull {name} (403{code}); ask who owns the repository for it"),
        429 => format!("{from}: too many requests (429), also after {TRIES} pauses; try later, or with a login"),
        status if status >= 500 => format!("{from}: it cannot answer now ({status}{code}); try later"),
        status if own => format!("{from}: it refuses to give {name} ({status}{code})"),
        status => format!("{}: it redirects to {from}, which refuses ({status})", repository.host),
    })
}

fn read_token(repository: &Repository, answer: Answer, known: bool) -> Result<String, Error> {
    let (from, status) = (answer.from.host.clone(), answer.response.status());
    let host = &repository.host;
    if !status.is_success() {
        let login = if known { "renews the login" } else { "adds a login" };
        return Err(Error::new(format!(
            "{from}: no token for {} of {host} ({}); `docker login {host}` {login}",
            repository.name,
            status.as_u16()
        )));
    }
    let mut bytes = Vec::new();
    let read = answer.response.into_body().into_reader().take(MAX_TOKEN + 1).read_to_end(&mut bytes);
    let value: Value = read.ok().and_then(|_| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
    let token = value["token"].as_str().or_else(|| value["access_token"].as_str());
    let is_token = |token: &&str| !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
    match token.filter(is_token).filter(|_| bytes.len() as u64 <= MAX_TOKEN) {
        Some(token) => Ok(format!("Bearer {token}")),
        None => Err(Error::new(format!("{from}: its answer is not a token for {host}"))),
    }
}

/// Fields as a form or a query has them.
fn encoded(fields: &[(&str, &str)]) -> String {
    let field = |(name, value): &(&str, &str)| format!("{name}={}", utf8_percent_encode(value, percent::FIELD));
    fields.iter().map(field).collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting() {
        assert_eq!(pause(0, Some("3")), Duration::from_secs(3));
        assert_eq!(pause(0, Some("86400")), LONGEST_WAIT);
        assert_eq!(pause(0, Some("Wed, 21 Oct 2015 07:28:00 GMT")), Duration::ZERO);
        assert_eq!(pause(0, Some("soon")), Duration::from_millis(250));
        assert_eq!(pause(3, None), Duration::from_secs(2));
        assert_eq!(pause(u32::MAX, None), LONGEST_WAIT);
    }

    #[test]
    fn forms() {
        assert_eq!(
            encoded(&[("scope", "repository:a/b:pull"), ("x", "\u{e9}&")]),
            "scope=repository%3Aa%2Fb%3Apull&x=%C3%A9%26"
        );
    }
}
