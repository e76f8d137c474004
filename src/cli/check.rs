//! `lamblint check` and `lamblint baseline`: from the arguments to what was checked.

use super::arg_types::FailOn;
use super::args::{BaselineArgs, CheckArgs, ReportArgs, SubjectArgs};
use super::fleet::Declared;
use super::git::Changed;
use super::options::PathOptions;
use super::progress::{Counting, Waiting};
use super::remote::Remotes;
use super::{complain, fleet, options, output, print_json, shellcheck, subjects};
use crate::baseline::{self, Baseline};
use crate::check::{self, Checked, Outcome, Subject};
use crate::config::Configs;
use crate::config::hadolint::MEANT;
use crate::discover::deployed::{self, Asked};
use crate::discover::{Found, MAX_DOCKERFILE, Templates};
use crate::image::{self, Image, ReadOptions};
use crate::inventory::{self, Inventory};
use crate::page::Family;
use crate::registry::{Reference, Repository};
use crate::report::{Format, Run, Unreadable, plural};
use crate::source::read_file;
use crate::{fix, guard, rules, save};
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

/// Everything one run looked at.
#[derive(Default)]
pub(super) struct RunState {
    checked: Vec<Checked>,
    unreadable: Vec<Unreadable>,
    /// Every path that was looked at, and what held there.
    looked: Vec<(String, PathOptions)>,
}

impl RunState {
    /// `true` if something could not be looked at.
    pub(super) fn is_blind(&self) -> bool {
        !self.unreadable.is_empty()
    }
}

/// How much is said besides the findings.
#[derive(Clone, Copy, Default)]
pub(super) struct Verbosity {
    pub(super) verbose: bool,
    pub(super) quiet: bool,
}

/// What is done with each path.
pub(super) type CheckOne<'a> = dyn FnMut(&PathOptions, &Found) -> Result<Vec<Checked>, String> + 'a;

/// `lamblint check`; the exit code.
pub(super) fn all(args: &CheckArgs) -> Result<u8, String> {
    #[cfg(feature = "registry")]
    if let Some(plan) = &args.shards.plan {
        return super::shard::check(args, plan);
    }
    let file = args.baseline.as_deref();
    let mut baseline = file.map(Baseline::read).transpose().map_err(|error| error.to_string())?;
    let changed = args.changed_since.as_deref().map(Changed::since).transpose()?;
    let mut fails = false;
    let fixes = Fixes::default();
    let mut one = |held: &PathOptions, found: &Found| {
        let subjects = one(args, held, found, baseline.as_mut(), &fixes)?;
        fails |= fail(&subjects, args.fail_on.or(held.fail_on));
        Ok(subjects)
    };
    let seen =
        every(&args.subject, changed.as_ref(), Verbosity { verbose: args.verbose, quiet: args.quiet }, &mut one)?;
    if let (Some(baseline), Some(file), false) = (&baseline, file, args.quiet) {
        say_gone(baseline, file, &seen.looked, args.verbose);
    }
    if !args.quiet {
        fixes.tell(args);
    }
    if !args.diff {
        let looked = seen.looked.iter().map(|(path, _)| Path::new(path));
        let unreadable = seen.unreadable.iter().map(|one| Path::new(&one.path));
        output::refuse_over(&args.report, looked.chain(unreadable).chain(file))?;
        let today = args.subject.today.unwrap_or_else(crate::options::today);
        let run = Run {
            fail_on: args.fail_on.unwrap_or(FailOn::Warning).least(),
            ..Run::new(&seen.checked, &seen.unreadable, today)
        };
        report(&args.report, run, args.quiet, &mut |_| Ok(()))?;
    }
    // A Dockerfile takes next to nothing.
    let image = seen.checked.iter().any(|checked| matches!(checked.outcome, Outcome::Image(_)));
    if let Some(peak) = super::memory::peak().filter(|_| args.verbose && image) {
        complain(&format!("info: {} of memory at most", crate::size::show(peak)));
    }
    Ok(if seen.unreadable.is_empty() { u8::from(fails) } else { 2 })
}

