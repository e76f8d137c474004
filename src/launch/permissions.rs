//! Code that Lambda's user may not read, and directories that it may not pass: the user is neither owner nor group.

use super::handler_file::Unreadable;
use super::{Build, CommandArg, Copied, Launch, Others, RunCommand, is_script};
use crate::diagnostic::Location;
use crate::path::{is_file, last, under};
use crate::source::Span;

/// Code without `r` for others.
#[derive(Clone, Debug)]
pub enum UnreadableCode {
    /// An instruction or a command takes the bit; `certain` if the start needs the file.
    Closed { by: String, path: String, place: Location, certain: bool },
    /// A file of the build context whose mode COPY keeps; `certain` if the start needs it and the user has named the
    /// context.
    Kept { file: String, mode: u32, path: String, place: Location, certain: bool },
    /// A file that the function needs, and its mode.
    Needed { path: String, mode: u32, place: Location },
    /// Other files of one folder; how many there are in all folders together, and how many folders.
    Folder { unreadable: Unreadable, place: Location, files: usize, folders: usize },
}

/// A directory without `x` for others, or one that Python must list and that they may not read.
#[derive(Clone, Debug)]
pub enum ClosedDirectory {
    /// A command takes the bit; `certain` if what the start needs lies below.
    Closed { by: String, path: String, place: Location, certain: bool },
    /// A directory and its mode; `certain` if what the start needs lies below.
    Mode { path: String, mode: u32, place: Location, certain: bool },
}

/// Maximum number of instructions of one kind that are judged.
const MAX_JUDGED: usize = 20;
/// Maximum number of files of one COPY whose modes are looked at.
const MAX_FILES: usize = 64;
/// Maximum number of paths of a saved image that are told.
const MAX_TOLD: usize = 10;

impl Launch<'_> {
    /// Code that Lambda's user may not read; of a saved image the first entries only.
    pub fn unreadable_code(&self) -> Vec<UnreadableCode> {
        self.build.map_or_else(|| self.unreadable_files(), |build| Needs::new(self, build).closed_code())
    }

    fn unreadable_files(&self) -> Vec<UnreadableCode> {
        let (needed, rest) = self.unreadable();
        let (files, folders) = (rest.iter().map(|folder| folder.count).sum(), rest.len());
        let needed = needed.into_iter().take(MAX_TOLD).map(|(path, mode)| {
            let place = self.place_of_file(&path);
            UnreadableCode::Needed { path, mode, place }
        });
        let rest = rest.into_iter().take(MAX_TOLD).map(|unreadable| {
            let place = self.place_of_file(&unreadable.first);
            UnreadableCode::Folder { unreadable, place, files, folders }
        });
        needed.chain(rest).collect()
    }

    /// Directories that Lambda's user may not pass.
    pub fn closed_to_others(&self) -> Vec<ClosedDirectory> {
        if let Some(build) = self.build {
            return self.closed_by_commands(build);
        }
        let (above, below) = self.closed_directories();
        let certain = above.into_iter().map(|closed| (closed, true));
        let all = certain.chain(below.into_iter().take(MAX_TOLD).map(|closed| (closed, false)));
        let entry = |((path, mode), certain): ((String, u32), bool)| {
            let place = self.place_of_file(&path);
            ClosedDirectory::Mode { path, mode, place, certain }
        };
        all.map(entry).collect()
    }

    fn closed_by_commands(&self, build: &Build<'_>) -> Vec<ClosedDirectory> {
        let candidates: Vec<_> =
            build.final_commands().filter_map(|(_, ran)| Some((ran, closes(ran)?))).take(MAX_JUDGED).collect();
        if candidates.is_empty() {
            return Vec::new();
        }
        let program = self.program_path().map(|(path, _)| path);
        let mut needed = self.code_folders();
        needed.extend(self.needed_files());
        needed.extend(program.clone());
        let copies = build.copies();
        let mut closed = Vec::new();
        for (ran, arg) in candidates.into_iter().flat_map(|(ran, args)| args.into_iter().map(move |arg| (ran, arg))) {
            let Some(folder) = folder_of(ran, arg) else { continue };
            let certain = needed.iter().any(|path| under(path, &folder)) && program.as_ref() != Some(&folder);
            // A folder for code, into which something was copied.
            let below = needed.iter().any(|code| under(&folder, code))
                && copies.iter().any(|copied| {
                    let into = |to: &str| under(to, &folder) && (to != folder || copied.folder);
                    copied.destination.as_deref().is_some_and(into)
                });
            let still = build.mode(&folder, true).execute == Some((false, arg.span));
            if still && (certain || below) {
                closed.push(ClosedDirectory::Closed {
                    by: format!("`{}`", ran.line()),
                    path: folder,
                    place: arg.span.into(),
                    certain,
                });
            }
        }
        closed
    }
}

