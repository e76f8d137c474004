//! The build context: the folder that COPY takes files from, looked up once before any rule runs.
//!
//! Only what the Dockerfile asks for is looked at: no tree is walked, no link is followed, and every count has a
//! bound in `launch/limits.rs`.

mod copied;
mod disk;
mod imports;
mod near;

use crate::dockerignore::{self, Ignored};
use crate::gitignore::{Patterns, is_repository};
use crate::launch::context::{Context, Entry, Found, Source};
use crate::launch::{Build, Copied, Origin, limits};
use crate::meter::{self, Work};
use crate::options::Folder;
use crate::path::{inside_context, is_file};
use crate::source::read_file;
use crate::suggest::is_slip;
use disk::Disk;
use std::cell::{Cell, OnceCell};
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

/// What does not belong in an image, and `COPY .` copies too.
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

pub use imports::follow;

/// Looks up what a build asks for; `None` where the folder is evidently not its context.
pub fn look(build: &Build<'_>, folder: &Folder) -> Option<Context> {
    let look = Look::new(folder);
    let mut known: BTreeMap<String, Found> = BTreeMap::new();
    let mut sources: Vec<Source> = Vec::new();
    let copies: Vec<Copied<'_, '_>> = build
        .stages
        .iter()
        .flat_map(|stage| build.copies_of(stage))
        .filter(|c| matches!(c.origin, Origin::Context))
        .collect();
    for copied in &copies {
        for (source, span) in &copied.sources {
            let Some(path) = source.as_deref().and_then(inside_context) else { continue };
            if sources.len() >= limits::SOURCES {
                break;
            }
            let found = known.entry(path.clone()).or_insert_with(|| look.found(&path)).clone();
            sources.push(Source { span: *span, path, found, near: None });
        }
    }
    let there = |source: &Source| match source.found {
        Found::File | Found::Folder(_) => source.path != ".",
        Found::Ignored(..) => look.exists(&source.path),
        Found::Many(_) => true,
        Found::Missing | Found::Unknown => false,
    };
    let any = sources.iter().any(there);
    for source in sources.iter_mut().filter(|source| source.found == Found::Missing) {
        source.near = look.near(&source.path);
    }
    let mut sure = true;
    if !folder.given {
        // Nothing it asks for is here: the context is elsewhere, and the rest would be chance.
        let only_all = sources.iter().all(|source| source.path == ".");
        // A slip of the pen shows that the folder is meant.
        let slip = sources.iter().any(|source| source.near.is_some());
        if !any && !only_all && !slip {
            return None;
        }
    }
    for source in sources.iter_mut().filter(|source| source.found == Found::Missing) {
        // What a build makes before, and what git does not keep, is not there in a checkout, with any context.
        let made = is_made(&source.path) || look.is_left_out_by_git(&source.path);
        sure &= made || folder.given;
        if made || (!folder.given && look.is_made_or_elsewhere(&source.path)) {
            source.found = Found::Unknown;
        }
    }
    Some(Context { given: folder.given, sure, ignored: look.ignored, sources, files: Box::new(look.disk) })
}

/// Reads `Dockerfile.dockerignore` beside the Dockerfile, or else `.dockerignore` of the context.
fn ignored(folder: &Folder) -> Ignored {
    let mut own = folder.dockerfile.clone().into_os_string();
    own.push(".dockerignore");
    let text = |path: &Path| read_file(path, limits::IGNORE_BYTES).ok();
    let own = Path::new(&own);
    if let Some(bytes) = text(own) {
        let name = own.file_name().unwrap_or_default().to_string_lossy().into_owned();
        return Ignored::parse(&name, &String::from_utf8_lossy(&bytes));
    }
    let bytes = text(&folder.path.join(".dockerignore")).unwrap_or_default();
    Ignored::parse(".dockerignore", &String::from_utf8_lossy(&bytes))
}

struct Look<'a> {
    folder: &'a Folder,
    ignored: Rc<Ignored>,
    disk: Disk,
    /// How many names may still be read.
    names: Cell<usize>,
    /// What git leaves out, once it is asked; `None` where that cannot be read.
    patterns: OnceCell<Option<Patterns>>,
}

impl<'a> Look<'a> {
    fn new(folder: &'a Folder) -> Self {
        let ignored = Rc::new(ignored(folder));
        let disk = Disk::new(&folder.path, Rc::clone(&ignored));
        Self { folder, ignored, disk, names: Cell::new(limits::NAMES), patterns: OnceCell::new() }
    }

    fn found(&self, path: &str) -> Found {
        let found = self.looked_up(path);
        // What costs too much to tell is unknown, and not what the steps up to there have said.
        if meter::left(Work::Context) == 0 { Found::Unknown } else { found }
    }

