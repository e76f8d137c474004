//! What rules want to know of a file's content, taken out while the layer streams by.
//!
//! A facet of any file is small: a layer is never held, and neither is a file. In a file that can be
//! sought in, only what a facet needs is read at all.

use super::elf::Elf;
use super::jar::{self, Jar, is_jar};
use super::kept::{Kept, is_searched};
use super::limits;
use super::marks::{Marks, RUNTIME_API, UPX, contains};
use super::record::Record;
use super::slice::FileSlice;
use super::sparse::{Bounded, Paged, Sparse};
use super::stream::{EntryStream, Observers, SubstringSearch};
use super::tarball::{Content, Entry, Skip};
use super::waiting::Later;
use crate::node::Package;
use crate::python::{Distribution, Summary};
use crate::ruby;
use object::ReadCache;
use std::borrow::Cow;
use std::cell::Cell;
use std::fs::File;
use std::io::{self, Read};
use twox_hash::xxhash3_128::Hasher;

/// What is known of a file's content.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum FileContent {
    /// An ELF file.
    Elf(Box<Elf>),
    /// A text that may be started as a program.
    Script(Script),
    /// The whole text of a small file of a short list.
    Text(Box<[u8]>),
    /// A program or library of a kind that Linux cannot start.
    NonLinuxFormat(NonLinuxFormat),
    /// A Java class, with the major version of its format (52 = Java 8).
    Class(u16),
    /// A Python module outside of the folders that package managers of a system or an interpreter fill.
    Module(Box<Summary>),
    /// The Python modules that a `RECORD` lists as installed.
    Record(Record),
    /// The `METADATA` of an installed Python distribution.
    Distribution(Box<Distribution>),
    /// The text of a JavaScript module that may be the function's own.
    Source(Box<[u8]>),
    /// The `package.json` of a package in `node_modules`.
    Package(Box<Package>),
    /// A Ruby file that may be the function's own.
    Ruby(Box<ruby::Summary>),
    /// A jar on the class path of the AWS runtime.
    Jar(Jar),
}

impl FileContent {
    /// The file as a Python module, if it was read as one.
    pub fn module(&self) -> Option<&Summary> {
        match self {
            Self::Module(summary) => Some(summary),
            Self::Script(script) => script.module.as_deref(),
            _ => None,
        }
    }

    /// The file's text, if it was kept as that of a JavaScript module.
    pub fn source(&self) -> Option<&[u8]> {
        match self {
            Self::Source(text) => Some(text),
            Self::Script(script) => script.source.as_deref(),
            _ => None,
        }
    }

    /// About how many bytes it takes.
    pub(super) fn cost(&self) -> usize {
        64 + match self {
            Self::Script(script) => {
                let module = script.module.as_ref().map_or(0, |module| module.cost());
                script.head.len() + module + script.source.as_ref().map_or(0, |source| source.len())
            }
            Self::Text(bytes) => bytes.len(),
            Self::NonLinuxFormat(_) | Self::Class(_) => 0,
            Self::Module(summary) => summary.cost(),
            Self::Record(record) => record.cost(),
            Self::Distribution(distribution) => distribution.cost(),
            Self::Source(text) => text.len(),
            Self::Package(package) => package.cost(),
            Self::Jar(jar) => jar.cost(),
            Self::Ruby(summary) => summary.cost(),
            Self::Elf(elf) => {
                let lists = [&elf.needed, &elf.search, &elf.defines];
                let texts = lists.into_iter().flatten().map(|text| 24 + text.len()).sum::<usize>();
                256 + texts + elf.needs.iter().map(|(file, version)| 48 + file.len() + version.len()).sum::<usize>()
            }
        }
    }
}

/// A text that may be started as a program.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Script {
    /// Its first bytes.
    pub head: Box<[u8]>,
    /// `true` if these are all of it.
    pub whole: bool,
    /// Whether `AWS_LAMBDA_RUNTIME_API` stands in it.
    pub speaks_runtime_api: bool,
    /// What it is as a Python module, where its name says that it is one.
    pub module: Option<Box<Summary>>,
    /// Its text, where its name says that it is a JavaScript module.
    pub source: Option<Box<[u8]>>,
    /// What it asks for, where its name says that it is a Ruby file.
    pub ruby: Option<Box<ruby::Summary>>,
}

