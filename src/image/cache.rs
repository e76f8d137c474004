//! Scanned layers on the disk: an entry a digest, which later runs take in the place of the layer.
//!
//! An entry is written under another name and renamed, so that no lock is needed; one that is damaged, foreign or of another
//! format is as good as none. It is trusted as the registry is: whoever can write it can hide what is wrong with an image.

use super::layer::Scan;
use crate::error::Error;
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

/// The format of entries: another number wherever a scan finds other things, or writes them otherwise. Rules may change
/// without one.
const FORMAT: u32 = 2;
/// What an entry begins with.
const MAGIC: &[u8] = b"lamblint layer\n";
/// Bytes of an entry, packed and unpacked.
const MAX_PACKED: u64 = 256 * 1024 * 1024;
const MAX_UNPACKED: u64 = 1024 * 1024 * 1024;

/// A folder of entries.
#[derive(Debug)]
pub struct LayerCache {
    root: PathBuf,
    read_only: bool,
    /// Whether an entry could not be written.
    full: AtomicBool,
}

/// What an entry holds.
#[derive(Serialize, Deserialize)]
struct Entry<S> {
    digest: String,
    scan: S,
}

impl LayerCache {
    /// The entries in a folder, which is made if it is not there.
    pub fn open(root: &Path, read_only: bool) -> Result<Self, Error> {
        if !read_only {
            fs::create_dir_all(root).map_err(|error| Error::io(root, &error))?;
        }
        if !root.is_dir() {
            return Err(Error::new(format!("{}: --cache names it, and it is no folder", root.display())));
        }
        Ok(Self { root: root.to_owned(), read_only, full: AtomicBool::new(false) })
    }

    /// Why entries were not written, if so.
    pub fn fault(&self) -> Option<String> {
        self.full
            .load(Ordering::Relaxed)
            .then(|| format!("{}: layers could not be written to this cache", self.root.display()))
    }

    fn path(&self, digest: &str) -> Option<PathBuf> {
        // A digest is hexadecimal and no path.
        super::load::blob_name(digest)?;
        let (algorithm, hex) = digest.split_once(':')?;
        Some(self.root.join(format!("v1/{FORMAT}/{algorithm}/{}/{hex}", hex.get(..2)?)))
    }

    /// The scan of a layer, if a run has left it here.
    pub(super) fn load(&self, digest: &str) -> Option<Scan> {
        let path = self.path(digest)?;
        let mut bytes = Vec::new();
        let file = File::open(&path).ok()?;
        (&file).take(MAX_PACKED + 1).read_to_end(&mut bytes).ok()?;
        let scan = read(&bytes, digest)?;
        if !self.read_only {
            // What was used is kept when the rest is pruned; reading it is enough where that cannot be noted.
            let _ = File::options().append(true).open(&path).and_then(|file| file.set_modified(SystemTime::now()));
        }
        Some(scan)
    }

    /// Whether there is an entry of a layer, be it sound or not.
    pub fn has(&self, digest: &str) -> bool {
        self.path(digest).is_some_and(|path| path.is_file())
    }

    /// Leaves a scan here for later runs.
    pub(super) fn store(&self, digest: &str, scan: &Scan) {
        if self.read_only {
            return;
        }
        if self.path(digest).and_then(|path| write(&path, digest, scan)).is_none() {
            self.full.store(true, Ordering::Relaxed);
        }
    }
}

fn write(path: &Path, digest: &str, scan: &Scan) -> Option<()> {
    let folder = path.parent()?;
    fs::create_dir_all(folder).ok()?;
    let payload = postcard::to_stdvec(&Entry { digest: digest.to_owned(), scan }).ok()?;
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::new(3));
    packed.write_all(&payload).ok()?;
    let packed = packed.finish().ok()?;
    let prefix = format!("{UNFINISHED}{}-", path.file_name()?.to_str()?);
    let mut file = tempfile::Builder::new().prefix(&prefix).tempfile_in(folder).ok()?;
    file.write_all(MAGIC).ok()?;
    file.write_all(&Sha256::digest(&packed)).ok()?;
    file.write_all(&packed).ok()?;
    // Another process may have written the same.
    if file.persist(path).is_err() && !path.is_file() {
        return None;
    }
    clear(folder, &prefix);
    Some(())
}

/// What the name of an entry begins with that is being written.
const UNFINISHED: &str = ".new-";