/// The folders that a command leaves without x for others.
fn closes(ran: &RunCommand) -> Option<Vec<&CommandArg>> {
    if ran.guarded {
        return None;
    }
    let takes = |mode: Others| mode.execute == Some(false);
    if ran.program == "chmod" {
        let (mode, _, operands) = ran.chmod_parts()?;
        return takes(mode).then_some(operands);
    }
    let makes = ran.program == "mkdir" || (ran.program == "install" && ran.has(&["-d", "--directory"]));
    let flags = ["-m", "--mode", "-pm", "-dm", "-o", "-g"];
    let mode = ran.value(&flags[..4]).filter(|_| makes)?;
    takes(Others::parse(mode)?).then(|| ran.operands(&flags))
}

/// The folder that an argument means; unknown after a `cd`, and for a pattern. LL308 speaks of /root.
fn folder_of(ran: &RunCommand, arg: &CommandArg) -> Option<String> {
    let path = ran.absolute(arg.text.as_deref()?).filter(|path| !path.contains('*') && path != "/")?;
    (!is_file(&path) && !under(&path, "/root")).then_some(path)
}

/// What the start needs of a build's files, worked out once.
struct Needs<'b, 'a> {
    build: &'b Build<'a>,
    files: Vec<String>,
    /// Folders with code.
    folders: Vec<String>,
    /// The program, of which LL207 asks more.
    program: Option<String>,
}

impl<'b, 'a> Needs<'b, 'a> {
    fn new(launch: &Launch<'_>, build: &'b Build<'a>) -> Self {
        let program = launch.program_path().map(|(path, _)| path);
        Self { build, files: launch.needed_files(), folders: launch.code_folders(), program }
    }

    fn closed_code(&self) -> Vec<UnreadableCode> {
        let copies = self.build.copies().into_iter().filter(|copied| copied.chmod.is_some() || copied.fetches());
        let chmods = self.build.final_commands().filter(|(_, ran)| ran.program == "chmod" && !ran.guarded);
        let mut closed: Vec<_> = copies.take(MAX_JUDGED).filter_map(|copied| self.closed_by_copy(&copied)).collect();
        let kept = self.build.copies().into_iter().filter(|copied| copied.chmod.is_none() && !copied.fetches());
        closed.extend(kept.take(MAX_JUDGED).filter_map(|copied| self.closed_in_context(&copied)));
        closed.extend(chmods.take(MAX_JUDGED).filter_map(|(_, ran)| self.closed_by_chmod(ran)));
        closed
    }

    fn is_code(&self, path: &str) -> bool {
        self.folders.iter().any(|folder| under(path, folder))
    }

    /// Whether the bits at a path are still those that a span set.
    fn holds(&self, path: &str, span: Span) -> bool {
        self.build.mode(path, false).read == Some((false, span))
    }

