//! What the build context brings into the image, as far as it was looked at.

use super::shown::ShownFile;
use super::{Arg, Copied, Launch, Origin, Process, Via, limits};
use crate::diagnostic::Location;
use crate::dockerignore::Ignored;
use crate::facts::CommandKind;
use crate::source::Span;
use std::rc::Rc;

/// What the context has of what a Dockerfile asks for.
#[derive(Debug)]
pub struct Context {
    /// Whether the user has named the folder.
    pub given: bool,
    /// Whether it is the context for sure: the user has named it, or every source is there that no build makes first.
    pub sure: bool,
    /// What .dockerignore leaves out.
    pub ignored: Rc<Ignored>,
    /// The sources of COPY and ADD that were looked up.
    pub sources: Vec<Source>,
    /// Its files.
    pub files: Box<dyn Files>,
}

/// The files of a build context. Paths begin at its root, without a slash. An implementation reads a file once, follows
/// no link, leaves out what .dockerignore does, and keeps to the bounds of [`limits`].
pub trait Files: std::fmt::Debug {
    /// What lies at a path.
    fn entry(&self, path: &str) -> Entry;

    /// The content of a file; `None` if there is none, or it cannot be read.
    fn contents(&self, path: &str) -> Option<Rc<Contents>>;

    /// The permission bits of a file or folder; `None` if the disk has none, or nothing is there.
    fn mode(&self, path: &str) -> Option<u32>;
}

/// What lies at a path of the context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Nothing, or what .dockerignore takes out.
    Nothing,
    /// A file.
    File,
    /// A folder.
    Folder,
    /// A link, a device, or what may not be looked at.
    Unknown,
}

/// The content of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// Its bytes, as far as they were read.
    pub bytes: Vec<u8>,
    /// Whether there are more of them.
    pub longer: bool,
}

impl Contents {
    /// The whole as a text; `None` if it was not read whole, is not UTF-8, or holds nothing: of an empty file nothing is
    /// known.
    pub fn text(&self) -> Option<&str> {
        let text = std::str::from_utf8(&self.bytes).ok().filter(|_| !self.longer)?;
        Some(text).filter(|text| !text.trim().is_empty())
    }
}

/// A source of COPY or ADD.
#[derive(Debug)]
pub struct Source {
    /// Where it stands.
    pub span: Span,
    /// The path from the context's root, `.` for all of it.
    pub path: String,
    /// What is there.
    pub found: Found,
    /// A file beside it with nearly its name, if it is missing.
    pub near: Option<String>,
}

/// What is found of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// Nothing, and nothing speaks for its being made before the build.
    Missing,
    /// A line of .dockerignore takes it out: the file's name, the line's number and text.
    Ignored(String, usize, String),
    /// A file.
    File,
    /// A folder, with the files in it that are not ignored and do not belong in an image.
    Folder(Vec<&'static str>),
    /// A wildcard, and the folders among what it takes in.
    Many(Vec<String>),
    /// Not known.
    Unknown,
}

impl Context {
    /// What was found of the source at a place.
    pub fn source(&self, span: Span) -> Option<&Source> {
        self.sources.iter().find(|source| source.span == span)
    }
}

/// A script that starts, as the context has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// Its path in the image.
    pub image_path: String,
    /// Its path in the context.
    pub path: String,
    /// The COPY that brings it.
    pub copy: Span,
    /// Its first bytes.
    pub head: Vec<u8>,
    /// Whether it is longer than its head.
    pub longer: bool,
    /// Where it is named.
    pub named: Location,
    /// Whether a shell reads it, or something starts it that gives it to a shell without a `#!` line.
    pub read: bool,
    /// Whether nothing that runs before it may have changed it.
    pub certain: bool,
}

/// Something of the context that does not belong in an image, and that a COPY copies too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Junk {
    /// Its name: `node_modules`, `.git` …
    pub name: &'static str,
    /// The folder of the image that it lands in; `None` where that is unknown.
    pub folder: Option<String>,
    /// The COPY's source.
    pub source: Span,
    /// The step of the COPY, counted over all steps of the final image.
    pub copy: Span,
}

impl Launch<'_> {
    /// What of `node_modules`, `.venv`, `.git` … the context has, no .dockerignore takes out, and a COPY brings
    /// into the final image. Empty where the context was not looked at.
    pub fn context_junk(&self) -> Vec<Junk> {
        let Some((build, context)) = self.build.and_then(|build| Some((build, build.context.as_ref()?))) else {
            return Vec::new();
        };
        let mut junk = Vec::new();
        let from_context = |copied: &Copied<'_, '_>| matches!(copied.origin, Origin::Context);
        for copied in build.copies().into_iter().filter(from_context) {
            for (_, span) in &copied.sources {
                let Some(Found::Folder(names)) = context.source(*span).map(|source| &source.found) else { continue };
                junk.extend(names.iter().map(|name| Junk {
                    name,
                    folder: copied.destination.clone(),
                    source: *span,
                    copy: copied.span(),
                }));
            }
        }
        junk
    }

    /// The programs that start, and the scripts that a shell reads, as the context has them: their first bytes, and the
    /// COPY that brings them. Empty where the context was not looked at.
    pub fn context_programs(&self) -> Vec<Program> {
        let mut programs: Vec<Program> = Vec::new();
        for process in self.all_processes().into_iter().take(MAX_PROCESSES) {
            let shell = process.row().is_some_and(|row| row.kind == CommandKind::Shell);
            let own = process.argv.first().filter(|program| program.text.contains('/'));
            let own = own.map(|program| (program, process.via != Via::Kernel));
            let read = process.file().filter(|_| shell).map(|file| (file, true));
            for (arg, read) in own.into_iter().chain(read) {
                let program = self.context_program(process, arg, read);
                programs.extend(program.filter(|new| programs.iter().all(|known| known.image_path != new.image_path)));
            }
        }
        programs
    }

    fn context_program(&self, process: &Process, arg: &Arg, read: bool) -> Option<Program> {
        let build = self.build?;
        let image_path = process.path_of(&arg.text).filter(|_| !arg.unknown)?;
        let shown = build.shown_at_end(&image_path)?;
        let ShownFile::Context(path) = shown.file else { return None };
        let contents = build.context.as_ref()?.files.contents(&path)?;
        let head = contents.bytes.get(..limits::HEAD_BYTES).unwrap_or(&contents.bytes).to_vec();
        let longer = contents.longer || contents.bytes.len() > head.len();
        let certain = !process.unseen;
        Some(Program { image_path, path, copy: shown.span, head, longer, read, certain, named: arg.place })
    }
}

/// Maximum number of processes that are looked at.
const MAX_PROCESSES: usize = 8;

impl Program {
    /// Whether its first line is a script's and ends in a carriage return.
    pub fn has_carriage_return(&self) -> bool {
        let first = self.head.split(|byte| *byte == b'\n').next().unwrap_or_default();
        first.starts_with(b"#!") && first.ends_with(b"\r")
    }

    /// Whether it is text that does not begin with `#!`.
    pub fn has_no_interpreter(&self) -> bool {
        let text = std::str::from_utf8(&self.head).is_ok_and(|text| !text.contains('\0'))
            || self.longer && !self.head.contains(&0);
        text && !self.head.starts_with(b"#!") && !self.head.iter().all(u8::is_ascii_whitespace)
    }
}
