//! A layer's stream on two threads: one reads and unpacks, the other hashes and walks what comes out.
//!
//! Inflating is what takes the time, so it gets a thread that does nothing else, and one large layer alone is read
//! nearly as fast as it can be inflated. Chunks in flight are few and of a fixed size, and they are used again.

use super::budget::Budget;
use super::compress::{self, Compression};
use super::layer::digest;
use super::tarball::Skip;
use sha2::{Digest, Sha256};
use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};
use std::thread;

/// Unpacked bytes that pass from one thread to the other at a time.
const CHUNK: usize = 256 * 1024;
/// Chunks that wait at most.
const WAITING: usize = 8;

/// What passes from the unpacking thread to the judging one, in the order of the stream.
enum Piece {
    /// Bytes of the blob.
    Packed(Chunk),
    /// Bytes that came out of it.
    Unpacked(Chunk),
    /// Bytes of a blob that is not packed: both at once.
    Plain(Chunk),
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
        digest(&self.hash.clone().finalize())
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
    let (spare, spares) = mpsc::channel();
    let judged = AtomicBool::new(false);
    let judged = &judged;
    thread::scope(|scope| {
        let judging = thread::Builder::new().spawn_scoped(scope, move || {
            let mut unpacked = Stream { pieces, spare, ..Stream::new() };
            let verdict = judge(&mut unpacked);
            judged.store(true, Ordering::Relaxed);
            (verdict, unpacked.rest())
        })?;
        let (compression, whole) = Feed { full, spares, budget, judged }.all(reader);
        let (verdict, packed) = judging.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        Ok((verdict, Blob { compression, packed, whole }))
    })
}

/// The unpacking side.
struct Feed<'a> {
    full: SyncSender<Piece>,
    spares: Receiver<Vec<u8>>,
    budget: &'a Budget,
    /// Nobody looks at what comes out any more.
    judged: &'a AtomicBool,
}

impl Feed<'_> {
    /// Feeds all of a blob: how it is packed, and whether it could be read to its end.
    fn all(&self, reader: impl Read) -> (Compression, bool) {
        let mut reader = compress::buffered(Watched { inner: reader, feed: self, packed: false });
        let compression = match compress::peek(&mut reader) {
            Ok(head) => Compression::of(&head),
            Err(error) => {
                self.send(Piece::Fault(error));
                return (Compression::Plain, false);
            }
        };
        if compression == Compression::Plain {
            return (compression, self.unpack(&mut reader, Piece::Plain));
        }
        // What was read to tell the compression has not been seen yet.
        let head = reader.buffer().to_vec();
        self.packed(&head);
        reader.get_mut().packed = true;
        self.unpack(&mut compress::unpack(&mut reader, compression), Piece::Unpacked);
        (compression, io::copy(&mut reader, &mut io::sink()).is_ok())
    }

    /// Feeds what comes out of a reader; whether it came to its end.
    fn unpack(&self, reader: &mut dyn Read, piece: fn(Chunk) -> Piece) -> bool {
        let plain = matches!(piece(Chunk::default()), Piece::Plain(_));
        loop {
            if self.judged.load(Ordering::Relaxed) && !plain {
                return true;
            }
            let (chunk, fault) = self.chunk(reader);
            let ended = chunk.filled < CHUNK;
            let over = self.budget.take_bytes(chunk.filled as u64).err().map(io::Error::other);
            if chunk.filled > 0 {
                self.send(piece(chunk));
            }
            if let Some(fault) = fault.or(over) {
                self.send(Piece::Fault(fault));
                return false;
            }
            if ended {
                return true;
            }
        }
    }

    /// The next bytes, as many as a chunk takes, and what went wrong behind them.
    fn chunk(&self, reader: &mut dyn Read) -> (Chunk, Option<io::Error>) {
        let mut chunk = Chunk { bytes: self.buffer(), filled: 0 };
        chunk.bytes.resize(CHUNK, 0);
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

    fn packed(&self, bytes: &[u8]) {
        let mut chunk = Chunk { bytes: self.buffer(), filled: bytes.len() };
        if chunk.bytes.len() < bytes.len() {
            chunk.bytes.resize(bytes.len(), 0);
        }
        chunk.bytes[..bytes.len()].copy_from_slice(bytes);
        self.send(Piece::Packed(chunk));
    }

    /// A buffer that has been used, or a new one.
    fn buffer(&self) -> Vec<u8> {
        self.spares.try_recv().unwrap_or_default()
    }

    fn send(&self, piece: Piece) {
        // The other side listens until this one is gone; if it has panicked, joining it says so.
        let _ = self.full.send(piece);
    }
}

/// Hands on the bytes of the blob as they are read.
struct Watched<'a, R> {
    inner: R,
    feed: &'a Feed<'a>,
    packed: bool,
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.inner.read(buffer)?;
        self.feed.budget.progress.read(got as u64);
        if self.packed && got > 0 {
            self.feed.packed(&buffer[..got]);
        }
        Ok(got)
    }
}

/// The judging side: what has come out of a blob, as a stream.
pub(super) struct Stream {
    pieces: Receiver<Piece>,
    spare: Sender<Vec<u8>>,
    chunk: Chunk,
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
        Self { pieces, spare, chunk: Chunk::default(), used: 0, packed, unpacked, plain: false }
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

    fn take(&mut self, chunk: Chunk) {
        let used = std::mem::replace(&mut self.chunk, chunk);
        self.used = 0;
        self.give_back(used);
    }

    fn give_back(&self, chunk: Chunk) {
        // Nobody takes it any more when the other side is done.
        let _ = self.spare.send(chunk.bytes);
    }

    /// Waits until all of the blob has passed; its length and digest.
    fn rest(self) -> Tally {
        let mut packed = self.packed;
        for piece in self.pieces {
            if let Piece::Packed(chunk) | Piece::Plain(chunk) = piece {
                packed.add(chunk.filled());
                let _ = self.spare.send(chunk.bytes);
            }
        }
        packed
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
    fn skip(&mut self, mut bytes: u64) -> io::Result<()> {
        while bytes > 0 {
            let ready = self.ready()?.len();
            if ready == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let passed = usize::try_from(bytes).unwrap_or(usize::MAX).min(ready);
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