impl Script {
    /// A script of which this was read.
    pub(super) fn of(text: &[u8]) -> Self {
        let head = text[..text.len().min(HEAD)].into();
        Self {
            head,
            whole: false,
            speaks_runtime_api: contains(text, RUNTIME_API),
            module: None,
            source: None,
            ruby: None,
        }
    }

    /// The first line, its end left out; a carriage return stays.
    pub fn first_line(&self) -> &[u8] {
        self.head.split(|byte| *byte == b'\n').next().unwrap_or_default()
    }

    /// The interpreter after `#!` and its argument, as the kernel reads them.
    pub fn interpreter(&self) -> Option<(String, Option<String>)> {
        let line = String::from_utf8_lossy(self.first_line().strip_prefix(b"#!")?).into_owned();
        let line = line.trim_matches([' ', '\t', '\r']);
        let (program, argument) = line.split_once([' ', '\t']).unwrap_or((line, ""));
        let argument = argument.trim();
        (!program.is_empty()).then(|| (program.to_owned(), (!argument.is_empty()).then(|| argument.to_owned())))
    }
}

/// A format that no Linux kernel starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum NonLinuxFormat {
    /// macOS.
    MachO,
    /// Windows.
    Pe,
    /// An archive of objects, `!<arch>`.
    Archive,
    /// A zip, jar or wheel.
    Zip,
    /// A gzip stream.
    Gzip,
}

impl NonLinuxFormat {
    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::MachO => "a macOS program (Mach-O)",
            Self::Pe => "a Windows program (PE)",
            Self::Archive => "an archive of object files",
            Self::Zip => "a zip archive",
            Self::Gzip => "a gzip archive",
        }
    }
}

/// Number of first bytes that are kept of a script: Linux itself reads 256 of a `#!` line.
pub(super) const HEAD: usize = 256;
/// Number of first bytes that hold the header and the program headers.
const FIRST: usize = 4096;

/// What one look at a file has found.
#[derive(Debug, Default)]
pub(super) struct Inspection {
    pub(super) facet: Option<FileContent>,
    /// What the words of a program's text tell.
    pub(super) marks: Marks,
    /// The hash of the content of a large file, where all of it was read.
    pub(super) hash: Option<u128>,
    /// Where the content of a large file begins that was not read.
    pub(super) unread: Option<u64>,
    /// A Python module that is not summarised yet.
    pub(super) later: Option<Later>,
}

/// Minimum size of the files that are hashed to find duplicates.
pub(super) const BULK: u64 = 5 * 1024 * 1024;

impl Inspection {
    /// Looks at an entry that passes in a stream.
    pub(super) fn stream<R: Skip>(entry: &Entry, content: Content<'_, R>, sources: bool) -> io::Result<Self> {
        let (mut marks, mut later) = (Marks::default(), None);
        let mut passing = EntryStream { content, left: entry.stored, watch: Observers::default() };
        if entry.stored >= BULK {
            passing.watch.hash = Some(Hasher::new());
        }
        let mut head = Vec::new();
        passing.take(FIRST as u64, &mut head)?;
        let facet = if head.starts_with(b"\x7fELF") {
            if looks_like_program(entry, &head) {
                let mut hunt = SubstringSearch::new(contains(&head, UPX));
                hunt.feed(&head);
                passing.watch.hunt = Some(hunt);
            }
            let file = Sparse::read(&mut passing, head)?;
            passing.pass(passing.left)?;
            let speaks_runtime_api = passing.watch.hunt.as_ref().map(|hunt| hunt.found);
            Elf::read(&file).map(|elf| FileContent::Elf(Box::new(Elf { speaks_runtime_api, ..elf })))
        } else if is_jar(&entry.path) {
            let mut tail = if passing.left > jar::TAIL { Vec::new() } else { head };
            passing.pass(passing.left.saturating_sub(jar::TAIL))?;
            passing.take(jar::TAIL, &mut tail)?;
            Jar::read(&tail).map(FileContent::Jar)
        } else {
            let facet;
            (facet, marks, later) =
                small(entry, head.into(), (sources, None), |head, bytes| passing.take(bytes, head))?;
            passing.pass(passing.left)?;
            facet
        };
        Ok(Self { facet, marks, hash: passing.watch.hash.map(|hash| hash.finish_128()), unread: None, later })
    }

