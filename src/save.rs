//! Writing files so that a failure at any moment loses nothing: the new text is written beside the old one and
//! takes its place once it is on disk.

use crate::error::{Error, why};
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;
use tempfile::NamedTempFile;

/// How long a pipe may be without a reader.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Writes the new text of a file that was read before. A symbolic link stays, and mode and owner too. A file that
/// holds something else than what was read is left as it is.
pub fn mended(path: &Path, read: &[u8], new: &[u8]) -> Result<(), Error> {
    let fail = |error: io::Error| Error::io(path, &error);
    let real = path.canonicalize().map_err(fail)?;
    let metadata = std::fs::metadata(&real).map_err(fail)?;
    if !metadata.is_file() {
        return Err(Error::new(format!("{}: not a file", path.display())));
    }
    same(path, &real, read)?;
    replace(path, &real, &metadata, Some(read), new)
}

/// Writes a report. A symbolic link is replaced by the report, so that no link in a checkout leads it elsewhere; a
/// device or a pipe is written to.
pub fn report(path: &Path, text: &str) -> Result<(), Error> {
    let through = std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) || is_of_the_system(path);
    if through {
        return stream(path, text.as_bytes());
    }
    match std::fs::symlink_metadata(path).ok().filter(Metadata::is_file) {
        Some(old) => replace(path, path, &old, None, text.as_bytes()),
        None => beside(path, text.as_bytes(), None)
            .and_then(|new| new.into_place(path))
            .map_err(|error| Error::io(path, &error)),
    }
}

/// `true` below `/dev` and `/proc`, where names such as `/dev/stdout` stand for open files.
fn is_of_the_system(path: &Path) -> bool {
    folder_of(path).canonicalize().is_ok_and(|folder| folder.starts_with("/dev") || folder.starts_with("/proc"))
}

/// Writes to what is not a regular file. Opening a pipe waits for its reader.
fn stream(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let (done, opened) = mpsc::channel();
    let name = path.to_path_buf();
    // Where no reader comes, the thread ends with the program.
    std::thread::spawn(move || done.send(OpenOptions::new().write(true).open(name)));
    let file = opened.recv_timeout(TIMEOUT).map_err(|_| {
        Error::new(format!("{}: no program has read from it for {} seconds", path.display(), TIMEOUT.as_secs()))
    })?;
    file.and_then(|mut file| file.write_all(bytes)).map_err(|error| Error::io(path, &error))
}

/// Replaces a regular file. `read` is what it held when it was looked at, where that matters.
fn replace(path: &Path, real: &Path, metadata: &Metadata, read: Option<&[u8]>, new: &[u8]) -> Result<(), Error> {
    let fail = |error: &io::Error| Error::io(path, error);
    // A file that must not be written to is not replaced either.
    OpenOptions::new().write(true).open(real).map_err(|error| fail(&error))?;
    if links(metadata) > 1 {
        return in_place(path, real, read, new);
    }
    let beside = match beside(real, new, Some(metadata)) {
        Ok(beside) => beside,
        Err(error) if is_closed(&error) => return in_place(path, real, read, new),
        Err(error) => return Err(fail(&error)),
    };
    if let Some(read) = read {
        same(path, real, read)?;
    }
    match beside.into_place(real) {
        Ok(()) => Ok(()),
        Err(error) if is_closed(&error) => in_place(path, real, read, new),
        Err(error) => Err(fail(&error)),
    }
}

/// `true` where it is the folder that cannot be written to, or the file that cannot be moved over: it is a mount of
/// its own, or another user's.
fn is_closed(error: &io::Error) -> bool {
    use io::ErrorKind::{CrossesDevices, PermissionDenied, ReadOnlyFilesystem, ResourceBusy};
    matches!(error.kind(), PermissionDenied | ReadOnlyFilesystem | ResourceBusy | CrossesDevices)
}

/// A text that is whole and on disk, beside the file whose place it will take.
struct Beside(NamedTempFile);

impl Beside {
    fn into_place(self, path: &Path) -> io::Result<()> {
        self.0.persist(path).map_err(|failed| failed.error)?;
        // The new name lasts once the folder is on disk; some systems cannot be asked for that.
        let _ = File::open(folder_of(path)).and_then(|folder| folder.sync_all());
        Ok(())
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn beside(path: &Path, bytes: &[u8], like: Option<&Metadata>) -> io::Result<Beside> {
    let mut file = temporary(folder_of(path), like.is_some())?;
    file.as_file_mut().write_all(bytes)?;
    if let Some(like) = like {
        keep(file.as_file(), like)?;
    }
    file.as_file().sync_all()?;
    Ok(Beside(file))
}

/// A new file. One that will be like another belongs to the user alone until it is.
fn temporary(folder: &Path, private: bool) -> io::Result<NamedTempFile> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    // The system takes the user's mask off.
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, if private { 0o600 } else { 0o666 });
    // Opened here, so that an error does not name the temporary file, which is another one each time.
    tempfile::Builder::new().prefix(".lamblint-").suffix(".tmp").make_in(folder, |path| options.open(path))
}

/// Gives a file the owner and the mode of another.
#[cfg(unix)]
fn keep(file: &File, like: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, fchown};
    let own = file.metadata()?;
    if (own.uid(), own.gid()) != (like.uid(), like.gid()) {
        fchown(file, Some(like.uid()), Some(like.gid()))?;
    }
    file.set_permissions(like.permissions())
}

#[cfg(not(unix))]
fn keep(_: &File, _: &Metadata) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn links(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::nlink(metadata)
}

#[cfg(not(unix))]
fn links(_: &Metadata) -> u64 {
    1
}