/// Whether findings fail a run, by what the user says of the least severity that does.
pub(super) fn fail(subjects: &[Checked], fail_on: Option<FailOn>) -> bool {
    let least = fail_on.unwrap_or(FailOn::Warning).least();
    let mut severities = subjects.iter().flat_map(|subject| &subject.diagnostics).map(|d| d.severity);
    least.is_some_and(|least| severities.any(|severity| severity >= least))
}

/// Writes the reports of a run as a job in this folder has them, and does with it what else is to be done.
pub(super) fn report(
    args: &ReportArgs,
    run: Run<'_>,
    quiet: bool,
    more: &mut dyn FnMut(&Run<'_>) -> Result<(), String>,
) -> Result<(), String> {
    let folder = std::env::current_dir().unwrap_or_default();
    let root = output::repository(&folder);
    let account = output::account(args)?;
    let run = Run { folder: &folder, root: &root, account: account.as_ref(), ..run };
    output::all(args, &run, quiet)?;
    more(&run)
}

/// `lamblint baseline`; 0, or 2 where something could not be looked at.
pub(super) fn write_baseline(args: &BaselineArgs) -> Result<u8, String> {
    let mut one = |held: &PathOptions, found: &Found| judged(&args.subject, held, found, Look::default());
    let seen = every(&args.subject, None, Verbosity::default(), &mut one)?;
    let folder = args.output.as_deref().and_then(Path::parent).unwrap_or(Path::new(""));
    let text = baseline::write(&seen.checked, folder);
    match &args.output {
        Some(file) => save::report(file, &text).map_err(|error| error.to_string())?,
        None => print_json(&text)?,
    }
    Ok(if seen.unreadable.is_empty() { 0 } else { 2 })
}

/// Looks at every path; one that cannot be looked at stops no other.
pub(super) fn every(
    args: &SubjectArgs,
    changed: Option<&Changed>,
    talk: Verbosity,
    one: &mut CheckOne<'_>,
) -> Result<RunState, String> {
    let run = options::of_run(args)?;
    let mut templates = Templates::new(!args.no_template);
    let fleet = fleet::read(args.refs.as_deref(), args.functions.as_deref())?;
    let lists_alone = args.paths.is_empty() && (args.refs.is_some() || args.functions.is_some());
    let found = if lists_alone { Vec::new() } else { subjects::found(args, changed, &mut templates)? };
    let configs = Configs::default();
    let held = |path: &Path| options::of_path(args, &run, &configs, path);
    let configured = |path: &Path| held(path).ok().and_then(|held| held.template);
    let asked = Asked { templates: &args.template, functions: &args.function };
    let deployed = deployed::all(asked, found, &mut templates, &configured)?;
    let links = Rc::new(deployed.links);
    let remotes = Rc::new(Remotes::new(args.remote.clone()));
    let mut all: Vec<shellcheck::Subject> = Vec::new();
    for (path, found) in deployed.found {
        let subject = found.and_then(|found| {
            let mut held = held(&path)?;
            held.deploy(&found, &links, args.paths.contains(&path));
            held.remotes = Rc::clone(&remotes);
            if let (Some(folder), Some(context)) = (&mut held.context, deployed.contexts.get(&path)) {
                folder.take(context);
            }
            held.options.handler_in_template |= deployed.started_elsewhere.contains(&path);
            Ok((found, held))
        });
        if !subject.as_ref().is_ok_and(|(_, held)| held.excluded) {
            all.push((path, subject));
        }
    }
    let named = all.len();
    for listed in fleet.listed {
        let held = listed.found.and_then(|found| {
            let (remotes, runs_as) = (Rc::clone(&remotes), listed.function);
            let held = options::of_listed(args, &run, &configs, &listed.path);
            held.map(|held| (found, PathOptions { runs_as, remotes, ..held }))
        });
        all.push((listed.path, held));
    }
    let notes: BTreeSet<&String> = all.iter().flat_map(|(_, s)| s.iter().flat_map(|(_, held)| &held.notes)).collect();
    // A key that is misspelt has no effect, which nothing else shows.
    notes.into_iter().filter(|note| talk.verbose || note.contains(MEANT)).for_each(|note| complain(note));
    if talk.verbose {
        templates.notes.iter().chain(&deployed.notes).chain(&fleet.notes).for_each(|note| complain(note));
    }
    shellcheck::all(&mut all, talk);
    let listed = all.len() - named;
    // Lines about an image would stand in the middle of the one that moves.
    let line = (listed > 1).then(|| Counting::at("image", all.len(), talk.quiet || talk.verbose));
    remotes.start(references(&all), listed > 0, &read_options(args, line.as_ref()));
    let mut seen = RunState::default();
    let mut sorted = 0;
    for (at, (path, subject)) in all.into_iter().enumerate() {
        let done = subject.and_then(|(found, held)| {
            let subjects = guard::subject(&path, || one(&held, &found))?;
            let beside = args.dockerfile.iter().map(|file| (file.display().to_string(), held.clone()));
            seen.looked.extend(beside);
            if let Found::Template(template) = &found {
                seen.looked.extend(template.files.iter().map(|file| (file.path.clone(), held.clone())));
            }
            seen.looked.push((path.display().to_string(), held));
            Ok(subjects)
        });
        match done {
            Ok(subjects) => seen.checked.extend(subjects),
            Err(message) => seen.unreadable.push(Unreadable { path: path.display().to_string(), message }),
        }
        if at < named {
            sorted = seen.checked.len();
        }
        line.iter().for_each(Counting::next);
    }
    drop(line);
    complain_of(&seen.unreadable);
    if args.moved_tags && !talk.quiet {
        remotes.moved(&fleet.deployed).iter().for_each(|note| complain(note));
    }
    if !talk.quiet {
        remotes.warnings().iter().for_each(|warning| complain(warning));
    }
    // What lists have stays in their order.
    seen.checked[..sorted].sort_by(|a, b| (&a.path, name_of(a)).cmp(&(&b.path, name_of(b))));
    Ok(seen)
}

/// How images are read that are fetched before they are judged.
pub(super) fn read_options(args: &SubjectArgs, line: Option<&Counting>) -> ReadOptions {
    let progress = line.map(|line| Arc::clone(&line.progress)).unwrap_or_default();
    ReadOptions { depth: args.depth.of_image(), progress, ..ReadOptions::default() }
}

/// The images of a run that registries have.
fn references(all: &[shellcheck::Subject]) -> Vec<(PathBuf, Repository)> {
    let one = |(path, subject): &shellcheck::Subject| match subject {
        Ok((Found::Remote { reference: Reference::Registry(repository), .. }, _)) => {
            Some((path.clone(), repository.clone()))
        }
        _ => None,
    };
    all.iter().filter_map(one).collect()
}

/// Says why something could not be looked at: once, where one reason holds for many.
pub(super) fn complain_of(unreadable: &[Unreadable]) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    unreadable.iter().for_each(|one| *counts.entry(&one.message).or_default() += 1);
    for one in unreadable {
        match counts.remove(one.message.as_str()) {
            None => {}
            Some(1) => complain(&one.message),
            Some(count) => complain(&format!("{} ({count} files were not checked because of it)", one.message)),
        }
    }
}

