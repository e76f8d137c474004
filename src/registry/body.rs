//! A blob as it streams from a registry: one that is cut goes on where it was, because its digest proves the whole.

use super::client::{Client, Host, Part};
use super::gate::Permit;
use super::http::text;
use super::reference::Repository;
use crate::error::Error;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};
use ureq::BodyReader;

/// How often a blob is asked for again that does not come on.
const TRIES: u32 = 5;
/// Bytes after which a cut counts as the first one again.
const PROGRESS: u64 = 1024 * 1024;

/// A blob that comes.
pub(super) struct Blob<'c> {
    client: &'c Client,
    host: Arc<Host>,
    repository: &'c Repository,
    digest: String,
    /// Bytes that were read.
    at: u64,
    /// Bytes that are read at most: one more than its descriptor says, which shows that there are more.
    most: u64,
    /// Bytes that it has, by the server or by its descriptor.
    length: Option<u64>,
    body: Option<(BodyReader<'static>, Permit)>,
    tries: u32,
    /// Where the last cut was.
    cut: u64,
    failure: Arc<Mutex<Option<Error>>>,
}

impl<'c> Blob<'c> {
    pub(super) fn open(
        client: &'c Client,
        host: Arc<Host>,
        repository: &'c Repository,
        digest: &str,
        size: Option<u64>,
    ) -> Result<Option<Self>, Error> {
        let mut blob = Self {
            client,
            host,
            repository,
            digest: digest.to_owned(),
            at: 0,
            most: size.map_or(u64::MAX, |size| size.saturating_add(1)),
            length: size,
            body: None,
            tries: 0,
            cut: 0,
            failure: Arc::default(),
        };
        Ok(blob.connect()?.then_some(blob))
    }

    /// Where it is said why it has ended early.
    pub(super) fn failing(mut self, failure: &Arc<Mutex<Option<Error>>>) -> Self {
        self.failure = Arc::clone(failure);
        self
    }

    /// Asks for what has not come yet; `false` if it is not there.
    fn connect(&mut self) -> Result<bool, Error> {
        self.body = None;
        let path = format!("blobs/{}", self.digest);
        let (answer, permit) = match self.client.part(&self.host, self.repository, &path, "*/*", self.at)? {
            Part::Found(answer, permit) => (answer, permit),
            Part::NotFound(_) if self.at == 0 => return Ok(false),
            Part::NotFound(_) => {
                return Err(Error::new(format!("{}: the blob {} is gone", self.repository.host, self.digest)));
            }
        };
        let from = answer.from.host;
        let number = |name: &str| text(answer.response.headers(), name)?.trim().parse::<u64>().ok();
        let whole = answer.response.status().as_u16() != 206;
        if whole {
            self.length = number("content-length").or(self.length);
        } else {
            let range = text(answer.response.headers(), "content-range").and_then(|range| range.strip_prefix("bytes "));
            let start = range.and_then(|range| range.split('-').next()?.trim().parse::<u64>().ok());
            if start != Some(self.at) {
                return Err(Error::new(format!(
                    "{from}: it gives another part of {} than it was asked for",
                    self.digest
                )));
            }
        }
        let mut body = answer.response.into_body().into_with_config().limit(u64::MAX).reader();
        // A server that does not know ranges begins again.
        let passed = if whole { self.at } else { 0 };
        if io::copy(&mut body.by_ref().take(passed), &mut io::sink()).is_ok_and(|copied| copied == passed) {
            self.body = Some((body, permit));
        }
        Ok(true)
    }

    fn is_at_end(&self) -> bool {
        self.at >= self.most || self.length.is_some_and(|length| self.at >= length)
    }

    /// Goes on after a cut, or says why not.
    fn resume(&mut self, why: &str) -> io::Result<()> {
        if self.at - self.cut >= PROGRESS {
            self.tries = 0;
        }
        self.cut = self.at;
        self.tries += 1;
        let host = &self.repository.host;
        let result = if self.tries > TRIES {
            Err(Error::new(format!(
                "{host}: {} was cut off {TRIES} times, last at byte {}: {why}; try again, or ask who runs the registry",
                self.digest, self.at
            )))
        } else {
            self.connect().map(|_| ())
        };
        result.map_err(|error| {
            let said = error.to_string();
            self.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
            io::Error::other(said)
        })
    }
}

impl Read for Blob<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let room = usize::try_from(self.most - self.at).unwrap_or(usize::MAX).min(buffer.len());
        if room == 0 {
            self.body = None;
            return Ok(0);
        }
        loop {
            let read = match &mut self.body {
                Some((body, _)) => body.read(&mut buffer[..room]),
                None => Ok(0),
            };
            let why = match read {
                Ok(0) if self.is_at_end() || (self.length.is_none() && self.body.is_some()) => {
                    // What is asked next may use the connection.
                    self.body = None;
                    self.most = self.at;
                    return Ok(0);
                }
                Ok(0) => "the connection was closed".to_owned(),
                Ok(count) => {
                    self.at += count as u64;
                    return Ok(count);
                }
                Err(_) if self.is_at_end() => {
                    self.most = self.at;
                    return Ok(0);
                }
                Err(error) => crate::error::why(&error),
            };
            self.resume(&why)?;
        }
    }
}
