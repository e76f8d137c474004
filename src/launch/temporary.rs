//! What the image keeps below /tmp: Lambda mounts an empty folder over it.

use super::{Arg, Build, Copied, Launch, NamedBy, Purpose, RunCommand};
use crate::diagnostic::Location;
use crate::facts::CommandEffect;
use crate::image::EntryKind;
use crate::path::{is_file, under};

/// Content of /tmp, and what needs it or brings it.
#[derive(Clone, Debug)]
pub enum InTmp {
    /// A setting of the Dockerfile names a path that the build fills, with the COPY that does if there is one;
    /// `certain` unless a step may have been what needs it.
    Named { path: String, place: Location, by: NamedBy, certain: bool, copied: Option<Location> },
    /// A COPY puts it there, and nothing in the build uses it.
    Copied { to: String, place: Location },
    /// A setting names files that are there: half a sentence and its place.
    Needed { why: String, place: Location, first: String, layer: Location },
    /// Files are there, and nothing names them.
    Left { bytes: u64, files: usize, first: String, layer: Location },
}

/// Maximum number of COPY instructions, and of places that commands fill, that are looked at.
const MAX_COPIES: usize = 20;
const MAX_FILLED: usize = 100;
/// Smaller left-overs do no harm, in bytes.
const MIN_LEFT: u64 = 1024 * 1024;

/// What the build puts below /tmp.
struct Filled<'b> {
    copies: Vec<Copied<'b, 'b>>,
    by_commands: Vec<&'b str>,
}

impl<'a> Launch<'a> {
    /// What is below /tmp.
    pub fn in_tmp(&self) -> Vec<InTmp> {
        match self.build {
            // A base for others, or a place to build in, starts nothing.
            Some(build) if self.starts_own() => self.brought_to_tmp(build),
            Some(_) => Vec::new(),
            None => self.files_in_tmp().into_iter().collect(),
        }
    }

    fn brought_to_tmp(&self, build: &'a Build<'a>) -> Vec<InTmp> {
        let filled = Filled::by(build);
        let mut named: Vec<_> = self.workdir_in_tmp(&filled).into_iter().collect();
        named.extend(self.started_in_tmp(&filled));
        named.extend(self.variables_in_tmp(build, &filled));
        if named.is_empty() {
            return filled.copies.iter().filter_map(|copied| lost(build, copied)).collect();
        }
        let named = named.into_iter().map(|(path, place, by, certain)| {
            let copied = filled.copies.iter().find(|copied| touches(copied, &path)).map(|copied| copied.span().into());
            InTmp::Named { path, place, by, certain, copied }
        });
        named.collect()
    }

    fn workdir_in_tmp(&self, filled: &Filled<'_>) -> Option<(String, Location, NamedBy, bool)> {
        let (path, place) = self.workdir.set().filter(|(path, _)| under(path, "/tmp"))?;
        // A WORKDIR of /tmp itself is a folder to write to, and with an AWS entrypoint the task root decides.
        let folder = path == "/tmp"
            && (self.starts_lambda_entrypoint()
                || !filled.copies.iter().any(|copied| copied.destination.as_deref() == Some("/tmp")));
        (!folder).then(|| (path.clone(), place, NamedBy::Workdir, true))
    }

    /// Program and arguments below /tmp, where the build fills them.
    fn started_in_tmp(&self, filled: &Filled<'_>) -> Vec<(String, Location, NamedBy, bool)> {
        let mut found: Vec<(String, Location, NamedBy, bool)> = Vec::new();
        let mut need = |arg: &Arg, starts: bool| {
            let known = found.iter().any(|(path, ..)| *path == arg.text);
            if arg.text.starts_with("/tmp/") && !known && (starts || filled.has(&arg.text)) {
                found.push((arg.text.clone(), arg.place, NamedBy::Command, true));
            }
        };
        for process in &self.processes().line {
            process.argv.iter().enumerate().for_each(|(at, arg)| need(arg, at == 0));
        }
        self.argv().into_iter().flatten().for_each(|arg| need(arg, false));
        found
    }

    /// Variables that name a place below /tmp into which the build copies.
    fn variables_in_tmp(&self, build: &Build<'_>, filled: &Filled<'_>) -> Vec<(String, Location, NamedBy, bool)> {
        let mut found = Vec::new();
        for (name, setting) in &self.env {
            let Some((value, place)) = setting.set() else { continue };
            let list = name == "PATH" || name.ends_with("PATH");
            for path in value.split(if list { ':' } else { '\0' }) {
                if !path.starts_with("/tmp/") {
                    continue;
                }
                let fetched = is_only_fetched(build, name, path);
                if !(fetched || filled.copies_to(path) || list && filled.has(path)) {
                    continue;
                }
                let purpose = build.purpose_of(name, path);
                if purpose == Purpose::Build && !fetched {
                    continue;
                }
                // That nothing of the build reads a variable is no proof that the function does.
                let certain = purpose == Purpose::RunTime;
                found.push((path.to_owned(), place, NamedBy::Variable, certain));
            }
        }
        found
    }

