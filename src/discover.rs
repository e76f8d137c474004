//! From paths on the command line to Dockerfiles and images.

pub mod deployed;
mod links;
mod locate;
mod templates;
mod walk;

pub use links::{Links, is_named};
pub use locate::told;
pub use templates::{Templates, is_candidate};

use crate::dockerfile::{self, Dockerfile, Foreign};
use crate::error::{Error, why};
use crate::registry::Reference;
use crate::source::read_file;
use crate::template::Template;
use crate::{facts, image};
use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// A Dockerfile may be this long, in bytes.
pub const MAX_DOCKERFILE: u64 = 16 * 1024 * 1024;

/// Something to check.
#[derive(Debug)]
pub enum Found {
    /// A Dockerfile, read.
    Dockerfile {
        /// Its path; `-` for standard input.
        path: PathBuf,
        /// Its bytes.
        bytes: Vec<u8>,
    },
    /// An image archive or layout.
    Image {
        /// Its path.
        path: PathBuf,
    },
    /// A template with functions from images.
    Template(Rc<Template>),
    /// An archive on standard input, of which the first bytes have been read.
    Stream {
        /// `-`.
        path: PathBuf,
        /// The bytes already read.
        head: Vec<u8>,
    },
    /// An image in a registry, or one that Docker or Podman has.
    Remote {
        /// Its reference as the user named it.
        path: PathBuf,
        /// What that means.
        reference: Reference,
    },
}

impl Found {
    /// The path as the user named it.
    pub fn path(&self) -> &Path {
        match self {
            Self::Dockerfile { path, .. }
            | Self::Image { path }
            | Self::Stream { path, .. }
            | Self::Remote { path, .. } => path,
            Self::Template(template) => Path::new(&template.path),
        }
    }
}

/// All that paths lead to, each once, in the order of names, with the path it is at. One that cannot be looked at
/// is an error in its place and stops no other.
pub fn all(paths: &[PathBuf], templates: &mut Templates) -> Vec<(PathBuf, Result<Found, Error>)> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    let mut left_out = Vec::new();
    for path in paths {
        if path == Path::new("-") {
            if seen.insert(path.clone()) {
                found.push((path.clone(), standard_input()));
            }
            continue;
        }
        if let Some(remote) = remote(path) {
            if seen.insert(path.clone()) {
                found.push((path.clone(), remote));
            }
            continue;
        }
        match std::fs::metadata(path) {
            Err(error) => found.push((path.clone(), Err(Error::io(path, &error)))),
            Ok(metadata) if metadata.is_dir() && !is_layout(path) => {
                for (file, entry) in met(path) {
                    match entry {
                        // One that is not a template is nothing yet.
                        Ok(Met::Candidate) => {
                            if let Some(template) = templates.met(&file) {
                                seen.insert(place(&file));
                                found.push(of_template(template));
                            }
                        }
                        _ if !seen.insert(place(&file)) => {}
                        Ok(Met::Dockerfile) => {
                            let read = dockerfile(&file);
                            if read.as_ref().is_ok_and(|read| is_meant(&file, read)) || read.is_err() {
                                found.push((file, read));
                            } else {
                                left_out.push(file);
                            }
                        }
                        Err(error) => found.push((file, Err(error))),
                    }
                }
            }
            Ok(metadata) => {
                if seen.insert(place(path)) {
                    match named(path, &metadata, templates) {
                        Ok(Some(one)) => found.push((one.path().to_path_buf(), Ok(one))),
                        Ok(None) => {}
                        Err(error) => found.push((path.clone(), Err(error))),
                    }
                }
            }
        }
    }
    templates.notes.extend(told_left_out(&left_out));
    found
}

/// What is named as an image that is not in a file: by its scheme, or by a host where there is no file.
pub fn remote(path: &Path) -> Option<Result<Found, Error>> {
    let text = path.to_str()?;
    let found = |reference| Found::Remote { path: path.to_path_buf(), reference };
    if let Some(reference) = Reference::of_scheme(text) {
        return Some(reference.map(found));
    }
    // A path into a folder that is there is a path.
    let is_path = path.exists() || path.components().next().is_some_and(|first| Path::new(first.as_os_str()).exists());
    Reference::bare(text).filter(|_| !is_path).map(|reference| Ok(found(reference)))
}

