//! A layer's stream on two threads: one reads and unpacks, the other hashes and walks what comes out.
//!
//! Inflating is what takes the time, so it gets a thread that does nothing else, and one large layer alone is read
//! nearly as fast as it can be inflated. Chunks in flight are few and of a fixed size, and they are used again.

use super::budget::Budget;
use super::compress::{self, Compression};
use super::layer::digest;
use super::tarball::Skip;
use sha2::{Digest, Sha256};
use std::io::{self, BufRead, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};
use std::thread;

/// Unpacked bytes that pass from one thread to the other at a time.
const CHUNK: usize = 256 * 1024;
/// Chunks that wait at most.
const WAITING: usize = 8;

/// What passes from the unpacking thread to the judging one, in the order of the stream.
enum Piece {
    /// Bytes of the blob, from which the other side may be unpacking still.
    Packed(Arc<Chunk>),
    /// Bytes that came out of it.
    Unpacked(Arc<Chunk>),
    /// Bytes of a blob that is not packed: both at once.
    Plain(Arc<Chunk>),
    /// Why no more comes out.
    Fault(io::Error),
}

/// A buffer and how much of it is filled.
#[derive(Default)]
struct Chunk {
    bytes: Vec<u8>,
    filled: usize,
}

impl Chunk {
    fn filled(&self) -> &[u8] {
        &self.bytes[..self.filled]
    }
}

/// How long something is, and its digest.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) bytes: u64,
    hash: Sha256,
}

impl Tally {
    fn add(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        self.hash.update(bytes);
    }

    /// `sha256:…`
    pub(super) fn digest(&self) -> String {
        digest("sha256", &self.hash.clone().finalize())
    }
}

/// What is known of a blob when all of it has passed.
pub(super) struct Blob {
    pub(super) compression: Compression,
    /// Length and digest of what was read of it.
    pub(super) packed: Tally,
    /// Whether that was all of it.
    pub(super) whole: bool,
}

/// Reads a blob to its end. What comes out of it goes to `judge` on another thread; once that returns, the rest is
/// only hashed.
pub(super) fn run<T: Send>(
    reader: impl Read,
    budget: &Budget,
    judge: impl FnOnce(&mut Stream) -> T + Send,
) -> io::Result<(T, Blob)> {
    let (full, pieces) = mpsc::sync_channel(WAITING);
    let (spare, allows) = mpsc::channel();
    let judged = AtomicBool::new(false);
    let judged = &judged;
    thread::scope(|scope| {
        let judging = thread::Builder::new().spawn_scoped(scope, move || {
            let mut unpacked = Stream { pieces, spare, ..Stream::new() };
            let verdict = judge(&mut unpacked);
            judged.store(true, Ordering::Relaxed);
            (verdict, unpacked.rest())
        })?;
        let (compression, whole) = Feed { full, allows, budget, judged }.all(reader);
        let (verdict, packed) = judging.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        Ok((verdict, Blob { compression, packed, whole }))
    })
}

/// The unpacking side.
struct Feed<'a> {
    full: SyncSender<Piece>,
    allows: Receiver<Vec<u8>>,
    budget: &'a Budget,
    /// The receiver is gone.
    judged: &'a AtomicBool,
}

impl Feed<'_> {
    /// Feeds all of a blob: how it is packed, and whether it could be read to its end.
    fn all(&self, reader: impl Read) -> (Compression, bool) {
        let mut blob = Blocks { inner: reader, feed: self, chunk: Arc::default(), used: 0, packed: false };
        let compression = match compress::peek(&mut blob) {
            Ok(head) => Compression::of(&head),
            Err(error) => {
                self.send(Piece::Fault(error));
                return (Compression::Plain, false);
            }
        };
        if compression == Compression::Plain {
            return (compression, self.plain(&mut blob));
        }
        // What was read to tell the compression has not been seen yet.
        self.send(Piece::Packed(Arc::clone(&blob.chunk)));
        blob.packed = true;
        self.unpack(&mut compress::unpack(&mut blob, compression));
        (compression, io::copy(&mut blob, &mut io::sink()).is_ok())
    }

    /// Feeds a blob that is not packed; whether it came to its end.
    fn plain<R: Read>(&self, blob: &mut Blocks<'_, R>) -> bool {
        let fault = loop {
            match blob.fill_buf().map(<[u8]>::len) {
                Ok(0) => return true,
                Ok(filled) => {
                    self.send(Piece::Plain(Arc::clone(&blob.chunk)));
                    blob.consume(filled);
                    if let Err(over) = self.budget.take_bytes(filled as u64) {
                        break io::Error::other(over);
                    }
                }
                Err(error) => break error,
            }
        };
        self.send(Piece::Fault(fault));
        false
    }

    /// Feeds what comes out of a reader, to its end or until the receiver is gone.
    fn unpack(&self, reader: &mut dyn Read) {
        while !self.judged.load(Ordering::Relaxed) {
            let (chunk, fault) = self.chunk(reader);
            let ended = chunk.filled < CHUNK;
            let over = self.budget.take_bytes(chunk.filled as u64).err().map(io::Error::other);
            if chunk.filled > 0 {
                self.send(Piece::Unpacked(Arc::new(chunk)));
            }
            if let Some(fault) = fault.or(over) {
                return self.send(Piece::Fault(fault));
            }
            if ended {
                return;
            }
        }
    }

    /// The next bytes, as many as a chunk takes, and what went wrong after them.
    fn chunk(&self, reader: &mut dyn Read) -> (Chunk, Option<io::Error>) {
        let mut chunk = self.buffer();
        while chunk.filled < CHUNK {
            match reader.read(&mut chunk.bytes[chunk.filled..]) {
                Ok(0) => break,
                Ok(count) => chunk.filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return (chunk, Some(error)),
            }
        }
        (chunk, None)
    }

    /// A buffer that has been used, or a new one.
    fn buffer(&self) -> Chunk {
        Chunk { bytes: self.allows.try_recv().unwrap_or_else(|_| vec![0; CHUNK]), filled: 0 }
    }

    fn send(&self, piece: Piece) {
        // The other side listens until this one is gone; if it has panicked, joining it says so.
        let _ = self.full.send(piece);
    }
}