/// The name of an image in its archive.
fn name_of(checked: &Checked) -> Option<&str> {
    checked.image().and_then(|image| image.name.as_deref())
}

/// Checks one path, fixes it if asked to, and leaves out what the baseline knows.
fn one(
    args: &CheckArgs,
    held: &PathOptions,
    found: &Found,
    mut baseline: Option<&mut Baseline>,
    fixes: &Fixes,
) -> Result<Vec<Checked>, String> {
    let mut subjects = match found {
        Found::Dockerfile { path, bytes } if args.fix || args.diff => vec![mended(args, held, path, bytes, fixes)?],
        found => {
            let look = Look { quiet: args.quiet, weigh: output::has(&args.report, Format::Html) };
            judged(&args.subject, held, found, look)?
        }
    };
    for subject in &mut subjects {
        if let Some(baseline) = &mut baseline {
            baseline.take(subject);
        }
        subject.fold();
        let notes = subject.notes.iter().filter(|_| args.verbose);
        let contradiction = subject.image().and_then(|image| image.contradiction.as_ref());
        for note in contradiction.into_iter().chain(notes) {
            complain(&format!("{}: {note}", subject.path));
        }
    }
    Ok(subjects)
}

/// How a path is looked at.
#[derive(Clone, Copy, Default)]
pub(super) struct Look {
    pub(super) quiet: bool,
    /// Whether the report shows where an image's bytes are.
    pub(super) weigh: bool,
}

