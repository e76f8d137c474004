//! Reports to where they go: standard output, files, and a GitHub job's summary.

use super::arg_types::Color;
use super::args::ReportArgs;
use super::{complain, print_report};
use crate::report::{self, Format, Run, Style};
use crate::save;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

/// Prints and writes every report asked for; one that cannot be written stops no other.
pub(super) fn all(args: &ReportArgs, run: &Run<'_>, quiet: bool) -> Result<(), String> {
    let text = |format, terminal| report::render(format, run, &style(args, terminal, quiet));
    let mut failed = Vec::new();
    for (format, file) in &args.more {
        failed.extend(write(file, &text(*format, false)).err());
    }
    let done = match &args.output {
        Some(file) => write(file, &text(args.format, false)),
        None => print_report(Some(args.format), &text(args.format, std::io::stdout().is_terminal())),
    };
    failed.extend(done.err());
    if args.format == Format::Github || args.more.iter().any(|(format, _)| *format == Format::Github) {
        failed.extend(job_summary(run).err());
    }
    let last = failed.pop();
    failed.iter().for_each(|message| complain(message));
    last.map_or(Ok(()), Err)
}

/// The folder that GitHub and GitLab look for reported paths in: a job's own, also for a step that runs below it.
pub(super) fn repository(folder: &Path) -> PathBuf {
    let jobs = ["GITHUB_WORKSPACE", "CI_PROJECT_DIR"].into_iter().filter_map(std::env::var_os).map(PathBuf::from);
    jobs.filter(|job| job.is_absolute()).find(|job| folder.starts_with(job)).unwrap_or_else(|| folder.to_path_buf())
}

/// An error where a report would be written over something that was looked at, or over a file that is in use.
pub(super) fn refuse_over<'a>(args: &ReportArgs, used: impl Iterator<Item = &'a Path>) -> Result<(), String> {
    let real = |path: &Path| path.canonicalize().ok();
    let used: BTreeSet<PathBuf> = used.filter_map(real).collect();
    let files = args.more.iter().map(|(_, file)| file).chain(&args.output);
    match files.into_iter().find(|file| real(file).is_some_and(|file| file.is_file() && used.contains(&file))) {
        Some(file) => Err(format!("{}: lamblint has read it, and writes no report over it", file.display())),
        None => Ok(()),
    }
}

fn write(file: &Path, text: &str) -> Result<(), String> {
    save::report(file, text).map_err(|error| error.to_string())
}

fn style(args: &ReportArgs, terminal: bool, quiet: bool) -> Style {
    let color = match args.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
    };
    let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    Style { color, links: terminal && color, unicode: terminal, width: columns.unwrap_or(100), quiet }
}

fn job_summary(run: &Run<'_>) -> Result<(), String> {
    let file = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|file| file != OsStr::new(""));
    let Some(file) = file else { return Ok(()) };
    let open = std::fs::OpenOptions::new().append(true).create(true).open(&file);
    let done = open.and_then(|mut file| file.write_all(report::github_summary(run).as_bytes()));
    done.map_err(|error| format!("{}: {error}", Path::new(&file).display()))
}
