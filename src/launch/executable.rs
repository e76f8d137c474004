//! What starts and has no execute bit for others: from the log of effects, or from the modes of a saved image.

use super::{Build, Copied, ExecFault, ExecStep, Launch, StepKind};
use crate::diagnostic::{Fix, Location};
use crate::path::last;
use crate::source::Span;

/// A program that Lambda's user may not execute.
#[derive(Clone, Debug)]
pub struct Unexecutable {
    /// What is wrong, with the path and the mode.
    pub message: String,
    /// Where, and why there.
    pub labels: Vec<(Location, String)>,
    /// What to do about it.
    pub help: String,
    /// The edit of the Dockerfile that fixes it; `None` if no edit can.
    pub fix: Option<Fix>,
    /// Whether it is certain.
    pub certain: bool,
}

/// Maximum number of ADD instructions that are looked at: each question goes through the whole file.
const MAX_FETCHES: usize = 16;

impl Launch<'_> {
    /// What starts and cannot be executed by others.
    pub fn unexecutable(&self) -> Vec<Unexecutable> {
        let mut found: Vec<Unexecutable> = self.chain().iter().filter_map(of_link).collect();
        if let Some(build) = self.build {
            match self.unexecutable_start(build) {
                Some(start) => found.push(start),
                None => found.extend(fetched_programs(build)),
            }
        }
        found
    }

    fn unexecutable_start(&self, build: &Build<'_>) -> Option<Unexecutable> {
        let provided = self.starts_lambda_entrypoint() && self.is_provided();
        let bootstrap = || (String::from("/var/runtime/bootstrap"), self.place_of(&self.entrypoint));
        let (path, place) = if provided { bootstrap() } else { self.program_path()? };
        let mode = build.mode(&path, false);
        let (false, span) = mode.execute? else { return None };
        let label = if fetched(build, span) { "ADD gives what it fetches mode 0600" } else { "this takes the bit off" };
        Some(Unexecutable {
            message: format!("{path} is not executable, and Lambda starts it"),
            labels: vec![(span.into(), label.into()), (place, "started here".into())],
            help: remedy(build, span, &path),
            fix: fix(build, span),
            certain: mode.certain,
        })
    }
}

/// Programs that ADD fetches and nothing makes executable.
fn fetched_programs(build: &Build<'_>) -> Vec<Unexecutable> {
    let copies = build.copies();
    let programs = copies.iter().filter(|copied| copied.fetches()).take(MAX_FETCHES).filter_map(program);
    let fault = |path: String| {
        let (false, span) = build.mode(&path, false).execute? else { return None };
        Some(Unexecutable {
            message: format!("{path} is a program, and nothing makes it executable"),
            labels: vec![(span.into(), "ADD gives what it fetches mode 0600".into())],
            help: remedy(build, span, &path),
            fix: fix(build, span),
            certain: false,
        })
    };
    programs.filter_map(fault).collect()
}

/// A link of a saved image's chain that others may not execute.
fn of_link(link: &ExecStep) -> Option<Unexecutable> {
    let path = &link.path;
    let (message, help) = match link.fault.as_ref()? {
        ExecFault::NotExecutable(mode) => (
            format!("{path} has mode {mode:04o}, and others may not execute it"),
            format!("chmod 755 {path}, or COPY --chmod=755"),
        ),
        // A directory that no user at all may pass is LL304's.
        ExecFault::Closed(folder, mode) if mode & 0o111 != 0 => (
            format!("{path} is below {folder}, which has mode {mode:04o} and others may not pass"),
            format!("chmod 755 {folder}"),
        ),
        ExecFault::Directory => {
            (format!("{path} is a directory, and Lambda starts it"), "copy the program itself there".into())
        }
        _ => return None,
    };
    // What an interpreter reads is a question of reading.
    let read = link.role == StepKind::Read && !matches!(link.fault, Some(ExecFault::Directory));
    let labels = vec![(link.named, "Lambda starts this".to_owned()), (link.place(), link.trail())];
    (!read).then_some(Unexecutable { message, labels, help, fix: None, certain: true })
}

fn fetched(build: &Build<'_>, span: Span) -> bool {
    build.copies().iter().any(|copied| copied.span() == span && copied.fetches())
}

fn remedy(build: &Build<'_>, span: Span, path: &str) -> String {
    if fetched(build, span) { "write ADD --chmod=755".into() } else { format!("add RUN chmod 755 {path}") }
}

/// `--chmod=755`, instead of the flag that COPY or ADD has or lacks.
fn fix(build: &Build<'_>, span: Span) -> Option<Fix> {
    let copies = build.copies();
    if let Some(copied) =
        copies.iter().find(|copied| copied.span() == span && copied.fetches() && copied.chmod.is_none())
    {
        let end = copied.step.instruction.keyword.span.end;
        return Some(Fix::replace(true, "make it executable", Span::new(end, end), " --chmod=755"));
    }
    // Other files of the same COPY get the bit too.
    let given = copies.iter().any(|copied| copied.chmod.as_ref().is_some_and(|(_, own)| *own == span));
    given.then(|| Fix::replace(false, "make it executable", span, "755"))
}

/// Where an ADD puts what can only be a program: into a folder of programs, or Lambda's emulator.
fn program(copied: &Copied<'_, '_>) -> Option<String> {
    const ARCHIVES: &[&str] = &[
        "zip", "gz", "tgz", "xz", "bz2", "zst", "tar", "whl", "rpm", "deb", "apk", "jar", "pem", "crt", "key", "asc",
        "json", "txt", "xml", "conf", "toml", "yaml", "yml", "ttf", "phar", "sig", "md",
    ];
    let [(Some(source), _)] = copied.sources.as_slice() else { return None };
    let source = source.split(['?', '#']).next().unwrap_or_default();
    let name = last(source);
    let destination = copied.destination.clone()?;
    let path = if copied.folder { format!("{}/{name}", destination.trim_end_matches('/')) } else { destination };
    let (folder, file) = path.rsplit_once('/')?;
    let archive = |text: &str| text.rsplit_once('.').is_some_and(|(_, ending)| ARCHIVES.contains(&ending));
    let bin = matches!(last(folder), "bin" | "sbin");
    (!archive(file) && !archive(name) && (bin || file.starts_with("aws-lambda-rie"))).then_some(path)
}
