//! Which compression a stream has, told by its first bytes, and reading through it.

use flate2::bufread::MultiGzDecoder;
use std::io::{self, BufRead, BufReader, Read};

/// How a stream is packed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Compression {
    /// Not at all.
    #[default]
    Plain,
    /// gzip, several members in a row included.
    Gzip,
    /// Zstandard.
    Zstd,
}

impl Compression {
    /// Tells it by the first bytes of a stream.
    pub fn of(head: &[u8]) -> Self {
        match head {
            [0x1f, 0x8b, ..] => Self::Gzip,
            // A skippable frame may come first: its magic is 0x184D2A5? in little endian.
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstd,
            [low, 0x2a, 0x4d, 0x18, ..] if low & 0xf0 == 0x50 => Self::Zstd,
            _ => Self::Plain,
        }
    }

    /// `gzip`, as messages say it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }
}

/// Unpacks a stream.
pub(super) fn unpack<'a, R: BufRead + 'a>(mut reader: R, compression: Compression) -> Box<dyn Read + 'a> {
    match compression {
        Compression::Plain => Box::new(reader),
        Compression::Gzip => match plain_flags(&mut reader) {
            Ok(head) => Box::new(MultiGzDecoder::new(io::Cursor::new(head).chain(reader))),
            Err(error) => Box::new(Failing(Some(error))),
        },
        Compression::Zstd => Box::new(Frames { reader: Some(reader), frame: None }),
    }
}

/// The first four bytes of a gzip stream where a reserved flag is set in them, without that flag: `flate2` refuses it, and
/// Go and gzip do not look at it.
fn plain_flags(reader: &mut impl BufRead) -> io::Result<Vec<u8>> {
    const RESERVED: u8 = 0b1110_0000;
    match *reader.fill_buf()? {
        [first, second, method, flags, ..] if flags & RESERVED != 0 => {
            reader.consume(4);
            Ok(vec![first, second, method, flags & !RESERVED])
        }
        _ => Ok(Vec::new()),
    }
}

/// A stream that cannot be read.
struct Failing(Option<io::Error>);

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// The first bytes of a buffered stream, without taking them.
pub(super) fn peek(reader: &mut impl BufRead) -> io::Result<Vec<u8>> {
    reader.fill_buf().map(|buffer| buffer[..buffer.len().min(512)].to_vec())
}

/// Wraps a reader in a buffer that is large enough to be fast and to hold a tar header.
pub(super) fn buffered<R: Read>(reader: R) -> BufReader<R> {
    BufReader::with_capacity(128 * 1024, reader)
}

type Decoder<R> = ruzstd::decoding::StreamingDecoder<R, ruzstd::decoding::FrameDecoder>;

/// Zstandard frames one after the other; `ruzstd` reads one.
struct Frames<R: BufRead> {
    reader: Option<R>,
    frame: Option<Decoder<R>>,
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(frame) = &mut self.frame {
                let count = frame.read(buffer)?;
                if count > 0 || buffer.is_empty() {
                    return Ok(count);
                }
                if let Some(frame) = self.frame.take() {
                    let (said, is) = (frame.decoder.get_checksum_from_data(), frame.decoder.get_calculated_checksum());
                    if said.is_some_and(|said| is != Some(said)) {
                        return Err(io::Error::other("a zstd frame is not what its checksum says"));
                    }
                    self.reader = Some(frame.into_inner());
                }
            }
            let Some(mut reader) = self.reader.take() else { return Ok(0) };
            if reader.fill_buf()?.is_empty() {
                self.reader = Some(reader);
                return Ok(0);
            }
            if skippable(&mut reader)? {
                self.reader = Some(reader);
                continue;
            }
            self.frame = Some(Decoder::new(reader).map_err(io::Error::other)?);
        }
    }
}

/// Skips a skippable frame, if that is what comes next.
fn skippable<R: BufRead>(reader: &mut R) -> io::Result<bool> {
    let head = reader.fill_buf()?;
    if head.len() < 4 || head[0] & 0xf0 != 0x50 || head[1..4] != [0x2a, 0x4d, 0x18] {
        return Ok(false);
    }
    let mut header = [0; 8];
    reader.read_exact(&mut header)?;
    let length = u64::from(u32::from_le_bytes([header[4], header[5], header[6], header[7]]));
    let skipped = io::copy(&mut reader.by_ref().take(length), &mut io::sink())?;
    if skipped < length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(true)
}
