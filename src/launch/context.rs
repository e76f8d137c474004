//! What the build context brings into the image, as far as it was looked at.

use super::{Copied, Launch, Origin};
use crate::dockerignore::Ignored;
use crate::source::Span;

/// What the context has of what a Dockerfile asks for.
#[derive(Debug, Default)]
pub struct Context {
    /// Whether the user has named the folder.
    pub given: bool,
    /// What .dockerignore leaves out.
    pub ignored: Ignored,
    /// The sources of COPY and ADD that were looked up.
    pub sources: Vec<Source>,
    /// Scripts that ENTRYPOINT or CMD start, as far as a COPY from the context brings them.
    pub programs: Vec<Program>,
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
    /// A folder, with what nobody wants in an image of what lies in it and is not ignored.
    Folder(Vec<&'static str>),
    /// A wildcard, and the folders among what it takes in.
    Many(Vec<String>),
    /// Nobody can tell.
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
}

/// Something of the context that nobody wants in an image and a COPY takes along.
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

    /// The scripts that ENTRYPOINT and CMD start, as the context has them: their first bytes, and the COPY that
    /// brings them. Empty where the context was not looked at.
    pub fn context_programs(&self) -> &[Program] {
        let context = self.build.and_then(|build| build.context.as_ref());
        context.map(|context| context.programs.as_slice()).unwrap_or_default()
    }
}

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