/// Whether a file that a folder has is a Dockerfile, and no template of one or script under its name.
fn is_meant(path: &Path, found: &Found) -> bool {
    let Found::Dockerfile { bytes, .. } = found else { return true };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let other_name = facts::is_of_other_language(&name);
    // Most files show by their bytes that they need not be read for this.
    if !other_name && !dockerfile::may_be_foreign(bytes) {
        return true;
    }
    let read = Dockerfile::read(bytes.as_slice());
    let other = matches!(read.foreign(), Some(Foreign::Template(_) | Foreign::Script));
    // `Dockerfile.py` may be either.
    !other && (!other_name || read.begins_with_from())
}

/// What `--verbose` says of templates and scripts.
fn told_left_out(left_out: &[PathBuf]) -> Option<String> {
    let (first, rest) = left_out.split_first()?;
    let and = if rest.is_empty() { String::new() } else { format!(" (and {} more)", rest.len()) };
    Some(format!("{}{and}: not checked: a template or a script, and no Dockerfile itself", first.display()))
}

fn of_template(template: Template) -> (PathBuf, Result<Found, Error>) {
    (PathBuf::from(&template.path), Ok(Found::Template(Rc::new(template))))
}

/// Where a file lies, however its path is spelt. A link is another place than what it leads to: what lies beside it, and
/// so the build context, is another.
fn place(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match (folder.canonicalize(), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path.canonicalize().unwrap_or_else(|_| path.to_path_buf()),
    }
}

/// What a folder has.
#[derive(PartialEq, Eq)]
enum Met {
    Dockerfile,
    /// What may be a template.
    Candidate,
}

fn is_layout(folder: &Path) -> bool {
    folder.join("oci-layout").is_file() || (folder.join("index.json").is_file() && folder.join("blobs").is_dir())
}

/// The Dockerfiles in a folder and what may be templates, .gitignore honoured, and the folders in it that cannot be
/// listed.
fn met(folder: &Path) -> Vec<(PathBuf, Result<Met, Error>)> {
    const CDK: &str = "cdk.json";
    let mut all = Vec::new();
    for (path, entry) in
        walk::files(folder, |name| is_dockerfile(name) || is_candidate(name) || name.ends_with(".json"))
    {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if let Err(error) = entry {
            all.push((path, Err(error)));
        } else if is_dockerfile(&name) {
            all.push((path, Ok(Met::Dockerfile)));
        } else if name == CDK {
            all.extend(templates::synthesized(&path).into_iter().map(|path| (path, Ok(Met::Candidate))));
        } else if !path.components().any(|part| part.as_os_str() == "node_modules") {
            all.push((path, Ok(Met::Candidate)));
        }
    }
    let hidden = templates::workflows(folder).into_iter();
    all.extend(hidden.map(|path| (path.strip_prefix("./").unwrap_or(&path).to_path_buf(), Ok(Met::Candidate))));
    all.sort_by(|(a, _), (b, _)| a.cmp(b));
    all
}

/// Whether a file's name says that it is a Dockerfile.
pub fn is_dockerfile(name: &str) -> bool {
    if facts::is_beside_dockerfile(name) {
        return false;
    }
    let lower = name.to_ascii_lowercase();
    let begins = |word: &str| name == word || name.starts_with(&format!("{word}."));
    begins("Dockerfile")
        || begins("Containerfile")
        || lower.ends_with(".dockerfile")
        || lower.ends_with(".containerfile")
}

/// A Dockerfile or an archive that a template names.
pub fn open(path: &Path) -> Result<Found, Error> {
    let metadata = std::fs::metadata(path).map_err(|error| Error::io(path, &error))?;
    let mut none = Templates::new(false);
    match named(path, &metadata, &mut none)? {
        Some(found) => Ok(found),
        None => dockerfile(path),
    }
}