    fn looked_up(&self, path: &str) -> Found {
        if path.contains(['*', '?', '[', '\\']) {
            return self.many(path);
        }
        let kind = self.disk.lies(path);
        // A file that is not there needs no line of .dockerignore to be missing, unless it is made later.
        let excluded = || match kind {
            Entry::File => self.ignored.excludes_file(path),
            _ => self.ignored.excludes(path),
        };
        if path != "."
            && (!matches!(kind, Entry::Nothing) || is_made(path))
            && let Some((line, text)) = excluded()
        {
            return Found::Ignored(self.ignored.name.clone(), line, text);
        }
        match kind {
            Entry::Nothing => Found::Missing,
            Entry::File => Found::File,
            Entry::Folder => Found::Folder(self.junk(path)),
            Entry::Unknown => Found::Unknown,
        }
    }

    fn exists(&self, path: &str) -> bool {
        matches!(self.disk.lies(path), Entry::File | Entry::Folder)
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
        if folder.contains(['*', '?', '[', '\\']) || !matches!(self.disk.lies(folder), Entry::Folder) {
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
            if dockerignore::fits(name, &text) && self.ignored.excludes(&path).is_none() {
                any = true;
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    folders.push(path);
                }
            }
        }
        folders.sort();
        if any { Found::Many(folders) } else { Found::Unknown }
    }

    /// A file of the same folder whose name is a slip away from that of a missing one.
    fn near(&self, path: &str) -> Option<String> {
        let (folder, name) = path.rsplit_once('/').unwrap_or((".", path));
        let ending = name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty())?.1;
        for entry in std::fs::read_dir(self.folder.path.join(folder)).ok()? {
            self.names.set(self.names.get().checked_sub(1)?);
            let other = entry.ok()?.file_name().to_string_lossy().into_owned();
            let path = if folder == "." { other.clone() } else { format!("{folder}/{other}") };
            let same_ending = other.rsplit_once('.').is_some_and(|(_, own)| own == ending);
            if same_ending && is_slip(name, &other) && matches!(self.found(&path), Found::File) {
                return Some(path);
            }
        }
        None
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
        for folder in root.ancestors().take(limits::FOLDERS_UPWARD) {
            if folder != root && std::fs::symlink_metadata(folder.join(path)).is_ok() {
                return true;
            }
            if is_repository(folder) {
                break;
            }
        }
        self.is_left_out_by_git(path)
    }

    /// Whether git does not know a path: then it is made. Patterns that cannot be read may say so.
    fn is_left_out_by_git(&self, path: &str) -> bool {
        let Ok(root) = self.folder.path.canonicalize() else { return true };
        let patterns = self.patterns.get_or_init(|| {
            let mut faults = Vec::new();
            let patterns = Patterns::above(&root, &mut faults).of(&root, &mut faults);
            faults.is_empty().then_some(patterns)
        });
        let Some(patterns) = patterns else { return true };
        // The folders on the way have patterns of their own.
        let (full, mut here, mut nearest, mut faults) = (root.join(path), root, patterns.clone(), Vec::new());
        let folders = path.rsplit_once('/').map_or("", |(folders, _)| folders);
        for part in folders.split('/').filter(|part| !matches!(*part, "" | "." | "..")) {
            here.push(part);
            if !std::fs::symlink_metadata(&here).is_ok_and(|metadata| metadata.is_dir()) {
                break;
            }
            nearest = nearest.of(&here, &mut faults);
        }
        !faults.is_empty() || nearest.leave_out_below(&full, is_folder(&full))
    }
}

/// Whether a path is called what builds call what they make.
fn is_made(path: &str) -> bool {
    let made = |part: &str| MADE.contains(&part) || MADE_ENDINGS.iter().any(|ending| part.ends_with(ending));
    path.split('/').any(made)
}

/// Whether a folder or file of a repository that is not there may be made before the build: its name says so, or git
/// leaves it out.
pub fn may_be_generated(path: &Path, repository: &Path) -> bool {
    let inside = path.strip_prefix(repository).unwrap_or(path);
    let mut parts = inside.components().map(|part| part.as_os_str().to_string_lossy());
    parts.any(|part| GENERATED.contains(&&*part)) || {
        let folder =
            path.ancestors().skip(1).find_map(|folder| folder.canonicalize().ok().map(|whole| (folder, whole)));
        let Some((folder, whole)) = folder else { return true };
        let full = whole.join(path.strip_prefix(folder).unwrap_or(path));
        let mut faults = Vec::new();
        let patterns = Patterns::above(&whole, &mut faults).of(&whole, &mut faults);
        !faults.is_empty() || patterns.leave_out_below(&full, is_folder(&full))
    }
}

/// Folders that tools write what they build to.
const GENERATED: &[&str] =
    &["dist", "build", "target", "bin", "obj", "out", ".aws-sam", ".build", "publish", "node_modules", "cdk.out"];

/// Whether a name looks like a folder's: `dist/` in a .gitignore means folders only.
fn is_folder(path: &Path) -> bool {
    !is_file(&path.to_string_lossy())
}