    /// Looks at an entry whose content begins at a byte of a file. `ahead` is what has been read of it.
    pub(super) fn seek(entry: &Entry, file: &File, at: u64, ahead: &[u8], sources: bool) -> io::Result<Self> {
        let (mut marks, mut later) = (Marks::default(), None);
        let stored = usize::try_from(entry.stored).unwrap_or(usize::MAX);
        let ahead = &ahead[..ahead.len().min(stored)];
        let mut head = Cow::Borrowed(&ahead[..ahead.len().min(FIRST)]);
        let mut part = FileSlice::new(file, at, entry.stored);
        // Of most files a few bytes tell that they are of no interest.
        let enough = if head.starts_with(b"\x7fELF") { FIRST } else { HEAD };
        if head.len() < stored.min(enough) {
            let mut first = vec![0; FIRST.min(stored)];
            part.read_exact(&mut first)?;
            head = first.into();
        }
        let facet = if head.starts_with(b"\x7fELF") {
            let speaks_runtime_api = if looks_like_program(entry, &head) {
                let mut hunt = SubstringSearch::new(contains(&head, UPX));
                // Its first bytes may have been read already.
                part.go_to(0);
                hunt.all(&mut part)?;
                Some(hunt.found)
            } else {
                None
            };
            let cache = ReadCache::new(Paged::new(part, &head));
            Elf::read(&Bounded { file: &cache, left: Cell::new(2 * limits::ELF_BYTES) })
                .map(|elf| FileContent::Elf(Box::new(Elf { speaks_runtime_api, ..elf })))
        } else if is_jar(&entry.path) {
            part.go_to(entry.stored.saturating_sub(jar::TAIL));
            let mut tail = Vec::new();
            part.read_to_end(&mut tail)?;
            Jar::read(&tail).map(FileContent::Jar)
        } else {
            let facet;
            (facet, marks, later) = small(entry, head, (sources, Some(at)), |head, bytes| {
                let want = stored.min(head.len().saturating_add(usize::try_from(bytes).unwrap_or(usize::MAX)));
                if let Some(rest) = ahead.get(head.len()..want) {
                    head.extend_from_slice(rest);
                    return Ok(());
                }
                part.go_to(head.len() as u64);
                part.take(bytes).read_to_end(head).map(|_| ())
            })?;
            facet
        };
        Ok(Self { facet, marks, hash: None, unread: (entry.stored >= BULK).then_some(at), later })
    }

    /// The same with a module summarised now, which lies in a file that can be sought in if its text is not here.
    pub(super) fn settled(mut self, entry: &Entry, file: Option<&File>) -> Self {
        if let Some(later) = self.later.take() {
            self.facet = later.facet(entry.mode, |at| text_at(file, at, entry.stored));
        }
        self
    }
}

/// Reads a text that begins at a byte of a file.
pub(super) fn text_at(file: Option<&File>, at: u64, bytes: u64) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    if let Some(file) = file {
        FileSlice::new(file, at, bytes).read_to_end(&mut text)?;
    }
    Ok(text)
}

/// Whether a file of this content and mode may be started as a program.
pub(super) fn is_started(content: &[u8], mode: u32) -> bool {
    content.starts_with(b"#!") || mode & 0o111 != 0
}