/// What the user names. `Ok(None)` if it may be a template and declares no function from an image.
fn named(path: &Path, metadata: &std::fs::Metadata, templates: &mut Templates) -> Result<Option<Found>, Error> {
    if metadata.is_dir() {
        return Ok(Some(Found::Image { path: path.to_path_buf() }));
    }
    if !metadata.is_file() {
        return Err(Error::new(format!("{}: neither a file nor a folder", path.display())));
    }
    let mut head = Vec::new();
    if metadata.len() > 0 {
        let file = std::fs::File::open(path).map_err(|error| Error::io(path, &error))?;
        file.take(512).read_to_end(&mut head).map_err(|error| Error::io(path, &error))?;
    }
    if image::looks_like_archive(&head) {
        return Ok(Some(Found::Image { path: path.to_path_buf() }));
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let json = name.ends_with(".json") && !is_candidate(&name);
    if json || is_candidate(&name) {
        let template = templates.met(path).map(|template| Found::Template(Rc::new(template)));
        // JSON that is not a template may be a document of an image, which is not meant to be checked by itself.
        if template.is_some() || !json {
            return Ok(template);
        }
    }
    let found = dockerfile(path)?;
    match &found {
        Found::Dockerfile { bytes, .. } if !is_dockerfile(&name) && !reads_as_dockerfile(bytes) => {
            Err(Error::new(format!("{}: neither a Dockerfile nor an image", path.display())))
        }
        _ => Ok(Some(found)),
    }
}

fn dockerfile(path: &Path) -> Result<Found, Error> {
    let bytes = read_file(path, MAX_DOCKERFILE)?;
    Ok(Found::Dockerfile { path: path.to_path_buf(), bytes })
}

fn bounded(reader: impl Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(MAX_DOCKERFILE + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Whether some line begins with an instruction, as text does and other files do not.
fn reads_as_dockerfile(bytes: &[u8]) -> bool {
    const WORDS: &[&str] =
        &["FROM", "ARG", "RUN", "COPY", "ADD", "CMD", "ENTRYPOINT", "ENV", "WORKDIR", "LABEL", "USER"];
    if bytes.contains(&0) {
        return false;
    }
    let text = String::from_utf8_lossy(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes));
    text.trim().is_empty()
        || text.lines().any(|line| {
            let word = line.split_whitespace().next().unwrap_or_default();
            WORDS.iter().any(|known| word.eq_ignore_ascii_case(known)) && line.split_whitespace().count() > 1
        })
}

fn standard_input() -> Result<Found, Error> {
    let path = PathBuf::from("-");
    let fail = |error: std::io::Error| Error::new(format!("standard input: {}", why(&error)));
    let mut head = Vec::new();
    std::io::stdin().lock().take(512).read_to_end(&mut head).map_err(fail)?;
    if image::looks_like_archive(&head) {
        return Ok(Found::Stream { path, head });
    }
    let bytes = bounded(head.as_slice().chain(std::io::stdin().lock())).map_err(fail)?;
    if bytes.len() as u64 > MAX_DOCKERFILE {
        return Err(Error::new(format!("standard input: over {MAX_DOCKERFILE} bytes, too large for a Dockerfile")));
    }
    if !reads_as_dockerfile(&bytes) {
        return Err(Error::new("standard input: neither a Dockerfile nor an image"));
    }
    Ok(Found::Dockerfile { path, bytes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for name in ["Dockerfile", "Dockerfile.prod", "api.Dockerfile", "x.dockerfile", "Containerfile"] {
            assert!(is_dockerfile(name), "{name}");
        }
        for name in ["Dockerfile.dockerignore", "Dockerfile.md", "Dockerfile~", "dockerfiles", "MyDockerfile"] {
            assert!(!is_dockerfile(name), "{name}");
        }
    }

    #[test]
    fn a_folder_is_searched_for_dockerfiles() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        for name in ["Dockerfile", "Dockerfile.py", "Dockerfile.txt", "Dockerfile.env"] {
            write(name, "# a\nARG A\nFROM scratch\n");
        }
        write("b/Dockerfile.py", "from os import path\n");
        write("b/Dockerfile.json", "{\n}\n");
        write("b/Dockerfile.entry", "#!/bin/sh\nexec x\n");
        write("b/Dockerfile.sh", "exec x\n");
        write("b/Dockerfile.patch", "FROM x\n");
        write("b/Dockerfile.t", "FROM {{ x }}\n");
        write("{{cookiecutter.name}}/Dockerfile", "FROM scratch\n");
        let mut templates = Templates::new(true);
        let found = all(&[folder.path().to_path_buf()], &mut templates);
        let names: Vec<_> = found.iter().map(|(path, _)| path.file_name().unwrap().to_str().unwrap()).collect();
        // What lies in a folder of Cookiecutter may be a Dockerfile: its text tells.
        assert_eq!(names, ["Dockerfile", "Dockerfile.env", "Dockerfile.py", "Dockerfile.txt", "Dockerfile"]);
        assert_eq!(templates.notes.len(), 1);
        assert!(templates.notes[0].contains("(and 4 more)"), "{:?}", templates.notes);
        // What the user names is checked.
        assert!(open(&folder.path().join("b/Dockerfile.t")).is_ok());
    }

    #[test]
    fn texts() {
        assert!(reads_as_dockerfile(b"from scratch\n"));
        assert!(reads_as_dockerfile(b""));
        assert!(!reads_as_dockerfile(b"{\"a\": 1}\n"));
        assert!(!reads_as_dockerfile(b"FROM x\0\n"));
    }
}