    fn closed_by_copy(&self, copied: &Copied<'_, '_>) -> Option<UnreadableCode> {
        // What ADD fetches belongs to root, mode 600.
        let fetched = || ("600".to_owned(), copied.span());
        let (mode, span) = &copied.chmod.clone().unwrap_or_else(fetched);
        let others = Others::parse(mode).filter(|others| others.read == Some(false))?;
        let by = if copied.chmod.is_some() { format!("--chmod={mode}") } else { "ADD from an address".to_owned() };
        let to = copied.destination.as_deref()?;
        for (source, _) in &copied.sources {
            let source = source.as_deref()?;
            let file = is_file(source);
            let path = match copied.lands(source)? {
                // `COPY app.py /var/task`: the folder is there, and the file goes into it.
                path if file && self.folders.contains(&path) => format!("{path}/{}", last(source)),
                path if file => path,
                path => format!("{}/x", path.trim_end_matches('/')),
            };
            if self.program.as_deref() == Some(path.as_str()) && others.execute == Some(false) {
                return None;
            }
            let needed = self.files.iter().find(|needed| if file { **needed == path } else { under(needed, to) });
            let at = needed.map_or(path.as_str(), String::as_str);
            // A folder of keys may be closed on purpose; code is not.
            let code = needed.is_some()
                || (copied.chmod.is_none() && self.is_code(&path))
                || (self.is_code(&path) && (is_script(source) || source == "." || !source.contains('.')));
            if code && self.holds(at, *span) {
                let only = || self.build.copies().iter().filter(|other| other.may_hold(at) != Some(false)).count() == 1;
                let certain = needed.is_some() && (file || only());
                let path = if file { path } else { to.to_owned() };
                return Some(UnreadableCode::Closed { by, path, place: (*span).into(), certain });
            }
        }
        None
    }

    /// The first file that keeps a closed mode of the build context.
    fn closed_in_context(&self, copied: &Copied<'_, '_>) -> Option<UnreadableCode> {
        let context = self.build.context.as_ref()?;
        let needed = self.files.iter().map(|path| (path.clone(), true));
        let lands = |(source, _): &(Option<String>, Span)| {
            let source = source.as_deref().filter(|source| is_script(source))?;
            let path = copied.lands(source)?;
            Some(if self.folders.contains(&path) { format!("{path}/{}", last(source)) } else { path })
        };
        let code = copied.sources.iter().filter_map(lands).filter(|path| self.is_code(path)).map(|path| (path, false));
        needed.chain(code).take(MAX_FILES).find_map(|(path, needed)| {
            let (file, mode) = self.build.kept_mode(copied, &path)?;
            let closed = mode & 0o004 == 0 && self.holds(&path, copied.span());
            let (place, certain) = (copied.span().into(), needed && context.given);
            closed.then_some(UnreadableCode::Kept { file, mode, path, place, certain })
        })
    }

    fn closed_by_chmod(&self, ran: &RunCommand) -> Option<UnreadableCode> {
        let (others, recursive, operands) = ran.chmod_parts()?;
        if others.read != Some(false) {
            return None;
        }
        operands.into_iter().find_map(|arg| {
            let path = ran.absolute(arg.text.as_deref()?)?;
            let closed = others.execute == Some(false);
            // LL304 reports a folder that others cannot pass, and LL207 a program that they cannot start.
            if closed && (recursive || self.program.as_deref() == Some(path.as_str())) {
                return None;
            }
            let folder = path.rsplit_once('/').filter(|(_, name)| name.contains('*')).map(|(folder, _)| folder);
            let needed = self.files.iter().find(|needed| match folder {
                Some(folder) => under(needed, folder),
                None => **needed == path || (recursive && under(needed, &path)),
            });
            let file = recursive || is_script(&path);
            let at = match needed {
                Some(needed) => needed.as_str(),
                None if self.is_code(&path) && file && folder.is_none() => path.as_str(),
                None => return None,
            };
            let certain = needed.is_some() && folder.is_none();
            let by = ran.line();
            self.holds(at, arg.span).then(|| UnreadableCode::Closed {
                by,
                path: path.clone(),
                place: arg.span.into(),
                certain,
            })
        })
    }
}