/// What is found at a path, checked: one Dockerfile, or each image of an archive.
pub(super) fn judged(
    args: &SubjectArgs,
    held: &PathOptions,
    found: &Found,
    look: Look,
) -> Result<Vec<Checked>, String> {
    let built_from = match &args.dockerfile {
        Some(file) => {
            Some((file.display().to_string(), read_file(file, MAX_DOCKERFILE).map_err(|error| error.to_string())?))
        }
        None => None,
    };
    let built_from = built_from.as_ref().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
    let name = found.path().display().to_string();
    if let Found::Template(template) = found {
        return Ok(vec![check::template(template, &held.links.from(template), &held.options)]);
    }
    if let Found::Dockerfile { bytes, .. } = found {
        return Ok(vec![as_asked(check::subject(&held.dockerfile(&name, bytes), &held.options))?]);
    }
    // A list has a line of its own.
    let is_listed = matches!(found, Found::Remote { .. }) && held.remotes.is_ahead();
    let waiting = Waiting::at(&name, look.quiet || is_listed);
    let progress = Arc::clone(&waiting.progress);
    let read = ReadOptions { image: args.image.clone(), verify: args.verify, depth: args.depth.of_image(), progress };
    let runs_as = held.runs_as.as_ref().and_then(Declared::linked);
    let judge = |image: Image| {
        let functions = match &runs_as {
            Some(function) => vec![function.clone()],
            None => held.functions_of(found.path(), image.name.as_deref()),
        };
        let mut checked = check::image_of(&name, &image, built_from, &functions, &held.options);
        if let (true, Outcome::Image(outcome)) = (look.weigh, &mut checked.outcome) {
            outcome.inventory = Some(Box::new(Inventory::of(&image, inventory::LISTED)));
        }
        if let Some(function) = &runs_as {
            // No template says elsewhere what its declaration shows by itself.
            checked.add(check::template(&function.template, &[Some(name.clone())], &held.options));
        }
        checked.let_go_of_texts();
        checked
    };
    match found {
        Found::Stream { head, .. } => {
            let stream = std::io::Read::chain(head.as_slice(), std::io::stdin().lock());
            image::from_reader(stream, &read, judge).map_err(|error| format!("standard input: {error}"))
        }
        Found::Remote { path, reference } => held.remotes.read(path, reference, &read, judge),
        found => image::open(found.path(), &read, judge).map_err(|error| error.to_string()),
    }
}

/// A Dockerfile that could be checked as asked, or why not.
fn as_asked(checked: Checked) -> Result<Checked, String> {
    match checked.error() {
        Some(error) => Err(format!("{}: {error}", checked.path)),
        None => Ok(checked),
    }
}