    fn files_in_tmp(&self) -> Option<InTmp> {
        let files = self.files()?.inside("/tmp").filter(|file| file.kind == EntryKind::File);
        let all: Vec<(String, u64)> = files.map(|file| (file.path(), file.size)).collect();
        let (first, _) = all.first()?;
        let (first, layer) = (first.clone(), self.place_of_file(first));
        let below = |path: &str| under(path, "/tmp") && all.iter().any(|(file, _)| under(file, path));
        let workdir = || {
            let dir = self.workdir.value().filter(|dir| below(dir))?;
            Some((format!("WORKDIR is {dir}"), self.workdir.place()?))
        };
        let argument = self.argument_that(|text| text.starts_with("/tmp/") && below(text));
        let needed = argument.or_else(workdir).or_else(|| self.variable_that(|path| path != "/tmp" && below(path)));
        if let Some((why, place)) = needed {
            return Some(InTmp::Needed { why, place, first, layer });
        }
        let bytes = all.iter().map(|(_, size)| size).sum();
        (bytes >= MIN_LEFT).then_some(InTmp::Left { bytes, files: all.len(), first, layer })
    }
}

/// Whether the build fetches a file, which a variable names, and does nothing with it.
fn is_only_fetched(build: &Build<'_>, name: &str, path: &str) -> bool {
    let names = |ran: &RunCommand| {
        let texts = || ran.texts().chain(ran.writes.iter().filter_map(|to| to.text.as_deref()));
        texts().any(|text| text.contains(path)) || ran.args.iter().any(|arg| arg.raw.contains(name))
    };
    let mut using = build.final_commands().filter(|(_, ran)| names(ran)).peekable();
    // A step that only running it can tell may read it.
    let seen = !build.may_have_done_anything();
    seen && is_file(path) && using.peek().is_some() && using.all(|(_, ran)| ran.has_effect(CommandEffect::Output))
}

impl<'b> Filled<'b> {
    fn by(build: &'b Build<'b>) -> Self {
        const MAKERS: &[&str] = &["cp", "mv", "tar", "unzip", "curl", "wget", "pip", "install", "git"];
        let in_tmp = |copied: &Copied<'_, '_>| copied.destination.as_deref().is_some_and(|to| under(to, "/tmp"));
        let makes = build.final_commands().filter(|(_, ran)| MAKERS.contains(&ran.program.as_str()));
        let texts = makes.flat_map(|(_, ran)| ran.texts());
        Self {
            copies: build.copies().into_iter().filter(in_tmp).take(MAX_COPIES).collect(),
            by_commands: texts.filter(|text| text.len() > 5 && text.starts_with("/tmp/")).take(MAX_FILLED).collect(),
        }
    }

    fn copies_to(&self, path: &str) -> bool {
        self.copies.iter().any(|copied| touches(copied, path))
    }

    /// Whether the build puts something at a path or below: a COPY does, or a RUN that names it.
    fn has(&self, path: &str) -> bool {
        let fills = |text: &&str| under(text, path) || under(path, text.trim_end_matches('/'));
        self.copies_to(path) || self.by_commands.iter().any(fills)
    }
}

/// What a COPY brings to /tmp, if no later RUN speaks of it: that may have been for the build only.
fn lost(build: &Build<'_>, copied: &Copied<'_, '_>) -> Option<InTmp> {
    let to = copied.destination.as_deref()?;
    let later = build.runs_after(copied.step).iter().any(|run| run.runs("/tmp") || run.runs("TMP"))
        || build.used_later(copied.step, to)
        || copied.names().any(|name| name.is_empty() || build.used_later(copied.step, name));
    let marker = copied.sources.iter().all(|(source, _)| source.as_deref().is_none_or(|s| s == "/dev/null"));
    (!later && !marker).then(|| InTmp::Copied { to: to.to_owned(), place: copied.span().into() })
}

/// Whether a COPY brings what stands at a path, above it or below it.
fn touches(copied: &Copied<'_, '_>, path: &str) -> bool {
    copied.sources.iter().any(|(source, _)| {
        let Some(source) = source.as_deref() else { return false };
        let to = copied.lands(source).unwrap_or_default();
        under(&to, path) || (!is_file(source) && under(path, &to))
    })
}
