//! The files that Lambda would start as extensions, and why one of them cannot start.

use super::{Build, Copied, ExecFault, ExecStep, Launch, Origin};
use crate::diagnostic::{DocumentId, Location};
use crate::facts::BaseKind;
use crate::image::{EntryKind, Resolution};
use crate::path::{last, under};
use crate::source::Span;

const FOLDER: &str = "/opt/extensions";
const ARCHIVES: &[&str] = &[".zip", ".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.bz2", ".gz", ".xz", ".whl", ".jar"];
const PAPERS: &[&str] = &[".md", ".txt", ".json", ".yaml", ".yml", ".toml", ".rst", ".conf", ".pem"];

/// What is in the folder of extensions.
#[derive(Clone, Debug, Default)]
pub struct Extensions {
    /// What makes the folder a file, and how that is said.
    pub not_a_folder: Option<(Location, String)>,
    /// Files that cannot start.
    pub faults: Vec<ExtensionFault>,
    /// Where each file comes from, of those that Lambda starts.
    pub files: Vec<Location>,
}

/// An extension that cannot start.
#[derive(Clone, Debug)]
pub struct ExtensionFault {
    /// Its path.
    pub path: String,
    /// Why it cannot start.
    pub why: String,
    /// Where that shows.
    pub place: Location,
    /// Why there.
    pub label: String,
    /// Whether an execute bit is all it needs.
    pub needs_bit: bool,
    /// `true` if nothing after the step that brings it may have fixed it.
    pub certain: bool,
}

impl Launch<'_> {
    /// The extensions that the image brings, from the COPY instructions or from the files.
    pub fn extensions_of_image(&self) -> Extensions {
        match self.build {
            Some(build) => self.copied_extensions(build),
            None => self.saved_extensions(),
        }
    }

    fn copied_extensions(&self, build: &Build<'_>) -> Extensions {
        let mut found = Extensions::default();
        let mut named: Vec<(String, Span)> = Vec::new();
        let unpacked = !self.runs_mentioning("/opt").is_empty() || build.may_have_done_anything();
        let mut asked = 0;
        // What an unknown base has there is not known either.
        let mut folder = matches!(self.base.kind, BaseKind::Unknown | BaseKind::Client) || unpacked;
        for copied in build.copies() {
            if !folder && let Some(span) = takes_the_place(&copied) {
                found.not_a_folder = Some((span.into(), "becomes a file".to_owned()));
                continue;
            }
            folder |= copied.destination.as_deref().is_none_or(|path| under(path, FOLDER) || under(FOLDER, path));
            for (source, span) in &copied.sources {
                let Some(path) = source.as_deref().and_then(|source| lands(&copied, source)) else { continue };
                // A RUN that speaks of it may unpack, move or remove it.
                let handled = || unpacked || !self.runs_mentioning(last(&path)).is_empty();
                asked += 1;
                if asked > MAX_ASKED {
                    named.push((path, *span));
                } else if let Some(why) = fault(build, &copied, &path) {
                    if !handled() || why == NO_BIT {
                        let label = "lands directly in /opt/extensions".to_owned();
                        let (why, needs_bit) = (why.to_owned(), why == NO_BIT);
                        let certain = needs_bit || build.untouched_after(&path, copied.span());
                        found.faults.push(ExtensionFault {
                            path,
                            why,
                            place: (*span).into(),
                            label,
                            needs_bit,
                            certain,
                        });
                    }
                } else if path != FOLDER {
                    named.push((path, *span));
                }
            }
        }
        named.sort();
        named.dedup_by(|a, b| a.0 == b.0);
        found.files = named.into_iter().map(|(_, span)| span.into()).collect();
        found
    }

    /// The extensions of a saved image, each followed as the kernel would.
    fn saved_extensions(&self) -> Extensions {
        let mut found = Extensions::default();
        if let Some(image) = self.image.filter(|image| image.is_whole())
            && let Resolution::Found(node, path) = image.files.resolve(FOLDER)
            && node.kind == EntryKind::File
        {
            let what = if path == FOLDER { "is a file".to_owned() } else { format!("leads to the file {path}") };
            found.not_a_folder = Some((self.place_of_file_itself(FOLDER), what));
        }
        found.faults = self.extensions().iter().filter_map(|chain| of_chain(chain)).collect();
        let place = |(_, layer): &(String, usize)| Location::new(DocumentId::Layer(*layer), Span::default());
        found.files = self.extension_files().iter().map(place).collect();
        found
    }
}

