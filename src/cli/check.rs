//! `lamblint check` and `lamblint baseline`: from the arguments to what was checked.

use super::args::{BaselineArgs, CheckArgs, SubjectArgs};
use super::changed::Changed;
use super::options::Held;
use super::values::FailOn;
use super::waiting::Waiting;
use super::{asked, complain, emit, guard, options, print};
use lamblint::baseline::{self, Baseline};
use lamblint::check::{self, Checked};
use lamblint::discover::{self, Found, MAX_DOCKERFILE};
use lamblint::image::{self, ReadOptions};
use lamblint::options::Options;
use lamblint::page::Family;
use lamblint::report::{Run, Unreadable};
use lamblint::source::read_file;
use lamblint::{fix, rules, save};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Everything one run looked at.
#[derive(Default)]
struct Seen {
    checked: Vec<Checked>,
    unreadable: Vec<Unreadable>,
    /// Every path that was looked at, and what held there.
    looked: Vec<(String, Options)>,
}

/// How much is said besides the findings.
#[derive(Clone, Copy, Default)]
pub(super) struct Talk {
    pub(super) verbose: bool,
    pub(super) quiet: bool,
}

/// What is done with each path.
type One<'a> = dyn FnMut(&Options, Option<FailOn>, &Found) -> Result<Vec<Checked>, String> + 'a;

/// `lamblint check`; the exit code.
pub(super) fn all(args: &CheckArgs) -> Result<u8, String> {
    let file = args.baseline.as_deref();
    let mut baseline = file.map(Baseline::read).transpose().map_err(|error| error.to_string())?;
    let changed = args.changed_since.as_deref().map(Changed::since).transpose()?;
    let mut one = |options: &Options, fail_on, found: &Found| one(args, options, fail_on, found, baseline.as_mut());
    let seen = every(&args.subject, changed.as_ref(), Talk { verbose: args.verbose, quiet: args.quiet }, &mut one)?;
    if let (Some(baseline), Some(file), false) = (&baseline, file, args.quiet) {
        say_gone(baseline, file, &seen.looked, args.verbose);
    }
    if !args.diff {
        let folder = std::env::current_dir().unwrap_or_default();
        let root = emit::repository(&folder);
        let run = Run { checked: &seen.checked, unreadable: &seen.unreadable, folder: &folder, root: &root };
        emit::all(&args.report, &run, args.quiet)?;
    }
    let fails = seen.checked.iter().any(|checked| checked.fails);
    Ok(if seen.unreadable.is_empty() { u8::from(fails) } else { 2 })
}

/// `lamblint baseline`; 0, or 2 where something could not be looked at.
pub(super) fn write_baseline(args: &BaselineArgs) -> Result<u8, String> {
    let mut one = |options: &Options, _, found: &Found| subjects(&args.subject, options, found, false);
    let seen = every(&args.subject, None, Talk::default(), &mut one)?;
    let folder = args.output.as_deref().and_then(Path::parent).unwrap_or(Path::new(""));
    let text = baseline::write(&seen.checked, folder);
    match &args.output {
        Some(file) => save::report(file, &text).map_err(|error| error.to_string())?,
        None => print(&text)?,
    }
    Ok(if seen.unreadable.is_empty() { 0 } else { 2 })
}

/// Looks at every path; one that cannot be looked at stops no other.
fn every(args: &SubjectArgs, changed: Option<&Changed>, talk: Talk, one: &mut One<'_>) -> Result<Seen, String> {
    let run = options::of_run(args)?;
    let here = [PathBuf::from(".")];
    let paths = if args.paths.is_empty() { &here[..] } else { &args.paths };
    let here = discover::all(paths).into_iter().filter(|(path, _)| changed.is_none_or(|changed| changed.has(path)));
    let mut all: Vec<asked::Subject> = here
        .map(|(path, found)| {
            let held = options::of_path(args, &run, &path);
            let subject = found.map_err(|error| error.to_string()).and_then(|found| Ok((found, held?)));
            (path, subject)
        })
        .collect();
    if talk.verbose {
        let notes: BTreeSet<&String> =
            all.iter().flat_map(|(_, s)| s.iter().flat_map(|(_, held)| &held.notes)).collect();
        notes.into_iter().for_each(|note| complain(note));
    }
    asked::all(&mut all, talk);
    let mut seen = Seen::default();
    for (path, subject) in all {
        let done = subject.and_then(|(found, Held { options, fail_on, .. })| {
            let subjects = guard::subject(&path, || one(&options, fail_on, &found))?;
            let beside = args.dockerfile.iter().map(|file| (file.display().to_string(), options.clone()));
            seen.looked.extend(beside);
            seen.looked.push((path.display().to_string(), options));
            Ok(subjects)
        });
        match done {
            Ok(subjects) => seen.checked.extend(subjects),
            Err(message) => {
                complain(&message);
                seen.unreadable.push(Unreadable { path: path.display().to_string(), message });
            }
        }
    }
    seen.checked.sort_by(|a, b| (&a.path, &a.image).cmp(&(&b.path, &b.image)));
    Ok(seen)
}