/// A Dockerfile with its fixes made, or only shown.
fn mended(args: &CheckArgs, held: &PathOptions, path: &Path, bytes: &[u8], fixes: &Fixes) -> Result<Checked, String> {
    let name = path.display().to_string();
    let mut fixed = fix::apply(&held.dockerfile(&name, bytes), &held.options, args.unsafe_fixes);
    fixed.checked = as_asked(fixed.checked)?;
    if args.diff {
        fixes.count(fixed.applied.len());
        output::diff(&args.report, &fix::diff(&name, bytes, &fixed.bytes))?;
    } else if !fixed.applied.is_empty() {
        if path == Path::new("-") || args.subject.stdin_filename.as_deref() == Some(path) {
            return Err("standard input cannot be fixed in place; --diff shows the changes".into());
        }
        save::mended(path, bytes, &fixed.bytes).map_err(|error| error.to_string())?;
        fixes.count(fixed.applied.len());
        if args.verbose {
            complain(&format!("{name}: {} applied", fixes_of(fixed.applied.len())));
        }
    }
    // ShellCheck has not seen what the fixes have changed.
    let changed = !fixed.applied.is_empty() && !args.diff && held.answers.is_some();
    let answers = if changed { shellcheck::again(&fixed.bytes, &held.options) } else { None };
    Ok(match answers {
        Some(answers) => {
            let subject = Subject { shellcheck: Some(&answers), ..held.dockerfile(&name, &fixed.bytes) };
            check::subject(&subject, &held.options)
        }
        None => fixed.checked,
    })
}

/// How many fixes are made, and in how many files.
#[derive(Default)]
struct Fixes {
    made: Cell<usize>,
    files: Cell<usize>,
}

impl Fixes {
    fn count(&self, fixes: usize) {
        self.made.set(self.made.get() + fixes);
        self.files.set(self.files.get() + usize::from(fixes > 0));
    }

    fn tell(&self, args: &CheckArgs) {
        let total = format!("{} in {}", fixes_of(self.made.get()), plural(self.files.get(), "Dockerfile"));
        match (args.fix, args.diff) {
            (_, true) if self.made.get() > 0 => complain(&format!("{total}; lamblint --fix makes them")),
            (true, false) if self.made.get() == 0 => complain("nothing to fix"),
            (true, false) => complain(&total),
            (false, false) if args.unsafe_fixes => complain("--unsafe-fixes does nothing without --fix or --diff"),
            _ => {}
        }
    }
}

fn fixes_of(count: usize) -> String {
    if count == 1 { "1 fix".to_owned() } else { format!("{count} fixes") }
}

/// Says what the baseline knows and no longer is.
fn say_gone(baseline: &Baseline, file: &Path, looked: &[(String, PathOptions)], verbose: bool) {
    // What ShellCheck has said is not gone where it was not asked.
    let ran = |held: &PathOptions, code: &str| {
        let asked = Family::of(code) != Family::Shellcheck || held.answers.is_some();
        let experimental = rules::find(code).is_some_and(|rule| rule.page().experimental);
        asked && held.options.selects(code, experimental)
    };
    let ran: Vec<_> = looked.iter().map(|(path, held)| (path.clone(), move |code: &str| ran(held, code))).collect();
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
        let mut one = |held: &PathOptions, found: &Found| {
            assert!(!found.path().ends_with("b.Dockerfile"), "\u{1b}[31m");
            judged(&cli.check.subject, held, found, Look { quiet: true, weigh: false })
        };
        let seen = every(&cli.check.subject, None, Verbosity::default(), &mut one).unwrap();
        assert_eq!((seen.checked.len(), seen.unreadable.len()), (2, 1));
        assert!(seen.unreadable[0].message.contains("b.Dockerfile: could not be checked: lamblint itself failed"));
    }
    #[test]
    fn a_stage_that_is_not_there_is_an_error_with_fixes_too() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("Dockerfile"), "FROM scratch as a\n").unwrap();
        let path = folder.path().display().to_string();
        let asked = ["lamblint", "--no-config", "--shellcheck", "off", "--diff", "--target", "b", &path];
        let cli = Cli::try_parse_from(asked).unwrap();
        let mut one = |held: &PathOptions, found: &Found| one(&cli.check, held, found, None, &Fixes::default());
        let seen = every(&cli.check.subject, None, Verbosity::default(), &mut one).unwrap();
        assert!(seen.unreadable[0].message.ends_with("no stage is named b"), "{:?}", seen.unreadable);
    }
}