/// Removes what processes that were ended have left of an entry, now that it is there.
fn clear(folder: &Path, prefix: &str) {
    for entry in fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok) {
        if entry.file_name().to_str().is_some_and(|name| name.starts_with(prefix)) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Reads an entry; `None` if it is not one of this layer, whole and in this format.
fn read(bytes: &[u8], digest: &str) -> Option<Scan> {
    let rest = bytes.strip_prefix(MAGIC)?;
    let (hash, packed) = rest.split_at_checked(32)?;
    if hash != Sha256::digest(packed).as_slice() {
        return None;
    }
    let mut payload = Vec::new();
    ZlibDecoder::new(packed).take(MAX_UNPACKED).read_to_end(&mut payload).ok()?;
    let entry: Entry<Scan> = postcard::from_bytes(&payload).ok()?;
    let sound =
        entry.digest == digest && entry.scan.packed_digest.as_deref() == Some(digest) && entry.scan.fault.is_none();
    sound.then_some(entry.scan)
}

/// Removes the entries of a cache that were not used for some time; how many, and how many are left.
pub fn prune(root: &Path, unused_for: Duration) -> Result<(usize, usize), Error> {
    let (mut gone, mut left) = (0, 0);
    let now = SystemTime::now();
    let mut folders = vec![(root.join("v1"), 0)];
    if !folders[0].0.is_dir() {
        return Err(Error::new(format!("{}: no cache of lamblint is in it", root.display())));
    }
    while let Some((folder, depth)) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(|error| Error::io(&folder, &error))?.filter_map(Result::ok) {
            let Ok(kind) = entry.file_type() else { continue };
            // format, algorithm, two digits.
            if kind.is_dir() && depth < 3 {
                folders.push((entry.path(), depth + 1));
            } else if kind.is_file() && depth == 3 {
                let used = entry.metadata().and_then(|metadata| metadata.modified());
                let old = used.is_ok_and(|used| now.duration_since(used).is_ok_and(|age| age >= unused_for));
                let unfinished = entry.file_name().to_string_lossy().starts_with(UNFINISHED);
                if old && fs::remove_file(entry.path()).is_ok() {
                    gone += usize::from(!unfinished);
                } else {
                    left += usize::from(!unfinished);
                }
            }
        }
    }
    Ok((gone, left))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::budget::Budget;
    use crate::image::layer;

    /// A layer that has a facet of each kind, and its digest.
    fn scan() -> (String, Scan) {
        let mut builder = tar::Builder::new(Vec::new());
        let files: &[(&str, &[u8])] = &[
            ("etc/os-release", b"ID=amzn\n"),
            ("var/task/app.py", b"import json\nfrom a import b\ndef handler(e, c):\n    import late\n"),
            ("var/task/index.mjs", b"export const handler = 1\n"),
            ("var/task/app.rb", b"require_relative 'x'\n"),
            ("var/task/node_modules/x/package.json", b"{\"name\":\"x\",\"exports\":{\".\":\"./a.js\"}}"),
            ("var/task/p-1.dist-info/RECORD", b"p/m.py,,\n"),
            ("var/task/p-1.dist-info/METADATA", b"Name: p\nVersion: 1\nRequires-Dist: q>1\n\n"),
            ("var/task/run.sh", b"#!/bin/sh\nexec x\n"),
            ("var/task/a.class", b"\xca\xfe\xba\xbe\0\0\0\x3d"),
            ("var/task/a.exe", b"MZ\x90\0"),
        ];
        for (path, content) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(content.len() as u64);
            header.set_mode(0o755);
            builder.append_data(&mut header, path, *content).unwrap();
        }
        let mut link = tar::Header::new_gnu();
        link.set_entry_type(tar::EntryType::Symlink);
        link.set_size(0);
        builder.append_link(&mut link, "bin/\u{e9}", "../usr/bin").unwrap();
        let scan = layer::stream(builder.into_inner().unwrap().as_slice(), &Budget::new(std::sync::Arc::default()));
        (scan.packed_digest.clone().unwrap(), scan)
    }

    fn cache(read_only: bool) -> (tempfile::TempDir, LayerCache) {
        let folder = tempfile::tempdir().unwrap();
        let cache = LayerCache::open(folder.path(), read_only).unwrap();
        (folder, cache)
    }

    #[test]
    fn what_is_stored_is_loaded() {
        let (digest, scan) = scan();
        let (folder, cache) = cache(false);
        assert!(cache.load(&digest).is_none());
        cache.store(&digest, &scan);
        let loaded = cache.load(&digest).unwrap();
        assert_eq!(format!("{loaded:?}"), format!("{scan:?}"));
        assert!(cache.fault().is_none());
        let names = fs::read_dir(cache.path(&digest).unwrap().parent().unwrap()).unwrap().count();
        assert_eq!(names, 1, "nothing is left of the writing");
        let other = LayerCache::open(folder.path(), true).unwrap();
        assert!(other.load(&digest).is_some());
    }

    /// What each format has kept of the layer above, as a hash: the newest comes last, and none is ever changed.
    const KEPT: &[(u32, &str)] = &[
        (1, "d1a061848579874581789aab44ef1d93679a3b9c19f858efc6c4b15e7a6d4a74"),
        (2, "d636b490a1e31b8b99c59400b99910849bffc1c20eaf77b41801afcc3c213a16"),
    ];

    #[test]
    fn an_entry_that_changes_gets_another_format() {
        let (digest, scan) = scan();
        let payload = postcard::to_stdvec(&Entry { digest, scan }).unwrap();
        let hash = crate::hex::of(&Sha256::digest(&payload));
        assert_eq!(
            KEPT.last(),
            Some(&(FORMAT, hash.as_str())),
            "what a scan finds, or how it is written, has changed. A cache of an earlier lamblint would be read as if it had \
             not: make FORMAT one more, and add both to the end of KEPT"
        );
        assert!(KEPT.is_sorted_by(|one, next| one.0 < next.0), "two entries of one format");
    }

    #[test]
    fn what_a_process_that_was_ended_has_left_is_removed() {
        let (digest, scan) = scan();
        let (folder, cache) = cache(false);
        let path = cache.path(&digest).unwrap();
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let left = |name: &str| path.with_file_name(format!(".new-{name}-abc"));
        let hex = path.file_name().unwrap().to_str().unwrap();
        fs::write(left(hex), "half").unwrap();
        fs::write(left("another"), "half").unwrap();
        cache.store(&digest, &scan);
        assert!(!left(hex).exists() && left("another").exists() && cache.load(&digest).is_some());
        let day = Duration::from_secs(24 * 60 * 60);
        assert_eq!(prune(folder.path(), day).unwrap(), (0, 1), "what is being written counts as none");
        assert_eq!(prune(folder.path(), Duration::ZERO).unwrap(), (1, 0));
        assert!(!left("another").exists());
    }

    #[test]
    fn what_is_damaged_or_foreign_is_none() {
        let (digest, scan) = scan();
        let (_folder, cache) = cache(false);
        cache.store(&digest, &scan);
        let path = cache.path(&digest).unwrap();
        let whole = fs::read(&path).unwrap();
        for at in (0..whole.len()).step_by(7) {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x10;
            fs::write(&path, &damaged).unwrap();
            assert!(cache.load(&digest).is_none(), "byte {at}");
            fs::write(&path, &whole[..at]).unwrap();
            assert!(cache.load(&digest).is_none(), "cut at {at}");
        }
        let other = format!("sha256:{}", "0".repeat(64));
        fs::create_dir_all(cache.path(&other).unwrap().parent().unwrap()).unwrap();
        fs::write(cache.path(&other).unwrap(), &whole).unwrap();
        assert!(cache.load(&other).is_none(), "an entry of another layer");
        for name in ["sha256:../../x", "sha256:", "md5:00", ""] {
            assert!(cache.path(name).is_none(), "{name}");
        }
    }

    #[test]
    fn one_that_is_only_read_stays_as_it_is() {
        let (digest, scan) = scan();
        let (folder, cache) = cache(true);
        cache.store(&digest, &scan);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        assert!(LayerCache::open(&folder.path().join("none"), true).is_err());
    }

    #[test]
    fn what_was_not_used_is_pruned() {
        let (digest, scan) = scan();
        let (folder, cache) = cache(false);
        cache.store(&digest, &scan);
        let day = Duration::from_secs(24 * 60 * 60);
        assert_eq!(prune(folder.path(), day).unwrap(), (0, 1));
        let old = SystemTime::now() - 3 * day;
        let touch =
            |time| File::options().append(true).open(cache.path(&digest).unwrap()).unwrap().set_modified(time).unwrap();
        touch(old);
        cache.load(&digest).unwrap();
        assert_eq!(prune(folder.path(), day).unwrap(), (0, 1), "it was used just now");
        touch(old);
        assert_eq!(prune(folder.path(), day).unwrap(), (1, 0));
        assert!(prune(&folder.path().join("other"), day).is_err());
    }
}