/// Checks one path, mends it where asked, and leaves out what the baseline knows.
fn one(
    args: &CheckArgs,
    options: &Options,
    fail_on: Option<FailOn>,
    found: &Found,
    mut baseline: Option<&mut Baseline>,
) -> Result<Vec<Checked>, String> {
    let mut subjects = match found {
        Found::Dockerfile { path, bytes } if args.fix || args.diff => vec![mended(args, options, path, bytes)?],
        found => subjects(&args.subject, options, found, args.quiet)?,
    };
    let least = args.fail_on.or(fail_on).unwrap_or(FailOn::Warning).least();
    for subject in &mut subjects {
        if let Some(baseline) = &mut baseline {
            baseline.take(subject);
        }
        subject.fails = least.is_some_and(|least| subject.diagnostics.iter().any(|d| d.severity >= least));
        let notes = subject.notes.iter().filter(|_| args.verbose);
        for note in subject.contradiction.iter().chain(notes) {
            complain(&format!("{}: {note}", subject.path));
        }
    }
    Ok(subjects)
}

/// What is found at a path, checked: one Dockerfile, or each image of an archive.
fn subjects(args: &SubjectArgs, options: &Options, found: &Found, quiet: bool) -> Result<Vec<Checked>, String> {
    let made_by = match &args.dockerfile {
        Some(file) => {
            Some((file.display().to_string(), read_file(file, MAX_DOCKERFILE).map_err(|error| error.to_string())?))
        }
        None => None,
    };
    let made_by = made_by.as_ref().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
    let name = found.path().display().to_string();
    if let Found::Dockerfile { bytes, .. } = found {
        let checked = check::dockerfile(&name, bytes.as_slice(), options);
        return match &checked.error {
            Some(error) => Err(format!("{name}: {error}")),
            None => Ok(vec![checked]),
        };
    }
    let waiting = Waiting::at(&name, quiet);
    let progress = Arc::clone(&waiting.progress);
    let read = ReadOptions { image: args.image.clone(), verify: args.verify, progress };
    let judge = |image| check::image_of(&name, &image, made_by, options);
    if let Found::Stream { head, .. } = found {
        let stream = std::io::Read::chain(head.as_slice(), std::io::stdin().lock());
        image::from_reader(stream, &read, judge).map_err(|error| format!("standard input: {error}"))
    } else {
        image::open(found.path(), &read, judge).map_err(|error| error.to_string())
    }
}

/// A Dockerfile with its fixes made, or only shown.
fn mended(args: &CheckArgs, options: &Options, path: &Path, bytes: &[u8]) -> Result<Checked, String> {
    let name = path.display().to_string();
    let fixed = fix::apply(&name, bytes, options, args.unsafe_fixes);
    if args.diff {
        print(&fix::diff(&name, bytes, &fixed.bytes))?;
    } else if !fixed.applied.is_empty() {
        if path == Path::new("-") {
            return Err("standard input cannot be fixed in place; --diff shows the changes".into());
        }
        save::mended(path, bytes, &fixed.bytes).map_err(|error| error.to_string())?;
        if !args.quiet {
            let plural = if fixed.applied.len() == 1 { "" } else { "es" };
            complain(&format!("{name}: {} fix{plural} applied", fixed.applied.len()));
        }
    }
    // ShellCheck has not seen what the fixes have changed.
    let changed = !fixed.applied.is_empty() && !args.diff && options.shellcheck.is_some();
    let answers = if changed { asked::anew(&fixed.bytes, options) } else { None };
    Ok(match answers {
        Some(answers) => {
            let mut options = options.clone();
            options.shellcheck = Some(answers);
            check::dockerfile(&name, fixed.bytes.as_slice(), &options)
        }
        None => fixed.checked,
    })
}

/// Says what the baseline knows and no longer is.
fn say_gone(baseline: &Baseline, file: &Path, looked: &[(String, Options)], verbose: bool) {
    // What ShellCheck has said is not gone where it was not asked.
    let ran = |options: &Options, code: &str| {
        rules::selected(options, code) && (Family::of(code) != Family::Shellcheck || options.shellcheck.is_some())
    };
    let ran: Vec<_> =
        looked.iter().map(|(path, options)| (path.clone(), move |code: &str| ran(options, code))).collect();
    let gone = baseline.gone(&ran);
    let count: usize = gone.iter().map(|known| known.count).sum();
    if count == 0 {
        return;
    }
    let (findings, are) = if count == 1 { ("finding", "is") } else { ("findings", "are") };
    let more = if verbose { "" } else { " (--verbose lists them)" };
    complain(&format!("info: {count} {findings} of {} {are} gone{more}", file.display()));
    for known in gone.iter().filter(|_| verbose) {
        let times = if known.count == 1 { String::new() } else { format!(" ({} times)", known.count) };
        complain(&format!("gone: {}: {} {}{times}", known.path, known.code, known.message));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic, reason = "the fault that is looked for")]

    use super::*;
    use crate::cli::args::Cli;
    use clap::Parser;

    #[test]
    fn a_panic_costs_one_subject_and_the_others_are_looked_at() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.Dockerfile", "b.Dockerfile", "c.Dockerfile"] {
            std::fs::write(folder.path().join(name), "FROM scratch\n").unwrap();
        }
        let path = folder.path().display().to_string();
        let cli = Cli::try_parse_from(["lamblint", "--no-config", "--shellcheck", "off", &path]).unwrap();
        let mut one = |options: &Options, _, found: &Found| {
            assert!(!found.path().ends_with("b.Dockerfile"), "\u{1b}[31m");
            subjects(&cli.check.subject, options, found, true)
        };
        let seen = every(&cli.check.subject, None, Talk::default(), &mut one).unwrap();
        assert_eq!((seen.checked.len(), seen.unreadable.len()), (2, 1));
        assert!(seen.unreadable[0].message.contains("b.Dockerfile: could not be looked at: lamblint itself failed"));
    }
}