/// Writes over a file whose place nothing can take. A copy of what it held lies beside it, or where temporary files
/// lie, until the new text is on disk.
fn in_place(path: &Path, real: &Path, read: Option<&[u8]>, new: &[u8]) -> Result<(), Error> {
    let fail = |error: &io::Error| Error::io(path, error);
    let old = match read {
        Some(read) => read.to_vec(),
        None => std::fs::read(real).map_err(|error| fail(&error))?,
    };
    let copy = copy_of(&old, real).map_err(|error| fail(&error))?;
    if read.is_some() {
        same(path, real, &old)?;
    }
    let Err(error) = rewrite(real, new) else { return Ok(()) };
    if rewrite(real, &old).is_ok() && same(path, real, &old).is_ok() {
        return Err(Error::new(format!("{}: {}; the file is unchanged", path.display(), why(&error))));
    }
    let kept = copy.keep().map_or_else(|failed| failed.file.path().to_path_buf(), |(_, kept)| kept);
    Err(Error::new(format!("{}: {}; what it held is in {}", path.display(), why(&error), kept.display())))
}

fn copy_of(bytes: &[u8], real: &Path) -> io::Result<NamedTempFile> {
    let places: [PathBuf; 2] = [folder_of(real).to_path_buf(), std::env::temp_dir()];
    let mut failed = io::Error::other("no folder for a copy");
    for place in places {
        let written = temporary(&place, true).and_then(|mut copy| {
            copy.as_file_mut().write_all(bytes)?;
            copy.as_file().sync_all()?;
            Ok(copy)
        });
        match written {
            Ok(copy) => return Ok(copy),
            Err(error) => failed = error,
        }
    }
    Err(failed)
}

fn rewrite(real: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).open(real)?;
    file.write_all(bytes)?;
    file.set_len(bytes.len() as u64)?;
    file.sync_all()
}

/// An error unless a file holds what was read from it.
fn same(path: &Path, real: &Path, read: &[u8]) -> Result<(), Error> {
    let mut now = Vec::with_capacity(read.len() + 1);
    let file = File::open(real).and_then(|file| file.take(read.len() as u64 + 1).read_to_end(&mut now));
    file.map_err(|error| Error::io(path, &error))?;
    if now == read {
        return Ok(());
    }
    Err(Error::new(format!("{}: changed since it was read, so nothing is written; run lamblint again", path.display())))
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a"), "old").unwrap();
        folder
    }

    fn names(folder: &tempfile::TempDir) -> Vec<String> {
        let names = std::fs::read_dir(folder.path()).unwrap();
        let mut names: Vec<String> =
            names.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn mode_owner_and_link_stay_and_nothing_else_is_left_in_the_folder() {
        let folder = folder();
        let (file, link) = (folder.path().join("a"), folder.path().join("link"));
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o751)).unwrap();
        symlink("a", &link).unwrap();
        let before = std::fs::metadata(&file).unwrap();
        mended(&link, b"old", b"new").unwrap();
        let after = std::fs::metadata(&file).unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), b"new");
        assert_eq!((after.mode(), after.uid(), after.gid()), (before.mode(), before.uid(), before.gid()));
        assert_ne!(after.ino(), before.ino(), "the new text took the place of the old one");
        assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(names(&folder), ["a", "link"]);
    }

    #[test]
    fn both_names_of_a_file_keep_one_text() {
        let folder = folder();
        std::fs::hard_link(folder.path().join("a"), folder.path().join("b")).unwrap();
        mended(&folder.path().join("a"), b"old", b"longer than before").unwrap();
        assert_eq!(std::fs::read(folder.path().join("b")).unwrap(), b"longer than before");
        mended(&folder.path().join("a"), b"longer than before", b"s").unwrap();
        assert_eq!(std::fs::read(folder.path().join("b")).unwrap(), b"s");
        assert_eq!(names(&folder), ["a", "b"]);
    }

    #[test]
    fn a_file_that_has_changed_is_left_as_it_is() {
        for link in [false, true] {
            let folder = folder();
            let file = folder.path().join("a");
            if link {
                std::fs::hard_link(&file, folder.path().join("b")).unwrap();
            }
            for read in [&b"ol"[..], b"older", b"odd", b""] {
                let refused = mended(&file, read, b"new").unwrap_err().to_string();
                assert!(refused.contains("changed since it was read"), "{refused}");
            }
            assert_eq!(std::fs::read(&file).unwrap(), b"old");
            assert_eq!(names(&folder).len(), 1 + usize::from(link));
        }
    }

    #[test]
    fn a_report_takes_the_place_of_a_link() {
        let folder = folder();
        let (file, link) = (folder.path().join("a"), folder.path().join("r.json"));
        symlink("a", &link).unwrap();
        report(&link, "{}").unwrap();
        assert_eq!((std::fs::read(&file).unwrap(), std::fs::read(&link).unwrap()), (b"old".to_vec(), b"{}".to_vec()));
        report(&link, "[]").unwrap();
        assert_eq!(std::fs::read(&link).unwrap(), b"[]");
        report(&folder.path().join("new"), "[]").unwrap();
        std::fs::write(folder.path().join("plain"), "").unwrap();
        let mode = |name: &str| std::fs::metadata(folder.path().join(name)).unwrap().mode();
        assert_eq!(mode("new"), mode("plain"), "the user's mask decides");
        report(Path::new("/dev/null"), "{}").unwrap();
        assert!(!std::fs::metadata("/dev/null").unwrap().is_file());
    }

    #[test]
    fn errors_do_not_name_temporary_files() {
        let missing = report(Path::new("no/such/folder/r.json"), "{}").unwrap_err().to_string();
        assert_eq!(missing, "no/such/folder/r.json: no such file or folder");
    }
}