fn of_chain(chain: &[ExecStep]) -> Option<ExtensionFault> {
    let (first, link) = (chain.first()?, chain.iter().find(|link| link.fault.is_some())?);
    let why = match &link.fault {
        Some(ExecFault::NotExecutable(mode)) => format!("{} has mode {mode:04o}", link.path),
        Some(ExecFault::Closed(folder, mode)) => format!("{folder} has mode {mode:04o}"),
        Some(ExecFault::WrongArchitecture(found)) => format!("it is built for {found}"),
        Some(ExecFault::NonLinuxFormat(kind)) => format!("it is {}", kind.name()),
        Some(ExecFault::CarriageReturn) => "its first line ends in CRLF".into(),
        Some(ExecFault::NoShebang(_)) => "it is a text without a `#!` line".into(),
        Some(ExecFault::Missing) => format!("{} is not in the image", link.path),
        _ => return None,
    };
    let needs_bit = matches!(link.fault, Some(ExecFault::NotExecutable(_)));
    Some(ExtensionFault {
        path: first.path.clone(),
        why,
        place: link.place(),
        label: link.trail(),
        needs_bit,
        certain: true,
    })
}

/// The source of a COPY that is one file and gets the folder's own name.
fn takes_the_place(copied: &Copied<'_, '_>) -> Option<Span> {
    let [(Some(source), span)] = copied.sources.as_slice() else { return None };
    let name = last(source);
    let file = is_archive(name) || is_paper(name) || copied.fetches() || name == "lambda-adapter";
    let named = copied.destination.as_deref() == Some(FOLDER) && !copied.folder;
    (named && file && !is_unpacked(copied, name) && !source.contains(['*', '?', '['])).then_some(*span)
}

/// Maximum number of extensions that are looked at one by one: each question goes through the whole file.
const MAX_ASKED: usize = 16;
const NO_BIT: &str = "it is not executable";

/// Where a source lands, if that is directly in the folder of extensions (or takes its place).
fn lands(copied: &Copied<'_, '_>, source: &str) -> Option<String> {
    let destination = copied.destination.as_deref()?;
    let name = last(source.split(['?', '#']).next().unwrap_or_default());
    let file = !name.is_empty() && !name.contains(['*', '?', '[']) && !source.ends_with('/');
    let path = if destination == FOLDER {
        // Without an ending it may be a folder, and a folder's contents go there.
        let plain = is_archive(name) || is_paper(name) || copied.fetches();
        (file && plain).then(|| format!("{FOLDER}/{name}"))?
    } else {
        destination.to_owned()
    };
    let (folder, own) = path.rsplit_once('/')?;
    (folder == FOLDER && !own.is_empty() && !copied.folder || destination == FOLDER).then_some(path)
}

fn is_archive(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ARCHIVES.iter().any(|ending| name.ends_with(ending))
}

fn is_paper(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    PAPERS.iter().any(|ending| name.ends_with(ending))
        || matches!(name.as_str(), "readme" | "license" | "licence" | "notice" | "changelog" | "makefile")
}

/// Whether ADD unpacks a source: a local tar, and no other archive.
fn is_unpacked(copied: &Copied<'_, '_>, name: &str) -> bool {
    copied.add && !copied.fetches() && name.contains(".t") && !name.ends_with(".zip")
}

fn fault(build: &Build<'_>, copied: &Copied<'_, '_>, path: &str) -> Option<&'static str> {
    let name = last(path).to_ascii_lowercase();
    if is_archive(&name) && !is_unpacked(copied, &name) {
        return Some("it is an archive, and nothing unpacks it");
    }
    if is_paper(&name) {
        return Some("it is not a program");
    }
    let removed = matches!(build.mode(path, false).execute, Some((false, _)));
    (removed && !matches!(copied.origin, Origin::Unknown)).then_some(NO_BIT)
}
