//! The content of a file as it passes by in pieces, and what is looked for in it.

use super::marks::{PACKED, RUNTIME_API, RUNTIME_API_WIDE, contains};
use super::tarball::{Content, Skip};
use std::io::{self, Read};
use twox_hash::xxhash3_128::Hasher;

/// The content of an entry as it passes, watched for what is asked of it.
pub(super) struct EntryStream<'a, R> {
    pub(super) content: Content<'a, R>,
    pub(super) left: u64,
    pub(super) watch: Observers,
}

impl<R: Skip> EntryStream<'_, R> {
    /// Reads up to this many bytes, and adds them.
    pub(super) fn take(&mut self, bytes: u64, into: &mut Vec<u8>) -> io::Result<()> {
        let want = bytes.min(self.left);
        let before = into.len();
        into.resize(before + want as usize, 0);
        self.content.read_exact(&mut into[before..])?;
        self.left -= want;
        self.watch.see(&into[before..]);
        Ok(())
    }

    /// Passes over bytes, and looks at them only if they are needed.
    pub(super) fn pass(&mut self, bytes: u64) -> io::Result<()> {
        self.left -= bytes;
        let Observers { hunt, hash } = &self.watch;
        if hash.is_none() && hunt.as_ref().is_none_or(|hunt| hunt.found) {
            return self.content.skip(bytes);
        }
        self.content.pass(bytes, &mut |piece| self.watch.see(piece))
    }
}

/// What is made of content as it passes.
#[derive(Default)]
pub(super) struct Observers {
    pub(super) hunt: Option<SubstringSearch>,
    pub(super) hash: Option<Hasher>,
}

impl Observers {
    fn see(&mut self, bytes: &[u8]) {
        self.hunt.iter_mut().for_each(|hunt| hunt.feed(bytes));
        self.hash.iter_mut().for_each(|hash| hash.write(bytes));
    }
}

/// Content is searched in pieces of this many bytes.
const PIECE: u64 = 128 * 1024;

/// Looks for the Runtime API's name in bytes that come in pieces, or for a sign that it may stand in packed ones.
pub(super) struct SubstringSearch {
    pub(super) found: bool,
    tail: Vec<u8>,
}

impl SubstringSearch {
    pub(super) fn new(found: bool) -> Self {
        Self { found, tail: Vec::new() }
    }

    pub(super) fn feed(&mut self, bytes: &[u8]) {
        if self.found {
            return;
        }
        let keep = RUNTIME_API_WIDE.len() - 1;
        self.tail.extend(&bytes[..bytes.len().min(keep)]);
        let has = |bytes: &[u8]| [RUNTIME_API, RUNTIME_API_WIDE, PACKED].iter().any(|word| contains(bytes, word));
        self.found = has(&self.tail) || has(bytes);
        let all = if bytes.len() >= keep { bytes } else { &self.tail[..] };
        self.tail = all[all.len().saturating_sub(keep)..].to_vec();
    }

    pub(super) fn all(&mut self, reader: &mut impl Read) -> io::Result<()> {
        let mut buffer = vec![0; PIECE as usize];
        loop {
            match reader.read(&mut buffer)? {
                0 => return Ok(()),
                got => self.feed(&buffer[..got]),
            }
            if self.found {
                return Ok(());
            }
        }
    }
}
