//! Large files of plain layers that may be the same: only those of one size are read, and only where their ends agree.

use super::content::BULK;
use super::layer::Scan;
use super::tarball::EntryKind;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use twox_hash::xxhash3_128::Hasher;

/// Maximum number of bytes that are read of an image to find them.
const MAX_BYTES: u64 = 1024 * 1024 * 1024;
/// The first and the last bytes of a file tell most of them apart.
const SAMPLE: u64 = 4096;

/// A large file: its scan, its entry, and where its content begins.
type Large = (usize, usize, u64);

/// Hashes what may be stored twice in the layers of an image; each comes with the file that it lies in.
pub(super) fn hash(layers: &mut [(&Path, Scan)]) {
    let mut by_size: BTreeMap<u64, Vec<Large>> = BTreeMap::new();
    // Files of compressed layers have their hash already.
    let mut hashed: Vec<u64> = Vec::new();
    for (layer, (_, scan)) in layers.iter().enumerate() {
        let large = |entry: &super::entries::EntryRef<'_>| entry.kind == EntryKind::File && entry.stored >= BULK;
        hashed.extend(scan.entries.iter().filter(large).filter(|entry| entry.hash.is_some()).map(|entry| entry.stored));
        for &(entry, at) in &scan.large {
            if let Some(size) = scan.entries.get(entry).map(|entry| entry.stored) {
                by_size.entry(size).or_default().push((layer, entry, at));
            }
        }
    }
    let mut left = MAX_BYTES;
    for (size, files) in by_size.into_iter().rev() {
        let known = hashed.contains(&size);
        let mut by_ends: BTreeMap<u128, Vec<Large>> = BTreeMap::new();
        for file in files.into_iter().filter(|_| size <= left) {
            let (layer, _, at) = file;
            if let Some(ends) = layers.get(layer).and_then(|(path, _)| ends(path, at, size).ok()) {
                by_ends.entry(ends).or_default().push(file);
            }
        }
        for files in by_ends.into_values().filter(|files| files.len() > 1 || known) {
            for (layer, entry, at) in files {
                left = left.saturating_sub(size);
                let Some((path, scan)) = layers.get_mut(layer).filter(|_| left > 0) else { return };
                let whole = content(path, at, size).ok();
                scan.entries.set_hash(entry, whole);
            }
        }
    }
}

fn ends(path: &Path, at: u64, size: u64) -> io::Result<u128> {
    let mut hasher = Hasher::new();
    feed(path, at, SAMPLE, &mut hasher)?;
    feed(path, at + size.saturating_sub(SAMPLE), SAMPLE, &mut hasher)?;
    Ok(hasher.finish_128())
}

fn content(path: &Path, at: u64, size: u64) -> io::Result<u128> {
    let mut hasher = Hasher::new();
    feed(path, at, size, &mut hasher)?;
    Ok(hasher.finish_128())
}

fn feed(path: &Path, at: u64, size: u64, hasher: &mut Hasher) -> io::Result<()> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(at))?;
    let mut rest = file.take(size);
    let mut buffer = vec![0; 128 * 1024];
    loop {
        match rest.read(&mut buffer)? {
            0 if rest.limit() > 0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            0 => return Ok(()),
            got => hasher.write(&buffer[..got]),
        }
    }
}