/// A blob, chunk by chunk. Each is handed on as it is: one side unpacks it while the other hashes it.
struct Blocks<'a, R> {
    inner: R,
    feed: &'a Feed<'a>,
    chunk: Arc<Chunk>,
    /// Bytes of the chunk that have been read.
    used: usize,
    packed: bool,
}

impl<R: Read> BufRead for Blocks<'_, R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.used == self.chunk.filled {
            let used = Arc::into_inner(std::mem::take(&mut self.chunk)).filter(|chunk| !chunk.bytes.is_empty());
            let mut next = used.unwrap_or_else(|| self.feed.buffer());
            self.used = 0;
            next.filled = loop {
                match self.inner.read(&mut next.bytes) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    read => break read?,
                }
            };
            self.feed.budget.progress.read(next.filled as u64);
            self.chunk = Arc::new(next);
            if self.packed && self.chunk.filled > 0 {
                self.feed.send(Piece::Packed(Arc::clone(&self.chunk)));
            }
        }
        Ok(&self.chunk.filled()[self.used..])
    }

    fn consume(&mut self, bytes: usize) {
        self.used += bytes;
    }
}

impl<R: Read> Read for Blocks<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut ready = self.fill_buf()?;
        let count = ready.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

/// The judging side: what has come out of a blob, as a stream.
pub(super) struct Stream {
    pieces: Receiver<Piece>,
    spare: Sender<Vec<u8>>,
    chunk: Arc<Chunk>,
    /// Bytes of the chunk that have been read.
    used: usize,
    packed: Tally,
    unpacked: Tally,
    plain: bool,
}

impl Stream {
    fn new() -> Self {
        let ((_, pieces), (spare, _)) = (mpsc::sync_channel(0), mpsc::channel());
        let (packed, unpacked) = (Tally::default(), Tally::default());
        Self { pieces, spare, chunk: Arc::default(), used: 0, packed, unpacked, plain: false }
    }

    /// Length of what has come out so far, in bytes.
    pub(super) fn length(&self) -> u64 {
        self.unpacked.bytes
    }

    /// `sha256:…` of what has come out so far.
    pub(super) fn digest(&self) -> String {
        if self.plain { self.packed.digest() } else { self.unpacked.digest() }
    }

    /// What is there to be read; empty at the end.
    fn ready(&mut self) -> io::Result<&[u8]> {
        while self.used == self.chunk.filled {
            match self.pieces.recv() {
                Ok(Piece::Unpacked(chunk)) => {
                    self.unpacked.add(chunk.filled());
                    self.take(chunk);
                }
                Ok(Piece::Plain(chunk)) => {
                    self.plain = true;
                    self.packed.add(chunk.filled());
                    self.unpacked.bytes += chunk.filled as u64;
                    self.take(chunk);
                }
                Ok(Piece::Packed(chunk)) => {
                    self.packed.add(chunk.filled());
                    self.give_back(chunk);
                }
                Ok(Piece::Fault(error)) => return Err(error),
                Err(mpsc::RecvError) => break,
            }
        }
        Ok(&self.chunk.filled()[self.used..])
    }

    fn take(&mut self, chunk: Arc<Chunk>) {
        let used = std::mem::replace(&mut self.chunk, chunk);
        self.used = 0;
        self.give_back(used);
    }

    fn give_back(&self, chunk: Arc<Chunk>) {
        // What the other side still reads it keeps itself, and after the last chunk none is needed.
        if let Some(chunk) = Arc::into_inner(chunk).filter(|chunk| !chunk.bytes.is_empty()) {
            let _ = self.spare.send(chunk.bytes);
        }
    }

    /// Waits until all of the blob has passed; its length and digest.
    fn rest(mut self) -> Tally {
        while let Ok(piece) = self.pieces.recv() {
            if let Piece::Packed(chunk) | Piece::Plain(chunk) = piece {
                self.packed.add(chunk.filled());
                self.give_back(chunk);
            }
        }
        self.packed
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let ready = self.ready()?;
        let count = ready.len().min(buffer.len());
        buffer[..count].copy_from_slice(&ready[..count]);
        self.used += count;
        Ok(count)
    }
}

impl Skip for Stream {
    fn pass(&mut self, mut bytes: u64, look: &mut dyn FnMut(&[u8])) -> io::Result<()> {
        while bytes > 0 {
            let ready = self.ready()?;
            if ready.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let passed = usize::try_from(bytes).unwrap_or(usize::MAX).min(ready.len());
            look(&ready[..passed]);
            self.used += passed;
            bytes -= passed as u64;
        }
        Ok(())
    }
}

impl Stream {
    /// Reads on to the end.
    pub(super) fn drain(&mut self) -> io::Result<()> {
        loop {
            let ready = self.ready()?.len();
            if ready == 0 {
                return Ok(());
            }
            self.used += ready;
        }
    }
}
