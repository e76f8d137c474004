//! The build context: the folder that COPY takes files from, looked up once before any rule runs.
//!
//! Only what the Dockerfile asks for is looked at: no tree is walked, no link is followed, and every count has a
//! bound.

mod ignored;
mod program;

pub use ignored::Ignored;
pub use program::Program;

use crate::launch::{Build, Copied, Origin, is_file};
use crate::source::Span;
use std::cell::Cell;
use std::path::{Path, PathBuf};

/// Where the build context is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    /// The folder.
    pub path: PathBuf,
    /// Whether the user has named it; otherwise it is the Dockerfile's own folder, which need not be right.
    pub given: bool,
    /// The Dockerfile's path, beside which its own .dockerignore may lie.
    pub dockerfile: PathBuf,
}

/// What the context has of what a Dockerfile asks for.
#[derive(Debug, Default)]
pub struct Context {
    /// Whether the user has named the folder.
    pub given: bool,
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
    /// A folder, with what of [`JUNK`] lies in it and is not ignored.
    Folder(Vec<&'static str>),
    /// A wildcard, and the folders among what it takes in.
    Many(Vec<String>),
    /// Nobody can tell.
    Unknown,
}

/// What nobody wants in an image and `COPY .` takes along.
pub const JUNK: &[&str] = &[
    "node_modules",
    ".venv",
    "venv",
    ".git",
    "__pycache__",
    ".env",
    ".aws-sam",
    "cdk.out",
    ".terraform",
    ".pytest_cache",
    ".mypy_cache",
    ".serverless",
    ".tox",
];

/// What a build makes before `docker build` takes it: not there, or not in git, says nothing.
const MADE: &[&str] = &[
    "target",
    "build",
    "dist",
    "bin",
    "out",
    "output",
    "publish",
    "release",
    "bootstrap",
    "main",
    "handler",
    "package",
    "layer",
    "layers",
    "vendor",
    "node_modules",
    "generated",
    "artifacts",
    "obj",
    "tmp",
    "cdk.out",
    "wheels",
    "app",
];
const MADE_ENDINGS: &[&str] =
    &[".jar", ".zip", ".whl", ".gem", ".tgz", ".tar.gz", ".so", ".dll", ".war", ".deb", ".rpm", ".tar", ".exe"];

/// So many sources of a Dockerfile are looked up, and so many names of folders read.
const MAX_SOURCES: usize = 512;
const MAX_NAMES: usize = 2_048;
/// So many folders upward are asked whether they are the context.
const MAX_UPWARD: usize = 8;

impl Context {
    /// Looks up what a build asks for; `None` where the folder is evidently not its context.
    pub fn look(build: &Build<'_>, folder: &Folder) -> Option<Self> {
        let ignored = Ignored::read(folder);
        let look = Look { folder, ignored, names: Cell::new(MAX_NAMES) };
        let mut context = Self { given: folder.given, ..Self::default() };
        let copies: Vec<Copied<'_, '_>> = build
            .stages
            .iter()
            .flat_map(|stage| build.copies_of(stage))
            .filter(|c| matches!(c.origin, Origin::Context))
            .collect();
        for copied in &copies {
            for (source, span) in &copied.sources {
                let Some(path) = source.as_deref().and_then(local) else { continue };
                if context.sources.len() >= MAX_SOURCES {
                    break;
                }
                let found = look.found(&path);
                context.sources.push(Source { span: *span, path, found });
            }
        }
        let there = |source: &Source| match source.found {
            Found::File | Found::Folder(_) => source.path != ".",
            Found::Ignored(..) => look.exists(&source.path),
            Found::Many(_) => true,
            Found::Missing | Found::Unknown => false,
        };
        let any = context.sources.iter().any(there);
        if !folder.given {
            // Nothing it asks for is here: the context is elsewhere, and the rest would be chance.
            let only_all = context.sources.iter().all(|source| source.path == ".");
            if !any && !only_all {
                return None;
            }
            for source in context.sources.iter_mut().filter(|source| source.found == Found::Missing) {
                if look.is_made_or_elsewhere(&source.path) {
                    source.found = Found::Unknown;
                }
            }
        }
        context.programs = look.programs(build);
        Some(context)
    }

