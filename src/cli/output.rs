//! Reports to where they go: standard output, files, and a GitHub job's summary.

use super::arg_types::Color;
use super::args::ReportArgs;
use super::{complain, print_exact, print_report};
use crate::explain::PageStyle;
use crate::report::{self, Account, Format, Run, SizeStyle, Style};
use crate::save;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

/// Prints and writes every report asked for; one that cannot be written stops no other.
pub(super) fn all(args: &ReportArgs, run: &Run<'_>, quiet: bool) -> Result<(), String> {
    let text = |format, stdout| match format {
        Format::Human if args.statistics => report::statistics(run),
        format => report::render(format, run, &style(args, stdout, quiet)),
    };
    let mut failed = Vec::new();
    for (format, file) in &args.more {
        failed.extend(write(file, &text(*format, false)).err());
    }
    let done = match &args.output {
        Some(file) => write(file, &text(args.format, false)),
        None => print_report(Some(args.format), &text(args.format, true)),
    };
    failed.extend(done.err());
    if has(args, Format::Github) {
        failed.extend(job_summary(run).err());
    }
    let last = failed.pop();
    failed.iter().for_each(|message| complain(message));
    last.map_or(Ok(()), Err)
}

/// `true` if a format is asked for.
pub(super) fn has(args: &ReportArgs, format: Format) -> bool {
    args.format == format || args.more.iter().any(|(more, _)| *more == format)
}

/// The account that findings in ASFF are for; an error where that is asked for and not known.
pub(super) fn account(args: &ReportArgs) -> Result<Option<Account>, String> {
    if !has(args, Format::Asff) {
        return Ok(None);
    }
    let variable = |names: [&str; 2]| names.into_iter().find_map(|name| std::env::var(name).ok());
    let id = variable(["AWS_ACCOUNT_ID", "CDK_DEFAULT_ACCOUNT"]);
    let region = variable(["AWS_REGION", "AWS_DEFAULT_REGION"]);
    match (id, region) {
        (Some(id), Some(region)) => Ok(Some(Account { id, region })),
        _ => Err("--format asff needs the variables AWS_ACCOUNT_ID and AWS_REGION".into()),
    }
}

/// The folder that GitHub and GitLab look for reported paths in: a job's own, also for a step that runs below it.
pub(super) fn repository(folder: &Path) -> PathBuf {
    let jobs = ["GITHUB_WORKSPACE", "CI_PROJECT_DIR"].into_iter().filter_map(std::env::var_os).map(PathBuf::from);
    jobs.filter(|job| job.is_absolute()).find(|job| folder.starts_with(job)).unwrap_or_else(|| folder.to_path_buf())
}

/// An error where a report would be written over something that was looked at, or over a file that is in use.
pub(super) fn refuse_over<'a>(args: &ReportArgs, used: impl Iterator<Item = &'a Path>) -> Result<(), String> {
    refuse_to_overwrite(args.more.iter().map(|(_, file)| file).chain(&args.output).map(PathBuf::as_path), used)
}

/// The same for any files.
pub(super) fn refuse_to_overwrite<'a, 'b>(
    mut files: impl Iterator<Item = &'b Path>,
    used: impl Iterator<Item = &'a Path>,
) -> Result<(), String> {
    let real = |path: &Path| path.canonicalize().ok();
    let used: BTreeSet<PathBuf> = used.filter_map(real).collect();
    match files.find(|file| real(file).is_some_and(|file| file.is_file() && used.contains(&file))) {
        Some(file) => Err(format!("{}: lamblint has read it, and writes no report over it", file.display())),
        None => Ok(()),
    }
}

/// Prints what fixes change, in colours where the terminal has them.
pub(super) fn diff(args: &ReportArgs, text: &str) -> Result<(), String> {
    if !style(args, true, false).color {
        return print_exact(text);
    }
    let plain = report::plain_lines(text);
    let painted = plain.split_inclusive('\n').map(|line| {
        let color = match line.as_bytes() {
            [b'+', ..] => "\x1b[32m",
            [b'-', ..] => "\x1b[31m",
            [b'@', ..] => "\x1b[36m",
            _ => return line.to_owned(),
        };
        format!("{color}{}\x1b[0m\n", line.trim_end_matches('\n'))
    });
    print_report(None, &painted.collect::<String>())
}

fn write(file: &Path, text: &str) -> Result<(), String> {
    save::report(file, text).map_err(|error| error.to_string())
}

/// How to print to standard output, or to a file.
fn style(args: &ReportArgs, stdout: bool, quiet: bool) -> Style {
    let color = match args.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => stdout && has_color(),
    };
    let links = color && stdout && supports_hyperlinks::on(supports_hyperlinks::Stream::Stdout);
    let unicode = stdout && std::io::stdout().is_terminal() && supports_unicode::supports_unicode();
    Style { color, links, unicode, width: width(), quiet }
}

/// How a page is printed to standard output.
pub(super) fn page_style() -> PageStyle {
    PageStyle { width: width().min(COLUMNS), color: has_color() }
}

/// How sizes are printed to standard output: with bars on a terminal alone.
pub(super) fn size_style(listed: usize) -> SizeStyle {
    let terminal = std::io::stdout().is_terminal();
    SizeStyle {
        bars: terminal,
        color: terminal && has_color(),
        unicode: terminal && supports_unicode::supports_unicode(),
        width: terminal.then(width),
        listed,
    }
}

/// Whether standard output takes colours, by the terminal and the variables that people set. `NO_COLOR` wins over those
/// that force colours.
fn has_color() -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    !refused && supports_color::on(supports_color::Stream::Stdout).is_some()
}

/// Columns of a report that no terminal shows.
const COLUMNS: usize = 100;

/// Columns to draw in: what `COLUMNS` says, or the terminal.
pub(super) fn width() -> usize {
    let named = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let asked = || terminal_size::terminal_size_of(std::io::stdout()).map(|(width, _)| usize::from(width.0));
    named.or_else(asked).unwrap_or(COLUMNS)
}

fn job_summary(run: &Run<'_>) -> Result<(), String> {
    let file = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|file| file != OsStr::new(""));
    let Some(file) = file else { return Ok(()) };
    let open = std::fs::OpenOptions::new().append(true).create(true).open(&file);
    let done = open.and_then(|mut file| file.write_all(report::github_summary(run).as_bytes()));
    done.map_err(|error| format!("{}: {}", Path::new(&file).display(), crate::error::why(&error)))
}