/// The facet of a file that is not ELF, and the marks of one that is code. `rest` adds what is missing to its first
/// bytes, up to a number of bytes. `sources` is `true` if all code is searched. `at` is where the file begins, if it can
/// be read later.
fn small(
    entry: &Entry,
    head: Cow<'_, [u8]>,
    (sources, at): (bool, Option<u64>),
    rest: impl FnOnce(&mut Vec<u8>, u64) -> io::Result<()>,
) -> io::Result<(Option<FileContent>, Marks, Option<Later>)> {
    let source = sources && is_searched(&entry.path, entry.stored);
    if let Some(kept) = Kept::of(&entry.path, entry.stored) {
        let module = kept == Kept::Module;
        if let Some(at) = at.filter(|_| module && !source && !is_started(&head, entry.mode)) {
            return Ok((None, Marks::default(), Some(Later::At(at))));
        }
        let mut head = head.into_owned();
        rest(&mut head, kept.most_bytes())?;
        let marks = if source { Marks::of(&head) } else { Marks::default() };
        if module {
            return Ok((None, marks, Some(Later::Text(head))));
        }
        return Ok((kept.facet(head, entry.mode), marks, None));
    }
    if let Some(foreign) = foreign(&head) {
        return Ok((Some(foreign), Marks::default(), None));
    }
    let executable = entry.mode & 0o111 != 0 && !head.is_empty() && head.iter().take(64).all(|byte| *byte != 0);
    if !head.starts_with(b"#!") && !executable {
        if !source {
            return Ok((None, Marks::default(), None));
        }
        let mut head = head.into_owned();
        rest(&mut head, limits::SCRIPT_BYTES)?;
        return Ok((None, Marks::of(&head), None));
    }
    // A bootstrap in shell or Python speaks to the Runtime API by itself.
    let read = source || (entry.stored <= limits::SCRIPT_BYTES && !is_of_system(&entry.path));
    let mut head = head.into_owned();
    if read {
        rest(&mut head, limits::SCRIPT_BYTES)?;
    }
    let marks = if read { Marks::of(&head) } else { Marks::default() };
    let script = Script::of(&head);
    let whole = head.len() as u64 == entry.stored && may_start(&entry.path, entry.stored);
    let script = if whole { Script { head: head.into(), whole, ..script } } else { script };
    Ok((Some(FileContent::Script(script)), marks, None))
}

/// A format that Linux does not start. Whether the file is meant to be started or loaded depends on its names, of which
/// there may be several: rules ask for those.
fn foreign(head: &[u8]) -> Option<FileContent> {
    let word = |at: usize| head.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map(u32::from_be_bytes);
    let kind = match head {
        [0xcf | 0xce, 0xfa, 0xed, 0xfe, ..] | [0xfe, 0xed, 0xfa, 0xcf | 0xce, ..] => NonLinuxFormat::MachO,
        // A fat Mach-O counts its architectures where a class has its version, and Java began with 45.
        [0xca, 0xfe, 0xba, 0xbe, ..] => match word(4)? {
            1..=40 => NonLinuxFormat::MachO,
            version => return Some(FileContent::Class(version as u16)),
        },
        [b'M', b'Z', ..] => NonLinuxFormat::Pe,
        [b'!', b'<', b'a', b'r', b'c', b'h', b'>', ..] => NonLinuxFormat::Archive,
        [b'P', b'K', 3, 4, ..] => NonLinuxFormat::Zip,
        [0x1f, 0x8b, ..] => NonLinuxFormat::Gzip,
        _ => return None,
    };
    Some(FileContent::NonLinuxFormat(kind))
}

pub(super) fn name(path: &[u8]) -> &[u8] {
    path.rsplit(|byte| *byte == b'/').next().unwrap_or_default()
}

/// Whether a program may hold its own runtime client: no library, and nothing that a distribution brings.
fn looks_like_program(entry: &Entry, head: &[u8]) -> bool {
    let name = name(&entry.path);
    let library = contains(name, b".so") || name.ends_with(b".node") || name.ends_with(b".o");
    let relocatable = matches!(head.get(16..18), Some([1, 0] | [0, 1]));
    let plain = !library && !relocatable && !is_interpreter(name);
    entry.stored <= limits::PROGRAM_BYTES && plain && !is_of_system(&entry.path)
}

/// Whether a program is one that runs others' code by its name: large, and no client itself.
fn is_interpreter(name: &[u8]) -> bool {
    let end = name.iter().rposition(|byte| !byte.is_ascii_digit() && *byte != b'.').map_or(0, |at| at + 1);
    matches!(&name[..end], b"node" | b"python" | b"ruby" | b"java" | b"php" | b"perl" | b"dotnet")
}

/// Folders that a distribution fills.
pub(super) fn is_of_system(path: &[u8]) -> bool {
    let folders: &[&[u8]] =
        &[b"usr/bin/", b"usr/sbin/", b"usr/lib", b"usr/share/", b"bin/", b"sbin/", b"lib", b"var/lang/", b"etc/"];
    folders.iter().any(|folder| path.starts_with(folder))
}

/// Whether a script may be what an image starts, and not a tool of a distribution or of a package.
fn may_start(path: &[u8], bytes: u64) -> bool {
    let of_packages = || contains(path, b"-packages/") || contains(path, b"node_modules/") || contains(path, b"/gems/");
    bytes <= limits::STARTED_BYTES && !is_of_system(path) && !of_packages()
}