    /// What was found of the source at a place.
    pub fn source(&self, span: Span) -> Option<&Source> {
        self.sources.iter().find(|source| source.span == span)
    }
}

/// A path from the context's root; `None` for addresses, here-documents and what is no path.
fn local(source: &str) -> Option<String> {
    if source.contains("://")
        || source.starts_with("<<")
        || source.starts_with("git@")
        || source.len() > 1_024
        || source.contains('\0')
    {
        return None;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in source.split('/') {
        match part {
            "" | "." => {}
            // Docker stops at the root of the context.
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    Some(if parts.is_empty() { ".".into() } else { parts.join("/") })
}

struct Look<'a> {
    folder: &'a Folder,
    ignored: Ignored,
    /// How many names may still be read.
    names: Cell<usize>,
}

impl Look<'_> {
    fn found(&self, path: &str) -> Found {
        if path.contains(['*', '?', '[', '\\']) {
            return self.many(path);
        }
        let kind = self.kind(path);
        // A file that is not there needs no line of .dockerignore to be missing, unless it is made later.
        let excluded = || match kind {
            Kind::File => self.ignored.excludes_file(path),
            _ => self.ignored.excludes(path),
        };
        if path != "."
            && (!matches!(kind, Kind::Nothing) || is_made(path))
            && let Some((line, text)) = excluded()
        {
            return Found::Ignored(self.ignored.name.clone(), line, text);
        }
        match kind {
            Kind::Nothing => Found::Missing,
            Kind::File => Found::File,
            Kind::Folder => Found::Folder(self.junk(path)),
            Kind::Other => Found::Unknown,
        }
    }

    /// What lies at a path, with no link on the way followed.
    fn kind(&self, path: &str) -> Kind {
        let mut full = self.folder.path.clone();
        let parts: Vec<&str> = path.split('/').filter(|part| *part != ".").collect();
        for (at, part) in parts.iter().enumerate() {
            full.push(part);
            match std::fs::symlink_metadata(&full) {
                Ok(metadata) if metadata.is_dir() => {}
                Ok(metadata) if metadata.is_file() && at + 1 == parts.len() => return Kind::File,
                Ok(metadata) if metadata.is_file() => return Kind::Nothing,
                Ok(_) => return Kind::Other,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Kind::Nothing,
                Err(_) => return Kind::Other,
            }
        }
        Kind::Folder
    }

    fn exists(&self, path: &str) -> bool {
        matches!(self.kind(path), Kind::File | Kind::Folder)
    }

    fn junk(&self, folder: &str) -> Vec<&'static str> {
        let inside = |name: &str| if folder == "." { name.to_owned() } else { format!("{folder}/{name}") };
        JUNK.iter()
            .copied()
            .filter(|name| self.exists(&inside(name)) && self.ignored.excludes(&inside(name)).is_none())
            .collect()
    }

    /// What a wildcard takes in, where only its last part has one.
    fn many(&self, pattern: &str) -> Found {
        let (folder, name) = pattern.rsplit_once('/').unwrap_or((".", pattern));
        if folder.contains(['*', '?', '[', '\\']) || !matches!(self.kind(folder), Kind::Folder) {
            return Found::Unknown;
        }
        let Ok(entries) = std::fs::read_dir(self.folder.path.join(folder)) else { return Found::Unknown };
        let mut folders = Vec::new();
        let mut any = false;
        for entry in entries {
            let (Ok(entry), Some(left)) = (entry, self.names.get().checked_sub(1)) else { return Found::Unknown };
            self.names.set(left);
            let text = entry.file_name().to_string_lossy().into_owned();
            let path = if folder == "." { text.clone() } else { format!("{folder}/{text}") };
            if ignored::fits(name, &text) && self.ignored.excludes(&path).is_none() {
                any = true;
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    folders.push(path);
                }
            }
        }
        folders.sort();
        if any { Found::Many(folders) } else { Found::Unknown }
    }

    /// Whether a missing source may be made before the build, or the context is another folder.
    fn is_made_or_elsewhere(&self, path: &str) -> bool {
        let first = path.split('/').next().unwrap_or_default();
        if is_made(path) {
            return true;
        }
        let Ok(root) = std::path::absolute(&self.folder.path) else { return true };
        if root.file_name().is_some_and(|name| name.to_string_lossy() == first) {
            return true;
        }
        for folder in root.ancestors().take(MAX_UPWARD) {
            if folder != root && std::fs::symlink_metadata(folder.join(path)).is_ok() {
                return true;
            }
            if folder.join(".git").exists() {
                break;
            }
        }
        git_ignores(&root, path)
    }
}

/// Whether a path is called what builds call what they make.
fn is_made(path: &str) -> bool {
    let made = |part: &str| MADE.contains(&part) || MADE_ENDINGS.iter().any(|ending| part.ends_with(ending));
    path.split('/').any(made)
}

enum Kind {
    Nothing,
    File,
    Folder,
    /// A link, a device, or what may not be looked at.
    Other,
}

/// Whether a .gitignore between the repository's root and the context takes a path out: then it is made.
fn git_ignores(root: &Path, path: &str) -> bool {
    let full = root.join(path);
    let mut upward: Vec<&Path> = Vec::new();
    for folder in root.ancestors().take(MAX_UPWARD) {
        upward.push(folder);
        if folder.join(".git").exists() {
            break;
        }
    }
    upward.iter().any(|folder| {
        let file = folder.join(".gitignore");
        let small = std::fs::metadata(&file).is_ok_and(|metadata| metadata.is_file() && metadata.len() < 256 * 1024);
        if !small {
            return false;
        }
        let (matcher, _) = ignore::gitignore::Gitignore::new(&file);
        full.strip_prefix(folder)
            .is_ok_and(|path| matcher.matched_path_or_any_parents(path, is_folder(path)).is_ignore())
    })
}

/// Whether a name looks like a folder's: `dist/` in a .gitignore means folders only.
fn is_folder(path: &Path) -> bool {
    !is_file(&path.to_string_lossy())
}
